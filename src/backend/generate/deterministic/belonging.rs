//! What was refused and may limit another requirement: apart from it, that one would say more than was meant.
//!
//! A sentence is a requirement of its own when it says who may or may not do what. `Up to $500.`, `The amount must be under
//! $500.`, `They need approval.` say no such thing: with what stands before them they are refused as one, from the first
//! requirement on that they may be about. A heading (`Under $500:`) takes what stands below it with it.

use super::Written;
use super::adding_up;
use super::cursor::{Cursor, Ground, is_structure};
use super::fragments::is_bullet;
use super::sentences;
use super::statement::{GRANTS, IS_ALLOWED, IS_FORBIDDEN, MAY, MAY_NOT, NOBODY, POLITE, TAKES};
use super::tokens::{Kind, Token, tokens};
use super::values::listed;
use super::who;
use super::words::stems;
use crate::model::Tool;
use std::ops::{Range, RangeInclusive};

/// Where a requirement is in the text, and what became of it.
pub(super) type Piece = (Range<usize>, Result<Written, String>);

/// Why what stands beside a limit is refused with it.
const BEFORE: &str =
    "this may limit what is said before it, so both are refused; say it in the sentence that it limits";
const BEHIND: &str =
    "this may limit what is said behind it, so both are refused; say it in the sentence that it limits";

/// Words with which a sentence goes on with the one before it.
const OPENERS: &str = "
    unless except exception exceptions excluding but provided otherwise however this that these those it they he
    she such where while as with without or
";
/// Words that stand for what was said before.
const PRONOUNS: &str = "it its this that these those they them their so such same";
/// Words for all that was said before.
const ALL_BEFORE: &str = "
    these those they them their all both above each every any everything rules policies permissions
";
/// Words that measure; a number does, too.
const MEASURES: &str = "
    under over below above beyond less more fewer greater higher lower exceed exceeds exceeding least most max
    maximum min minimum up between before after until during within
";
/// Words of a condition.
const CONDITIONS: &str = "
    only when if whenever unless except excluding where while provided otherwise without but
";
/// Words of headings and greetings that say nothing.
const NEUTRAL: &str = "
    rules rule policy policies requirements requirement permissions access the following these our my as follows
    please create write generate add make here are is we need want list of for and gateway this tools tool a
    with cedar hello hi thanks thank you regards
";

/// Words that speak of what follows.
const AHEAD: &str = "following next below ignore";
/// Words with which what follows is denied.
const DENIALS: &str = "never not no don't dont donts don'ts do forbidden prohibited disallowed denied wrong";
/// Words with which a condition of what follows begins.
const IN_FRONT: &str = "
    in on at during with without subject given assuming as after before once outside inside having by under over for unless until
    otherwise else within when if while where
";

/// The pieces of a text, with what may limit one of them in one piece with it.
pub(super) fn held_together(text: &str, pieces: Vec<Piece>, offered: &[Tool]) -> Vec<Piece> {
    let mut held: Vec<Piece> = Vec::new();
    // Whether the last one takes the next one with it, or all that come.
    let mut takes = Takes::None;
    let begins: Vec<usize> = pieces.iter().map(|(range, _)| range.start).collect();
    for (at, (range, outcome)) in pieces.into_iter().enumerate() {
        let next = begins.get(at + 1).copied();
        if takes != Takes::None
            && let Some((last, _)) = held.last_mut()
        {
            last.end = range.end;
            if takes == Takes::Next {
                takes = Takes::None;
            }
            continue;
        }
        let Err(why) = &outcome else {
            held.push((range, outcome));
            continue;
        };
        let said = Said::of(text.get(range.clone()).unwrap_or_default(), offered);
        let between = next
            .and_then(|next| text.get(range.end..next))
            .unwrap_or_default();
        let ahead = said.ahead(between);
        let named = said.tools();
        let unlimited = said
            .place("only")
            .and_then(|_| adding_up::unlimited(&named, &held, offered));
        if ahead == Takes::None && unlimited.is_none() && (said.stands_alone() || said.is_neutral()) {
            held.push((range, outcome));
            continue;
        }
        let translated = |piece: &Piece| piece.1.is_ok();
        takes = match (next, ahead) {
            (None, _) => Takes::None,
            (Some(_), Takes::None) => said.takes(!held.iter().any(translated)),
            (Some(_), ahead) => ahead,
        };
        let first = unlimited.or_else(|| {
            // Thanks and the like stand between and say nothing.
            let says_nothing = |(range, _): &Piece| {
                Said::of(text.get(range.clone()).unwrap_or_default(), offered).is_neutral()
            };
            let last = held
                .iter()
                .rposition(|piece| translated(piece) || !says_nothing(piece));
            let last = last.filter(|last| held.get(*last).is_some_and(translated));
            let all = named.is_empty() || said.is_of_all_before();
            let is_about = |(_, outcome): &Piece| {
                let written = outcome.as_ref();
                written.is_ok_and(|written| all || written.rule.is_about(&named, offered))
            };
            held.iter().position(is_about).or(last)
        });
        let hint = match (first, takes) {
            (Some(_), _) => BEFORE,
            (None, Takes::None) => {
                held.push((range, outcome));
                continue;
            }
            (None, _) => BEHIND,
        };
        let why = format!("{why}: {hint}");
        let start = first
            .and_then(|at| held.get(at))
            .map_or(range.start, |piece| piece.0.start);
        held.truncate(first.unwrap_or(held.len()));
        held.push((start..range.end, Err(why)));
    }
    sentences::refused(text, &mut held);
    adding_up::refused(text, &mut held, offered);
    held
}

