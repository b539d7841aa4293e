//! AWS's many-lined status reasons as one clean sentence.

/// Most characters of a summary.
const MAX_SUMMARY: usize = 300;

/// First line of a status reason that holds several errors (service.md 6.3).
pub(super) const MULTIPLE: &str = "Multiple errors occurred during policy parsing/validation:";

/// A status reason of a policy as one line for a condition message: what is wrong, where, and
/// what to do; without the policy's id, the source lines and the repetitions of AWS's layout
/// (service.md 6.3). Of several errors the first, and how many more there are.
///
/// A text in another layout comes back on one line. At most 300 characters either way.
#[must_use]
pub fn summary(status_reason: &str) -> String {
    let Some(list) = status_reason.strip_prefix(MULTIPLE) else {
        return clip(&first_error(status_reason), MAX_SUMMARY);
    };
    let errors: Vec<&str> = list.split("\n* ").skip(1).collect();
    let Some(first) = errors
        .iter()
        .find(|error| reads_input_of_any_action(error))
        .or(errors.first())
    else {
        return clip(&one_line(status_reason), MAX_SUMMARY);
    };
    match errors.len() - 1 {
        0 => clip(&first_error(first), MAX_SUMMARY),
        more => {
            let rest = if more == 1 {
                " (and 1 more error)".to_owned()
            } else {
                format!(" (and {more} more errors)")
            };
            clip(&first_error(first), MAX_SUMMARY - rest.len()) + &rest
        }
    }
}

/// Whether the error says that `context.input` is read under an action that is no concrete tool
/// (service.md 6.3): `CallTool`, `Mcp`, a target group, .. It stands for all errors of its
/// statement, and the validator's own advice (``did you mean `output`?``) leads nowhere.
fn reads_input_of_any_action(error: &str) -> bool {
    error
        .lines()
        .next()
        .is_some_and(|message| message.contains(NO_INPUT) && message.ends_with(" not found"))
}

const NO_INPUT: &str = "attribute `input` in context for AgentCore::Action::";

const CONCRETE_ACTION: &str = "a condition on `context.input` needs concrete actions in the scope: \
    `action == AgentCore::Action::\"<Target>___<tool>\"`";

/// Message, place and help of one error.
fn first_error(error: &str) -> String {
    let mut lines = error.lines();
    let message = lines.next().unwrap_or_default().trim();
    let mut place = None;
    let mut help = None;
    for line in lines {
        let line = line.trim();
        if place.is_none() {
            // The same message again, then where.
            match line
                .strip_prefix(message)
                .and_then(|rest| rest.strip_prefix(" at "))
            {
                Some(found) => place = Some(found.trim_end_matches(':')),
                None => return one_line(error),
            }
        } else if !is_source_line(line) && !line.is_empty() {
            help = Some(line);
        }
    }
    let mut sentence = one_line(without_policy(message));
    if let Some(place) = place {
        sentence = format!("{sentence} at {place}");
    }
    let help = if reads_input_of_any_action(error) {
        Some(CONCRETE_ACTION)
    } else {
        help
    };
    if let Some(help) = help {
        sentence = format!("{sentence}; {}", one_line(without_policy(help)));
    }
    sentence
}

/// Whether a line shows source: a number, a space, text.
fn is_source_line(line: &str) -> bool {
    let rest = line.trim_start_matches(|character: char| character.is_ascii_digit());
    rest.len() < line.len() && (rest.is_empty() || rest.starts_with(' '))
}

/// The message without ``for policy `<id>`, ``.
fn without_policy(message: &str) -> &str {
    message
        .strip_prefix("for policy `")
        .and_then(|rest| rest.split_once('`'))
        .map_or(message, |(_, rest)| rest.trim_start_matches([',', ':', ' ']))
}

/// The text on one line: runs of white space and control characters become one space, characters
/// that change the direction of the text are left out.
pub(super) fn one_line(text: &str) -> String {
    text.replace(['\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}'], "")
        .replace(
            [
                '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}', '\u{200e}', '\u{200f}',
            ],
            "",
        )
        .split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The text, cut to `most` characters with an ellipsis at the end when it is longer.
pub(super) fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cedar::{parse_statement, validate};
    use proptest::prelude::*;

    fn of(text: &str) -> String {
        let reasons = validate(
            &parse_statement(text).expect("the statement parses"),
            "p_1-0123456789",
        );
        summary(&reasons[0])
    }

    #[test]
    fn one_error_becomes_message_place_and_help() {
        assert_eq!(
            of(
                "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n\
                when { principal.getTag(\"username\") == \"x\" };"
            ),
            "unable to guarantee safety of access to tag `\"username\"` on entity type `AgentCore::OAuthUser` at line \
             2, column 8; try testing for the tag's presence with `.hasTag(\"username\") && ..`"
        );
    }

    #[test]
    fn an_error_without_help_ends_with_its_place() {
        assert_eq!(
            of("permit(principal, action, resource is AgentCore::Gateway) when { 1 };"),
            "unexpected type: expected Bool but saw Long at line 1, column 66"
        );
    }

    #[test]
    fn a_source_line_is_not_taken_for_help() {
        assert_eq!(
            of("permit(principal, action, resource is AgentCore::Gateway)\nwhen\n{ 1\n\n};"),
            "unexpected type: expected Bool but saw Long at line 3, column 3"
        );
    }

    #[test]
    fn several_errors_become_the_first_and_a_count() {
        assert_eq!(
            of(
                "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n\
                when { principal.team == \"a\" && principal.getTag(\"t\") == \"b\" };"
            ),
            "attribute `team` on entity type `AgentCore::OAuthUser` not found at line 2, column 8; did you mean `id`? \
             (and 1 more error)"
        );
    }

    #[test]
    fn input_under_an_unconstrained_action_says_to_name_actions() {
        assert_eq!(
            of(
                "permit(principal, action, resource is AgentCore::Gateway)\nwhen { context.input.amount < 500 };"
            ),
            "attribute `input` in context for AgentCore::Action::\"CallTool\" not found at line 2, column 8; a condition \
             on `context.input` needs concrete actions in the scope: \
             `action == AgentCore::Action::\"<Target>___<tool>\"` (and 7 more errors)"
        );
    }

    #[test]
    fn help_that_names_the_policy_loses_the_name() {
        assert_eq!(
            of(
                "permit(principal, action, resource is AgentCore::Gateway) when { context.system.now == \"a\" };"
            ),
            "the types String and datetime are not compatible at line 1, column 66; both operands to a `==` expression must \
             have compatible types. Types must be exactly equal to be compatible"
        );
    }

    #[test]
    fn texts_in_another_layout_come_back_on_one_line() {
        for (text, expected) in [
            (
                "Insufficient permissions to call gateway with ID g-1",
                "Insufficient permissions to call gateway with ID g-1",
            ),
            ("for policy `p_0`, unexpected type", "unexpected type"),
            ("first\n  second\tthird\n", "first second third"),
            (MULTIPLE, MULTIPLE),
            ("", ""),
        ] {
            assert_eq!(summary(text), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_becomes_one_bounded_line(
            text in "(?s)(Multiple errors occurred during policy parsing/validation:)?(\n\\* )?.{0,400}",
        ) {
            let line = summary(&text);
            prop_assert!(line.chars().count() <= MAX_SUMMARY);
            prop_assert!(!line.contains(char::is_control));
        }
    }
}
