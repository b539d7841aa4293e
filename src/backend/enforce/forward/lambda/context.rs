//! What a function is told beside its event (service.md 11.12).

use crate::backend::enforce::forward::{Failure, Invocation};
use serde_json::{Value, json};

/// Bytes of a client context as Lambda takes it, in base64.
pub(super) const LARGEST: usize = 3583;

/// The client context of a call, as JSON.
///
/// # Errors
/// When it is larger than Lambda takes it: the id of the JSON-RPC request is the caller's, and so are the headers.
pub(super) fn client_context(call: Invocation<'_>) -> Result<String, Failure> {
    let message_id = call.message_id.as_str();
    let message_id = message_id.map_or_else(|| call.message_id.to_string(), str::to_owned);
    let mut context = json!({"custom": {
        "bedrockAgentCoreMessageVersion": "1.0",
        "bedrockAgentCoreToolName": call.tool.action_id(),
        "bedrockAgentCoreGatewayId": call.gateway_id,
        "bedrockAgentCoreTargetId": call.target_id,
        "bedrockAgentCoreAwsRequestId": call.request_id,
        "bedrockAgentCoreMcpMessageId": message_id,
    }});
    if let Some(Value::Object(custom)) = context.get_mut("custom") {
        call.passed_on.add_to_context(custom);
    }
    let context = context.to_string();
    if context.len().div_ceil(3) * 4 > LARGEST {
        return Err(Failure::Invalid(format!(
            "The client context of a Lambda function takes {LARGEST} bytes: use a shorter id of the JSON-RPC \
             request, or shorter headers"
        )));
    }
    Ok(context)
}
