//! Tools: which are shown, and which calls go through. What was authorized is what is sent on.

use super::Exchange;
use crate::backend::enforce::force::Engine;
use crate::backend::enforce::forward::{Invocation, ToolResult};
use crate::backend::enforce::protocol::{Request, RpcError};
use crate::backend::enforce::record::{Asked, Decided, Shown, blame};
use crate::backend::enforce::verdict::{Denial, Verdict, reason};
use crate::backend::switches::{LogOnlyListing, UnknownTool};
use crate::cedar::{Call, RequestError, Response};
use crate::telemetry::Blame;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// What `tools/call` takes; `task` asks for what this gateway does not offer, and is passed over then (MCP 2025-11-25).
const PARAMETERS: [&str; 4] = ["name", "arguments", "_meta", "task"];
/// Longest name of a tool in characters that an error repeats.
const REPEATED: usize = 128;

/// The call of a tool, as it came.
struct ToolCall {
    name: String,
    arguments: Map<String, Value>,
}

/// What becomes of a call before it is made.
enum Outcome {
    /// It goes through.
    Through,
    /// It is denied, for this reason.
    Denied(String),
    /// The tool is told not to take these arguments.
    Failed(String),
}

impl ToolCall {
    /// Reads the parameters: nothing that could be taken for a name or for arguments is passed over.
    fn read(params: &Map<String, Value>) -> Result<Self, RpcError> {
        if let Some(other) = params.keys().find(|name| !PARAMETERS.contains(&name.as_str())) {
            let told = format!("tools/call has no parameter {:?}", shortened(other));
            return Err(RpcError::invalid_params(told));
        }
        let Some(Value::String(name)) = params.get("name") else {
            return Err(RpcError::invalid_params("tools/call needs the name of a tool"));
        };
        let arguments = match params.get("arguments") {
            None => Map::new(),
            Some(Value::Object(arguments)) => arguments.clone(),
            Some(_) => return Err(RpcError::invalid_params("The arguments must be an object")),
        };
        Ok(Self {
            name: name.clone(),
            arguments,
        })
    }
}