/// Refuses these pieces as one.
pub(super) fn refuse(held: &mut Vec<Piece>, pieces: RangeInclusive<usize>, why: &str) {
    let (Some((first, _)), Some((last, _))) = (held.get(*pieces.start()), held.get(*pieces.end())) else {
        return;
    };
    let range = first.start..last.end;
    held.splice(pieces, [(range, Err(why.to_owned()))]);
}

/// How many of the pieces behind one are refused with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    None,
    Next,
    All,
}

/// A sentence that was refused.
struct Said<'t> {
    tokens: Vec<Token>,
    offered: &'t [Tool],
    is_a_heading: bool,
}

impl<'t> Said<'t> {
    fn of(text: &str, offered: &'t [Tool]) -> Self {
        // What only stresses or brackets says nothing.
        let tokens = tokens(&text.replace(['*', '~', '(', ')', '[', ']'], " "));
        let ends = tokens.last().is_some_and(|token| token.is(":"));
        let is_a_heading = ends || tokens.first().is_some_and(|token| token.text.starts_with('#'));
        let says = |token: &Token| token.text.contains(char::is_alphanumeric);
        let counts =
            |token: &Token| !(token.is("\n") || is_bullet(token) || POLITE.iter().any(|word| token.is(word)));
        Self {
            tokens: tokens
                .into_iter()
                .skip_while(|token| !says(token))
                .filter(counts)
                .collect(),
            offered,
            is_a_heading,
        }
    }

    /// Whether it is a requirement of its own: it says who may or may not do what, and needs no other sentence for that.
    fn stands_alone(&self) -> bool {
        let first = self.tokens.first();
        if first.is_none_or(|token| is_one_of(token, OPENERS)) || self.is_a_heading {
            return false;
        }
        let (Some(effect), pronoun) = (self.effect(), self.place(PRONOUNS)) else {
            return false;
        };
        let tool = (0..self.tokens.len()).find(|at| self.names_a_tool(*at) || self.is_of_all_tools(*at));
        if let Some(tool) = tool {
            let referred = pronoun
                .is_some_and(|pronoun| pronoun < tool && self.callers().is_none_or(|who| pronoun < who));
            return !referred
                && match effect {
                    Effect::Said(end) => {
                        (end..self.tokens.len()).any(|at| self.names_a_tool(at) || self.is_of_all_tools(at))
                    }
                    // `Refunds are only allowed with approval` limits them, and so does `Anything over $500 is forbidden`.
                    Effect::Passive => {
                        let of_one = (0..self.tokens.len()).any(|at| self.names_a_tool(at));
                        self.place("only").is_none() && (of_one || !self.measures())
                    }
                };
        }
        let Effect::Said(end) = effect else { return false };
        let takes = self
            .tokens
            .iter()
            .any(|token| TAKES.iter().any(|verb| token.is(verb)));
        let goes_on = self
            .tokens
            .get(end..)
            .is_some_and(|rest| rest.iter().any(Token::is_word));
        let whole = self.callers().is_some()
            && self.tokens.windows(2).any(|pair| {
                let [before, verb] = pair else { return false };
                is_one_of(before, "to from can may not") && verb.is_word() && !is_structure(verb)
            });
        // `Block suspicious ones.` takes from what is granted before it.
        let needs_none = whole || !takes && self.place(CONDITIONS).is_none();
        pronoun.is_none() && goes_on && !self.measures() && needs_none
    }

    /// Whether it stands for all that was said before it.
    fn is_of_all_before(&self) -> bool {
        self.place(ALL_BEFORE).is_some()
    }

    /// What of the text below it is refused with it, whatever stands before it: a clause that a comma ended is a condition of what
    /// follows (`On weekends, allow ..`, `Never, ever, allow ..`), a line without a verb is a heading, and `In an emergency.` and
    /// `The following is wrong.` say something of what follows. `between` is what stands between the two.
    fn ahead(&self, between: &str) -> Takes {
        if self.is_neutral() {
            return Takes::None;
        }
        if self.place(AHEAD).is_some() {
            return Takes::All;
        }
        let ends = between.chars().find(|c| !c.is_whitespace() || *c == '\n');
        if ends == Some(',') {
            return Takes::Next;
        }
        if self.effect().is_some() {
            return Takes::None;
        }
        let first = self.tokens.first();
        match ends {
            _ if first.is_some_and(|token| is_one_of(token, DENIALS)) => Takes::All,
            Some('\n') => Takes::All,
            _ if first.is_some_and(|token| is_one_of(token, IN_FRONT)) => Takes::Next,
            _ => Takes::None,
        }
    }

