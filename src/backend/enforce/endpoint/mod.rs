//! A gateway's endpoint, `/<gatewayId>/mcp`: streamable HTTP of the Model Context Protocol, answered with JSON.

mod answer;
mod head;
mod lifecycle;
mod pass;
mod passed_on;
mod running;
mod tools;

use super::force::{Force, Gate};
use super::forward::Forward;
use super::protocol::{Message, Owner, Request, RpcError, Said, Sessions, Version};
use super::record::DecisionLog;
use super::who::{Authorizer, Caller, Identities};
use crate::backend::control::Control;
use crate::backend::listener::{self, Dropped, Unread, request_id};
use crate::telemetry::DecisionMetrics;
use answer::Answer;
use axum::body::Body;
use axum::http::{self, Response, StatusCode};
use head::{Head, Route};
use hyper::body::Incoming;
use serde_json::Value;
use std::sync::Arc;

pub use head::Hosts;
pub use running::Running;

/// The largest body in bytes.
const LARGEST_BODY: usize = 1024 * 1024;

/// How often a call starts over because its gateway has changed meanwhile.
const ATTEMPTS: usize = 8;

/// What serves all gateways.
#[derive(Debug)]
pub struct Endpoint {
    /// The control plane, for its time and its switches.
    pub control: Arc<Control>,
    /// What is in force.
    pub force: Arc<Force>,
    /// Who calls.
    pub identities: Identities,
    /// How tools are called.
    pub forward: Forward,
    /// Where decisions are recorded.
    pub log: DecisionLog,
    /// Where decisions are counted, if anybody sees it.
    pub metrics: Option<DecisionMetrics>,
    /// By which names the listener may be called.
    pub hosts: Hosts,
    /// Sessions of clients.
    pub sessions: Sessions,
    /// Requests that can be cancelled.
    pub running: Running,
}

/// One request, once it is known who sent it and where to.
#[derive(Clone, Copy)]
struct Exchange<'e> {
    endpoint: &'e Endpoint,
    gate: &'e Arc<Gate>,
    caller: &'e Arc<Caller>,
    owner: &'e Owner,
    /// Its head.
    parts: &'e http::request::Parts,
    request_id: &'e str,
    /// The session that the request names, if it does.
    session: Option<&'e str>,
}

impl Endpoint {
    /// Answers a request.
    ///
    /// # Errors
    /// Never; the type is the listener's.
    pub async fn handle(&self, request: http::Request<Incoming>) -> Result<Response<Body>, Dropped> {
        let request_id = request_id();
        let (head, body) = request.into_parts();
        let answer = match self.answer(&head, Body::new(body), &request_id).await {
            Ok(answer) | Err(answer) => answer,
        };
        tracing::debug!(
            method = head.method.as_str(),
            path = head.uri.path(),
            status = answer.status.as_u16(),
            request_id,
            "answered at a gateway"
        );
        Ok(answer.response(&request_id))
    }

    async fn answer(
        &self,
        parts: &http::request::Parts,
        body: Body,
        request_id: &str,
    ) -> Result<Answer, Answer> {
        self.hosts.check(parts)?;
        let route = Route::of(parts.uri.path()).ok_or_else(Answer::not_found)?;
        let head = Head::read(parts)?;
        let id = match route {
            Route::Mcp(id) => id,
            Route::Metadata(id) => return self.metadata(id, &parts.method).await,
        };
        let is_post = match parts.method {
            http::Method::POST => true,
            http::Method::DELETE => false,
            _ => return Err(Answer::method_not_allowed("POST, DELETE")),
        };
        if is_post {
            head.takes_json()?;
        }
        // Before it is known what is in force: a client may take its time.
        let body = listener::read(body, LARGEST_BODY).await.map_err(unread)?;
        let (gate, caller) = self.admit(id, parts, &body).await?;
        let owner = Owner {
            gateway: gate.gateway.id.clone(),
            caller: format!("{:?} {}", caller.kind, caller.id),
        };
        let exchange = Exchange {
            endpoint: self,
            gate: &gate,
            caller: &caller,
            owner: &owner,
            parts,
            request_id,
            session: head.session,
        };
        if is_post {
            exchange.message(&body, head.said).await
        } else {
            exchange.end_session()
        }
    }

    /// The gateway as it is in force, and who calls it. While that is found out, keys may be fetched; a gateway that is
    /// another one afterwards is asked anew.
    async fn admit(
        &self,
        id: &str,
        parts: &http::request::Parts,
        body: &[u8],
    ) -> Result<(Arc<Gate>, Arc<Caller>), Answer> {
        for _ in 0..ATTEMPTS {
            let gate = self.gate(id).await?;
            let authorizer = authorizer(&gate)?;
            let now = self.control.now();
            let identified = self.identities.identify(authorizer, parts, body, now).await;
            let caller = identified.map_err(|unidentified| {
                let url = self.control.place().gateway_url(id);
                let metadata = Authorizer::metadata_url(&url);
                Answer::unidentified(&unidentified, &metadata, &authorizer.scopes())
            })?;
            let now_in_force = self.gate(id).await?;
            if Arc::ptr_eq(&gate, &now_in_force) {
                return Ok((gate, caller));
            }
        }
        let why = "The gateway is being changed; try again";
        Err(Answer::plain(StatusCode::SERVICE_UNAVAILABLE, why))
    }

