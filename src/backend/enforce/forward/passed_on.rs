//! What a target is told of a client's request beside the arguments of the tool.
//!
//! "selective forwarding" of headers and parameters of the URL that the target's `metadataConfiguration` allows (AWS's guide,
//! "Header propagation with Gateway"). To a function they are part of the client context (service.md 11.12); to servers and APIs they
//! are headers and parameters of the request, and never take the place of one that the request has of its own.

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use serde_json::{Map, Value};

/// The headers and parameters of one request that one target allows, under the names that it allows them by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PassedOn {
    /// Headers; the values of one that came twice are one list, as HTTP has it.
    pub headers: Vec<(String, String)>,
    /// Parameters of the URL.
    pub parameters: Vec<(String, String)>,
}

impl PassedOn {
    /// Members of a function's client context.
    pub(super) fn add_to_context(&self, custom: &mut Map<String, Value>) {
        for (member, all) in [
            ("bedrockAgentCorePropagatedHeaders", &self.headers),
            ("bedrockAgentCorePropagatedQueryParameters", &self.parameters),
        ] {
            if !all.is_empty() {
                let all = all
                    .iter()
                    .map(|(name, value)| (name.clone(), Value::from(value.as_str())));
                custom.insert(member.to_owned(), Value::Object(all.collect()));
            }
        }
    }

    /// Adds the headers that a request does not have. Those of MCP itself are between a gateway and its server.
    pub(super) fn add_headers(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok();
            let name = name.filter(|name| !name.as_str().starts_with("mcp-") && !headers.contains_key(name));
            if let (Some(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
    }

    /// Adds the parameters that a URL does not have.
    pub(super) fn add_parameters(&self, url: &mut Url) {
        let has = |name: &str| url.query_pairs().any(|(own, _)| own == name);
        let new: Vec<_> = self.parameters.iter().filter(|(name, _)| !has(name)).collect();
        if !new.is_empty() {
            url.query_pairs_mut().extend_pairs(new);
        }
    }
}
