//! The quotas of service.md section 13, and what is told when an operation is refused.

use super::record::PolicyBody;

/// Policy engines of an account in a region.
pub const MOST_ENGINES: u32 = 1_000;
/// Policies of an engine.
pub const MOST_POLICIES: u32 = 1_000;
/// Tags of a resource.
pub const MOST_TAGS: usize = 50;

/// `compat.target-resource-scope`: what a policy is listed under. A type-level policy is listed under every
/// resource, and policies for one gateway cannot be made without gateways.
pub fn policy_scope(_policy: &PolicyBody) -> Option<String> {
    None
}

/// Refusals whose wording is this backend's own, but for those with a source.
pub mod text {
    use crate::backend::switches::{QuotaText, Switches};
    use crate::model::Lifecycle;

    /// Another resource of this sort, such as `Policy engine`, has the name (`compat.duplicate-name-text`).
    pub fn name_taken(switches: &Switches, resource: &str) -> String {
        switches
            .duplicate_name_text
            .as_str()
            .replace("{resource}", resource)
    }

    /// `compat.token-mismatch`.
    pub const TOKEN_MISMATCH: &str =
        "The client token was used before with other parameters; use a new token for a new request";
    /// `compat.dogwood-extensions` (service.md 15.5).
    pub const DOGWOOD: &str = "temporal conditions, guardrail conditions and suppressOutput are Dogwood \
         extensions that this backend does not support; write the statement in plain Cedar";

    /// No such engine.
    pub fn no_engine(id: &str) -> String {
        format!("Policy engine with ID {id} does not exist")
    }

    /// No such policy.
    pub fn no_policy(id: &str) -> String {
        format!("Policy with ID {id} does not exist in the policy engine")
    }

    /// No such generation.
    pub fn no_generation(id: &str) -> String {
        format!("Policy generation with ID {id} does not exist")
    }

    /// No such taggable resource.
    pub fn no_resource(arn: &str) -> String {
        format!("Resource {arn} does not exist")
    }

    /// `compat.policy-busy-conflict`, `compat.engine-busy-conflict`; the words are known for the deletion of a policy
    /// during CREATING (Appendix B, E15).
    pub fn busy(noun: &str, verb: &str, status: &impl std::fmt::Display) -> String {
        format!("{noun} cannot be {verb} while its status is {status}")
    }

    /// `compat.engine-busy-conflict`: a change of a policy in it.
    pub fn parent_busy(verb: &str, status: &Lifecycle) -> String {
        format!("Policy cannot be {verb} while the status of its policy engine is {status}")
    }

    /// Appendix B, E16 (service.md 4.4).
    pub fn engine_not_empty(policies: u32) -> String {
        let plural = if policies == 1 { "policy" } else { "policies" };
        format!("Policy engine still contains {policies} {plural} and cannot be deleted")
    }

    /// Appendix B, E12 (service.md 6.2); the middle part is not on record.
    pub fn no_gateway(gateway: &str) -> String {
        format!(
            "Failed to confirm existence on AgentCore Gateway {gateway}, make sure you have GetGateway permissions"
        )
    }

    /// A quota is used up (`compat.quota-text`).
    pub fn quota(switches: &Switches, what: &str, most: impl std::fmt::Display) -> String {
        match switches.quota_text {
            QuotaText::Full => format!("The quota of {most} {what} is reached"),
            QuotaText::Short => "Service quota exceeded".to_owned(),
        }
    }

    /// `compat.tag-policy-engines`: this resource cannot be tagged.
    pub fn not_taggable(arn: &str) -> String {
        format!("Resource {arn} cannot be tagged after its creation")
    }
}
