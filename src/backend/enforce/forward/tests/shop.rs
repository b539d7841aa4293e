//! A real MCP server, with the server side of rmcp.

use axum::serve::{Listener as _, ListenerExt as _};
use rmcp::model::*;
use rmcp::service::{RequestContext, RoleServer};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What a server has beside its tools.
#[derive(Clone, Debug, Default)]
pub struct Has {
    pub prompts: Vec<&'static str>,
    pub resources: Vec<&'static str>,
    /// Resources that are read and not listed.
    pub hidden: Vec<&'static str>,
    /// Always says that there is another page.
    pub endless: bool,
    /// Without sessions.
    pub stateless: bool,
}

/// One that runs.
pub struct Shop {
    pub url: String,
    sessions: Arc<LocalSessionManager>,
    /// Calls of tools, in all sessions.
    pub calls: Arc<AtomicUsize>,
    /// Sessions that were begun.
    pub begun: Arc<AtomicUsize>,
    /// Calls that hang: sent when they begin; the token is cancelled when the server stops them.
    pub hanging: mpsc::UnboundedReceiver<CancellationToken>,
}

#[derive(Clone)]
struct Handler {
    name: &'static str,
    has: Has,
    calls: Arc<AtomicUsize>,
    hangs: mpsc::UnboundedSender<CancellationToken>,
    /// Which session this is.
    session: usize,
    /// Calls in this session.
    own: Arc<AtomicUsize>,
}

impl Shop {
    pub async fn new(name: &'static str, has: Has) -> Self {
        super::crypto();
        let sessions = Arc::<LocalSessionManager>::default();
        let (calls, begun) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (hangs, hanging) = mpsc::unbounded_channel();
        let mut config = StreamableHttpServerConfig::default();
        config.legacy_session_mode = !has.stateless;
        let (counted, numbers) = (Arc::clone(&calls), Arc::clone(&begun));
        let service = StreamableHttpService::new(
            move || {
                Ok(Handler {
                    name,
                    has: has.clone(),
                    calls: Arc::clone(&counted),
                    hangs: hangs.clone(),
                    session: numbers.fetch_add(1, Ordering::SeqCst),
                    own: Arc::default(),
                })
            },
            Arc::clone(&sessions),
            config,
        );
        let router = axum::Router::new().nest_service("/mcp", service);
        // Each event is a packet, as servers have it; without it every page would wait for an acknowledgement.
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .tap_io(|stream| stream.set_nodelay(true).unwrap());
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url,
            sessions,
            calls,
            begun,
            hanging,
        }
    }

    /// As a server that was started anew.
    pub async fn forget_sessions(&self) {
        self.sessions.sessions.write().await.clear();
    }

    /// How many sessions it has now.
    pub async fn sessions(&self) -> usize {
        self.sessions.sessions.read().await.len()
    }

    pub fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// The configuration of a target.
    pub fn target(&self) -> Value {
        json!({"mcp": {"mcpServer": {"endpoint": self.url}}})
    }
}

impl Handler {
    fn next(&self, cursor: Option<PaginatedRequestParams>) -> (usize, Option<String>) {
        let from: usize = cursor
            .and_then(|page| page.cursor)
            .map_or(0, |cursor| cursor.parse().unwrap());
        (from, self.has.endless.then(|| from.to_string()))
    }
}

/// One entry a page, so that there are several.
fn page<T>(all: Vec<T>, from: usize, endless: Option<String>) -> (Vec<T>, Option<String>) {
    let next = (from + 1 < all.len()).then(|| (from + 1).to_string()).or(endless);
    (all.into_iter().skip(from).take(1).collect(), next)
}

impl rmcp::ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let mut capabilities = ServerCapabilities::builder().enable_tools().build();
        capabilities.prompts = (!self.has.prompts.is_empty()).then(Default::default);
        let resources = !self.has.resources.is_empty() || !self.has.hidden.is_empty();
        capabilities.resources = resources.then(Default::default);
        ServerConfig::new(capabilities)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let text = |text: String| Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into());
        match request.name.as_ref() {
            "echo" => {
                let mut result = CallToolResult::structured(json!(request.arguments));
                result.meta = Some(serde_json::from_value(json!({"shop/x": 1})).unwrap());
                result.content.push(ContentBlock::image("AAAA", "image/png"));
                Ok(result.into())
            }
            "fails" => Ok(CallToolResult::error(vec![ContentBlock::text("no order 7")]).into()),
            "refuses" => Err(ErrorData::invalid_params(
                "no such order",
                Some(json!({"order": 7})),
            )),
            "hangs" => {
                self.hangs.send(context.ct.clone()).unwrap();
                context.ct.cancelled().await;
                text("stopped".to_owned())
            }
            "tenant" => {
                let parts = context.extensions.get::<http::request::Parts>();
                let tenant = parts.and_then(|parts| parts.headers.get("x-tenant-id")?.to_str().ok());
                text(tenant.unwrap_or_default().to_owned())
            }
            "large" => text("x".repeat(100_000)),
            "session" => {
                let own = self.own.fetch_add(1, Ordering::SeqCst);
                text(format!("{} {own}", self.session))
            }
            other => Err(ErrorData::invalid_params(format!("Unknown tool: {other}"), None)),
        }
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let (from, endless) = self.next(request);
        let all = self
            .has
            .prompts
            .iter()
            .map(|name| Prompt::new(*name, Some("Says it"), None));
        let (page, next) = page(all.collect(), from, endless);
        let mut result = ListPromptsResult::with_all_items(page);
        result.next_cursor = next;
        Ok(result)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        if !self.has.prompts.contains(&request.name.as_str()) {
            return Err(ErrorData::invalid_params(
                "no such prompt",
                Some(json!({"shop": self.name})),
            ));
        }
        let said = json!([self.name, request.name, request.arguments]).to_string();
        Ok(GetPromptResult::new(vec![PromptMessage::new_text(Role::User, said)]).into())
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let (from, endless) = self.next(request);
        let all = self
            .has
            .resources
            .iter()
            .map(|uri| Resource::new(*uri, self.name));
        let (page, next) = page(all.collect(), from, endless);
        let mut result = ListResourcesResult::with_all_items(page);
        result.next_cursor = next;
        Ok(result)
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = ResourceTemplate::new(format!("{}://{{id}}", self.name), self.name);
        Ok(ListResourceTemplatesResult::with_all_items(vec![template]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri.as_str();
        if !self.has.resources.contains(&uri) && !self.has.hidden.contains(&uri) {
            return Err(ErrorData::resource_not_found(
                "gone",
                Some(json!({"shop": self.name})),
            ));
        }
        Ok(ReadResourceResult::new(vec![ResourceContents::text(self.name, uri)]).into())
    }
}
