//! The source of tools as a whole: each arm, from where it is kept.

use super::*;
use serde_json::json;
use std::path::Path;

fn lambda(schema: &Value) -> Value {
    json!({"mcp": {"lambda": {
        "lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:refund",
        "toolSchema": schema,
    }}})
}

fn refund() -> Value {
    json!([{
        "name": "process_refund",
        "description": "Refunds an order",
        "inputSchema": {"type": "object", "properties": {"amount": {"type": "integer"}}},
    }])
}

fn with_bucket(folder: &Path) -> Targets {
    let config = TargetsConfig {
        buckets: vec![("schemas".to_owned(), folder.to_owned())],
        ..TargetsConfig::default()
    };
    Targets::new(config).unwrap()
}

async fn action_ids(targets: &Targets, configuration: &Value) -> Result<Vec<String>, String> {
    let tools = targets.tools("Target", configuration).await;
    let tools = tools.map_err(|error| error.to_string())?;
    Ok(tools.iter().map(Tool::action_id).collect())
}

#[tokio::test]
async fn each_kind_of_document_is_read_inline_and_from_a_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let targets = with_bucket(folder.path());
    let listing = json!({"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]}).to_string();
    let openapi =
        "openapi: 3.0.3\nservers: [{url: 'https://x.example'}]\npaths: {/a: {get: {operationId: getA}}}\n";
    let smithy = json!({"smithy": "2.0", "shapes": {
        "x#Service": {"type": "service", "operations": [{"target": "x#Ping"}]},
        "x#Ping": {"type": "operation"},
    }})
    .to_string();
    std::fs::write(folder.path().join("lambda"), refund().to_string()).unwrap();
    for (name, text) in [
        ("mcp", listing.as_str()),
        ("openapi", openapi),
        ("smithy", &smithy),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let stored = |name: &str| json!({"s3": {"uri": format!("s3://schemas/{name}")}});
    let server = |schema: &Value| json!({"mcp": {"mcpServer": {"endpoint": "https://x.example", "mcpToolSchema": schema}}});
    for (configuration, tool) in [
        (lambda(&json!({"inlinePayload": refund()})), "process_refund"),
        (lambda(&stored("lambda")), "process_refund"),
        (server(&json!({"inlinePayload": listing})), "echo"),
        (server(&stored("mcp")), "echo"),
        (
            json!({"mcp": {"openApiSchema": {"inlinePayload": openapi}}}),
            "getA",
        ),
        (json!({"mcp": {"openApiSchema": stored("openapi")}}), "getA"),
        (json!({"mcp": {"smithyModel": {"inlinePayload": smithy}}}), "Ping"),
        (json!({"mcp": {"smithyModel": stored("smithy")}}), "Ping"),
    ] {
        assert_eq!(targets.check(&configuration), Ok(()), "{configuration}");
        let found = action_ids(&targets, &configuration).await.unwrap();
        assert_eq!(found, [format!("Target___{tool}")], "{configuration}");
    }
}

#[tokio::test]
async fn an_inline_document_is_refused_at_once_and_a_stored_one_when_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad"), "[{}]").unwrap();
    let targets = with_bucket(folder.path());
    let inline = lambda(&json!({"inlinePayload": [{}]}));
    assert!(targets.check(&inline).is_err());
    let stored = lambda(&json!({"s3": {"uri": "s3://schemas/bad"}}));
    assert_eq!(targets.check(&stored), Ok(()));
    assert_eq!(
        action_ids(&targets, &stored).await.unwrap_err(),
        "s3://schemas/bad: #/0 must have a name that is a string"
    );
    let unmapped = lambda(&json!({"s3": {"uri": "s3://other/bad"}}));
    assert!(
        targets
            .check(&unmapped)
            .unwrap_err()
            .to_string()
            .contains("--s3-bucket other=FOLDER")
    );
    let twice = json!([refund()[0], refund()[0]]);
    let told = targets
        .check(&lambda(&json!({"inlinePayload": twice})))
        .unwrap_err()
        .to_string();
    assert!(told.contains("`process_refund`"), "{told}");
    let number = json!({"mcp": {"openApiSchema": {"inlinePayload": 1}}});
    assert!(
        targets
            .check(&number)
            .unwrap_err()
            .to_string()
            .contains("must be a string")
    );
}

#[tokio::test]
async fn a_rest_api_is_read_from_its_export() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.json");
    let export = json!({"openapi": "3.0.1", "paths": {"/pets": {"get": {"operationId": "ListPets"}}}});
    std::fs::write(&file, export.to_string()).unwrap();
    let config = TargetsConfig {
        rest_apis: vec![("a1b2".to_owned(), file)],
        ..TargetsConfig::default()
    };
    let targets = Targets::new(config).unwrap();
    let configuration = |api: &str| {
        json!({"mcp": {"apiGateway": {"restApiId": api, "stage": "prod", "apiGatewayToolConfiguration": {
            "toolFilters": [{"filterPath": "/*", "methods": ["GET"]}],
        }}}})
    };
    assert_eq!(
        action_ids(&targets, &configuration("a1b2")).await.unwrap(),
        ["Target___ListPets"]
    );
    let told = targets.check(&configuration("other")).unwrap_err().to_string();
    assert!(told.contains("--rest-api other=FILE"), "{told}");
}

