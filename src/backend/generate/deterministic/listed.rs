//! The values that an argument's description lists: `Risk level (low, medium, high)`, `Type of claim: health or auto`.
//!
//! A word that is listed is a value, whatever else it may say elsewhere.

use super::values;
use super::words::split;

/// Words of schemas, which a list in brackets may hold instead of values.
const OF_SCHEMAS: [&str; 15] = [
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
    "inclusive",
    "exclusive",
    "and",
];
/// Words that may tell of any argument whether it is there, and are values beside others: `Insurance (none, basic, full)`.
const OF_PRESENCE: [&str; 11] = [
    "empty", "null", "none", "present", "missing", "absent", "provided", "given", "set", "valid", "invalid",
];
/// Words that tell yes from no, each by itself ..
const YES: [&str; 4] = ["yes", "true", "false", "whether"];
/// .. and two of them together.
const STATES: &str = "
    present missing absent provided given supplied omitted included excluded granted denied refused rejected approved obtained
    waived pending revoked withdrawn signed unsigned
";

/// Whether a description tells what the argument says: `Whether the manager consents`, `Proof: given or missing`.
pub(super) fn tells_of_states(description: &str) -> bool {
    let words = split(description);
    let states = words.iter().filter(|word| values::listed(STATES, word)).count();
    // `Reason, if given`.
    let begins_with_if = words.first().is_some_and(|first| first == "if");
    begins_with_if || states > 1 || words.iter().any(|word| YES.contains(&word.as_str()))
}

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
        .map(of_list)
        .find(|values| values.len() > 1)
        .unwrap_or_default()
}

/// Single words, joined by commas, `or`, `and` or strokes, up to the end of the sentence.
fn of_list(list: &str) -> Vec<String> {
    let list = list.split([';', '\n']).next().unwrap_or_default();
    let list = list.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let list = list.trim_start_matches("e.g.").trim_start_matches([',', ' ']);
    let spaced = list
        .replace(['|', '/'], ",")
        .replace(" or ", ",")
        .replace(" and ", ",");
    let mut found: Vec<String> = Vec::new();
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
    if found
        .iter()
        .all(|word| OF_PRESENCE.contains(&word.to_lowercase().as_str()))
    {
        found.clear();
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
            ("Insurance (none, basic, full)", &["none", "basic", "full"]),
            ("Proof (given, missing)", &[]),
            ("Note (empty or null)", &[]),
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

    #[test]
    fn a_description_tells_yes_from_no() {
        for description in [
            "Whether the manager consents: yes or no",
            "If the parcel is insured",
            "Proof (given, missing)",
            "true or false",
        ] {
            assert!(tells_of_states(description), "{description}");
        }
        for description in ["Why the money is paid back", "Reason, if given", "Order no.", ""] {
            assert!(!tells_of_states(description), "{description}");
        }
    }
}
