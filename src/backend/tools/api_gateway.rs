//! Tools of a stage of a REST API of Amazon API Gateway, from its OpenAPI export (DOC(gateway-target-api-gateway)).
//!
//! Filters choose operations: a path exactly, or all below it with `/*`, each with its methods. Filters may overlap.
//! Overrides rename and describe chosen operations; without one the export's `operationId` is the name. As in AWS,
//! proxy resources (`{proxy+}`) and methods that want both an IAM signature and an API key are left out.

use super::ToolsError;
use super::budget::Budget;
use super::error::Place;
use super::names::MOST_TOOLS;
use super::openapi::{self, Call, Operation};
use crate::model::Tool;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The tools that an `ApiGatewayToolConfiguration` exposes of this export.
pub(super) fn tools(target: &str, configuration: &Value, export: &Value) -> Result<Vec<Tool>, ToolsError> {
    openapi::version(export)?;
    let operations = openapi::operations(export)?;
    let mut budget = Budget::new();
    let exposed = exposed(configuration, &operations, export)?.into_iter();
    exposed
        .map(|it| it.operation.tool(target, it.name, it.description, &mut budget))
        .collect()
}

/// How each of these tools is called, by its name: at the stage's URL, which the export names.
pub(super) fn calls(configuration: &Value, export: &Value) -> Result<HashMap<String, Call>, ToolsError> {
    openapi::version(export)?;
    let operations = openapi::operations(export)?;
    let mut budget = Budget::new();
    let exposed = exposed(configuration, &operations, export)?.into_iter();
    exposed
        .map(|it| Ok((it.name.to_owned(), it.operation.call(&mut budget)?)))
        .collect()
}

/// An operation that is a tool.
struct Exposed<'a> {
    operation: &'a Operation<'a>,
    name: &'a str,
    description: Option<&'a str>,
}

/// Those that the filters choose and that AWS would call.
fn exposed<'a>(
    configuration: &'a Value,
    operations: &'a [Operation<'a>],
    export: &Value,
) -> Result<Vec<Exposed<'a>>, ToolsError> {
    let filters = filters(configuration)?;
    for filter in &filters {
        if !operations.iter().any(|operation| filter.has(operation.path)) {
            return Err(ToolsError::new(format!(
                "The tool filter {} matches no path of the REST API",
                filter.path
            )));
        }
    }
    let mut overrides = overrides(configuration)?;
    let mut exposed = Vec::new();
    for operation in operations {
        if !filters.iter().any(|filter| filter.chooses(operation)) || !can_be_called(operation, export) {
            continue;
        }
        let changed = overrides.remove(&(operation.path, operation.method));
        let name = changed
            .map(|it| it.name)
            .or_else(|| operation.id())
            .ok_or_else(|| {
                ToolsError::new(format!(
                    "{} {} has no operationId in the export: name it with a tool override",
                    operation.method, operation.path
                ))
            })?;
        exposed.push(Exposed {
            operation,
            name,
            description: changed.and_then(|it| it.description),
        });
    }
    match overrides.keys().next() {
        Some((path, method)) => Err(ToolsError::new(format!(
            "The tool override for {method} {path} matches no operation that the tool filters choose: give the exact \
             path and a method of one"
        ))),
        None => Ok(exposed),
    }
}

/// An `ApiGatewayToolFilter`.
struct Filter<'a> {
    path: &'a str,
    methods: BTreeSet<&'a str>,
}

impl Filter<'_> {
    /// Whether its path is this one, or all below and this one is.
    fn has(&self, path: &str) -> bool {
        match self.path.strip_suffix('*') {
            Some(prefix) if prefix.ends_with('/') => path.starts_with(prefix),
            _ => path == self.path,
        }
    }

    fn chooses(&self, operation: &Operation<'_>) -> bool {
        self.has(operation.path) && self.methods.contains(operation.method)
    }
}

fn filters(configuration: &Value) -> Result<Vec<Filter<'_>>, ToolsError> {
    let place = Place::of("apiGatewayToolConfiguration").at("toolFilters");
    let list = configuration.get("toolFilters").and_then(Value::as_array);
    let list = list.ok_or_else(|| place.refuse("must be a list"))?;
    if list.len() > MOST_TOOLS {
        return Err(place.refuse(format!("has {} filters and may have {MOST_TOOLS}", list.len())));
    }
    list.iter()
        .enumerate()
        .map(|(index, value)| {
            read_filter(value).ok_or_else(|| place.at(index).refuse("must have a filterPath and methods"))
        })
        .collect()
}

fn read_filter(filter: &Value) -> Option<Filter<'_>> {
    let methods = filter.get("methods")?.as_array()?.iter();
    Some(Filter {
        path: filter.get("filterPath")?.as_str()?,
        methods: methods.map(Value::as_str).collect::<Option<_>>()?,
    })
}

/// An `ApiGatewayToolOverride`, by its path and method.
#[derive(Clone, Copy)]
struct Override<'a> {
    name: &'a str,
    description: Option<&'a str>,
}

fn overrides(configuration: &Value) -> Result<BTreeMap<(&str, &str), Override<'_>>, ToolsError> {
    let place = Place::of("apiGatewayToolConfiguration").at("toolOverrides");
    let list = configuration.get("toolOverrides").and_then(Value::as_array);
    let mut found = BTreeMap::new();
    for (index, value) in list.into_iter().flatten().enumerate() {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let place = place.at(index);
        let (Some(name), Some(path), Some(method)) = (text("name"), text("path"), text("method")) else {
            return Err(place.refuse("must have a name, a path and a method"));
        };
        let description = text("description");
        if found
            .insert((path, method), Override { name, description })
            .is_some()
        {
            return Err(place.refuse(format!("is the second override for {method} {path}: give one")));
        }
    }
    Ok(found)
}

