//! Text into words: what stands where, so that a refusal can name the words it stopped at.

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A run of characters without spaces, as it was written.
    Word,
    /// Text between quotes, without them.
    Quoted,
    /// The claim names of `<idp_claims>["scope"]</idp_claims>` (service.md 8.8).
    Claims(Vec<String>),
    /// Punctuation and operators: `,` `;` `(` `)` `.` `:` `–` `'s` `<` `<=` `>` `>=` `=` `!=`, and a line break.
    Sign,
}

/// One word or sign of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    /// As it was written; without the quotes.
    pub text: String,
    /// In lower case, for comparison with the words of the grammar.
    pub low: String,
    /// Where it begins and ends in the text, in bytes.
    pub start: usize,
    pub end: usize,
}

impl Token {
    fn new(kind: Kind, text: &str, start: usize, end: usize) -> Self {
        Self {
            kind,
            text: text.to_owned(),
            low: text.to_lowercase(),
            start,
            end,
        }
    }

    /// Whether it is this word or sign of the grammar; quoted text never is.
    pub fn is(&self, word: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Sign) && self.low == word
    }

    /// Whether it is a word that may be part of a name or a value.
    pub fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }
}

const QUOTES: [(char, char); 5] = [('"', '"'), ('\'', '\''), ('“', '”'), ('‘', '’'), ('`', '`')];
const OPEN_CLAIMS: &str = "<idp_claims>";
const CLOSE_CLAIMS: &str = "</idp_claims>";
/// Ends of negated verbs; the first part stands alone as the verb.
const NOT: [&str; 2] = ["n't", "n’t"];

/// Splits a text into its tokens. Every character that is no space is in one of them.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let taken = claims(rest, at)
            .or_else(|| quoted(text, rest, at))
            .or_else(|| sign(rest, at))
            .unwrap_or_else(|| word(rest, at));
        let Some(end) = taken.last().map(|token| token.end) else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        found.extend(taken);
        at = end.max(at + 1);
    }
    found
}

fn claims(rest: &str, at: usize) -> Option<Vec<Token>> {
    let inside = rest.strip_prefix(OPEN_CLAIMS)?;
    let (inside, _) = inside.split_once(CLOSE_CLAIMS)?;
    let names: Vec<String> = serde_json::from_str(inside).ok()?;
    let end = at + OPEN_CLAIMS.len() + inside.len() + CLOSE_CLAIMS.len();
    let written = rest.get(..end - at)?;
    Some(vec![Token::new(Kind::Claims(names), written, at, end)])
}

/// A quotation that begins at a word's beginning and ends somewhere on its line.
fn quoted(text: &str, rest: &str, at: usize) -> Option<Vec<Token>> {
    let open = rest.chars().next()?;
    let (_, close) = QUOTES.into_iter().find(|(begin, _)| *begin == open)?;
    let before = text.get(..at)?.chars().next_back();
    if open == '\'' && before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    let inside = rest.get(open.len_utf8()..)?;
    let length = inside.find([close, '\n'])?;
    let (content, ending) = inside.split_at_checked(length)?;
    if !ending.starts_with(close) || content.trim().is_empty() {
        return None;
    }
    let end = at + open.len_utf8() + length + close.len_utf8();
    Some(vec![Token::new(Kind::Quoted, content, at, end)])
}

fn sign(rest: &str, at: usize) -> Option<Vec<Token>> {
    const SIGNS: [(&str, &str); 22] = [
        ("–", "–"),
        ("'s", "'s"),
        ("’s", "'s"),
        ("<=", "<="),
        ("≤", "<="),
        (">=", ">="),
        ("≥", ">="),
        ("=<", "<="),
        ("=>", ">="),
        ("==", "="),
        ("!=", "!="),
        ("<", "<"),
        (">", ">"),
        ("=", "="),
        (",", ","),
        (";", ";"),
        ("(", "("),
        (")", ")"),
        (".", "."),
        ("!", "."),
        ("?", "."),
        ("\n", "\n"),
    ];
    let (written, means) = SIGNS.into_iter().find(|(written, _)| rest.starts_with(written))?;
    Some(vec![Token::new(Kind::Sign, means, at, at + written.len())])
}

