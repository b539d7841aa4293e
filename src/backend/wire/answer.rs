//! From a request to an answer: route, decode, check, perform, encode.

use super::model::{Model, ModelError};
use super::rates::Rates;
use super::reply::Reply;
use super::route::Route;
use super::{check, decode, encode, page, route, sts, unverified};
use crate::backend::control::{Caller, Clock as _, Control, Refusal, SystemClock};
use crate::backend::script::{Entry, Faults, Outcome};
use crate::backend::sigv4::{self, Credentials, Request};
use crate::backend::switches::{EnforceRates, MultiViolationText};
use crate::model::iso8601_micros;
use serde_json::Value;
use std::sync::Arc;
use std::time::Instant;

/// Signing names (service.md 2.1).
const AGENTCORE: &str = "bedrock-agentcore";
const STS: &str = "sts";

/// What the protocol stands on.
#[derive(Debug)]
pub struct Setup {
    /// The operations.
    pub control: Arc<Control>,
    /// Seals page tokens; whoever has it can make one up.
    pub page_key: String,
    /// The access keys that requests must be signed with; without them any request is taken, signed or not.
    pub credentials: Option<Credentials>,
}

/// The protocol: the model's table and the operations behind it.
#[derive(Debug)]
pub struct Wire {
    model: Model,
    control: Arc<Control>,
    page_key: String,
    credentials: Option<Credentials>,
    rates: Rates,
}

/// How a request was answered.
#[derive(Debug)]
pub struct Answered {
    /// The answer.
    pub reply: Reply,
    /// The operation; none when the request is none of the model's.
    pub operation: Option<String>,
    /// ARN of the caller; none when it is not known who called.
    pub principal: Option<String>,
    /// The answer is not to be sent: the connection drops instead.
    pub dropped: bool,
}

impl Answered {
    /// This answer to a request of which nothing else is known.
    pub fn of(reply: Reply) -> Self {
        Self {
            reply,
            operation: None,
            principal: None,
            dropped: false,
        }
    }
}

impl Wire {
    /// The protocol on this ground.
    pub fn new(setup: Setup) -> Result<Self, ModelError> {
        let Setup {
            control,
            page_key,
            credentials,
        } = setup;
        Ok(Self {
            model: Model::load()?,
            control,
            page_key,
            credentials,
            rates: Rates::default(),
        })
    }

    /// Takes strings of this shape that match the pattern, beside those that the model takes.
    pub fn taking(mut self, shape: &str, pattern: String) -> Self {
        self.model.take(shape, pattern);
        self
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request<'_>, request_id: &str) -> Answered {
        let Request {
            method, path, query, ..
        } = request;
        let switches = self.control.switches();
        let to_sts = path == "/" && (method == "POST" || method == "GET" && query.contains("Action="));
        let caller = match self.caller(&request, if to_sts { STS } else { AGENTCORE }) {
            Ok(caller) => caller,
            Err(failure) if to_sts => return Answered::of(unverified::sts_reply(&failure, request_id)),
            Err(failure) => return Answered::of(unverified::reply(&failure, switches.unsigned_request)),
        };
        let principal = Some(caller.arn.clone());
        if to_sts {
            let form = if method == "POST" {
                request.body
            } else {
                query.as_bytes()
            };
            let reply = sts::answer(&caller, form, request_id);
            return Answered {
                principal,
                ..Answered::of(reply)
            };
        }
        let Some(route) = route::find(&self.model, method, path) else {
            let reply = Reply::unknown_operation(switches.unknown_route, method, path);
            return Answered {
                principal,
                ..Answered::of(reply)
            };
        };
        let faults = self.control.script().call(&route.operation.name);
        Answered {
            operation: Some(route.operation.name.clone()),
            principal,
            dropped: faults.drop,
            reply: self.perform(&route, &request, &caller, faults).await,
        }
    }

    /// Carries out an operation, unless the script or a rate is in the way.
    async fn perform(
        &self,
        route: &Route<'_, '_>,
        request: &Request<'_>,
        caller: &Caller,
        faults: Faults,
    ) -> Reply {
        let (operation, switches) = (route.operation, self.control.switches());
        if let Some(answer) = faults.answer {
            return Reply::scripted(answer);
        }
        if switches.enforce_rates == EnforceRates::On
            && let Err(rate) = self.rates.take(operation, Instant::now())
        {
            return Reply::throttled(&self.model, switches.quota_text, operation, rate);
        }
        if !Control::serves(&operation.name) {
            return Reply::refused(&self.model, &Refusal::NotServed(operation.name.clone()));
        }
        let mut input = match decode::decode(&self.model, route, request.query, request.body) {
            Ok(input) => Value::Object(input),
            Err(unreadable) => return Reply::unreadable(&self.model, unreadable),
        };
        let mut violations = check::check(&self.model, operation.input, &input);
        if switches.multi_violation_text == MultiViolationText::First {
            violations.keep_first();
        }
        if let Some(message) = violations.message() {
            return Reply::violated(&self.model, message, violations);
        }
        let seal = page::Seal {
            key: &self.page_key,
            now: self.control.now(),
            lifetime: switches.page_token.get(),
        };
        let scope = match (&operation.paginator, &mut input) {
            (Some(paginator), Value::Object(input)) => match page::open(seal, operation, paginator, input) {
                Ok(scope) => scope,
                Err(refusal) => return Reply::refused(&self.model, &refusal),
            },
            _ => String::new(),
        };
        match self.control.perform(&operation.name, input, caller, faults).await {
            Ok(mut output) => {
                if let Some(paginator) = &operation.paginator {
                    page::close(seal, &scope, paginator, &mut output);
                }
                let output =
                    encode::encode(&self.model, operation.output, output, switches.timestamp_fraction);
                Reply::json(operation.status, &output)
            }
            Err(refusal) => Reply::refused(&self.model, &refusal),
        }
    }

    /// Writes how a request ended into the journal.
    pub fn record(&self, request: (&str, &str), answered: &Answered, request_id: &str) {
        let outcome = match (answered.dropped, &answered.reply.error) {
            (true, _) => Outcome::Dropped,
            (false, Some(_)) => Outcome::Error,
            (false, None) => Outcome::Done,
        };
        self.control.script().write(|| Entry {
            time: iso8601_micros(SystemClock.now()),
            operation: answered.operation.clone(),
            method: request.0.to_owned(),
            path: request.1.to_owned(),
            principal: answered.principal.clone(),
            outcome,
            error: answered.reply.error.as_deref().map(str::to_owned),
            status: (!answered.dropped).then_some(answered.reply.status),
            request_id: request_id.to_owned(),
        });
    }

    /// Who sent a request: the owner of the key it is signed with, or the account when nobody verifies.
    fn caller(&self, request: &Request<'_>, service: &str) -> Result<Caller, sigv4::Failure> {
        let place = self.control.place();
        let Some(credentials) = &self.credentials else {
            return Ok(Caller::root(&place.account));
        };
        let region = &place.region;
        sigv4::verify(
            credentials,
            sigv4::Scope { region, service },
            request,
            SystemClock.now() / 1_000_000,
        )
    }

    /// The answer to a request that was refused before it came here.
    pub fn refuse(&self, refusal: &Refusal) -> Reply {
        Reply::refused(&self.model, refusal)
    }
}
