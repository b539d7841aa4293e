//! Which arm of a `TargetConfiguration` is set, and what it says (service.md 9.6).

use super::ToolsError;
use serde_json::Value;

/// What a target configuration asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Arm<'a> {
    /// Documents that hold the tools.
    Document(Reader, Payload<'a>),
    /// An MCP server that lists its tools itself.
    McpServer {
        /// Its URL.
        endpoint: &'a str,
    },
    /// A stage of a REST API of Amazon API Gateway.
    ApiGateway {
        /// Id of the REST API.
        api: &'a str,
        /// Its stage.
        stage: &'a str,
        /// `ApiGatewayToolConfiguration`.
        configuration: &'a Value,
    },
    /// An agent in AgentCore Runtime that no document describes.
    Runtime,
    /// An API that is reached over HTTP and that no document describes.
    Proxied,
}

/// How a document becomes tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// `ToolDefinitions`.
    Lambda,
    /// An MCP `tools/list`.
    Mcp,
    /// OpenAPI 3.0 or 3.1.
    OpenApi,
    /// A Smithy JSON AST.
    Smithy,
    /// OpenAPI of an agent in AgentCore Runtime.
    Runtime,
    /// OpenAPI of an API that is reached over HTTP.
    Proxied,
}

/// Where a document is.
#[derive(Debug, PartialEq)]
pub(super) enum Payload<'a> {
    /// A string with the document; for a Lambda target the list itself.
    Inline(&'a Value),
    /// The URI of an object in a bucket.
    Stored(&'a str),
}

/// The arm that is set.
///
/// # Errors
/// [`ToolsError`] names an arm that the local backend does not support, and what it lacks.
pub(super) fn arm(configuration: &Value) -> Result<Arm<'_>, ToolsError> {
    let (kind, inner) = member(configuration)?;
    match kind {
        "mcp" => mcp(inner),
        // A gateway of the protocol type MCP refuses them before this is asked (service.md 9.6, row 36).
        "http" => http(inner),
        "inference" => Err(unsupported("inference", "models answer in AWS only")),
        other => Err(unsupported(other, "give mcp or http")),
    }
}

fn mcp(configuration: &Value) -> Result<Arm<'_>, ToolsError> {
    let (kind, inner) = member(configuration)?;
    match kind {
        "lambda" => {
            let schema = inner
                .get("toolSchema")
                .ok_or_else(|| missing("mcp.lambda.toolSchema"))?;
            Ok(Arm::Document(
                Reader::Lambda,
                payload(schema, "mcp.lambda.toolSchema")?,
            ))
        }
        "mcpServer" => match inner.get("mcpToolSchema") {
            Some(schema) => {
                let payload = payload(schema, "mcp.mcpServer.mcpToolSchema")?;
                Ok(Arm::Document(Reader::Mcp, payload))
            }
            None => Ok(Arm::McpServer {
                endpoint: text(inner, "endpoint", "mcp.mcpServer.endpoint")?,
            }),
        },
        "openApiSchema" => Ok(Arm::Document(
            Reader::OpenApi,
            payload(inner, "mcp.openApiSchema")?,
        )),
        "smithyModel" => Ok(Arm::Document(Reader::Smithy, payload(inner, "mcp.smithyModel")?)),
        "apiGateway" => Ok(Arm::ApiGateway {
            api: text(inner, "restApiId", "mcp.apiGateway.restApiId")?,
            stage: text(inner, "stage", "mcp.apiGateway.stage")?,
            configuration: inner
                .get("apiGatewayToolConfiguration")
                .ok_or_else(|| missing("mcp.apiGateway.apiGatewayToolConfiguration"))?,
        }),
        "connector" => Err(unsupported(
            "mcp.connector",
            "connectors are programs of AWS; describe their tools as mcp.mcpServer with an mcpToolSchema instead",
        )),
        other => Err(unsupported(&format!("mcp.{other}"), "it is not known")),
    }
}

fn http(configuration: &Value) -> Result<Arm<'_>, ToolsError> {
    let (kind, inner) = member(configuration)?;
    let (bare, reader) = match kind {
        "agentcoreRuntime" => (Arm::Runtime, Reader::Runtime),
        "passthrough" => (Arm::Proxied, Reader::Proxied),
        "connector" => return Ok(Arm::Proxied),
        other => return Err(unsupported(&format!("http.{other}"), "it is not known")),
    };
    let Some(schema) = inner.get("schema") else {
        return Ok(bare);
    };
    let place = format!("http.{kind}.schema.source");
    let source = schema.get("source").ok_or_else(|| missing(&place))?;
    Ok(Arm::Document(reader, payload(source, &place)?))
}

/// The one member of a union.
pub(super) fn member(union: &Value) -> Result<(&str, &Value), ToolsError> {
    let mut members = union.as_object().into_iter().flatten();
    match (members.next(), members.next()) {
        (Some((name, value)), None) => Ok((name, value)),
        _ => Err(ToolsError::new(
            "The target configuration must have exactly one member set",
        )),
    }
}

