//! What the CRDs say, read as JSON. No cluster.

use std::fs;
use std::path::Path;

use agentcore_policy_operator::api;
use agentcore_policy_operator::cli::crd_yaml;
use serde_json::{Value, json};

/// The CRDs as the types generate them.
fn crds() -> Vec<Value> {
    let crds: Vec<Value> = api::crds()
        .iter()
        .map(|crd| serde_json::to_value(crd).expect("JSON"))
        .collect();
    assert_eq!(
        crds.len(),
        6,
        "PolicyEngine, Policy, Gateway, GatewayTarget, PolicyEngineAttachment and PolicyGeneration"
    );
    crds
}

fn version(crd: &Value) -> &Value {
    assert_eq!(crd["spec"]["versions"].as_array().expect("versions").len(), 1);
    &crd["spec"]["versions"][0]
}

fn schema(crd: &Value) -> &Value {
    &version(crd)["schema"]["openAPIV3Schema"]
}

/// Calls `look` with every schema below `at`, itself included, and the path of each.
fn walk(path: &str, at: &Value, look: &mut dyn FnMut(&str, &Value)) {
    look(path, at);
    for (name, property) in at["properties"].as_object().into_iter().flatten() {
        walk(&format!("{path}.{name}"), property, look);
    }
    for (member, suffix) in [("items", "[]"), ("additionalProperties", "{}")] {
        if at[member].is_object() {
            walk(&format!("{path}{suffix}"), &at[member], look);
        }
    }
}

/// Everything in a schema that the rules of section 2.1 forbid, as sentences.
fn findings(root: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk("", root, &mut |path, at| {
        let is = |kind: &str| at["type"] == kind;
        let says = at["description"].as_str().unwrap_or_default();
        let member = !path.is_empty() && !path.ends_with("[]") && !path.ends_with("{}");
        if member && says.trim().is_empty() {
            found.push(format!("{path} has no description"));
        }
        if says.contains("[`") {
            found.push(format!(
                "{path} has a link in its description that kubectl cannot follow"
            ));
        }
        // An enum is as long as its words. A date-time is bounded by the API server's own check of the
        // format; ours have a maxLength all the same, so nothing is excepted for them.
        if is("string") && at["enum"].is_null() && at["maxLength"].is_null() {
            found.push(format!("{path} is a string without maxLength"));
        }
        if is("array") && at["maxItems"].is_null() {
            found.push(format!("{path} is a list without maxItems"));
        }
        if !at["additionalProperties"].is_null() && at["maxProperties"].is_null() {
            found.push(format!("{path} is a map without maxProperties"));
        }
        if path.contains("[]") && !at["default"].is_null() {
            found.push(format!("{path} has a default in a list"));
        }
        // A schema holds schemas, which a CRD cannot say.
        let schema = path.ends_with(".inputSchema") || path.ends_with(".outputSchema");
        if at["x-kubernetes-preserve-unknown-fields"] == true && !schema {
            found.push(format!("{path} keeps unknown fields"));
        }
        if !at["oneOf"].is_null() {
            found.push(format!("{path} is a oneOf, whose error nobody understands"));
        }
    });
    found
}

/// Every CEL rule of a schema: its path, the rule, its message.
fn rules(root: &Value) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    walk("", root, &mut |path, at| {
        for rule in at["x-kubernetes-validations"].as_array().into_iter().flatten() {
            let text = |member: &str| rule[member].as_str().unwrap_or_default().to_owned();
            found.push((path.to_owned(), text("rule"), text("message")));
        }
    });
    found
}

#[test]
fn the_committed_crds_are_what_the_types_generate() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds");
    let mut expected = Vec::new();
    for crd in api::crds() {
        let file = format!("{}_{}.yaml", crd.spec.group, crd.spec.names.plural);
        let committed = fs::read_to_string(folder.join(&file)).unwrap_or_default();
        let generated = format!("{}\n", crd_yaml(&crd).expect("YAML").trim_end());
        assert!(
            committed == generated,
            "crds/{file} is not what src/api says: run `make crds`"
        );
        expected.push(file);
    }
    let mut there: Vec<String> = fs::read_dir(&folder)
        .expect("crds/")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    there.sort();
    expected.sort();
    assert_eq!(there, expected, "crds/ holds the CRDs and nothing else");
}

#[test]
fn every_property_is_described_and_every_string_list_and_map_is_bounded() {
    for crd in crds() {
        let root = schema(&crd);
        let (spec, status) = (&root["properties"]["spec"], &root["properties"]["status"]);
        assert!(spec["properties"].is_object() && status["properties"].is_object());
        assert_eq!(
            findings(root),
            Vec::<String>::new(),
            "{}",
            crd["metadata"]["name"]
        );
    }
}

