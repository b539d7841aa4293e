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
    let Some(first) = errors.first() else {
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
