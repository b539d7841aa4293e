//! Names of Cedar types made from the names of tools and properties.

use std::collections::{HashMap, HashSet};

/// Names that are given out once.
#[derive(Debug, Default)]
pub(super) struct Names {
    used: HashSet<String>,
    /// The number that the next name of the same wording gets.
    next: HashMap<String, usize>,
}

impl Names {
    /// None of these is given out.
    pub(super) fn without(taken: impl IntoIterator<Item = String>) -> Self {
        Self {
            used: taken.into_iter().collect(),
            next: HashMap::new(),
        }
    }

    /// A Cedar identifier for this wording that no one else has: two wordings that become the same identifier,
    /// such as `a-b` and `a_b`, stay apart by a number.
    pub(super) fn fresh(&mut self, wording: &str) -> String {
        let name = identifier(wording);
        if self.used.insert(name.clone()) {
            return name;
        }
        let next = self.next.entry(name.clone()).or_insert(2);
        loop {
            let numbered = format!("{name}_{next}");
            *next += 1;
            if self.used.insert(numbered.clone()) {
                return numbered;
            }
        }
    }
}

/// The wording with `_` for every character that no identifier may hold. Names of types hold the three underscores
/// of an action's id, so none is a word of Cedar's own.
pub(super) fn identifier(wording: &str) -> String {
    let mut name: String = wording
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

/// A text in quotes, as Cedar reads it back.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wording_becomes_an_identifier() {
        for (wording, name) in [
            ("RefundTool___process_refund", "RefundTool___process_refund"),
            (
                "lakehouse-mcp-target___query claims",
                "lakehouse_mcp_target___query_claims",
            ),
            ("1st___é", "_1st____"),
        ] {
            assert_eq!(identifier(wording), name);
        }
    }

    #[test]
    fn names_that_fall_together_stay_apart() {
        let mut names = Names::without(["a_b_2".to_owned()]);
        assert_eq!(
            ["a-b", "a_b", "a.b"].map(|wording| names.fresh(wording)),
            ["a_b", "a_b_3", "a_b_4"]
        );
    }
}