#[test]
fn the_walk_finds_what_it_is_there_to_find() {
    let bad = json!({"type": "object", "description": "An object.", "properties": {
        "dumb": {"type": "integer"},
        "linked": {"description": "See [`Linked`].", "type": "boolean"},
        "long": {"description": "A text.", "type": "string"},
        "word": {"description": "A word.", "type": "string", "enum": ["A"]},
        "list": {"description": "A list.", "type": "array", "items": {
            "type": "object", "x-kubernetes-preserve-unknown-fields": true,
            "properties": {"n": {"description": "A number.", "type": "integer", "default": 1}},
        }},
        "map": {"description": "A map.", "type": "object", "additionalProperties": {"type": "string", "maxLength": 1}},
        "union": {"description": "A union.", "type": "object", "oneOf": [{}]},
    }});
    let expected = [
        ".dumb has no description",
        ".linked has a link in its description that kubectl cannot follow",
        ".long is a string without maxLength",
        ".list is a list without maxItems",
        ".list[] keeps unknown fields",
        ".list[].n has a default in a list",
        ".map is a map without maxProperties",
        ".union is a oneOf, whose error nobody understands",
    ];
    assert_eq!(findings(&bad), expected);
}

#[test]
fn status_says_that_nothing_was_observed_until_something_was() {
    for crd in crds() {
        let status = &schema(&crd)["properties"]["status"];
        assert_eq!(status["default"], json!({"observedGeneration": -1}));
        assert_eq!(status["properties"]["observedGeneration"]["default"], -1);
        assert_eq!(status["properties"]["observedGeneration"]["type"], "integer");
    }
}

#[test]
fn what_the_service_owns_is_an_open_string_in_status() {
    for crd in crds() {
        let status = &schema(&crd)["properties"]["status"];
        let mut enums = Vec::new();
        walk("status", status, &mut |path, at| {
            if !at["enum"].is_null() {
                enums.push(path.to_owned());
            }
        });
        assert_eq!(
            enums,
            ["status.conditions[].status"],
            "only Kubernetes' own enum is closed"
        );
    }
}

#[test]
fn conditions_are_a_map_by_type_and_tags_a_map_by_key() {
    for crd in crds() {
        let conditions = &schema(&crd)["properties"]["status"]["properties"]["conditions"];
        assert_eq!(conditions["x-kubernetes-list-type"], "map");
        assert_eq!(conditions["x-kubernetes-list-map-keys"], json!(["type"]));
        assert_eq!(
            conditions["items"]["required"],
            json!(["lastTransitionTime", "message", "reason", "status", "type"])
        );
    }
    let crds = crds();
    for tagged in [0, 2] {
        let tags = &schema(&crds[tagged])["properties"]["spec"]["properties"]["tags"];
        assert_eq!(tags["x-kubernetes-list-type"], "map");
        assert_eq!(tags["x-kubernetes-list-map-keys"], json!(["key"]));
    }
}

/// The fields by which objects of a kind can be selected.
fn selectable_fields(kind: &str) -> Vec<&'static str> {
    match kind {
        "PolicyEngine" => vec![".spec.suspend", ".status.policyEngineId"],
        "Policy" => vec![
            ".spec.policyEngineId",
            ".spec.policyEngineRef.name",
            ".spec.policyEngineRef.namespace",
            ".spec.suspend",
            ".status.policyId",
        ],
        "Gateway" => vec![".spec.suspend", ".status.gatewayId"],
        "GatewayTarget" => vec![
            ".spec.gatewayId",
            ".spec.gatewayRef.name",
            ".spec.gatewayRef.namespace",
            ".spec.suspend",
            ".status.targetId",
        ],
        "PolicyEngineAttachment" => vec![
            ".spec.gatewayId",
            ".spec.gatewayRef.name",
            ".spec.gatewayRef.namespace",
            ".spec.policyEngineArn",
            ".spec.policyEngineRef.name",
            ".spec.policyEngineRef.namespace",
            ".spec.suspend",
            ".status.gatewayId",
        ],
        "PolicyGeneration" => vec![
            ".spec.policyEngineId",
            ".spec.policyEngineRef.name",
            ".spec.policyEngineRef.namespace",
            ".spec.suspend",
            ".status.generationId",
        ],
        other => panic!("{other} is no kind"),
    }
}

