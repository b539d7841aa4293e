//! The chart's values: every one documented and checked, bad combinations refused with what to do.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{CHART, template, yaml_file};

/// Values that are handed to the pod as they are: the table says so and the schema leaves them open.
const AS_THEY_ARE: [&str; 5] = [
    "podSecurityContext",
    "securityContext",
    "resources",
    "probes.liveness",
    "probes.readiness",
];

#[test]
fn the_readme_lists_every_value_with_its_default() {
    let readme = std::fs::read_to_string(format!("{CHART}/README.md")).expect("a README");
    let listed: BTreeMap<&str, &str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|row| {
            let mut cells = row.split(" | ");
            let key = cells.next().expect("a key").trim_end_matches('`');
            (key, cells.next().expect("a default").trim_matches('`'))
        })
        .collect();
    let mut expected = BTreeMap::new();
    leaves("", &yaml_file(&format!("{CHART}/values.yaml")), &mut expected);
    let listed: BTreeMap<String, String> = listed
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(listed, expected);
}

#[test]
fn the_schema_knows_every_value_and_no_other() {
    let schema = std::fs::read_to_string(format!("{CHART}/values.schema.json")).expect("a schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let mut expected = BTreeMap::new();
    leaves("", &yaml_file(&format!("{CHART}/values.yaml")), &mut expected);
    for key in expected.keys() {
        let mut at = &schema;
        for part in key.split('.') {
            assert_eq!(
                at["additionalProperties"], false,
                "{key}: other names are refused beside it"
            );
            at = &at["properties"][part];
        }
        assert!(at["type"].is_string(), "{key} has a type in the schema");
    }
}

#[test]
fn a_value_that_does_not_exist_or_has_another_type_is_refused() {
    for (set, said) in [
        ("replicas=2", "'replicas' not allowed"),
        ("local.persistence.sise=2Gi", "'sise' not allowed"),
        ("metrics.port=http", "/metrics/port"),
        ("backend.type=azure", "/backend/type"),
        ("watch.namespaces={Team_A}", "/watch/namespaces/0"),
        ("reconcile.resyncInterval=often", "/reconcile/resyncInterval"),
        (
            "commonLabels.app\\.kubernetes\\.io/name=x",
            "invalid propertyName",
        ),
    ] {
        let said_instead = template(&["--set", set]).failure();
        assert!(said_instead.contains(said), "{set}: {said_instead}");
    }
}

#[test]
fn a_combination_that_cannot_work_is_refused_with_what_to_do() {
    for (set, said) in [
        ("backend.type=aws", "--set aws.region="),
        ("aws.region=us-east-1", "set backend.type=aws"),
        ("watch.namespaces={team-a}", "kubectl get namespace kube-system"),
        ("serviceAccount.create=false", "needs serviceAccount.name"),
        ("metrics.port=8080", "have to differ"),
        ("local.service.gatewayPort=8080", "have to differ"),
        (
            "local.persistence.enabled=false,local.persistence.existingClaim=data",
            "existingClaim has no effect",
        ),
        ("replicaCount=2", "needs backend.type=aws"),
        (
            "replicaCount=2,leaderElection.enabled=false,backend.type=aws,aws.region=us-east-1",
            "needs leaderElection.enabled=true",
        ),
    ] {
        let said_instead = template(&["--set", set]).failure();
        assert!(said_instead.contains(said), "{set}: {said_instead}");
    }
}

#[test]
fn the_charts_versions_are_the_programs() {
    let chart = yaml_file(&format!("{CHART}/Chart.yaml"));
    assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
}

/// The values of a tree by their path, as the README writes them.
fn leaves(prefix: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    let open = AS_THEY_ARE.contains(&prefix);
    match value.as_object() {
        Some(members) if !open && !members.is_empty() => {
            for (name, member) in members {
                let path = if prefix.is_empty() {
                    name.clone()
                } else {
                    format!("{prefix}.{name}")
                };
                leaves(&path, member, found);
            }
        }
        _ if open => {
            found.insert(prefix.to_owned(), "see values.yaml".to_owned());
        }
        _ => {
            found.insert(prefix.to_owned(), value.to_string());
        }
    }
}
