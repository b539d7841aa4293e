//! Texts that are compared as they stand, and what would be meant otherwise: the name of another argument or of a claim, a
//! pattern, a range, several in one word, the end of an address. These are no values.
//!
//! In quotes a text is meant as it is. Only a `*` and a leading `@` are refused there, too: nobody has a region `us-*`.

use super::super::cursor::{Cursor, is_structure};
use super::super::fields::{dotted, fields, leaf};
use super::super::tokens::{Kind, Token};
use super::super::words::{split, stems};
use super::{Takes, hint, is_abbreviated, is_value, listed};
use crate::model::Tool;

/// What of an argument or claim a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Part {
    /// All of it, or an element of a list.
    Whole,
    /// Its beginning, its end, or something in it.
    Piece,
    /// All of it, with `*` for any text.
    Pattern,
}

impl<'g> Cursor<'g> {
    /// A value, as far as such words are values here; a word that is none is noted, as what it may be instead.
    pub fn value(&mut self, takes: Takes) -> Option<&'g str> {
        let part = if takes == Takes::Quoted {
            Part::Piece
        } else {
            Part::Whole
        };
        self.text(takes, part)
    }

    /// The same of a text that is this part of another.
    pub fn text(&mut self, takes: Takes, part: Part) -> Option<&'g str> {
        let token = self.peek()?;
        let otherwise = match takes {
            Takes::Checked => None,
            Takes::Quoted | Takes::Codes => self.reference(token, true),
            Takes::Names | Takes::Roles | Takes::Titles | Takes::People => {
                self.reference(token, self.is_compared())
            }
        };
        let otherwise = otherwise.or_else(|| {
            (takes != Takes::Checked)
                .then(|| unlike(token, part, self.is_behind("in")))
                .flatten()
        });
        if let Some(why) = otherwise {
            self.ground.doubt(self.at(), why);
            return None;
        }
        if !is_value(token, takes, self.ground.shouted) {
            self.doubt();
            return None;
        }
        if token.kind != Kind::Quoted && is_abbreviated(&token.text) {
            self.ground.stop(format!(
                "`{}` may end in a period or not; put it in quotes",
                token.text
            ));
        }
        self.advance(1);
        Some(&token.text)
    }

    /// Notes that the word here may be a value, and may not.
    pub fn doubt(&self) {
        let Some(token) = self.peek() else { return };
        if let Some(why) = self.reference(token, true).or_else(|| hint(token)) {
            self.ground.doubt(self.at(), why);
        }
    }

    /// Whether something is said to be what stands here, so that it may be another thing that has a name: `whose department
    /// is region`, and not `users with role agent`.
    fn is_compared(&self) -> bool {
        const BEFORE: [&str; 8] = ["is", "are", "not", "equals", "equal", "to", "=", "!="];
        BEFORE.iter().any(|word| self.is_behind(word))
    }

    /// Why an unquoted word may name another argument or a claim; a plain word only where `compared`.
    fn reference(&self, token: &Token, compared: bool) -> Option<String> {
        let plain = token.text.chars().all(char::is_alphabetic) && split(&token.text).len() == 1;
        let is_one = token.is_word()
            && !is_structure(token)
            && (compared || !plain)
            && is_a_name(token, self.ground.tools);
        is_one.then(|| {
            format!(
                "`{}` may be another argument or a claim, and a sentence cannot compare two of them; put it in quotes if it is a \
                 text",
                token.text
            )
        })
    }
}

/// What a word begins with that reads something.
const READS: [&str; 19] = [
    "principal.",
    "user.",
    "caller.",
    "identity.",
    "claim.",
    "claims.",
    "claim:",
    "claims:",
    "jwt.",
    "jwt:",
    "token.",
    "context.",
    "input.",
    "arguments.",
    "argument.",
    "args.",
    "params.",
    "request.",
    "session.",
];

/// Claims, as their names are written together.
const CLAIMS: &str = "
    sub subject iss issuer aud audience jti azp username email department clientid userid tenantid orgid cognitousername
    cognitogroups preferredusername givenname familyname emailverified phonenumber
";

