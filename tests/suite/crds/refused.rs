//! What the API server refuses at apply, in the words and with the path that a user sees.

use serde_json::{Value, json};

use super::{PERMIT, gateway_spec, immutable_fields, object, policy_spec};
use crate::rig::Namespace;

/// Applies an object that has to be refused and returns what kubectl says.
#[track_caller]
fn refusal(namespace: &Namespace, kind: &str, spec: &Value) -> String {
    namespace.apply(&object(kind, "refused", spec)).failure()
}

/// A valid statement of this many characters.
fn statement(length: usize) -> String {
    format!("{}{PERMIT}", " ".repeat(length - PERMIT.len()))
}

fn cedar(statement: &str) -> Value {
    json!({"definition": {"cedar": {"statement": statement}}})
}

#[test]
fn a_definition_with_no_or_with_two_members_is_refused_and_so_is_an_engine_named_twice() {
    let namespace = Namespace::new("crds-unions");
    let statement = json!({"statement": PERMIT});
    let definition = "spec.definition: Invalid value: exactly one of cedar, policy, generation must be set";
    let engine = "spec: Invalid value: exactly one of policyEngineRef, policyEngineId must be set";
    for (more, said) in [
        (json!({"definition": {}}), definition),
        (
            json!({"definition": {"cedar": statement, "policy": statement}}),
            definition,
        ),
        (json!({"definition": null}), "spec.definition: Required value"),
        (json!({"policyEngineRef": null}), engine),
        (json!({"policyEngineId": "engine-abcdef0123"}), engine),
    ] {
        let refused = refusal(&namespace, "Policy", &policy_spec(&more));
        assert!(refused.contains(said), "{more}: {refused}");
    }
    // What is null is not there.
    let nulls = json!({
        "name": null, "policyEngineId": null, "policyEngineRef": {"name": "e1"},
        "definition": {"cedar": statement, "policy": null, "generation": null},
    });
    namespace.apply(&object("Policy", "nulls", &nulls)).success();
}

#[test]
fn an_immutable_field_that_is_changed_unset_or_set_later_is_refused() {
    let namespace = Namespace::new("crds-immutable");
    for (number, row) in immutable_fields().iter().enumerate() {
        let [first, second] = row.values.each_ref().map(|value| row.spec(Some(value)));
        let without = row.spec(None);
        for (how, old, new) in [
            ("changed", &first, &second),
            ("unset", &first, &without),
            ("set-later", &without, &first),
        ] {
            let name = format!("{how}-{number}");
            let apply = |spec: &Value| namespace.apply(&object(row.kind, &name, spec));
            apply(old).success();
            let refused = apply(new).failure();
            let path = if how == "changed" {
                format!("spec.{}: ", row.field)
            } else {
                "spec: ".to_owned()
            };
            assert!(
                refused.contains(&path) && refused.contains(&row.message()),
                "{} {how}: {refused}",
                row.field
            );
        }
    }
}

#[test]
fn a_statement_has_35_to_10000_characters() {
    let namespace = Namespace::new("crds-statement");
    let refused = |text: &str| refusal(&namespace, "Policy", &policy_spec(&cedar(text)));
    let short = "permit(principal,action,resource);";
    assert_eq!(short.len(), 34);
    let said = refused(short);
    assert!(
        said.contains("spec.definition.cedar.statement") && said.contains("at least 35 chars"),
        "{said}"
    );
    let said = refused(&statement(10_001));
    assert!(
        said.contains("spec.definition.cedar.statement: Too long: may not be more than 10000"),
        "{said}"
    );
    // Characters, not bytes: AWS counts the same.
    let wide = format!("// {}\n{PERMIT}", "é".repeat(10_000 - PERMIT.len() - 4));
    assert!(wide.chars().count() == 10_000 && wide.len() > 10_000);
    for (name, text) in [
        ("shortest", "permit(principal, action,resource);"),
        ("longest", &statement(10_000)),
        ("wide", &wide),
    ] {
        let policy = object("Policy", name, &policy_spec(&cedar(text)));
        namespace.apply(&policy).success();
    }
}

#[test]
fn a_name_that_aws_would_not_take_is_refused_with_its_path() {
    let namespace = Namespace::new("crds-names");
    let too_long = "n".repeat(49);
    for (name, said) in [
        ("with-hyphen", "should match"),
        ("1st", "should match"),
        ("naïve", "should match"),
        ("", "at least 1 chars"),
        (too_long.as_str(), "may not be more than 48"),
    ] {
        for (kind, spec) in [
            ("PolicyEngine", json!({"name": name})),
            ("Policy", policy_spec(&json!({"name": name}))),
        ] {
            let refused = refusal(&namespace, kind, &spec);
            assert!(
                refused.contains("spec.name: ") && refused.contains(said),
                "{kind} {name}: {refused}"
            );
        }
    }
    for (more, path) in [
        (
            json!({"policyEngineRef": {"name": "E_1"}}),
            "spec.policyEngineRef.name",
        ),
        (
            json!({"policyEngineRef": {"name": "e1", "namespace": "a.b"}}),
            "spec.policyEngineRef.namespace",
        ),
        (
            json!({"policyEngineRef": null, "policyEngineId": "RefundEngine-abc"}),
            "spec.policyEngineId",
        ),
        (json!({"adoptId": "../policy-abcdef0123"}), "spec.adoptId"),
    ] {
        let refused = refusal(&namespace, "Policy", &policy_spec(&more));
        assert!(
            refused.contains(path) && refused.contains("should match"),
            "{path}: {refused}"
        );
    }
}