/// Whether AWS would call it: no proxy resource, not both an IAM signature and an API key.
fn can_be_called(operation: &Operation<'_>, export: &Value) -> bool {
    let schemes = export.pointer("/components/securitySchemes");
    let wanted = operation.says.get("security").and_then(Value::as_array);
    let wanted = wanted.into_iter().flatten().filter_map(Value::as_object);
    let wanted = wanted.flat_map(|requirement| requirement.keys());
    let (mut signed, mut keyed) = (false, false);
    for scheme in wanted.filter_map(|name| schemes?.get(name)) {
        let says = |name: &str, value: &str| scheme.get(name).and_then(Value::as_str) == Some(value);
        if says("x-amazon-apigateway-authtype", "awsSigv4") {
            signed = true;
        } else if says("type", "apiKey") && says("name", "x-api-key") {
            keyed = true;
        }
    }
    let proxy = operation.path.contains("+}");
    !(proxy || signed && keyed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn export() -> Value {
        let answer = json!({"200": {"description": "200 response"}});
        let pet = json!({"name": "petId", "in": "path", "required": true, "schema": {"type": "string"}});
        json!({
            "openapi": "3.0.1",
            "info": {"title": "PetStore", "version": "2026-01-01"},
            "servers": [{"url": "https://a1.execute-api.us-east-1.amazonaws.com/{basePath}"}],
            "paths": {
                "/pets": {
                    "get": {"operationId": "ListPets", "description": "All pets", "responses": answer},
                    "post": {"responses": answer},
                },
                "/pets/{petId}": {
                    "get": {"operationId": "GetPet", "parameters": [pet], "responses": answer},
                    "delete": {
                        "operationId": "DeletePet", "parameters": [pet], "responses": answer,
                        "security": [{"sigv4": []}, {"api_key": []}],
                    },
                },
                "/pets/{proxy+}": {"get": {"operationId": "Any", "responses": answer}},
            },
            "components": {"securitySchemes": {
                "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
                "sigv4": {
                    "type": "apiKey", "name": "Authorization", "in": "header",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                },
            }},
        })
    }

    fn names(configuration: &Value) -> Result<Vec<String>, String> {
        let tools = tools("Pets", configuration, &export()).map_err(|error| error.to_string())?;
        Ok(tools.into_iter().map(|tool| tool.name).collect())
    }

    #[test]
    fn filters_choose_operations_by_path_and_method() {
        for (filters, expected) in [
            (json!([]), &[][..]),
            (
                json!([{"filterPath": "/pets", "methods": ["GET"]}]),
                &["ListPets"],
            ),
            (
                json!([{"filterPath": "/pets/*", "methods": ["GET", "DELETE"]}]),
                &["GetPet"],
            ),
            (
                json!([
                    {"filterPath": "/*", "methods": ["GET"]},
                    {"filterPath": "/pets/{petId}", "methods": ["GET", "PUT"]},
                ]),
                &["ListPets", "GetPet"],
            ),
        ] {
            assert_eq!(
                names(&json!({"toolFilters": filters})).unwrap(),
                expected,
                "{filters}"
            );
        }
    }

    #[test]
    fn a_filter_must_match_a_path_of_the_api() {
        for path in ["/cats", "/cats/*", "/pets*", "/pets/", "pets"] {
            let told =
                names(&json!({"toolFilters": [{"filterPath": path, "methods": ["GET"]}]})).unwrap_err();
            assert_eq!(
                told,
                format!("The tool filter {path} matches no path of the REST API")
            );
        }
    }

    #[test]
    fn overrides_rename_and_describe_what_is_chosen() {
        let filters = json!([{"filterPath": "/pets", "methods": ["GET", "POST"]}]);
        let told = names(&json!({"toolFilters": filters})).unwrap_err();
        assert_eq!(
            told,
            "POST /pets has no operationId in the export: name it with a tool override"
        );
        let configuration = json!({"toolFilters": filters, "toolOverrides": [
            {"path": "/pets", "method": "POST", "name": "add_pet", "description": "Adds a pet"},
            {"path": "/pets", "method": "GET", "name": "list_pets"},
        ]});
        let tools = tools("Pets", &configuration, &export()).unwrap();
        let said: Vec<_> = tools
            .iter()
            .map(|tool| (tool.name.as_str(), tool.description.as_str()))
            .collect();
        assert_eq!(said, [("list_pets", "All pets"), ("add_pet", "Adds a pet")]);
    }

    #[test]
    fn an_override_must_be_of_a_chosen_operation_and_the_only_one() {
        let with = |overrides: Value| {
            let filters = json!([{"filterPath": "/pets/{petId}", "methods": ["GET"]}]);
            names(&json!({"toolFilters": filters, "toolOverrides": overrides})).unwrap_err()
        };
        for (path, method) in [("/pets", "GET"), ("/pets/{petId}", "DELETE"), ("/pets/*", "GET")] {
            assert_eq!(
                with(json!([{"path": path, "method": method, "name": "x"}])),
                format!(
                    "The tool override for {method} {path} matches no operation that the tool filters choose: give \
                     the exact path and a method of one"
                )
            );
        }
        let twice = json!({"path": "/pets/{petId}", "method": "GET", "name": "x"});
        assert_eq!(
            with(json!([twice, twice])),
            "apiGatewayToolConfiguration/toolOverrides/1 is the second override for GET /pets/{petId}: give one"
        );
    }
}