    /// Whether it only greets, or is a heading that says no more than what its text is about.
    fn is_neutral(&self) -> bool {
        (0..self.tokens.len()).all(|at| {
            let says_nothing = |token: &Token| {
                token.kind == Kind::Sign
                    || token.text.trim_matches('#').is_empty()
                    || is_one_of(token, NEUTRAL)
            };
            self.tokens.get(at).is_none_or(says_nothing) || self.is_a_heading && self.names_a_tool(at)
        })
    }

    /// What of the text below it is refused with it: it is a heading, or a limit that the text begins with.
    fn takes(&self, begins: bool) -> Takes {
        if self.is_a_heading {
            Takes::All
        } else if begins && self.limits() {
            Takes::Next
        } else {
            Takes::None
        }
    }

    /// Whether it measures or asks something, and neither grants nor takes.
    fn limits(&self) -> bool {
        let is_for = self.tokens.first().is_some_and(|token| token.is("for"));
        self.effect().is_none() && (is_for || self.measures() || self.place(CONDITIONS).is_some())
    }

    /// The tools that it names a word of, by their places.
    fn tools(&self) -> Vec<usize> {
        let named = |tool: &Tool| (0..self.tokens.len()).any(|at| self.names(at, std::slice::from_ref(tool)));
        let places = self.offered.iter().enumerate().filter(|(_, tool)| named(tool));
        places.map(|(place, _)| place).collect()
    }

    fn place(&self, words: &str) -> Option<usize> {
        self.tokens.iter().position(|token| is_one_of(token, words))
    }

    fn measures(&self) -> bool {
        let number = |token: &Token| token.text.contains(|c: char| c.is_ascii_digit());
        self.tokens.iter().any(number) || self.place(MEASURES).is_some()
    }

    fn callers(&self) -> Option<usize> {
        self.tokens.iter().position(who::begin_with)
    }

    /// By which words it grants or takes, if it does.
    fn effect(&self) -> Option<Effect> {
        let ground = Ground::new(&self.tokens, self.offered);
        let at = |at: usize| Cursor::new(&ground).from(at);
        let passive = |cursor: &Cursor<'_>| cursor.stands(&IS_ALLOWED) || cursor.stands(&IS_FORBIDDEN);
        let end =
            |phrases: &[&'static str], mut cursor: Cursor<'_>| cursor.eat_any(phrases).map(|_| cursor.at());
        (0..self.tokens.len()).find_map(|place| {
            let cursor = at(place);
            // `are allowed to do` says who may, `are allowed` says what.
            let said = [&NOBODY[..], &MAY_NOT, &MAY, &GRANTS, &TAKES]
                .into_iter()
                .find_map(|phrases| end(phrases, cursor));
            said.map(Effect::Said)
                .or_else(|| passive(&cursor).then_some(Effect::Passive))
        })
    }

    /// Whether a word for tools in general stands here; `anything unreviewed` and `bulk operations` are not all.
    fn is_of_all_tools(&self, at: usize) -> bool {
        let words = "tool tools action actions operation operations";
        let ends = self.tokens.get(at + 1).is_none_or(is_structure);
        let stands = |words| self.tokens.get(at).is_some_and(|token| is_one_of(token, words));
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        let whole = before
            .is_none_or(|token| is_structure(token) || is_one_of(token, "all any every other more further"));
        stands(words) && whole || ends && stands("everything anything")
    }

    /// Whether a word of what a tool is about stands here.
    fn names_a_tool(&self, at: usize) -> bool {
        self.names(at, self.offered)
    }

    fn names(&self, at: usize, tools: &[Tool]) -> bool {
        let Some(token) = self.tokens.get(at).filter(|token| !is_structure(token)) else {
            return false;
        };
        let said = stems(&token.text);
        let about = |tool: &Tool| {
            let named = [tool.action_id(), tool.name.clone()].contains(&token.text);
            let own = stems(&tool.name);
            let object = own.get(1..).filter(|object| !object.is_empty()).unwrap_or(&own);
            named || said.iter().any(|word| object.contains(word))
        };
        tools.iter().any(about)
    }
}

/// What grants or takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Words that end before this token, behind which stands what is done.
    Said(usize),
    /// Words behind what is done.
    Passive,
}

fn is_one_of(token: &Token, words: &str) -> bool {
    token.kind != Kind::Quoted && listed(words, &token.low)
}