#[test]
fn a_word_an_interval_a_tag_or_a_field_that_is_none_is_refused_with_its_path() {
    let namespace = Namespace::new("crds-words");
    let tag = |key: &str| json!({"tags": [{"key": key, "value": "x"}]});
    let twice = json!({"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]});
    let many: Vec<Value> = (0..41)
        .map(|n| json!({"key": format!("k{n}"), "value": ""}))
        .collect();
    let reserved = "spec.tags[0].key: Invalid value: \"aws:x\": tag keys that begin with agentcore.dev/ or aws: are reserved";
    for (kind, spec, said) in [
        (
            "Policy",
            policy_spec(&json!({"enforcementMode": "ENFORCE"})),
            "spec.enforcementMode: Unsupported value: \"ENFORCE\": supported values: \"ACTIVE\", \"LOG_ONLY\"",
        ),
        (
            "Policy",
            policy_spec(&json!({"validationMode": "NONE"})),
            "\"FAIL_ON_ANY_FINDINGS\", \"IGNORE_ALL_FINDINGS\"",
        ),
        (
            "PolicyEngine",
            json!({"deletionPolicy": "Orphan"}),
            "\"Delete\", \"Retain\"",
        ),
        (
            "PolicyEngine",
            json!({"adoptionPolicy": "Always"}),
            "\"Never\", \"IfUnowned\"",
        ),
        (
            "PolicyEngine",
            json!({"managementPolicy": "Read"}),
            "\"Manage\", \"Observe\"",
        ),
        (
            "PolicyEngine",
            json!({"resyncInterval": "5 minutes"}),
            "spec.resyncInterval in body should match",
        ),
        (
            "PolicyEngine",
            json!({"description": ""}),
            "spec.description in body should be at least 1 chars",
        ),
        (
            "PolicyEngine",
            json!({"encryptionKeyArn": "alias/key"}),
            "spec.encryptionKeyArn in body should match",
        ),
        ("PolicyEngine", tag("aws:x"), reserved),
        (
            "PolicyEngine",
            tag("a;b"),
            "spec.tags[0].key in body should match",
        ),
        ("PolicyEngine", twice, "duplicate entries for key"),
        (
            "PolicyEngine",
            json!({"tags": many}),
            "spec.tags: Too many: 41: must have at most 40 items",
        ),
        (
            "PolicyEngine",
            json!({"nam": "x"}),
            ".spec.nam: field not declared in schema",
        ),
    ] {
        let refused = refusal(&namespace, kind, &spec);
        assert!(refused.contains(said), "{spec}: {refused}");
    }
}

#[test]
fn a_gateway_that_aws_would_not_take_is_refused_with_its_path() {
    let namespace = Namespace::new("crds-gateways");
    let tokens = |url: &str| json!({"authorizerType": "CUSTOM_JWT", "authorizerConfiguration": {"customJWTAuthorizer": {"discoveryUrl": url}}});
    let long = "n".repeat(49);
    for (more, said) in [
        (json!({"name": "a_b"}), "spec.name in body should match"),
        (json!({"name": "a--b"}), "spec.name in body should match"),
        (
            json!({"name": long}),
            "spec.name: Too long: may not be more than 48",
        ),
        (json!({"roleArn": null}), "spec.roleArn: Required value"),
        (json!({"roleArn": "role/x"}), "spec.roleArn in body should match"),
        (
            json!({"authorizerType": null}),
            "spec.authorizerType: Required value",
        ),
        (
            json!({"authorizerType": "JWT"}),
            "spec.authorizerType: Unsupported value: \"JWT\": supported values: \"CUSTOM_JWT\", \"AWS_IAM\", \"NONE\", \"AUTHENTICATE_ONLY\"",
        ),
        (
            json!({"authorizerType": "CUSTOM_JWT"}),
            "spec: Invalid value: authorizerConfiguration must be set with authorizerType CUSTOM_JWT, and only then",
        ),
        (
            tokens("https://issuer.example/openid"),
            "spec.authorizerConfiguration.customJWTAuthorizer.discoveryUrl in body should match",
        ),
        (
            json!({"description": "d".repeat(201)}),
            "spec.description: Too long: may not be more than 200",
        ),
        (json!({"exceptionLevel": "ALL"}), "supported values: \"DEBUG\""),
        (
            json!({"protocolConfiguration": {"mcp": {"searchType": "FUZZY"}}}),
            "supported values: \"SEMANTIC\"",
        ),
        (
            json!({"tags": [{"key": "aws:x", "value": ""}]}),
            "tag keys that begin with agentcore.dev/ or aws: are reserved",
        ),
        (
            json!({"adoptId": "Refunds-abc123def4"}),
            "spec.adoptId must be the id of a gateway, such as refunds-abc123def4",
        ),
        (
            json!({"policyEngineConfiguration": {}}),
            ".spec.policyEngineConfiguration: field not declared in schema",
        ),
    ] {
        let refused = refusal(&namespace, "Gateway", &gateway_spec(&more));
        assert!(refused.contains(said), "{more}: {refused}");
    }
    let taken = object(
        "Gateway",
        "taken",
        &gateway_spec(&tokens("https://i/.well-known/openid-configuration")),
    );
    namespace.apply(&taken).success();
}
