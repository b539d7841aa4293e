//! One request: who calls which tool, with what, when (service.md 11.2).

use std::sync::Arc;

use cedar_policy_core::ast::{Context, EntityUIDEntry, Value, ValueKind};
use cedar_policy_core::entities::Entities;
use serde_json::{Map, Value as Json};

use super::arguments::{ArgumentError, Reader};
use super::authorizer::Snapshot;
use super::principal::Principal;
use super::tools::Tool;
use super::words::Words;

/// The call of a tool.
#[derive(Clone, Copy, Debug)]
pub struct Call<'c> {
    /// The tool by the name under which the gateway lists it, `<Target>___<tool>`.
    pub tool: &'c str,
    /// Its arguments; those that are missing are no arguments.
    pub arguments: &'c Map<String, Json>,
    /// Microseconds since 1970-01-01 at which it is decided, cut to milliseconds: `context.system.now`.
    pub now: i64,
}

/// Why there is nothing to decide: none of these is a denial by a policy, and none lets a call through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Nothing is known of the gateway yet.
    #[error("the tools of the gateway are not loaded yet")]
    NotLoaded,
    /// The gateway has no tool of this name (service.md section 18, `compat.unknown-tool`).
    #[error("the gateway has no tool {0:?}")]
    UnknownTool(String),
    /// An argument is not what the tool's schema says.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// `now` is no moment that Cedar knows.
    #[error("no moment: {0} microseconds since 1970-01-01")]
    Moment(i64),
    /// A fault of this program.
    #[error("the request cannot be made: {0}")]
    Fault(String),
}

/// A request, to be decided by the snapshot that it was made of.
#[derive(Debug)]
pub struct Request<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) tool: &'s Tool,
    pub(super) principal: Principal,
    pub(super) context: Context,
    pub(super) entities: Entities,
}

impl Snapshot {
    /// The request for a call at the gateway.
    ///
    /// # Errors
    /// [`RequestError`] when there is none: nothing is allowed then.
    pub fn request(&self, principal: &Principal, call: Call<'_>) -> Result<Request<'_>, RequestError> {
        let tools = self.tools.as_ref().ok_or(RequestError::NotLoaded)?;
        let tool = tools.get(call.tool);
        let tool = tool.ok_or_else(|| RequestError::UnknownTool(call.tool.to_owned()))?;
        let words = Words::get().map_err(RequestError::Fault)?;
        let mut reader = Reader::new(words);
        let input = reader.arguments(&tool.input, call.arguments)?;
        let now = words.moment(call.now).ok_or(RequestError::Moment(call.now))?;
        let system = Value::record([("now", now)], None);
        let context = Value::record([("input", input), ("system", system)], None);
        let ValueKind::Record(context) = context.value else {
            return Err(RequestError::Fault("a record is none".to_owned()));
        };
        let named = self.named.iter().cloned();
        let others = named
            .chain([Arc::clone(&principal.entity)])
            .chain(reader.entities);
        Ok(Request {
            snapshot: self,
            tool,
            principal: principal.clone(),
            context: Context::Value(context),
            entities: tool.entities(others).map_err(RequestError::Fault)?,
        })
    }
}

impl Request<'_> {
    /// It, as Cedar's evaluator takes it.
    pub(super) fn cedar(&self) -> cedar_policy_core::ast::Request {
        let known = |euid| EntityUIDEntry::Known { euid, loc: None };
        cedar_policy_core::ast::Request::new_unchecked(
            EntityUIDEntry::known(self.principal.uid(), None),
            known(Arc::clone(&self.tool.uid)),
            known(Arc::clone(&self.snapshot.gateway)),
            Some(self.context.clone()),
        )
    }
}
