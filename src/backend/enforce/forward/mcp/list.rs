//! Lists of MCP servers, page by page and within bounds.

use super::super::failure::Failure;
use super::members;
use crate::backend::tools::McpSession;
use rmcp::model::PaginatedRequestParams;
use rmcp::service::ServiceError;
use serde::Serialize;
use serde_json::Value;

/// Pages of one list; a server that turns in a circle would go on for ever.
const MOST_PAGES: usize = 100;
/// Entries of one list.
const MOST_ENTRIES: usize = 1000;

/// What a server can list beside its tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Prompts,
    Resources,
    Templates,
}

impl List {
    /// The member of the result that holds it.
    pub fn member(self) -> &'static str {
        match self {
            Self::Prompts => "prompts",
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
        }
    }

    /// The member of an entry that tells it from others.
    pub fn id(self) -> &'static str {
        match self {
            Self::Prompts => "name",
            Self::Resources => "uri",
            Self::Templates => "uriTemplate",
        }
    }

    /// Whether the server says that it has such.
    pub fn offered(self, session: &McpSession) -> bool {
        session.peer_info().is_some_and(|server| match self {
            Self::Prompts => server.capabilities.prompts.is_some(),
            Self::Resources | Self::Templates => server.capabilities.resources.is_some(),
        })
    }

    /// All entries of the server.
    pub async fn entries(self, session: &McpSession) -> Result<Vec<Value>, String> {
        let mut entries = Vec::new();
        let mut cursor = None;
        for _ in 0..MOST_PAGES {
            let page = PaginatedRequestParams::default().with_cursor(cursor);
            let asked = self.page(session, page).await;
            let (page, next) = asked.map_err(|error| crate::backend::tools::why(&error))?;
            entries.extend(page.map_err(|error| error.to_string())?);
            if entries.len() > MOST_ENTRIES {
                return Err(format!("it lists more than {MOST_ENTRIES} {}", self.member()));
            }
            cursor = next;
            if cursor.is_none() {
                return Ok(entries);
            }
        }
        Err(format!("its list has more than {MOST_PAGES} pages"))
    }

    async fn page(self, session: &McpSession, page: PaginatedRequestParams) -> Result<Page, ServiceError> {
        Ok(match self {
            Self::Prompts => {
                let page = session.list_prompts(Some(page)).await?;
                (values(&page.prompts), page.next_cursor)
            }
            Self::Resources => {
                let page = session.list_resources(Some(page)).await?;
                (values(&page.resources), page.next_cursor)
            }
            Self::Templates => {
                let page = session.list_resource_templates(Some(page)).await?;
                (values(&page.resource_templates), page.next_cursor)
            }
        })
    }
}

type Page = (Result<Vec<Value>, Failure>, Option<String>);

fn values(entries: &[impl Serialize]) -> Result<Vec<Value>, Failure> {
    entries
        .iter()
        .map(|entry| members(entry).map(Value::Object))
        .collect()
}
