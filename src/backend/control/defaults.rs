//! The quotas of service.md section 13, and what is told when an operation is refused.

use std::time::Duration;

/// Policy engines of an account in a region.
pub const MOST_ENGINES: u32 = 1_000;
/// Policies of an engine.
pub const MOST_POLICIES: u32 = 1_000;
/// Bytes of all policies of an engine for one resource: 200 KB, of 1,024 bytes each, as for the Cedar schema.
pub const MOST_POLICY_BYTES: u32 = 200 * 1024;
/// Generated policies of an engine in [`ASSET_LIFETIME`].
pub const MOST_ASSETS: u32 = 50_000;
/// How long the assets of a generation are there (service.md 8.10).
pub const ASSET_LIFETIME: Duration = Duration::from_hours(7 * 24);
/// Tags of a resource.
pub const MOST_TAGS: usize = 50;

/// Refusals whose wording is this backend's own, but for those with a source.
pub mod text {
    use crate::backend::control::record::GeneratedAsset;
    use crate::backend::switches::{QuotaText, Switches};

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

    /// `compat.dogwood-extensions` (service.md 15.5): what of Dogwood a statement uses, if it uses any.
    pub fn dogwood(extensions: &[String]) -> Option<String> {
        let (last, others) = extensions.split_last()?;
        let are = if others.is_empty() {
            format!("`{last}` is a Dogwood extension")
        } else {
            format!("`{}` and `{last}` are Dogwood extensions", others.join("`, `"))
        };
        Some(format!(
            "{are} that this backend does not support; write the statement in plain Cedar"
        ))
    }

    /// A statement for callers without an identity: refused (service.md 10.1), in words that are not on record.
    pub const UNAUTHENTICATED: &str = "When parsing the policy statement, the principal type \
         `AgentCore::UnauthenticatedUser` was found, please constrain the principal to `AgentCore::OAuthUser` or \
         `AgentCore::IamEntity`.";
    /// `compat.statement-annotations`.
    pub const ANNOTATED: &str =
        "When parsing the policy statement, an annotation was found; annotations are not supported.";

    /// Appendix B, S2: the tools of a gateway cannot be listed.
    pub fn gateway_not_listed(arn: &str) -> String {
        let id = arn.rsplit('/').next().unwrap_or(arn);
        format!("Insufficient permissions to call gateway with ID {id}")
    }

    /// No such engine.
    pub fn no_engine(id: &str) -> String {
        format!("Policy engine with ID {id} does not exist")
    }

    /// No such policy.
    pub fn no_policy(id: &str) -> String {
        format!("Policy with ID {id} does not exist in the policy engine")
    }

    /// Appendix B, E14 (service.md 7.3).
    pub const GENERATION_NAME_TAKEN: &str = "Generation with the same name already exists";

    /// `compat.generations-block-delete`; the wording is ours.
    pub const ENGINE_WITH_GENERATIONS: &str =
        "Policy engine still contains policy generations and cannot be deleted";

    /// `compat.parallel-create`; the wording is ours.
    pub const ANOTHER_IS_CREATED: &str =
        "Policy cannot be created while another policy of its policy engine is CREATING";

    /// No such generation.
    pub fn no_generation(id: &str) -> String {
        format!("Policy generation with ID {id} does not exist")
    }

    /// No such asset, or no longer (`compat.generated-definition-echo`).
    pub fn no_asset(asset: &GeneratedAsset) -> String {
        format!(
            "Policy generation asset with ID {} does not exist in the policy generation {}",
            asset.policy_generation_asset_id, asset.policy_generation_id
        )
    }

    /// An asset without a definition (service.md 8.4); the wording is ours.
    pub fn asset_without_definition(asset: &GeneratedAsset) -> String {
        format!(
            "Policy generation asset {} has no definition: its text could not be translated into a policy",
            asset.policy_generation_asset_id
        )
    }

    /// `compat.generation-bad-resource`: what is no ARN of a gateway.
    pub fn no_gateway_arn(arn: &str) -> String {
        format!("{arn} is not the ARN of a gateway: policies are generated for gateways only")
    }

    /// Appendix B, F2 (service.md 8.6); what follows is ours, and says what was not understood.
    pub fn not_translatable(why: &str) -> String {
        format!(
            "Unsupported Condition Error: The request includes conditions that rely on data or attributes currently not \
             supported. ({why})"
        )
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

    /// A change of something in a resource that is busy; of policies, `compat.engine-busy-conflict`.
    pub fn parent_busy(noun: &str, verb: &str, parent: &str, status: &impl std::fmt::Display) -> String {
        format!("{noun} cannot be {verb} while the status of its {parent} is {status}")
    }

    /// Appendix B, E20 (service.md 9.3).
    pub const NO_AUTHORIZER: &str = "AuthorizerConfiguration is required for CUSTOM_JWT authorizer type";
    /// Appendix B, E19 (service.md 9.6).
    pub const HTTP_TARGET: &str = "HTTP target configuration is not supported for gateways with MCP protocol type. \
         Provide an MCP-compatible target configuration and retry the request.";
    /// `compat.target-name-omitted`.
    pub const TARGET_NAME_OMITTED: &str = "A gateway target needs a name";

    /// No such gateway.
    pub fn gateway_missing(id: &str) -> String {
        format!("Gateway with ID {id} does not exist")
    }

    /// No such target.
    pub fn target_missing(id: &str) -> String {
        format!("Gateway target with ID {id} does not exist in the gateway")
    }

    /// `UpdateGateway` gives another name (service.md 9.3).
    pub fn gateway_renamed(name: &str) -> String {
        format!("The name of a gateway cannot be changed; give its name, {name}")
    }

    /// `compat.attach-unknown-engine`.
    pub fn no_engine_to_attach(arn: &str) -> String {
        format!("Policy engine {arn} does not exist")
    }

    /// An engine decides for gateways of its own region only (service.md 9.4).
    pub fn engine_elsewhere(arn: &str, region: &str) -> String {
        format!("Policy engine {arn} is not in the region of the gateway, {region}")
    }

    /// Appendix B, E21 (service.md 9.4); the beginning is not on record.
    pub fn engine_not_active(id: &str) -> String {
        format!("Policy engine {id} must be in ACTIVE state")
    }

    /// `compat.delete-attached-engine`.
    pub fn engine_attached(gateway: &str) -> String {
        format!("Policy engine is attached to gateway {gateway} and cannot be deleted; detach it first")
    }

    /// Appendix B, E22 (service.md 9.5).
    pub fn gateway_not_empty(id: &str) -> String {
        format!(
            "Gateway {id} has targets associated with it. Delete all targets before deleting the gateway."
        )
    }

    /// Only tools that an MCP server lists are fetched again (service.md 9.8).
    pub fn not_synchronized(target: &str) -> String {
        format!(
            "Gateway target {target} cannot be synchronized: it is no MCP server, or has a static tool schema"
        )
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
