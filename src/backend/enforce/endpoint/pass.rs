//! Prompts and resources, which no policy governs: they "always pass, in every mode" (service.md 11.7).

use super::Exchange;
use crate::backend::enforce::forward::{Behind, Passed};
use crate::backend::enforce::protocol::{Request, RpcError};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

impl Exchange<'_> {
    /// Hands the request to the MCP servers behind the gateway.
    pub(super) async fn pass(
        self,
        request: &Request,
        cancelled: &CancellationToken,
    ) -> Result<Value, RpcError> {
        let targets = self.gate.gateway.targets.iter();
        let behind: Vec<Behind<'_>> = targets
            .map(|target| Behind {
                target_id: &target.id,
                target_name: &target.name,
                configuration: &target.configuration,
                passed_on: self.passed_on(&target.passes),
            })
            .collect();
        let params = Value::Object(request.params.clone());
        let passed = Passed {
            gateway_id: &self.gate.gateway.id,
            session: self.session,
            method: &request.method,
            params: &params,
        };
        let answered = self.endpoint.forward.pass(passed, &behind, cancelled).await;
        answered.map_err(|error| RpcError {
            code: error.code,
            message: error.message,
            data: error.data,
        })
    }
}
