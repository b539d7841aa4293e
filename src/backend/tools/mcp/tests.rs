//! A real MCP server, with the server side of rmcp, and what is no MCP server.

use super::server::list_within;
use super::*;
use crate::backend::tools::{Targets, ToolSource as _, ToolsError};
use crate::model::Tool;
use reqwest::Url;
use rmcp::model::{
    ErrorData, JsonObject, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Lists its tools in pages of two.
#[derive(Clone, Debug)]
struct Paged {
    tools: Vec<String>,
    /// Always says that there is another page.
    endless: bool,
}

impl rmcp::ServerHandler for Paged {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let from = request.and_then(|request| request.cursor);
        let from: usize = from.map_or(0, |cursor| cursor.parse().unwrap());
        let schema = json!({"type": "object", "properties": {"when": {"type": "string", "format": "date"}}});
        let schema: Arc<JsonObject> = Arc::new(schema.as_object().unwrap().clone());
        let page = self.tools.iter().skip(from).take(2);
        let page = page
            .map(|name| rmcp::model::Tool::new(name.clone(), "Says it", schema.clone()))
            .collect();
        let mut result = ListToolsResult::with_all_items(page);
        if self.endless || from + 2 < self.tools.len() {
            result.next_cursor = Some((from + 2).to_string());
        }
        Ok(result)
    }
}

/// Serves it on a free port of loopback until the test ends.
async fn serve(server: Paged) -> String {
    let service = StreamableHttpService::new(
        move || Ok(server.clone()),
        Arc::<LocalSessionManager>::default(),
        StreamableHttpServerConfig::default(),
    );
    let router = axum::Router::new().nest_service("/mcp", service);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/mcp")
}

/// Answers every connection with this text, or with nothing at all.
async fn answering(answer: Option<String>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            if stream.read(&mut request).await.unwrap() == 0 {
                continue;
            }
            if let Some(answer) = &answer {
                stream.write_all(answer.as_bytes()).await.unwrap();
            } else {
                open.push(stream);
            }
        }
    });
    Url::parse(&url).unwrap()
}

/// As the program does at its start; another test may have been first.
fn crypto() {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
}

async fn listed(server: Paged) -> Result<Vec<Tool>, String> {
    crypto();
    let endpoint = serve(server).await;
    let configuration = json!({"mcp": {"mcpServer": {"endpoint": endpoint}}});
    let tools = Targets::default().tools("Orders", &configuration).await;
    tools.map_err(|error| error.to_string())
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("tool-{n}")).collect()
}

#[tokio::test]
async fn all_pages_of_a_server_are_listed() {
    let server = Paged {
        tools: names(5),
        endless: false,
    };
    let tools = listed(server).await.unwrap();
    let ids: Vec<_> = tools.iter().map(Tool::action_id).collect();
    assert_eq!(
        ids,
        (0..5).map(|n| format!("Orders___tool-{n}")).collect::<Vec<_>>()
    );
    assert_eq!(tools[0].description, "Says it");
    assert_eq!(
        tools[0].input["properties"]["when"],
        json!({"type": "string", "format": "date"})
    );
}

#[tokio::test]
async fn a_list_without_end_is_bounded_and_names_must_differ() {
    let endless = Paged {
        tools: names(2),
        endless: true,
    };
    let told = listed(endless).await.unwrap_err();
    assert!(told.ends_with("its list has more than 100 pages"), "{told}");
    let twice = Paged {
        tools: vec!["echo".to_owned(), "echo".to_owned()],
        endless: false,
    };
    assert!(listed(twice).await.unwrap_err().contains("`echo`"));
}

#[tokio::test]
async fn what_is_no_mcp_server_is_told_within_the_patience() {
    crypto();
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let nobody = Url::parse(&format!("http://{closed}/mcp")).unwrap();
    let told = |result: Result<Vec<Tool>, ToolsError>| result.unwrap_err().to_string();
    let refused = told(list_within("T", &nobody, Duration::from_secs(20)).await);
    assert!(
        refused.starts_with(&format!(
            "The tools of the MCP server {nobody} cannot be listed: "
        )),
        "{refused}"
    );
    assert!(
        refused.contains("Connection refused") && !refused.contains("rmcp"),
        "{refused}"
    );
    let silent = answering(None).await;
    let told_silent = told(list_within("T", &silent, Duration::from_millis(200)).await);
    assert!(
        told_silent.ends_with("it did not list its tools within 200 ms"),
        "{told_silent}"
    );
    for answer in [
        "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi"
            .to_owned(),
        format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: {nobody}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ),
    ] {
        let endpoint = answering(Some(answer.clone())).await;
        let told = told(list_within("T", &endpoint, Duration::from_secs(20)).await);
        assert!(
            !told.contains("did not list") && !told.contains("refused"),
            "{answer:?}: {told}"
        );
        assert!(!told.contains('\n'), "{told}");
    }
}

