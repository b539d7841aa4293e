//! A place in the words of a fragment, from which the grammar goes on and to which it comes back.

use super::tokens::{Kind, Token};
use crate::model::Tool;
use std::cell::{Cell, RefCell};

/// A reason that may be noted; the first one stands.
#[derive(Debug, Default)]
struct Reason(RefCell<Option<String>>);

impl Reason {
    fn note(&self, why: impl Into<String>) {
        self.0.borrow_mut().get_or_insert_with(|| why.into());
    }

    fn noted(&self) -> Option<String> {
        self.0.borrow().clone()
    }
}

/// What all places in a fragment share.
#[derive(Debug)]
pub(super) struct Ground<'g> {
    pub tokens: &'g [Token],
    pub tools: &'g [Tool],
    /// The first token that nothing has gone past.
    far: Cell<usize>,
    /// Why the fragment is refused, whatever else is found in it.
    stop: Reason,
    /// Why it is refused when it is understood.
    stop_understood: Reason,
    /// Why it is refused when it forbids.
    stop_forbidding: Reason,
    /// The furthest word that may be a value and may not, and what it may be.
    doubt: RefCell<Option<(usize, String)>>,
    /// Whether all of it is in capitals, so that these tell nothing.
    pub shouted: bool,
}

impl<'g> Ground<'g> {
    pub fn new(tokens: &'g [Token], tools: &'g [Tool]) -> Self {
        Self {
            tokens,
            tools,
            far: Cell::new(0),
            stop: Reason::default(),
            stop_understood: Reason::default(),
            stop_forbidding: Reason::default(),
            doubt: RefCell::new(None),
            shouted: !tokens
                .iter()
                .any(|token| token.is_word() && token.text.contains(char::is_lowercase)),
        }
    }

    /// Notes why the fragment cannot be translated; the first reason stands.
    pub fn stop(&self, why: impl Into<String>) {
        self.stop.note(why);
    }

    /// Notes that an exception beside a limit that is said with this word may lift the limit, or what is granted within it.
    pub fn stop_excepting(&self, word: &str) {
        self.stop(format!(
            "`{word}` and an exception can be read in two ways; say each in a sentence of its own"
        ));
    }

    /// Whether the fragment has this word.
    pub fn says(&self, word: &str) -> bool {
        self.tokens.iter().any(|token| token.is(word))
    }

    /// The reason that was noted.
    pub fn stopped(&self) -> Option<String> {
        self.stop.noted()
    }

    /// Notes a second reading, which refuses the fragment when it is understood; when it is not, that is the reason.
    pub fn stop_understood(&self, why: impl Into<String>) {
        self.stop_understood.note(why);
    }

    /// The second reading that was noted.
    pub fn stopped_understood(&self) -> Option<String> {
        self.stop_understood.noted()
    }

    /// Notes why the fragment cannot be translated when it forbids: read so, it would forbid less than it may mean.
    pub fn stop_forbidding(&self, why: impl Into<String>) {
        self.stop_forbidding.note(why);
    }

    /// The reason that was noted for a fragment that forbids.
    pub fn stopped_forbidding(&self) -> Option<String> {
        self.stop_forbidding.noted()
    }

    /// Notes what the word at this place may be instead of a value; the furthest place stands.
    pub fn doubt(&self, at: usize, hint: String) {
        let mut doubt = self.doubt.borrow_mut();
        if doubt.as_ref().is_none_or(|(before, _)| *before < at) {
            *doubt = Some((at, hint));
        }
    }

    /// What the word may be at which the grammar stopped, when it could have been a value.
    pub fn doubted(&self) -> Option<(usize, String)> {
        self.doubt
            .borrow()
            .clone()
            .filter(|(at, _)| *at >= self.far.get())
    }

    /// The first token that the grammar never went past.
    pub fn far(&self) -> usize {
        self.far.get()
    }
}

/// A place between two tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'g> {
    pub ground: &'g Ground<'g>,
    at: usize,
    /// Where it ends.
    end: usize,
}

/// Words that have a meaning in the grammar, so that no name and no unquoted value begins or goes on with them.
const STRUCTURE: [&str; 88] = [
    "a",
    "an",
    "the",
    "and",
    "or",
    "not",
    "no",
    "is",
    "are",
    "be",
    "was",
    "were",
    "been",
    "has",
    "have",
    "had",
    "having",
    "do",
    "does",
    "to",
    "from",
    "for",
    "of",
    "on",
    "in",
    "at",
    "by",
    "with",
    "without",
    "when",
    "if",
    "unless",
    "where",
    "whenever",
    "whose",
    "who",
    "that",
    "which",
    "only",
    "except",
    "excluding",
    "other",
    "apart",
    "but",
    "than",
    "then",
    "under",
    "below",
    "over",
    "above",
    "less",
    "more",
    "fewer",
    "greater",
    "between",
    "least",
    "most",
    "up",
    "exceed",
    "exceeds",
    "exceeding",
    "equals",
    "equal",
    "contains",
    "includes",
    "can",
    "may",
    "must",
    "should",
    "will",
    "could",
    "would",
    "before",
    "after",
    "until",
    "since",
    "during",
    "any",
    "all",
    "every",
    "each",
    "provided",
    "please",
    "as",
    "so",
    "regardless",
    "he",
    "she",
];

