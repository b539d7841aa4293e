//! From the arguments of a tool back to the request of its operation.
//!
//! `arguments.rs` forms the arguments and says with each where it goes, so what is formed is parted by the same code. An
//! argument is a value and stays one: none can leave its segment of the path, add a parameter, or add or change a header.

use super::request::LONGEST;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::Url;
use serde_json::{Map, Value};

/// How an operation is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub(super) method: &'static str,
    /// The URL that the path is below.
    pub(super) server: String,
    /// Such as `/pets/{petId}`.
    pub(super) path: String,
    pub(super) parts: Vec<Part>,
    pub(super) body: Option<Body>,
}

/// Where one argument goes; it may go to several places.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub name: String,
    pub within: Within,
    pub required: bool,
}

/// A place for an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    Path,
    Query,
    Header,
    Cookie,
    /// A member of the body.
    Member,
    /// The body itself.
    Body,
}

/// A JSON body.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Body {
    pub media: String,
    pub required: bool,
    /// Whether it says that it takes members that it does not name.
    pub open: bool,
}

/// A request that is ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Its method.
    pub method: &'static str,
    /// Its URL: the server's, with path and query.
    pub url: Url,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its JSON body.
    pub body: Option<Value>,
}

/// Why arguments make no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// These arguments are required and not there.
    Missing(Vec<String>),
    /// An argument cannot be sent.
    Invalid(String),
}

impl Within {
    /// Of a parameter's `in`.
    pub fn of_parameter(within: &str) -> Option<Self> {
        match within {
            "path" => Some(Self::Path),
            "query" => Some(Self::Query),
            "header" => Some(Self::Header),
            "cookie" => Some(Self::Cookie),
            _ => None,
        }
    }

    fn is_parameter(self) -> bool {
        match self {
            Self::Path | Self::Query | Self::Header | Self::Cookie => true,
            Self::Member | Self::Body => false,
        }
    }
}

impl Call {
    /// The URL of the server, which may hold what cannot be asked.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// How much it takes to keep this.
    #[must_use]
    pub fn weight(&self) -> usize {
        let names = self.parts.iter().map(|part| part.name.len().saturating_add(64));
        names.fold(self.path.len() + self.server.len() + 256, usize::saturating_add)
    }

    /// The request with these arguments, to `server`, whose path it stays below.
    ///
    /// # Errors
    /// [`CallError`] when one is missing, not known, or cannot be where it goes.
    pub fn request(&self, server: &Url, arguments: &Map<String, Value>) -> Result<Request, CallError> {
        self.complete(arguments)?;
        let mut url = self.at(server, arguments)?;
        let query = self.query(arguments)?;
        if !query.is_empty() {
            url.set_query(Some(&query));
        }
        if url.as_str().len() > LONGEST {
            return Err(CallError::Invalid(format!(
                "The URL would have more than {LONGEST} bytes"
            )));
        }
        let body = self.body(arguments);
        let mut headers = self.headers(arguments)?;
        if let (Some(_), Some(described)) = (&body, &self.body) {
            headers.insert(CONTENT_TYPE, media_type(&described.media));
        }
        Ok(Request {
            method: self.method,
            url,
            headers,
            body,
        })
    }

    /// Nothing is missing, and nothing is there that goes nowhere.
    fn complete(&self, arguments: &Map<String, Value>) -> Result<(), CallError> {
        let is_missing = |part: &&Part| {
            part.required
                && match arguments.get(&part.name) {
                    None => true,
                    Some(value) => value.is_null() && part.within.is_parameter(),
                }
        };
        let mut missing: Vec<String> = self
            .parts
            .iter()
            .filter(is_missing)
            .map(|part| part.name.clone())
            .collect();
        missing.dedup();
        if !missing.is_empty() {
            return Err(CallError::Missing(missing));
        }
        if self.takes_others() {
            return Ok(());
        }
        let unknown = arguments.keys().filter(|name| !self.names(name));
        let unknown: Vec<String> = unknown.map(|name| format!("'{}'", shown(name))).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        Err(CallError::Invalid(format!(
            "Unknown field(s): {}",
            unknown.join(", ")
        )))
    }

    fn names(&self, name: &str) -> bool {
        self.parts.iter().any(|part| part.name == name)
    }

    /// Whether the body takes members without a name in the document.
    fn takes_others(&self) -> bool {
        let whole = self.parts.iter().any(|part| part.within == Within::Body);
        self.body.as_ref().is_some_and(|body| body.open) && !whole
    }

    /// The parts in this place that have a value, with it; of a parameter null says as much as nothing.
    pub(super) fn given<'a>(
        &'a self,
        within: Within,
        arguments: &'a Map<String, Value>,
    ) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let parts = self.parts.iter().filter(move |part| part.within == within);
        parts.filter_map(move |part| {
            let value = arguments.get(&part.name)?;
            (!value.is_null() || !within.is_parameter()).then_some((part.name.as_str(), value))
        })
    }

    fn body(&self, arguments: &Map<String, Value>) -> Option<Value> {
        let described = self.body.as_ref()?;
        if self.parts.iter().any(|part| part.within == Within::Body) {
            return self
                .given(Within::Body, arguments)
                .next()
                .map(|(_, value)| value.clone());
        }
        let is_member = |name: &str| {
            self.parts
                .iter()
                .any(|part| part.within == Within::Member && part.name == name)
        };
        let members: Map<String, Value> = arguments
            .iter()
            .filter(|(name, _)| is_member(name) || (described.open && !self.names(name)))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        (described.required || !members.is_empty()).then_some(Value::Object(members))
    }
}

/// A range of media types is JSON.
fn media_type(media: &str) -> HeaderValue {
    let exact = Some(media).filter(|media| !media.contains('*'));
    exact
        .and_then(|media| HeaderValue::try_from(media).ok())
        .unwrap_or_else(|| HeaderValue::from_static("application/json"))
}

/// A name as it is shown; names come from callers and may be of any length.
pub(super) fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(128).collect()
}