fn payload<'a>(schema: &'a Value, place: &str) -> Result<Payload<'a>, ToolsError> {
    match member(schema)? {
        ("inlinePayload", payload) => Ok(Payload::Inline(payload)),
        ("s3", location) => Ok(Payload::Stored(text(
            location,
            "uri",
            &format!("{place}.s3.uri"),
        )?)),
        (other, _) => Err(unsupported(
            &format!("{place}.{other}"),
            "give inlinePayload or s3",
        )),
    }
}

/// A member that is a string.
pub(super) fn text<'a>(value: &'a Value, name: &str, place: &str) -> Result<&'a str, ToolsError> {
    value
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| missing(place))
}

fn missing(place: &str) -> ToolsError {
    ToolsError::new(format!("The target configuration lacks {place}"))
}

fn unsupported(place: &str, why: &str) -> ToolsError {
    ToolsError::new(format!(
        "The target configuration {place} is not supported by the local backend: {why}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(configuration: &Value) -> String {
        arm(configuration).unwrap_err().to_string()
    }

    #[test]
    fn each_supported_arm_is_told_from_the_others() {
        let server = json!({"mcp": {"mcpServer": {"endpoint": "https://x/mcp", "listingMode": "DYNAMIC"}}});
        assert_eq!(
            arm(&server).unwrap(),
            Arm::McpServer {
                endpoint: "https://x/mcp"
            }
        );
        for (configuration, reader) in [
            (
                json!({"mcp": {"lambda": {"toolSchema": {"s3": {"uri": "s3://b/k"}}}}}),
                Reader::Lambda,
            ),
            (
                json!({"mcp": {"mcpServer": {"endpoint": "https://x", "mcpToolSchema": {"s3": {"uri": "s3://b/k"}}}}}),
                Reader::Mcp,
            ),
            (
                json!({"mcp": {"openApiSchema": {"s3": {"uri": "s3://b/k"}}}}),
                Reader::OpenApi,
            ),
            (
                json!({"mcp": {"smithyModel": {"s3": {"uri": "s3://b/k"}}}}),
                Reader::Smithy,
            ),
        ] {
            assert_eq!(
                arm(&configuration).unwrap(),
                Arm::Document(reader, Payload::Stored("s3://b/k"))
            );
        }
        for (kind, bare, reader) in [
            ("agentcoreRuntime", Arm::Runtime, Some(Reader::Runtime)),
            ("passthrough", Arm::Proxied, Some(Reader::Proxied)),
            ("connector", Arm::Proxied, None),
        ] {
            assert_eq!(arm(&json!({"http": {kind: {}}})).unwrap(), bare);
            let schema = json!({"source": {"s3": {"uri": "s3://b/k"}}});
            let described = json!({"http": {kind: {"schema": schema}}});
            let document = reader.map(|reader| Arm::Document(reader, Payload::Stored("s3://b/k")));
            assert_eq!(arm(&described).unwrap(), document.unwrap_or(bare));
        }
    }

    #[test]
    fn what_is_not_supported_is_refused_by_name() {
        for (configuration, place) in [
            (json!({"inference": {"connector": {}}}), "inference"),
            (
                json!({"mcp": {"connector": {"source": {"connectorId": "web-search"}}}}),
                "mcp.connector",
            ),
            (json!({"mcp": {"graphql": {}}}), "mcp.graphql"),
            (json!({"http": {"grpc": {}}}), "http.grpc"),
            (json!({"a2a": {}}), "a2a"),
        ] {
            let told = told(&configuration);
            let expected =
                format!("The target configuration {place} is not supported by the local backend: ");
            assert!(told.starts_with(&expected), "{told}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        for (configuration, place) in [
            (json!({"mcp": {"lambda": {}}}), "mcp.lambda.toolSchema"),
            (
                json!({"mcp": {"openApiSchema": {"s3": {}}}}),
                "mcp.openApiSchema.s3.uri",
            ),
            (json!({"mcp": {"mcpServer": {}}}), "mcp.mcpServer.endpoint"),
            (
                json!({"http": {"passthrough": {"schema": {}}}}),
                "http.passthrough.schema.source",
            ),
            (
                json!({"mcp": {"apiGateway": {"restApiId": "a", "stage": "prod"}}}),
                "mcp.apiGateway.apiGatewayToolConfiguration",
            ),
        ] {
            assert_eq!(
                told(&configuration),
                format!("The target configuration lacks {place}")
            );
        }
        for several in [
            json!({}),
            json!([]),
            json!({"mcp": {}, "http": {}}),
            json!({"mcp": {}}),
        ] {
            assert!(told(&several).contains("exactly one member"), "{several}");
        }
    }
}
