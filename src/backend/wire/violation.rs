//! The sentences about broken constraints (service.md 2.7; several in one message: section 18,
//! `compat.multi-violation-text`).

use std::fmt;

/// Violations that are told one by one; a request that breaks more is told about these and their number.
const TOLD: usize = 50;
/// Characters of one name in a JSON pointer; names come from the request and may be of any length.
const LONGEST_NAME: usize = 128;

/// A broken constraint.
#[derive(Debug)]
pub enum Violation {
    /// Too short or too long, too few or too many.
    Length {
        /// Length seen.
        length: usize,
        /// Least length.
        min: Option<i64>,
        /// Greatest length.
        max: Option<i64>,
    },
    /// Too small or too large.
    Range {
        /// Least value.
        min: Option<i64>,
        /// Greatest value.
        max: Option<i64>,
    },
    /// Does not match.
    Pattern {
        /// The model's pattern.
        pattern: String,
    },
    /// None of the values.
    Enumeration {
        /// The model's values.
        values: Vec<String>,
    },
    /// Missing.
    Required,
    /// Not exactly one member.
    Union {
        /// The members of which one is wanted.
        members: Vec<String>,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Member must ")?;
        match self {
            Self::Length { min, max, .. } => {
                f.write_str("have length ")?;
                bounds(f, *min, *max)
            }
            Self::Range { min, max } => {
                f.write_str("be ")?;
                bounds(f, *min, *max)
            }
            Self::Pattern { pattern } => write!(f, "satisfy regular expression pattern: {pattern}"),
            Self::Enumeration { values } => write!(f, "satisfy enum value set: [{}]", values.join(", ")),
            Self::Required => f.write_str("not be null"),
            Self::Union { members } => {
                write!(f, "have exactly one of the members set: [{}]", members.join(", "))
            }
        }
    }
}

fn bounds(f: &mut fmt::Formatter<'_>, min: Option<i64>, max: Option<i64>) -> fmt::Result {
    match (min, max) {
        (Some(min), Some(max)) => write!(f, "between {min} and {max}, inclusive"),
        (Some(min), None) => write!(f, "greater than or equal to {min}"),
        (None, Some(max)) => write!(f, "less than or equal to {max}"),
        (None, None) => f.write_str("valid"),
    }
}

/// The violations of one request.
#[derive(Debug, Default)]
pub struct Violations {
    count: usize,
    told: Vec<(String, String)>,
}

impl Violations {
    /// Adds a violation of the value at this JSON pointer.
    pub fn push(&mut self, at: &str, violation: &Violation) {
        self.count += 1;
        if self.told.len() == TOLD {
            return;
        }
        let what = match violation {
            Violation::Length { length, .. } => format!("Value with length {length}"),
            Violation::Range { .. }
            | Violation::Pattern { .. }
            | Violation::Enumeration { .. }
            | Violation::Required
            | Violation::Union { .. } => "Value".to_owned(),
        };
        self.told.push((
            at.to_owned(),
            format!("{what} at '{at}' failed to satisfy constraint: {violation}"),
        ));
    }

    /// Forgets all but the first.
    pub fn keep_first(&mut self) {
        self.count = self.count.min(1);
        self.told.truncate(1);
    }

    /// The message for all of them; none when there is no violation.
    pub fn message(&self) -> Option<String> {
        let plural = match self.count {
            0 => return None,
            1 => "",
            _ => "s",
        };
        let parts: Vec<&str> = self.told.iter().map(|(_, text)| text.as_str()).collect();
        Some(format!(
            "{} validation error{plural} detected. {}",
            self.count,
            parts.join("; ")
        ))
    }

    /// JSON pointer and text of each.
    pub fn fields(self) -> Vec<(String, String)> {
        self.told
    }
}

/// The JSON pointer (RFC 6901) of the member `name` of the value at `parent`.
pub fn pointer(parent: &str, name: &str) -> String {
    let name: String = name.chars().take(LONGEST_NAME).collect();
    format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
}
