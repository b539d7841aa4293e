//! Stages of REST APIs of Amazon API Gateway, by their exports.

use super::server::Server;
use super::*;
use crate::backend::tools::TargetsConfig;
use std::path::Path;

/// As `aws apigateway get-export` writes it.
fn export(file: &Path, server: &str) {
    let pet = json!({"name": "petId", "in": "path", "required": true, "schema": {"type": "string"}});
    let answer = json!({"200": {"description": "200 response"}});
    let document = json!({
        "openapi": "3.0.1",
        "info": {"title": "PetStore", "version": "2026-01-01"},
        "servers": [{"url": format!("{server}/{{basePath}}"), "variables": {"basePath": {"default": "/prod"}}}],
        "paths": {
            "/pets": {"get": {"operationId": "ListPets", "responses": answer}, "post": {"responses": answer}},
            "/pets/{petId}": {"get": {"parameters": [pet], "responses": answer}},
        },
    });
    std::fs::write(file, document.to_string()).unwrap();
}

fn target() -> Value {
    json!({"mcp": {"apiGateway": {"restApiId": "a1", "stage": "prod", "apiGatewayToolConfiguration": {
        "toolFilters": [{"filterPath": "/pets", "methods": ["GET"]}, {"filterPath": "/pets/*", "methods": ["GET"]}],
        "toolOverrides": [{"path": "/pets/{petId}", "method": "GET", "name": "get_pet"}],
    }}}})
}

#[tokio::test]
async fn tools_are_called_at_the_stage_of_the_export_by_the_names_they_are_listed_under() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.json");
    let server = Server::text(200, "{\"name\":\"Rex\"}").await;
    export(&file, &server.url);
    crypto();
    let targets = Targets::new(TargetsConfig {
        rest_apis: vec![("a1".to_owned(), file.clone())],
        ..TargetsConfig::default()
    });
    let forward = Forward::new(ForwardConfig::default(), targets.unwrap()).unwrap();
    for (name, arguments, path) in [
        ("ListPets", json!({}), "/prod/pets"),
        ("get_pet", json!({"petId": "r/x"}), "/prod/pets/r%2Fx"),
    ] {
        let result = call(&forward, &target(), &tool(name), &arguments).await;
        assert_eq!(answered(&result), "{\"name\":\"Rex\"}");
        let asked = server.asked().await;
        assert_eq!((asked.method.as_str(), asked.target.as_str()), ("GET", path));
        assert!(asked.headers.get("authorization").is_none());
    }
    // What no filter chooses is no tool, whatever the export says.
    let posted = call(&forward, &target(), &tool("POST:/pets"), &json!({})).await;
    assert!(failed(&posted).contains("POST:/pets"));
    // An export that was written anew is read anew.
    let other = Server::text(200, "moved").await;
    export(&file, &other.url);
    let result = call(&forward, &target(), &tool("ListPets"), &json!({})).await;
    assert_eq!(answered(&result), "moved");
    std::fs::remove_file(&file).unwrap();
    let result = call(&forward, &target(), &tool("ListPets"), &json!({})).await;
    assert_eq!(
        failed(&result),
        "The export of the REST API a1/prod cannot be read: there is no such file"
    );
}
