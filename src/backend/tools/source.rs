//! Which arm of a `TargetConfiguration` is read by which reader (service.md 9.6).

use super::{ToolSource, ToolsError, lambda};
use crate::model::Tool;
use async_trait::async_trait;
use serde_json::Value;

/// The source of tools of the targets that a backend serves.
#[derive(Clone, Debug, Default)]
pub struct Targets;

#[async_trait]
impl ToolSource for Targets {
    async fn tools(&self, target: &str, configuration: &Value) -> Result<Vec<Tool>, ToolsError> {
        read(target, configuration)
    }

    fn check(&self, configuration: &Value) -> Result<(), ToolsError> {
        read("", configuration).map(drop)
    }
}

fn read(target: &str, configuration: &Value) -> Result<Vec<Tool>, ToolsError> {
    match configuration.pointer("/mcp/lambda/toolSchema/inlinePayload") {
        Some(definitions) => lambda::tools(target, definitions),
        None => Err(ToolsError::new(
            "This target configuration is not supported by the local backend: give mcp.lambda with an inline tool \
             schema",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn an_inline_lambda_schema_gives_its_tools_and_other_arms_are_refused() {
        let configuration = json!({"mcp": {"lambda": {
            "lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:refund",
            "toolSchema": {"inlinePayload": [{
                "name": "process_refund",
                "description": "Refunds an order",
                "inputSchema": {"type": "object", "properties": {"amount": {"type": "integer"}}},
            }]},
        }}});
        assert_eq!(Targets.check(&configuration), Ok(()));
        let tools = Targets.tools("RefundTarget", &configuration).await.unwrap();
        assert_eq!(tools[0].action_id(), "RefundTarget___process_refund");
        assert!(Targets.check(&json!({"inference": {}})).is_err());
    }
}
