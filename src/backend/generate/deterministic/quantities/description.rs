//! A description in its words, numbers and signs.

/// A word, a number or a sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece<'d> {
    pub text: &'d str,
    /// In lower case.
    pub low: String,
    /// Whether the next one follows without a space.
    pub is_glued: bool,
}

impl Piece<'_> {
    pub fn is_sign(&self) -> bool {
        !self.text.contains(char::is_alphanumeric)
    }

    /// Whether what stands behind it begins anew.
    pub fn is_break(&self) -> bool {
        matches!(
            self.text,
            "(" | ")" | "[" | "]" | "," | ";" | ":" | "." | "–" | "—" | "|" | "\"" | "'" | "`" | "!"
        )
    }

    pub fn has_digits(&self) -> bool {
        self.text.contains(|c: char| c.is_ascii_digit())
    }
}

/// The pieces of a description, in their order. A point or a comma inside a number or an abbreviation is a part of it.
pub(super) fn pieces(description: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = description.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_alphanumeric() {
            word(rest)
        } else {
            first.len_utf8()
        };
        let Some((text, behind)) = rest.split_at_checked(length) else {
            break;
        };
        found.push(Piece {
            text,
            low: text.to_lowercase(),
            is_glued: behind.chars().next().is_some_and(|c| !c.is_whitespace()),
        });
        rest = behind.trim_start();
    }
    found
}

/// How long the word or number is that begins here.
fn word(rest: &str) -> usize {
    let mut characters = rest.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map_or(' ', |(_, next)| *next);
        let alike = before.is_ascii_digit() == next.is_ascii_digit();
        let joins = (c == '.' || c == ',' && next.is_ascii_digit()) && next.is_alphanumeric() && alike;
        if !c.is_alphanumeric() && !joins {
            return at;
        }
        before = c;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_abbreviations_are_one_piece() {
        let texts =
            |description| -> Vec<&str> { pieces(description).into_iter().map(|piece| piece.text).collect() };
        assert_eq!(
            texts("Fee (U.S. dollars, at most $1,000.50)"),
            [
                "Fee", "(", "U.S", ".", "dollars", ",", "at", "most", "$", "1,000.50", ")"
            ]
        );
        assert_eq!(
            texts("A$ 5km/h 0.1=10%"),
            ["A", "$", "5km", "/", "h", "0.1", "=", "10", "%"]
        );
        assert_eq!(texts(""), Vec::<&str>::new());
    }
}