#[tokio::test]
async fn https_is_spoken_with_the_roots_of_the_platform() {
    crypto();
    // What does not speak TLS is found out by the handshake: the client is built and tries.
    let plain = answering(Some("HTTP/1.1 200 OK\r\n\r\n".to_owned())).await;
    let endpoint = Url::parse(&plain.as_str().replace("http://", "https://")).unwrap();
    let told = list("T", &endpoint).await.unwrap_err().to_string();
    assert!(
        told.contains("corrupt message") || told.contains("InvalidContentType"),
        "{told}"
    );
}

#[test]
fn a_static_list_is_an_answer_or_the_list_alone() {
    let tool = json!({
        "name": "echo",
        "inputSchema": {"type": "object", "$defs": {"x": {"type": "string"}}},
        "outputSchema": {"type": "object"},
    });
    for document in [json!([tool]), json!({"tools": [tool]})] {
        let tools = tools("T", &document).unwrap();
        assert_eq!(
            (tools[0].name.as_str(), tools[0].description.as_str()),
            ("echo", "")
        );
        assert_eq!(tools[0].input, tool["inputSchema"]);
        assert_eq!(tools[0].output.as_ref(), Some(&tool["outputSchema"]));
    }
    let told = |document: Value| tools("T", &document).unwrap_err().to_string();
    let schema = |inner: Value| {
        let mut schema = json!({"type": "object"});
        schema
            .as_object_mut()
            .unwrap()
            .extend(inner.as_object().unwrap().clone());
        json!([{"name": "a", "inputSchema": schema}])
    };
    for (inner, expected) in [
        (
            json!({"properties": []}),
            "#/0/inputSchema/properties must be an object",
        ),
        (
            json!({"properties": {"x": {"type": "foo"}}}),
            "#/0/inputSchema/properties/x/type must be one of array, boolean, integer, null, number, object, string",
        ),
        (
            json!({"$defs": {"x": {"items": {"anyOf": [{"type": ["string", 1]}]}}}}),
            "#/0/inputSchema/$defs/x/items/anyOf/0/type must be one of array, boolean, integer, null, number, object, string",
        ),
        (
            json!({"properties": {"x": 1}}),
            "#/0/inputSchema/properties/x must be a schema",
        ),
        (
            json!({"required": "x"}),
            "#/0/inputSchema/required must be a list of strings",
        ),
        (
            json!({"additionalProperties": {"oneOf": {}}}),
            "#/0/inputSchema/additionalProperties/oneOf must be a list",
        ),
    ] {
        assert_eq!(told(schema(inner)), expected);
    }
    let odd = json!({
        "properties": {"x": true, "y": {"type": ["string", "null"]}, "z": {"items": [{}, false]}, "q": {"x-y": 1}},
        "additionalProperties": false,
    });
    tools("T", &schema(odd)).unwrap();
    assert!(told(json!({"name": "echo"})).starts_with("# must be a list of MCP tools"));
    assert_eq!(
        told(json!([{"inputSchema": {"type": "object"}}])),
        "#/0 must have a name that is a string"
    );
    assert_eq!(
        told(json!({"tools": [{"name": "a"}]})),
        "#/tools/0 must have an inputSchema"
    );
    assert_eq!(
        told(json!([{"name": "a", "inputSchema": {"type": "string"}}])),
        "#/0/inputSchema must be a JSON Schema of the type object"
    );
}

#[tokio::test]
async fn who_is_not_waited_for_any_more_is_left() {
    crypto();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = Url::parse(&format!("http://{}/mcp", listener.local_addr().unwrap())).unwrap();
    let (listed, mut stream) = tokio::join!(list_within("T", &silent, Duration::from_millis(200)), async {
        listener.accept().await.unwrap().0
    });
    listed.unwrap_err();
    // What was sent, and then the end: the connection is closed.
    stream.read_to_end(&mut Vec::new()).await.unwrap();
}
