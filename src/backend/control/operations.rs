//! The table of operations that are served: one line each.

use super::{Control, Refusal, engine, gateway, generation, policy, tags, target};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

macro_rules! operations {
    ($($($name:literal)|+ => $handler:path),+ $(,)?) => {
        /// Names of the operations that are served.
        pub const SERVED: &[&str] = &[$($($name),+),+];

        /// Performs the operation of this name.
        pub async fn perform(control: &Control, operation: &str, input: Value) -> Result<Value, Refusal> {
            match operation {
                $($($name)|+ => typed(control, input, $handler).await,)+
                other => Err(Refusal::NotServed(other.to_owned())),
            }
        }
    };
}

// A summary is the same answer through a smaller output shape.
operations! {
    "CreatePolicyEngine" => engine::create,
    "GetPolicyEngine" | "GetPolicyEngineSummary" => engine::get,
    "UpdatePolicyEngine" => engine::update,
    "DeletePolicyEngine" => engine::delete,
    "ListPolicyEngines" | "ListPolicyEngineSummaries" => engine::list,
    "CreatePolicy" => policy::create,
    "GetPolicy" | "GetPolicySummary" => policy::get,
    "UpdatePolicy" => policy::update,
    "DeletePolicy" => policy::delete,
    "ListPolicies" | "ListPolicySummaries" => policy::list,
    "StartPolicyGeneration" => generation::start,
    "GetPolicyGeneration" | "GetPolicyGenerationSummary" => generation::get,
    "ListPolicyGenerations" | "ListPolicyGenerationSummaries" => generation::list,
    "ListPolicyGenerationAssets" => generation::list_assets,
    "CreateGateway" => gateway::create,
    "GetGateway" => gateway::get,
    "UpdateGateway" => gateway::update,
    "DeleteGateway" => gateway::delete,
    "ListGateways" => gateway::list,
    "CreateGatewayTarget" => target::create,
    "GetGatewayTarget" => target::get,
    "UpdateGatewayTarget" => target::update,
    "DeleteGatewayTarget" => target::delete,
    "ListGatewayTargets" => target::list,
    "SynchronizeGatewayTargets" => target::synchronize,
    "TagResource" => tags::tag,
    "UntagResource" => tags::untag,
    "ListTagsForResource" => tags::list,
}

async fn typed<'c, I, O, F>(
    control: &'c Control,
    input: Value,
    handler: impl FnOnce(&'c Control, I) -> F + Send,
) -> Result<Value, Refusal>
where
    I: DeserializeOwned + Send,
    O: Serialize + Send,
    F: Future<Output = Result<O, Refusal>> + Send,
{
    // The wire has checked the input, so a failure here is this program's.
    let input = serde_json::from_value(input).map_err(|error| Refusal::Fault(format!("input: {error}")))?;
    let output = handler(control, input).await?;
    serde_json::to_value(output).map_err(|error| Refusal::Fault(format!("output: {error}")))
}