    async fn gate(&self, id: &str) -> Result<Arc<Gate>, Answer> {
        let caught_up = self.force.caught_up().await;
        let gate = caught_up.and_then(|()| self.force.gate(id)).map_err(|closed| {
            tracing::error!(gateway = id, %closed, "a gateway takes no calls");
            Answer::closed(closed)
        })?;
        gate.ok_or_else(Answer::not_found)
    }

    /// The metadata of a gateway as a protected resource.
    async fn metadata(&self, id: &str, method: &http::Method) -> Result<Answer, Answer> {
        let gate = self.gate(id).await?;
        let url = self.control.place().gateway_url(id);
        match authorizer(&gate)?.metadata(&url) {
            Some(metadata) if method == http::Method::GET => Ok(Answer::json(StatusCode::OK, &metadata)),
            Some(_) => Err(Answer::method_not_allowed("GET")),
            None => Err(Answer::not_found()),
        }
    }
}

/// How a gateway asks who calls.
fn authorizer(gate: &Gate) -> Result<&Authorizer, Answer> {
    gate.authorizer.as_ref().map_err(|why| {
        tracing::error!(gateway = gate.gateway.id, why, "nobody can call this gateway");
        Answer::plain(StatusCode::INTERNAL_SERVER_ERROR, why)
    })
}

impl Exchange<'_> {
    /// Answers what a client posts.
    async fn message(self, body: &[u8], said: Said<'_>) -> Result<Answer, Answer> {
        let message = Message::read(body).map_err(|unreadable| {
            Answer::error(StatusCode::BAD_REQUEST, &unreadable.id, &unreadable.error)
        })?;
        match message {
            Message::Request(request) if request.method == "initialize" => Ok(self.initialize(&request)),
            Message::Request(request) => {
                let version = self.version(&request, said)?;
                Ok(self.request(&request, &version).await)
            }
            Message::Notification { method, params } => {
                self.agreed(&Value::Null)?;
                if method == "notifications/cancelled" {
                    self.cancel(&params);
                } else if !method.starts_with("notifications/") {
                    let error = RpcError::invalid_request("A request needs an id");
                    return Err(Answer::error(StatusCode::BAD_REQUEST, &Value::Null, &error));
                }
                Ok(Answer::accepted())
            }
            Message::Answer => {
                self.agreed(&Value::Null)?;
                Ok(Answer::accepted())
            }
        }
    }

    async fn request(self, request: &Request, version: &Version) -> Answer {
        let running = self.begin(request);
        let done = match request.method.as_str() {
            "ping" => Ok(Value::Object(serde_json::Map::new())),
            "server/discover" if !version.has_initialize() => Ok(self.discover()),
            "tools/list" => self.list_tools(request).await,
            "tools/call" => self.call_tool(request, running.token()).await,
            "prompts/list"
            | "prompts/get"
            | "resources/list"
            | "resources/read"
            | "resources/templates/list" => self.pass(request, running.token()).await,
            other => Err(RpcError::method_not_found(other)),
        };
        Answer::of(version, &request.id, &request.method, done)
    }

    /// The version that a request speaks.
    fn version(self, request: &Request, said: Said<'_>) -> Result<Version, Answer> {
        let agreed = self.agreed(&request.id)?;
        let version = self.gate.versions.of_request(request, said, agreed.as_ref());
        let version = version.map_err(|error| Answer::error(StatusCode::BAD_REQUEST, &request.id, &error))?;
        if self.session.is_none() && version.has_initialize() && self.gate.wants_sessions() {
            // The words of service.md 11.10.
            let error = RpcError::invalid_request("Missing required Mcp-Session-Id header");
            return Err(Answer::error(StatusCode::BAD_REQUEST, &request.id, &error));
        }
        Ok(version)
    }

    /// The version that the session of a request agreed on; a session that is another's is none.
    fn agreed(self, id: &Value) -> Result<Option<Version>, Answer> {
        let Some(session) = self.session else {
            return Ok(None);
        };
        let now = self.endpoint.control.now();
        let version = self.endpoint.sessions.continued(session, self.owner, now);
        // "the server MUST respond with 404": the client begins anew.
        version.map(Some).ok_or_else(|| {
            let error = RpcError::invalid_request("There is no such session; begin with initialize");
            Answer::error(StatusCode::NOT_FOUND, id, &error)
        })
    }

    fn end_session(self) -> Result<Answer, Answer> {
        let session = self
            .session
            .filter(|session| self.endpoint.sessions.end(session, self.owner));
        let session = session.ok_or_else(Answer::not_found)?;
        self.endpoint.forward.end_session(&self.gate.gateway.id, session);
        Ok(Answer::no_content())
    }
}

fn unread(unread: Unread) -> Answer {
    let (status, why) = match unread {
        Unread::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The body is larger than {LARGEST_BODY} bytes"),
        ),
        Unread::Broken => (
            StatusCode::BAD_REQUEST,
            "The body did not arrive whole".to_owned(),
        ),
        Unread::TooSlow => (
            StatusCode::REQUEST_TIMEOUT,
            "The body took too long to arrive".to_owned(),
        ),
    };
    Answer::plain(status, &why)
}
