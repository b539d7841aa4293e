//! How far one word is from another.

/// Levenshtein distance: how many characters to insert, delete or replace.
#[must_use]
pub fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, character) in from.chars().enumerate() {
        let mut left = index + 1;
        let mut next = Vec::with_capacity(row.len());
        next.push(left);
        for (above, other) in row.windows(2).zip(&to) {
            let [diagonal, above] = above else { continue };
            left = (left + 1)
                .min(above + 1)
                .min(diagonal + usize::from(character != *other));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (from, to, expected) in [
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("input", "output", 3),
        ] {
            assert_eq!(edits(from, to), expected, "{from} {to}");
        }
    }
}