impl<'g> Cursor<'g> {
    pub fn new(ground: &'g Ground<'g>) -> Self {
        Self {
            ground,
            at: 0,
            end: ground.tokens.len(),
        }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    /// The same place, with its end before this token.
    pub fn until(self, end: usize) -> Self {
        Self { end, ..self }
    }

    /// Behind this token, as far as it goes.
    pub fn from(self, at: usize) -> Self {
        Self { at, ..self }
    }

    pub fn is_at_end(&self) -> bool {
        self.at >= self.end
    }

    pub fn peek(&self) -> Option<&'g Token> {
        self.peek_at(0)
    }

    /// The token so many places on.
    pub fn peek_at(&self, ahead: usize) -> Option<&'g Token> {
        let at = self.at + ahead;
        (at < self.end).then(|| self.ground.tokens.get(at)).flatten()
    }

    /// The token directly before.
    pub fn before(&self) -> Option<&'g Token> {
        self.at.checked_sub(1).and_then(|at| self.ground.tokens.get(at))
    }

    /// Whether this word stands directly before.
    pub fn is_behind(&self, word: &str) -> bool {
        self.before().is_some_and(|token| token.is(word))
    }

    /// Whether this word stands anywhere before.
    pub fn comes_after(&self, word: &str) -> bool {
        let mut before = self.ground.tokens.iter().take(self.at);
        before.any(|token| token.is(word))
    }

    /// Goes past so many tokens.
    pub fn advance(&mut self, by: usize) {
        self.at = (self.at + by).min(self.end);
        self.ground.far.set(self.ground.far.get().max(self.at));
    }

    /// Looks further without having read so far.
    pub fn advance_quietly(&mut self, by: usize) {
        self.at = (self.at + by).min(self.end);
    }

    pub fn next(&mut self) -> Option<&'g Token> {
        let token = self.peek()?;
        self.advance(1);
        Some(token)
    }

    /// Goes past this phrase when it stands here.
    pub fn eat(&mut self, phrase: &str) -> bool {
        let mut count = 0;
        for word in phrase.split(' ') {
            if !self.peek_at(count).is_some_and(|token| token.is(word)) {
                return false;
            }
            count += 1;
        }
        self.advance(count);
        true
    }

    /// Goes past the first of these phrases that stands here: longer ones come first.
    pub fn eat_any(&mut self, phrases: &[&'static str]) -> Option<&'static str> {
        phrases.iter().copied().find(|phrase| self.eat(phrase))
    }

    /// Whether one of these phrases stands here; nothing is gone past.
    pub fn stands(&self, phrases: &[&str]) -> bool {
        let stands = |phrase: &&str| {
            let mut words = phrase.split(' ').enumerate();
            words.all(|(ahead, word)| self.peek_at(ahead).is_some_and(|token| token.is(word)))
        };
        phrases.iter().any(stands)
    }

    pub fn eat_article(&mut self) {
        self.eat_any(&["the", "a", "an"]);
    }

    /// What `parse` gives; when that is nothing, the place stays.
    pub fn attempt<T>(&mut self, parse: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = *self;
        let parsed = parse(self);
        if parsed.is_none() {
            *self = before;
        }
        parsed
    }

    /// The same, but what is looked at in vain does not count as read.
    pub fn looking<T>(&mut self, parse: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let far = self.ground.far.get();
        let parsed = self.attempt(parse);
        let read = if parsed.is_some() { self.at } else { far };
        self.ground.far.set(far.max(read));
        parsed
    }

    /// How many words of a name may stand here, at most `most`.
    pub fn run(&self, most: usize) -> usize {
        (0..most)
            .take_while(|ahead| {
                self.peek_at(*ahead)
                    .is_some_and(|token| token.is_word() && !is_structure(token))
            })
            .count()
    }

    /// The texts of the next tokens.
    pub fn texts(&self, count: usize) -> Vec<&'g str> {
        (0..count)
            .filter_map(|ahead| self.peek_at(ahead))
            .map(|token| token.text.as_str())
            .collect()
    }

    /// A name of something, where nothing else can stand: text in quotes, or one word that is not of the grammar.
    pub fn name(&mut self) -> Option<&'g str> {
        let token = self.peek()?;
        if token.kind != Kind::Quoted && (!token.is_word() || is_structure(token)) {
            return None;
        }
        self.advance(1);
        Some(&token.text)
    }
}

/// Whether a word belongs to the grammar.
pub(super) fn is_structure(token: &Token) -> bool {
    token.is_word() && is_structure_word(&token.low)
}

/// The same of a word in lower case.
pub(super) fn is_structure_word(low: &str) -> bool {
    STRUCTURE.contains(&low)
}
