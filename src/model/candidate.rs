//! What became of one requirement of a text, as a generation shows it.

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
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CandidateFinding {
    /// `VALID`, `INVALID`, `NOT_TRANSLATABLE`, `ALLOW_ALL`, `ALLOW_NONE`, `DENY_ALL` or `DENY_NONE`.
    pub finding_type: String,
    /// The sentence; none for `VALID`.
    pub description: Option<String>,
}

impl Candidate {
    /// Whether a policy was written that passes all checks of its own.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        let refused = |finding: &CandidateFinding| {
            matches!(finding.finding_type.as_str(), "INVALID" | "NOT_TRANSLATABLE")
        };
        self.statement.is_some() && !self.findings.iter().any(refused)
    }
}
