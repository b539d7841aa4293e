//! What a policy does to a whole policy engine: allows everything, denies everything (service.md 6.5 to 6.8).
//!
//! An [`Analysis`] is a list of claims about request environments: a type of principal, an action, a gateway. Each
//! is proved or dropped here where that takes no search: by the shape of the policies (`shape`), by one request (`sample`), or by the terms that
//! Cedar's symbolic compiler makes of them (`symbolic`). What is left over is handed out as SMT-LIB text. Whoever
//! has a solver gives its answers back; a claim without an answer is no finding, so that without a solver a narrow
//! policy is never called a broad one.

mod analysis;
mod environment;
mod sample;
mod shape;
mod symbolic;
#[cfg(test)]
mod tests;

use std::fmt;

pub use analysis::Analysis;

use super::schema::Environment;

/// What is claimed of every request of an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// It is allowed.
    AllowAll,
    /// It is denied.
    DenyAll,
    /// The permit does not apply to it.
    AllowNone,
    /// The forbid does not apply to it.
    DenyNone,
}

impl Claim {
    /// Its `FindingType` (service.md 8.7).
    #[must_use]
    pub fn finding_type(self) -> &'static str {
        match self {
            Self::AllowAll => "ALLOW_ALL",
            Self::DenyAll => "DENY_ALL",
            Self::AllowNone => "ALLOW_NONE",
            Self::DenyNone => "DENY_NONE",
        }
    }
}

/// What is asked of policies in an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// Do they allow every request?
    AlwaysAllows,
    /// Do they deny every request?
    AlwaysDenies,
    /// Does the one policy apply to every request?
    AlwaysMatches,
    /// Does the one policy apply to none?
    NeverMatches,
}

/// A claim that holds. Displayed as AWS's sentence: the first two of service.md 6.5; the last two, for assets
/// alone (6.7), are ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What holds.
    pub claim: Claim,
    /// Full name of the principal's type.
    pub principal: &'static str,
    /// Id of the action, or `Any Future Tools`.
    pub action: String,
    /// The gateway that the policy names, as it is written there; none for all gateways.
    pub gateway: Option<String>,
}

impl Finding {
    fn of(claim: Claim, environment: &Environment) -> Self {
        Self {
            claim,
            principal: environment.principal,
            action: environment.shown().to_owned(),
            gateway: environment.gateway.clone(),
        }
    }

    /// The sentence, with the gateway written like this.
    #[must_use]
    pub fn sentence(&self, gateway: &str) -> String {
        let combination = format!(
            "the specified principal ({}), action ({}) and resource ({gateway}) combination",
            self.principal, self.action
        );
        let (heading, does) = match self.claim {
            Claim::AllowAll => ("Overly Permissive", "will allow every request"),
            Claim::DenyAll => ("Overly Restrictive", "will deny every request"),
            Claim::AllowNone => {
                return format!("Ineffective: Policy will not allow any request for {combination}");
            }
            Claim::DenyNone => {
                return format!("Ineffective: Policy will not deny any request for {combination}");
            }
        };
        format!("{heading}: Policy Engine {does} for {combination} if the policy is added or updated")
    }
}

/// `compat.finding-resource-text`: `gateway/` and the id, which ends an ARN; `gateway/*` for all gateways.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self
            .gateway
            .as_deref()
            .map_or("*", |arn| arn.rsplit('/').next().unwrap_or(arn));
        f.write_str(&self.sentence(&format!("gateway/{id}")))
    }
}
