//! What became of one requirement of a text, as a generation shows it.

use serde::{Deserialize, Serialize};

const UNTRANSLATED: &str =
    "it could not be translated: say which callers may use which tool, by what a token or a tool's input has";

/// A requirement, the policy that was written for it, and what was found about that.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Candidate {
    /// The requirement, as it was written.
    pub fragment: String,
    /// The policy; none when the requirement could not be translated (service.md 8.4).
    pub statement: Option<String>,
    /// What was found; never empty.
    pub findings: Vec<CandidateFinding>,
}

/// A finding about a candidate (service.md 8.7).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct CandidateFinding {
    /// `VALID`, `INVALID`, `NOT_TRANSLATABLE`, `ALLOW_ALL`, `ALLOW_NONE`, `DENY_ALL` or `DENY_NONE`.
    #[serde(rename = "type")]
    pub finding_type: String,
    /// The sentence; none for `VALID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Candidate {
    /// Whether a policy was written that is of use.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.statement.is_some() && !self.findings.iter().any(CandidateFinding::spoils)
    }
}

impl CandidateFinding {
    /// Whether a policy of which this is found is of no use: it is not valid, or does nothing.
    #[must_use]
    pub fn spoils(&self) -> bool {
        ["INVALID", "NOT_TRANSLATABLE", "ALLOW_NONE", "DENY_NONE"].contains(&self.finding_type.as_str())
    }

    /// What it means, in plain words; nothing of a word that this version does not know. AWS says `INVALID` also of what could
    /// not be written as a policy (service.md 8.6): then there is none.
    #[must_use]
    pub fn meaning(&self, of_policy: bool) -> Option<&'static str> {
        Some(match self.finding_type.as_str() {
            "VALID" => "it can be applied as it is",
            "INVALID" if !of_policy => UNTRANSLATED,
            "INVALID" => "it does not fit the tools of the gateway, and would be refused",
            "NOT_TRANSLATABLE" => UNTRANSLATED,
            "ALLOW_ALL" => "it permits every call that its first lines cover, whatever the call says",
            "ALLOW_NONE" => "it permits no call at all",
            "DENY_ALL" => "it forbids every call that its first lines cover, whatever the call says",
            "DENY_NONE" => "it forbids no call at all",
            _ => return None,
        })
    }
}