#[test]
fn names_category_columns_and_selectable_fields_are_those_that_users_type() {
    let common = [
        "Status .status.status 0",
        "Ready .status.conditions[?(@.type==\"Ready\")].status 0",
        "Reason .status.conditions[?(@.type==\"Ready\")].reason 0",
        "Age .metadata.creationTimestamp 0",
    ];
    let message = "Message .status.conditions[?(@.type==\"Ready\")].message 1";
    let of_engine = [
        "Active .status.policies.active 1",
        "Failed .status.policies.failed 1",
        "ID .status.policyEngineId 1",
        message,
    ];
    let of_policy = [
        "Engine .spec.policyEngineRef.name 1",
        "Mode .spec.enforcementMode 1",
        "ID .status.policyId 1",
        message,
    ];
    let of_gateway = [
        "URL .status.gatewayUrl 1",
        "Mode .status.policyEngineConfiguration.mode 1",
        "ID .status.gatewayId 1",
        message,
    ];
    let of_target = [
        "Gateway .spec.gatewayRef.name 1",
        "Name .status.targetName 1",
        "ID .status.targetId 1",
        message,
    ];
    let of_attachment = [
        "Gateway .status.gatewayId 1",
        "Engine .status.policyEngineArn 1",
        "Mode .status.mode 1",
        message,
    ];
    let of_generation = [
        "Engine .spec.policyEngineRef.name 1",
        "ID .status.generationId 1",
        message,
    ];
    let kinds = [
        ("PolicyEngine", "policyengines", "acpe", &of_engine[..]),
        ("Policy", "policies", "acpol", &of_policy[..]),
        ("Gateway", "gateways", "acgw", &of_gateway[..]),
        ("GatewayTarget", "gatewaytargets", "actgt", &of_target[..]),
        (
            "PolicyEngineAttachment",
            "policyengineattachments",
            "acatt",
            &of_attachment[..],
        ),
        (
            "PolicyGeneration",
            "policygenerations",
            "acgen",
            &of_generation[..],
        ),
    ];
    for (crd, (kind, plural, short, wide)) in crds().iter().zip(kinds) {
        let (spec, version) = (&crd["spec"], version(crd));
        let names = json!({
            "kind": kind, "plural": plural, "singular": kind.to_lowercase(),
            "shortNames": [short], "categories": ["agentcore"],
        });
        assert_eq!(spec["names"], names);
        assert_eq!(
            (&spec["group"], &spec["scope"]),
            (&json!("agentcore.dev"), &json!("Namespaced"))
        );
        assert_eq!(version["name"], "v1alpha1");
        assert_eq!(version["subresources"], json!({"status": {}}), "and no scale");
        let columns: Vec<String> = list(version, "additionalPrinterColumns")
            .iter()
            .map(|column| {
                let text = |member: &str| column[member].as_str().unwrap_or_default().to_owned();
                let priority = column["priority"].as_i64().unwrap_or(0);
                format!("{} {} {priority}", text("name"), text("jsonPath"))
            })
            .collect();
        let own: &[&str] = match kind {
            "PolicyGeneration" => &["Usable .status.usable 0"],
            _ => &[],
        };
        let expected = [&common[..3], own, &common[3..], wide].concat();
        assert_eq!(columns, expected, "{kind}");
        let selectable: Vec<&str> = list(version, "selectableFields")
            .iter()
            .filter_map(|field| field["jsonPath"].as_str())
            .collect();
        assert_eq!(selectable, selectable_fields(kind), "{kind}");
    }
}

#[test]
fn a_field_that_is_said_to_be_immutable_is_held_by_two_rules_and_no_other_field_is() {
    let held = [
        vec!["adoptId", "encryptionKeyArn", "name"],
        vec!["adoptId", "name", "policyEngineId", "policyEngineRef"],
        vec!["adoptId", "name"],
        vec!["adoptId", "gatewayId", "gatewayRef", "name"],
        vec!["adoptId", "gatewayId", "gatewayRef"],
        vec!["adoptId", "name", "policyEngineId", "policyEngineRef"],
    ];
    for (crd, held) in crds().iter().zip(held) {
        let spec = &schema(crd)["properties"]["spec"];
        let rules = rules(spec);
        let mut immutable = Vec::new();
        for (field, property) in spec["properties"].as_object().expect("properties") {
            let says = property["description"].as_str().unwrap_or_default();
            let message = format!("spec.{field} is immutable: delete the object and create it anew");
            let changed = (format!(".{field}"), "self == oldSelf".to_owned(), message.clone());
            let there = format!("has(self.{field}) == has(oldSelf.{field})");
            let unset = (String::new(), there, message);
            let expected = says.contains("Immutable.");
            for rule in [&changed, &unset] {
                assert_eq!(rules.contains(rule), expected, "spec.{field}: {rule:?}");
            }
            immutable.extend(expected.then_some(field.as_str()));
        }
        assert_eq!(immutable, held);
        for (path, rule, message) in rules {
            assert!(!message.is_empty(), "{path}: {rule} says what is wrong");
            assert_eq!(
                rule.contains("oldSelf"),
                message.contains("is immutable"),
                "{path}: {rule}: {message}"
            );
        }
    }
}

fn list<'a>(of: &'a Value, member: &str) -> &'a [Value] {
    of[member].as_array().map_or(&[], Vec::as_slice)
}
