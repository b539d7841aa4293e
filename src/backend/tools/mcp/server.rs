//! Asking an MCP server for its tools, over streamable HTTP.

use super::session::connect;
use super::{listing, words};
use crate::backend::tools::ToolsError;
use crate::backend::tools::budget::Budget;
use crate::backend::tools::client::{client, is_near};
use crate::backend::tools::error::Place;
use crate::backend::tools::names::MOST_TOOLS;
use crate::model::Tool;
use http::HeaderMap;
use reqwest::Url;
use rmcp::model::PaginatedRequestParams;
use rmcp::service::{Peer, RoleClient};
use serde_json::Value;
use std::time::Duration;

/// For one server, from the connection to the last page.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// For the end of the session; what was listed stands without it.
const FAREWELL: Duration = Duration::from_secs(1);
/// Bytes of one page.
const LARGEST_PAGE: usize = 4 * 1024 * 1024;
/// Pages; a server that turns in a circle would go on for ever.
const MOST_PAGES: usize = 100;

/// All tools of the server at `endpoint`, page by page, within `patience`.
///
/// No credentials are sent: the target's credential providers live in AWS. Redirects are not followed, so that nothing
/// but this endpoint is asked.
///
/// # Errors
/// [`ToolsError`] when the server is not reached, does not speak MCP, refuses, takes too long, or lists too much.
pub(in crate::backend::tools) async fn list(target: &str, endpoint: &Url) -> Result<Vec<Tool>, ToolsError> {
    list_within(target, endpoint, PATIENCE).await
}

pub(super) async fn list_within(
    target: &str,
    endpoint: &Url,
    patience: Duration,
) -> Result<Vec<Tool>, ToolsError> {
    let listed = tokio::time::timeout(patience, ask(target, endpoint)).await;
    listed
        .unwrap_or_else(|_| {
            Err(format!(
                "it did not list its tools within {} ms",
                patience.as_millis()
            ))
        })
        .map_err(|why| {
            ToolsError::new(format!(
                "The tools of the MCP server {endpoint} cannot be listed: {why}"
            ))
        })
}

async fn ask(target: &str, endpoint: &Url) -> Result<Vec<Tool>, String> {
    let client = client(is_near(endpoint)).map_err(|error| words::causes(&error))?;
    let mut session = connect(endpoint, client, HeaderMap::new(), LARGEST_PAGE).await?;
    let tools = pages(target, session.peer()).await;
    if let Err(error) = session.close_with_timeout(FAREWELL).await {
        tracing::debug!(%error, "the session with an MCP server did not end well");
    }
    tools
}

async fn pages(target: &str, server: &Peer<RoleClient>) -> Result<Vec<Tool>, String> {
    let mut tools = Vec::new();
    let mut cursor = None;
    let mut budget = Budget::new();
    for _ in 0..MOST_PAGES {
        let page = PaginatedRequestParams::default().with_cursor(cursor);
        let page = server
            .list_tools(Some(page))
            .await
            .map_err(|error| words::of_request(&error))?;
        for tool in page.tools {
            let place = Place::root().at("tools").at(tools.len());
            let tool: Value = serde_json::to_value(tool).map_err(|error| error.to_string())?;
            budget.spend(&tool).map_err(|error| error.to_string())?;
            let tool = listing::tool(target, &tool, &place).map_err(|error| error.to_string())?;
            // Another's server: what of it says nothing has the Cedar type `Unknown`, and the rest can be used.
            if let Err(error) = listing::well_formed(&tool, &place) {
                tracing::warn!(gateway_target = target, tool = tool.name, %error, "an MCP server lists a malformed schema");
            }
            tools.push(tool);
        }
        if tools.len() > MOST_TOOLS {
            return Err(format!("it lists more than {MOST_TOOLS} tools"));
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(tools);
        }
    }
    Err(format!("its list has more than {MOST_PAGES} pages"))
}
