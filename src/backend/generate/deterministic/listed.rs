//! The values that an argument's description lists: `Risk level (low, medium, high)`, `Type of claim: health or auto`.
//!
//! A word that is listed is a value, whatever else it may say elsewhere.

/// Words of schemas, which a list in brackets may hold instead of values.
const OF_SCHEMAS: [&str; 26] = [
    "required",
    "optional",
    "unique",
    "mandatory",
    "default",
    "deprecated",
    "string",
    "text",
    "number",
    "integer",
    "boolean",
    "nullable",
    "empty",
    "null",
    "none",
    "present",
    "missing",
    "absent",
    "provided",
    "given",
    "set",
    "valid",
    "invalid",
    "inclusive",
    "exclusive",
    "and",
];

/// The values of a description, as they are written there; none when it lists none, or something else.
pub(super) fn listed(description: &str) -> Vec<String> {
    let behind = |sign: &str| description.split_once(sign).map(|(_, behind)| behind);
    let one_of = || behind("one of ").or_else(|| behind("One of "));
    let candidates = [
        behind("(")
            .and_then(|rest| rest.split_once(')'))
            .map(|(inside, _)| inside),
        one_of(),
        behind(": "),
    ];
    candidates
        .into_iter()
        .flatten()
        .map(values)
        .find(|values| values.len() > 1)
        .unwrap_or_default()
}

/// Single words, joined by commas, `or`, `and` or strokes, up to the end of the sentence.
fn values(list: &str) -> Vec<String> {
    let list = list.split([';', '\n']).next().unwrap_or_default();
    let list = list.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let list = list.trim_start_matches("e.g.").trim_start_matches([',', ' ']);
    let spaced = list
        .replace(['|', '/'], ",")
        .replace(" or ", ",")
        .replace(" and ", ",");
    let mut found = Vec::new();
    for part in spaced.split(',') {
        let word = part
            .trim()
            .trim_start_matches("or ")
            .trim_matches(['"', '\'', '`', ' ']);
        if word.is_empty() {
            continue;
        }
        let plain = word.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
        if !plain || OF_SCHEMAS.contains(&word.to_lowercase().as_str()) {
            return Vec::new();
        }
        found.push(word.to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_prose_is_not() {
        for (description, values) in [
            (
                "Risk level assessment (low, medium, high, critical)",
                &["low", "medium", "high", "critical"][..],
            ),
            (
                "Type of claim (e.g., \"health\", \"property\", \"auto\")",
                &["health", "property", "auto"],
            ),
            (
                "Type of claim: `health`, `property`, or `auto`",
                &["health", "property", "auto"],
            ),
            (
                "One of public, internal or restricted",
                &["public", "internal", "restricted"],
            ),
            ("fast|slow", &[]),
            ("Stage: fast|slow.", &["fast", "slow"]),
            ("How high the risk is", &[]),
            ("The id (required, unique)", &[]),
            ("Name: what a person is called, and where", &[]),
            ("Amount (in USD)", &[]),
            ("Amount: USD", &[]),
            ("", &[]),
        ] {
            assert_eq!(listed(description), values, "{description}");
        }
    }
}
