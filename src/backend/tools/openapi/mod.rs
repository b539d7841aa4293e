//! Tools of an OpenAPI document (service.md 9.7; DOC(gateway-schema-openapi)).
//!
//! Each operation is a tool: its `operationId` is the name; parameters and the JSON body are the arguments; the answer
//! 200 is the result. What AWS's guide says it does not support is refused where it stands: Swagger 2.0, documents
//! without an absolute server URL, bodies that are not JSON, parameter serializers, and `oneOf`, `anyOf` and `allOf`.

mod arguments;
mod call;
#[cfg(test)]
mod call_tests;
mod operation;
mod reference;
mod request;
mod schema;
#[cfg(test)]
mod tests;

use super::ToolsError;
use super::budget::Budget;
use super::error::Place;
use crate::model::Tool;
use reference::resolve;
use reqwest::Url;
use serde_json::Value;
use std::collections::HashMap;

pub use call::{Call, CallError, Request};
pub(super) use operation::Operation;

/// The methods of a path item that are operations.
const METHODS: [&str; 8] = [
    "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
];

/// The tools of all operations of a document, by path and method.
pub(super) fn tools(target: &str, document: &Value) -> Result<Vec<Tool>, ToolsError> {
    version(document)?;
    server(document)?;
    let mut budget = Budget::new();
    operations(document)?
        .into_iter()
        .map(|operation| {
            let name = operation.id().ok_or_else(|| {
                operation
                    .place
                    .refuse("has no operationId: give it one, which is the name of the tool")
            })?;
            operation.tool(target, name, None, &mut budget)
        })
        .collect()
}

/// How each of the tools is called, by its name.
pub(super) fn calls(document: &Value) -> Result<HashMap<String, Call>, ToolsError> {
    version(document)?;
    server(document)?;
    let mut budget = Budget::new();
    let operations = operations(document)?;
    let named = operations
        .iter()
        .filter_map(|operation| Some((operation.id()?, operation)));
    named
        .map(|(name, operation)| Ok((name.to_owned(), operation.call(&mut budget)?)))
        .collect()
}

/// Refuses what is not OpenAPI 3.0 or 3.1.
pub(super) fn version(document: &Value) -> Result<(), ToolsError> {
    let place = Place::root();
    let version = document.get("openapi").and_then(Value::as_str);
    match version {
        Some(version) if version.starts_with("3.0.") || version.starts_with("3.1.") => Ok(()),
        Some(version) => Err(place
            .at("openapi")
            .refuse(format!("is {version}: OpenAPI 3.0 and 3.1 are supported"))),
        None if document.get("swagger").is_some() => Err(place
            .at("swagger")
            .refuse("is Swagger, which is not supported: convert the document to OpenAPI 3.0 or 3.1")),
        None => Err(place.refuse("is no OpenAPI document: it must have the member openapi, such as 3.0.3")),
    }
}

/// Refuses a document that does not say where its API is.
fn server(document: &Value) -> Result<(), ToolsError> {
    let place = Place::root().at("servers");
    let url = document
        .get("servers")
        .and_then(|servers| servers.get(0))
        .and_then(|server| server.get("url"))
        .and_then(Value::as_str)
        .ok_or_else(|| {
            place.refuse("must name the URL of the API, such as [{\"url\": \"https://api.example.com\"}]")
        })?;
    // A variable may stand anywhere in a URL; any letter will do to see the form of the rest.
    let plain: String = url
        .chars()
        .map(|c| if matches!(c, '{' | '}') { 'x' } else { c })
        .collect();
    let absolute =
        Url::parse(&plain).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    if absolute {
        return Ok(());
    }
    Err(place.at(0).at("url").refuse(format!(
        "is {url}: it must be an absolute URL, such as https://api.example.com"
    )))
}

/// All operations of a document, by path and method.
pub(super) fn operations(document: &Value) -> Result<Vec<Operation<'_>>, ToolsError> {
    let place = Place::root().at("paths");
    let paths = document
        .get("paths")
        .and_then(Value::as_object)
        .ok_or_else(|| place.refuse("must be an object with the paths of the API"))?;
    let mut found = Vec::new();
    for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with("x-")) {
        let (item, place) = resolve(document, item, place.at(path))?;
        let members = item
            .as_object()
            .ok_or_else(|| place.refuse("must be an object"))?;
        for method in METHODS {
            let key = method.to_ascii_lowercase();
            if let Some(operation) = members.get(&key) {
                let place = place.at(key);
                if !operation.is_object() {
                    return Err(place.refuse("must be an object"));
                }
                found.push(Operation {
                    document,
                    path,
                    method,
                    item,
                    says: operation,
                    place,
                });
            }
        }
    }
    Ok(found)
}