impl Exchange<'_> {
    /// `tools/list`: the tools that this caller could be allowed to call (service.md 11.6).
    pub(super) async fn list_tools(self, request: &Request) -> Result<Value, RpcError> {
        if request
            .params
            .get("cursor")
            .is_some_and(|cursor| !cursor.is_null())
        {
            return Err(RpcError::invalid_params(
                "There is no such cursor; all tools are on one page",
            ));
        }
        let Some(engine) = &self.gate.engine else {
            return Ok(self.tools(|_| true));
        };
        let switches = self.endpoint.control.switches();
        let filters = engine.enforces || switches.log_only_listing == LogOnlyListing::Filtered;
        let begin = Instant::now();
        let listed = match &engine.authorizer {
            Ok(authorizer) => {
                let snapshot = authorizer.snapshot();
                let listed = snapshot.listed(&self.caller.principal);
                listed.map(|listed| (listed, snapshot.generation()))
            }
            Err(error) => Err(RequestError::Fault(error.clone())),
        };
        if listed.is_err() && !filters {
            return Ok(self.tools(|_| true));
        }
        let (listed, generation) = listed.map_err(|error| {
            tracing::error!(gateway = self.gate.gateway.id, %error, "tools cannot be listed");
            // B.4, G7.
            RpcError::internal("InternalServerException - Policy evaluation failed for list tools")
        })?;
        let asked = self.asked(request, engine, begin, Some(generation));
        if let Some(line) = self.shown(asked, &listed) {
            self.record(line).await?;
        }
        Ok(self.tools(|name| !filters || listed.contains(name)))
    }

    /// Those of the tools that are wanted, as `tools/list` shows them.
    fn tools(self, wanted: impl Fn(&str) -> bool) -> Value {
        let tools = self.gate.tools.iter().filter(|tool| wanted(&tool.name));
        json!({"tools": tools.map(|tool| &tool.shown).collect::<Vec<_>>()})
    }

    /// Counts a list; gives its record, if there is one.
    fn shown(self, asked: Asked<'_>, listed: &BTreeSet<Arc<str>>) -> Option<String> {
        let names = self.gate.tools.iter().map(|tool| tool.name.as_str());
        let (allowed, denied): (Vec<&str>, Vec<&str>) = names.partition(|name| listed.contains(*name));
        let shown = Shown {
            asked,
            allowed: &allowed,
            denied: &denied,
        };
        if let Some(metrics) = &self.endpoint.metrics {
            shown.count(metrics);
        }
        self.endpoint.log.is_on().then(|| shown.line())
    }

    /// `tools/call`: decided, recorded, and then called.
    pub(super) async fn call_tool(
        self,
        request: &Request,
        cancelled: &CancellationToken,
    ) -> Result<Value, RpcError> {
        let call = ToolCall::read(&request.params)?;
        let Some((target, tool)) = self.gate.tool(&call.name) else {
            return self.unknown(&call.name);
        };
        if let Some(engine) = &self.gate.engine {
            match self.authorize(request, engine, &call).await? {
                Outcome::Through => {}
                Outcome::Denied(reason) => return self.denied(&reason),
                Outcome::Failed(text) => return Ok(ToolResult::failed(&text).into_value()),
            }
        }
        let passed_on = self.passed_on(&target.passes);
        let invocation = Invocation {
            gateway_id: &self.gate.gateway.id,
            target_id: &target.id,
            configuration: &target.configuration,
            session: self.session,
            tool,
            arguments: &call.arguments,
            passed_on: &passed_on,
            message_id: &request.id,
            request_id: self.request_id,
        };
        Ok(self
            .endpoint
            .forward
            .call(invocation, cancelled)
            .await
            .into_value())
    }

    /// Asks the policies. A gateway that only logs stops nothing (service.md 11.8); one that enforces lets nothing through
    /// that could not be decided.
    async fn authorize(
        self,
        request: &Request,
        engine: &Engine,
        call: &ToolCall,
    ) -> Result<Outcome, RpcError> {
        let begin = Instant::now();
        let switches = self.endpoint.control.switches();
        let decided = self.decide(engine, call);
        let verdict = match &decided {
            Ok(response) => Verdict::of(response, switches),
            Err(_) => Verdict::by_default(switches),
        };
        let generation = decided.as_ref().ok().map(|response| response.generation);
        let record = Decided {
            asked: self.asked(request, engine, begin, generation),
            tool: &call.name,
            arguments: &call.arguments,
            verdict: &verdict,
            response: decided.as_ref().ok(),
        };
        let recorded = if self.endpoint.log.is_on() {
            self.record(record.line()).await
        } else {
            Ok(())
        };
        if let Some(metrics) = &self.endpoint.metrics {
            // What is not recorded is not done.
            let unrecorded = recorded.is_err().then_some(Blame::System);
            record.count(metrics, unrecorded.or(decided.as_ref().err().map(blame)));
        }
        recorded?;
        if !engine.enforces {
            return Ok(Outcome::Through);
        }
        match (decided, verdict) {
            (Ok(_), Verdict::Allow) => Ok(Outcome::Through),
            (Ok(_), Verdict::Deny { reason, .. }) => Ok(Outcome::Denied(reason)),
            // As a tool says it (B.4, G9).
            (Err(RequestError::Argument(error)), _) => Ok(Outcome::Failed(format!(
                "ValidationException - Parameter validation failed: Invalid request parameters:\n- {error}"
            ))),
            (Err(error), _) => {
                tracing::error!(gateway = self.gate.gateway.id, %error, "a call could not be decided");
                Err(RpcError::internal(
                    "InternalServerException - Policy evaluation failed; the call was not made",
                ))
            }
        }
    }

    fn decide(self, engine: &Engine, call: &ToolCall) -> Result<Response, RequestError> {
        let authorizer = engine
            .authorizer
            .as_ref()
            .map_err(|error| RequestError::Fault(error.clone()))?;
        let snapshot = authorizer.snapshot();
        let call = Call {
            tool: &call.name,
            arguments: &call.arguments,
            now: self.endpoint.control.now(),
        };
        Ok(snapshot.request(&self.caller.principal, call)?.decide())
    }

    /// A name that no tool has. Without the name of a target before it, policies are not asked (service.md 11.2);
    /// otherwise `compat.unknown-tool` says what is told.
    fn unknown(self, name: &str) -> Result<Value, RpcError> {
        let switches = self.endpoint.control.switches();
        let governed = self.gate.engine.as_ref().is_some_and(|engine| engine.enforces);
        if governed && switches.unknown_tool == UnknownTool::Denied && self.gate.has_prefix_of(name) {
            return self.denied(&reason(&[], switches));
        }
        let told = format!("Unknown tool: {}", shortened(name));
        Err(RpcError::invalid_params(told))
    }

    fn denied(self, reason: &str) -> Result<Value, RpcError> {
        match Denial::of(reason, self.endpoint.control.switches()) {
            Denial::Result(text) => Ok(ToolResult::failed(&text).into_value()),
            Denial::Error(text) => Err(RpcError::new(-32002, text)),
        }
    }

    fn asked<'a>(
        &'a self,
        request: &'a Request,
        engine: &'a Engine,
        begin: Instant,
        generation: Option<u64>,
    ) -> Asked<'a> {
        Asked {
            at: self.endpoint.control.now(),
            took: begin.elapsed(),
            request_id: self.request_id,
            id: &request.id,
            gate: self.gate,
            engine,
            caller: self.caller,
            generation,
        }
    }

    /// Writes a line of the decision log; without it nothing is done (reliability.md 8.2).
    async fn record(self, line: String) -> Result<(), RpcError> {
        self.endpoint.log.record(line).await.map_err(|error| {
            tracing::error!(gateway = self.gate.gateway.id, %error, "nothing is done without a record of it");
            RpcError::internal(
                "InternalServerException - The decision could not be recorded, so nothing was done",
            )
        })
    }
}

fn shortened(name: &str) -> String {
    name.chars().take(REPEATED).collect()
}