/// service.md 10.2.
#[tokio::test]
async fn an_http_target_has_the_operations_of_its_document() {
    let folder = tempfile::tempdir().unwrap();
    let targets = with_bucket(folder.path());
    let any = json!({"requestBody": {"content": {"application/json": {"schema": {"allOf": [{}]}}}}});
    let document = json!({
        "openapi": "3.1.0", "paths": {"/invocations": {"get": any}, "/v1/{id}": {"post": any, "delete": {}}},
    });
    std::fs::write(folder.path().join("document"), document.to_string()).unwrap();
    for source in [
        json!({"inlinePayload": document.to_string()}),
        json!({"s3": {"uri": "s3://schemas/document"}}),
    ] {
        for (kind, expected) in [
            (
                "agentcoreRuntime",
                ["GET:/invocations", "POST:/invocations"].as_slice(),
            ),
            (
                "passthrough",
                &["GET:/invocations", "DELETE:/v1/{id}", "POST:/v1/{id}"],
            ),
        ] {
            let http = json!({"http": {kind: {"schema": {"source": source}}}});
            assert_eq!(targets.check(&http), Ok(()));
            let expected: Vec<String> = expected.iter().map(|name| format!("Target___{name}")).collect();
            assert_eq!(action_ids(&targets, &http).await.unwrap(), expected);
        }
    }
    for (http, expected) in [
        (
            json!({"agentcoreRuntime": {}}),
            &["Target___POST:/invocations"][..],
        ),
        (json!({"passthrough": {}}), &[]),
        (json!({"connector": {}}), &[]),
    ] {
        let http = json!({"http": http});
        assert_eq!(targets.check(&http), Ok(()));
        assert_eq!(action_ids(&targets, &http).await.unwrap(), expected);
    }
    let swagger =
        json!({"http": {"passthrough": {"schema": {"source": {"inlinePayload": "swagger: '2.0'"}}}}});
    let told = targets.check(&swagger).unwrap_err().to_string();
    assert!(told.contains("is Swagger"), "{told}");
}

#[test]
fn what_is_named_at_the_start_must_be_there() {
    let nowhere = std::path::PathBuf::from("/nowhere/at/all");
    let bucket = TargetsConfig {
        buckets: vec![("schemas".to_owned(), nowhere.clone())],
        ..TargetsConfig::default()
    };
    assert_eq!(
        Targets::new(bucket).unwrap_err().to_string(),
        "--s3-bucket schemas: /nowhere/at/all is no folder; make it first"
    );
    let api = TargetsConfig {
        rest_apis: vec![("a1".to_owned(), nowhere)],
        ..TargetsConfig::default()
    };
    assert!(
        Targets::new(api)
            .unwrap_err()
            .to_string()
            .contains("--rest-api a1: /nowhere/at/all is no file")
    );
}