/// The longest run of characters that are no spaces and no signs. Inside a number a comma separates thousands;
/// inside a word a period or a colon joins (`group:Controller`, `10.5`), at its end it does not.
fn word(rest: &str, at: usize) -> Vec<Token> {
    let mut end = 0;
    for (offset, character) in rest.char_indices() {
        let next = || rest.get(offset + character.len_utf8()..).unwrap_or_default();
        let joins = match character {
            ',' => between_thousands(rest.get(..offset).unwrap_or_default(), next()),
            '.' | ':' | '!' | '?' => {
                next().starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '*')
            }
            ';' | '(' | ')' | '<' | '>' | '=' | '≤' | '≥' | '"' | '“' | '”' | '`' | '–' => false,
            '\'' | '’' => next().starts_with('t') && rest.get(..offset).is_some_and(|w| w.ends_with('n')),
            _ => !character.is_whitespace(),
        };
        if !joins {
            break;
        }
        end = offset + character.len_utf8();
    }
    let Some(written) = rest.get(..end).filter(|written| !written.is_empty()) else {
        // A lone colon or apostrophe is a sign that no sentence of the grammar has.
        let single = rest.chars().next().filter(|c| !c.is_whitespace());
        return single.map_or_else(Vec::new, |c| {
            vec![Token::new(Kind::Sign, &c.to_string(), at, at + c.len_utf8())]
        });
    };
    let negated = NOT.into_iter().find_map(|not| written.strip_suffix(not));
    let verb = match negated.map(str::to_lowercase).as_deref() {
        None => None,
        Some("ca") => Some("can".to_owned()),
        Some("wo") => Some("will".to_owned()),
        Some(verb) => Some(verb.to_owned()),
    };
    if let Some(verb) = verb {
        return vec![
            Token::new(Kind::Word, &verb, at, at + end),
            Token::new(Kind::Word, "not", at, at + end),
        ];
    }
    if written.eq_ignore_ascii_case("cannot") {
        return vec![
            Token::new(Kind::Word, "can", at, at + end),
            Token::new(Kind::Word, "not", at, at + end),
        ];
    }
    vec![Token::new(Kind::Word, written, at, at + end)]
}

/// Whether a comma between these two separates thousands: digits before it, exactly three after it.
fn between_thousands(before: &str, after: &str) -> bool {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    before.ends_with(|c: char| c.is_ascii_digit())
        && before
            .trim_start_matches(|c: char| !c.is_ascii_digit())
            .chars()
            .all(|c| c.is_ascii_digit() || c == ',')
        && digits(after) == 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_numbers_and_signs_are_told_apart() {
        assert_eq!(
            texts("Allow group:Controller under $1,000.50, not 5,00."),
            [
                "Allow",
                "group:Controller",
                "under",
                "$1,000.50",
                ",",
                "not",
                "5",
                ",",
                "00",
                "."
            ]
        );
        assert_eq!(
            texts("a<=5 b >= 6 c!=7 d=8 e=<9 f => 10"),
            [
                "a", "<=", "5", "b", ">=", "6", "c", "!=", "7", "d", "=", "8", "e", "<=", "9", "f", ">=",
                "10"
            ]
        );
    }

    #[test]
    fn quotations_keep_their_spaces_and_lose_their_quotes() {
        for text in [
            "user \"John Smith\"",
            "user 'John Smith'",
            "user “John Smith”",
            "user `John Smith`",
        ] {
            let found = tokens(text);
            assert_eq!(found[1].text, "John Smith", "{text}");
            assert_eq!(found[1].kind, Kind::Quoted);
            assert!(!found[1].is("john smith"));
        }
    }

    #[test]
    fn negations_are_a_verb_and_not() {
        assert_eq!(
            texts("Users can't and don't and cannot"),
            ["Users", "can", "not", "and", "do", "not", "and", "can", "not"]
        );
    }

    #[test]
    fn a_possessive_is_a_sign() {
        assert_eq!(texts("the user's role"), ["the", "user", "'s", "role"]);
        assert_eq!(texts("the user’s role"), ["the", "user", "'s", "role"]);
    }

    #[test]
    fn given_claims_are_one_token() {
        let found = tokens("scope x <idp_claims>[\"scp\"]</idp_claims>");
        assert_eq!(found[2].kind, Kind::Claims(vec!["scp".to_owned()]));
    }

    proptest! {
        #[test]
        fn every_character_that_is_no_space_is_in_a_token(text in "\\PC{0,60}|[a-z '\",.:;<>=!()$0-9\n]{0,60}") {
            let found = tokens(&text);
            let mut covered = vec![false; text.len()];
            for token in &found {
                prop_assert!(text.get(token.start..token.end).is_some());
                covered[token.start..token.end].fill(true);
            }
            for (at, character) in text.char_indices() {
                prop_assert!(covered[at] || character.is_whitespace(), "{character:?} at {at} of {text:?}");
            }
        }
    }
}
