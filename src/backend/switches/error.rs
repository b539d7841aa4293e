//! What is wrong with a switch, in one line that says what to write instead.

/// Why a switch cannot be set.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SwitchError {
    /// The text is no map of names and values.
    #[error("the switches are no YAML or JSON map of names and values: {}", .0.split_whitespace().collect::<Vec<_>>().join(" "))]
    File(String),
    /// The text is not `NAME=VALUE`.
    #[error("`{0}` is no switch; write NAME=VALUE, such as compat.timestamp-fraction=seconds")]
    Assignment(String),
    /// There is no such switch.
    #[error("there is no switch `{name}`; {}", suggestion(*.nearest))]
    Unknown {
        /// What was written.
        name: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    /// The switch has no such value.
    #[error("`{value}` is no value of the switch {name}; give {allowed}")]
    Value {
        /// The switch.
        name: &'static str,
        /// What was written.
        value: String,
        /// What may be written.
        allowed: String,
    },
    /// No part of the backend reads the switch.
    #[error(
        "the switch {name} can only be `{default}`: nothing reads it yet (row {number} of service.md section 18)"
    )]
    Unread {
        /// The switch.
        name: &'static str,
        /// Its row in service.md section 18.
        number: u8,
        /// Its default.
        default: String,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || "agentcore-policy-operator switches lists them".to_owned(),
        |name| format!("did you mean `{name}`?"),
    )
}