/// Whether the word is the name of an argument or of a claim, or reads one.
fn is_a_name(token: &Token, tools: &[Tool]) -> bool {
    let low = &token.low;
    if READS
        .iter()
        .any(|read| low.strip_prefix(read).is_some_and(|rest| !rest.is_empty()))
    {
        return true;
    }
    let words = split(&token.text);
    // `owner_id`, `userId`.
    let is_an_id =
        words.len() > 1 && words.last().is_some_and(|last| last == "id") && !low.contains([':', '/']);
    let first = low
        .split_once('.')
        .filter(|(_, rest)| !rest.is_empty())
        .map(|(first, _)| first);
    is_an_id
        || listed(CLAIMS, &words.concat())
        || is_an_argument(tools, &token.text)
        || first.is_some_and(|first| is_an_argument(tools, first))
}

/// Whether an argument has this name, in whatever style: `from_account`, `fromAccount`.
fn is_an_argument(tools: &[Tool], name: &str) -> bool {
    let said = stems(name).concat();
    let is_called = |own: &str| stems(own).concat() == said;
    !said.is_empty()
        && tools
            .iter()
            .flat_map(fields)
            .any(|field| is_called(leaf(&field)) || is_called(&dotted(&field)))
}

/// Why a text is not what it would be compared with, as it is written.
fn unlike(token: &Token, part: Part, behind_in: bool) -> Option<String> {
    let (text, low) = (&token.text, &token.low);
    let quoted = token.kind == Kind::Quoted;
    if !quoted && (!token.is_word() || is_structure(token)) {
        return None;
    }
    // A `*` alone, in quotes, is what is asked for.
    if text.contains('*') && part != Part::Pattern && !(quoted && text == "*") {
        return Some(format!(
            "the `*` of `{text}` is a letter here, and any text only behind `matches`, of what is one text and no list"
        ));
    }
    if text.starts_with('@') && part == Part::Whole {
        return Some(format!(
            "`{text}` is only the end of an address; say `ends with \"{text}\"` of what is one text, or the whole address"
        ));
    }
    if is_network(text) && (!quoted || behind_in) {
        return Some(format!(
            "addresses are compared as texts, and nothing tells which ones are in `{text}`; write the policy in Cedar"
        ));
    }
    if quoted || !text.contains(char::is_alphanumeric) {
        return None;
    }
    if text.contains('/') {
        return Some(format!(
            "`{text}` can be one text or several; put it in quotes, or join several by `or`"
        ));
    }
    let is_plus = text.contains('+') && !text.contains('@') && !text.starts_with('+');
    if is_plus || low.split('.').skip(1).any(|part| part == "x") || is_range(low) {
        return Some(format!(
            "`{text}` can be one text or stand for several; put it in quotes, or say each of them, joined by `or`"
        ));
    }
    None
}

/// `10.0.0.0/8`.
fn is_network(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_address =
        address.split('.').count() == 4 && address.split('.').all(digits) || address.matches(':').count() > 1;
    is_address && digits(bits)
}

/// `P1-P3`, `SEV-1-SEV-3`, `1-2`, `A-F`, `Mon-Fri`: two of a kind, the first one lower.
fn is_range(low: &str) -> bool {
    const NAMES: &str = "
        mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday jan feb mar apr may jun jul aug sep
        oct nov dec january february march april june july august september october november december
    ";
    let numbered = |text: &str| {
        let end = text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (before, digits) = text.split_at_checked(end)?;
        Some((before.to_owned(), digits.parse::<u64>().ok()?))
    };
    let is_name = |text: &str| listed(NAMES, text);
    let is_letter = |text: &str| text.len() == 1 && text.chars().all(char::is_alphabetic);
    low.match_indices('-').any(|(at, _)| {
        let (from, to) = (
            low.get(..at).unwrap_or_default(),
            low.get(at + 1..).unwrap_or_default(),
        );
        let letters = is_letter(from) && is_letter(to) || is_name(from) && is_name(to);
        let numbers = matches!(
            (numbered(from), numbered(to)),
            (Some((one, low)), Some((other, high))) if one == other && low < high
        );
        letters || numbers
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_networks_are_told_from_codes() {
        for range in ["p1-p3", "sev1-sev3", "sev-1-sev-3", "1-2", "a-f", "mon-fri"] {
            assert!(is_range(range), "{range}");
        }
        for code in [
            "us-east-1",
            "2026-03-01",
            "2026-01",
            "senior-adjuster",
            "a-1",
            "role-7",
            "10-k",
        ] {
            assert!(!is_range(code), "{code}");
        }
        assert!(is_network("10.0.0.0/8") && is_network("fe80::1/64"));
        assert!(!is_network("10.0.0.1") && !is_network("a/8") && !is_network("orders/read"));
    }
}
