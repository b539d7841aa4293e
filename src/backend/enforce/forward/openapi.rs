//! Operations of OpenAPI documents.

use super::failure::Failure;
use super::http::{Answer, Http, ask};
use super::{Invocation, Limits, ToolResult, written};
use crate::backend::tools::{Call, Request, Targets};
use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// Documents that are kept when they are read.
const MOST_KEPT: usize = 64;
/// Bytes, nearly, of what is kept of one.
const HEAVIEST: usize = 2 * 1024 * 1024;

/// The APIs behind gateways.
#[derive(Debug)]
pub(super) struct Apis {
    targets: Targets,
    http: Http,
    limits: Limits,
    /// By gateway and target.
    read: Mutex<HashMap<(String, String), Arc<Document>>>,
}

/// What is known of a document.
#[derive(Debug)]
struct Document {
    configuration: Value,
    written: Option<(SystemTime, u64)>,
    calls: HashMap<String, Call>,
}

impl Apis {
    pub fn new(targets: Targets, http: Http, limits: Limits) -> Self {
        Self {
            targets,
            http,
            limits,
            read: Mutex::default(),
        }
    }

    /// Makes the request of the operation; its answer is one text, and what it is if that is an object.
    pub async fn call(&self, call: Invocation<'_>) -> Result<ToolResult, Failure> {
        written(call.arguments, self.limits.arguments)?;
        let document = self.document(call).await?;
        let name = &call.tool.name;
        let operation = document.calls.get(name);
        let operation = operation.ok_or_else(|| Failure::NoOperation(name.clone()))?;
        let server = self.targets.api(operation.server())?;
        let what = format!("The API at {}", server.origin().ascii_serialization());
        let mut request = operation.request(&server, call.arguments)?;
        call.passed_on.add_headers(&mut request.headers);
        call.passed_on.add_parameters(&mut request.url);
        let request = self.request(request)?;
        let answer = ask(request, &what, self.limits.answer).await?;
        answered(answer, what)
    }

    fn request(&self, request: Request) -> Result<RequestBuilder, Failure> {
        let Request {
            method,
            url,
            headers,
            body,
        } = request;
        let method =
            Method::from_bytes(method.as_bytes()).map_err(|error| Failure::Invalid(error.to_string()))?;
        let client = self.http.client(&url);
        let builder = client
            .request(method, url)
            .header("accept", "application/json, */*;q=0.5")
            .headers(headers);
        Ok(match body {
            Some(body) => builder.body(written(&body, self.limits.arguments)?),
            None => builder,
        })
    }

    /// The document of the target, read anew when the target or the document has changed.
    async fn document(&self, call: Invocation<'_>) -> Result<Arc<Document>, Failure> {
        let key = (call.gateway_id.to_owned(), call.target_id.to_owned());
        let written = self.targets.written(call.configuration);
        let known = self.lock().get(&key).cloned();
        if let Some(known) =
            known.filter(|known| known.written == written && known.configuration == *call.configuration)
        {
            return Ok(known);
        }
        let read = Arc::new(Document {
            configuration: call.configuration.clone(),
            written,
            calls: self.targets.calls(call.configuration).await?,
        });
        let weight = read
            .calls
            .values()
            .map(Call::weight)
            .fold(0, usize::saturating_add);
        let mut all = self.lock();
        all.remove(&key);
        if weight <= HEAVIEST {
            if all.len() >= MOST_KEPT {
                all.clear();
            }
            all.insert(key, Arc::clone(&read));
        }
        Ok(read)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), Arc<Document>>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answered(answer: Answer, what: String) -> Result<ToolResult, Failure> {
    let status = answer.status;
    if matches!(status, 401 | 403) {
        let words = answer.words();
        return Err(Failure::Unauthorized { what, status, words });
    }
    if status >= 400 {
        let words = answer.words();
        return Err(Failure::Status { what, status, words });
    }
    let structured = is_json(&answer).then(|| object(&answer.body)).flatten();
    let text = String::from_utf8(answer.body).map_err(|_| Failure::NoText(what))?;
    Ok(ToolResult::text(text.trim(), structured))
}

/// Whether it says so, or says nothing.
fn is_json(answer: &Answer) -> bool {
    let Some(media) = answer.headers.get("content-type") else {
        return true;
    };
    let media = media.to_str().unwrap_or_default().to_ascii_lowercase();
    let essence = media.split(';').next().unwrap_or_default().trim();
    essence == "application/json" || essence.ends_with("+json")
}

fn object(body: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(body).ok()
}
