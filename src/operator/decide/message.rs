//! Clean texts for conditions (kubernetes-conventions.md 1.6): one line, bounded, the same bytes for the same cause.

/// The longest message of a condition, in characters.
pub(super) const LONGEST: usize = 1024;

/// `text` in one line: every run of white space is one space.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `text` in one line of at most `longest` characters, with `..` where it was cut.
#[must_use]
pub fn shorten(text: &str, longest: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= longest {
        return line;
    }
    let kept: String = line.chars().take(longest.saturating_sub(2)).collect();
    format!("{}..", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_message_is_one_bounded_line(text in "\\PC{0,200}|(.|\n){0,200}", longest in 3usize..80) {
            let short = shorten(&text, longest);
            prop_assert!(short.chars().count() <= longest);
            prop_assert!(!short.contains('\n'));
            prop_assert_eq!(&short, &shorten(&short, longest), "shortening twice changes nothing");
        }
    }
}
