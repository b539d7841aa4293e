//! Lines and columns of a statement.

/// A place in a text: line and column count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Position {
    /// The place of a byte offset; an offset past the end, or inside a character, is moved back
    /// to the nearest place that exists.
    pub(super) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..text.floor_char_boundary(offset)).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

/// The lines of `text` from one before `line` to one after it, each with its number, as far as
/// they exist.
pub(super) fn lines_around(text: &str, line: usize) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, content)| (index + 1, content))
        .skip_while(move |(number, _)| number + 1 < line)
        .take_while(move |(number, _)| *number <= line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_count_characters_and_lines_count_newlines() {
        let text = "é\nab\u{1F600}c";
        assert_eq!(Position::of(text, 0), Position { line: 1, column: 1 });
        assert_eq!(Position::of(text, 2), Position { line: 1, column: 2 });
        assert_eq!(Position::of(text, 3), Position { line: 2, column: 1 });
        assert_eq!(
            Position::of(text, text.len() - 1),
            Position { line: 2, column: 4 }
        );
        assert_eq!(Position::of(text, 1000), Position { line: 2, column: 5 });
    }

    #[test]
    fn the_lines_around_end_where_the_text_does() {
        let text = "a\nb\nc";
        assert_eq!(lines_around(text, 1).collect::<Vec<_>>(), [(1, "a"), (2, "b")]);
        assert_eq!(
            lines_around(text, 2).collect::<Vec<_>>(),
            [(1, "a"), (2, "b"), (3, "c")]
        );
        assert_eq!(lines_around(text, 3).collect::<Vec<_>>(), [(2, "b"), (3, "c")]);
    }

    proptest! {
        #[test]
        fn a_position_is_inside_the_text(text in "(?s).{0,60}", offset in 0usize..300) {
            let Position { line, column } = Position::of(&text, offset);
            let found = text.split('\n').nth(line - 1).expect("the line exists");
            prop_assert!(column <= found.chars().count() + 1);
        }
    }
}
