//! What `helm template` renders.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::Value;

use super::{CHART, documents, is_crd, template, values_files};
use crate::rig::kubectl::helm_offline;

#[test]
fn every_values_file_passes_the_strict_lint() {
    for (_, path) in values_files() {
        helm_offline(&["lint", "--strict", CHART, "-f", &path.to_string_lossy()]).success();
    }
}

#[test]
fn every_values_file_renders_what_its_snapshot_shows() {
    for (name, path) in values_files() {
        let rendered = template(&["-f", &path.to_string_lossy()]).success();
        // The CRDs are held by a test of their own.
        let kept: Vec<&str> = rendered
            .split("---\n")
            .filter(|text| !text.contains("kind: CustomResourceDefinition"))
            .collect();
        insta::assert_snapshot!(name, kept.join("---\n"));
    }
}

#[test]
fn the_crds_in_the_chart_are_those_of_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ours = folder(&root.join("crds"));
    let charts = folder(&Path::new(CHART).join("files/crds"));
    assert!(!ours.is_empty(), "crds/ holds the CRDs");
    assert!(
        ours == charts,
        "the chart's files/crds differs from crds/: run `make crds`"
    );
}

#[test]
fn the_crds_keep_their_spec_and_get_labels_and_the_keep_policy() {
    let committed = folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("crds"));
    let expected: BTreeMap<Option<String>, CustomResourceDefinition> = committed
        .values()
        .flat_map(|text| documents(text))
        .map(typed)
        .map(|crd| (crd.metadata.name.clone(), crd))
        .collect();
    let rendered = documents(&template(&[]).success());
    let crds: Vec<CustomResourceDefinition> = rendered.into_iter().filter(is_crd).map(typed).collect();
    assert_eq!(crds.len(), expected.len());
    for crd in crds {
        let ours = expected.get(&crd.metadata.name).expect("a CRD of crds/");
        assert!(
            crd.spec == ours.spec,
            "{:?} has another spec than in crds/",
            crd.metadata.name
        );
        let mark =
            |map: Option<BTreeMap<String, String>>, key: &str| map.and_then(|map| map.get(key).cloned());
        let policy = mark(crd.metadata.annotations, "helm.sh/resource-policy");
        let release = mark(crd.metadata.labels, "app.kubernetes.io/instance");
        assert_eq!(
            (policy.as_deref(), release.as_deref()),
            (Some("keep"), Some("release"))
        );
    }
}

#[test]
fn crds_can_be_left_out_and_can_be_given_up() {
    let none = documents(&template(&["--set", "crds.enabled=false"]).success());
    assert!(!none.iter().any(is_crd));
    let given_up = documents(&template(&["--set", "crds.keep=false"]).success());
    let crds: Vec<&Value> = given_up.iter().filter(|document| is_crd(document)).collect();
    assert!(!crds.is_empty());
    assert!(
        crds.iter()
            .all(|crd| crd["metadata"]["annotations"]["helm.sh/resource-policy"].is_null())
    );
}

#[test]
fn watching_named_namespaces_renders_no_right_outside_them() {
    let rendered = template(&[
        "--set",
        "watch.namespaces={team-a,team-b}",
        "--set",
        "clusterId=c1",
    ])
    .success();
    let rbac: Vec<(String, String)> = documents(&rendered)
        .iter()
        .filter(|document| {
            document["apiVersion"]
                .as_str()
                .is_some_and(|version| version.starts_with("rbac.authorization"))
        })
        .map(|document| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&document["kind"]), text(&document["metadata"]["namespace"]))
        })
        .collect();
    let expected = [
        ("Role", "team-a"),
        ("RoleBinding", "team-a"),
        ("Role", "team-b"),
        ("RoleBinding", "team-b"),
        // The Lease.
        ("Role", "agentcore-system"),
        ("RoleBinding", "agentcore-system"),
    ];
    let mut expected: Vec<(String, String)> = expected
        .iter()
        .map(|(kind, namespace)| ((*kind).to_owned(), (*namespace).to_owned()))
        .collect();
    let mut rbac = rbac;
    rbac.sort();
    expected.sort();
    assert_eq!(rbac, expected);
}

#[test]
fn ack11_no_rule_names_secrets_or_everything() {
    for (name, path) in values_files() {
        for document in documents(&template(&["-f", &path.to_string_lossy()]).success()) {
            for rule in document["rules"].as_array().into_iter().flatten() {
                let text = rule.to_string();
                assert!(!text.contains("secrets") && !text.contains('*'), "{name}: {text}");
                assert!(
                    rule["verbs"].as_array().is_some_and(|verbs| !verbs.is_empty()),
                    "{name}: {text}"
                );
            }
        }
    }
}

#[test]
fn the_namespace_list_is_not_readable() {
    let rendered = documents(&template(&[]).success());
    let rules = rendered
        .iter()
        .flat_map(|document| document["rules"].as_array().into_iter().flatten());
    let namespaces: Vec<&Value> = rules
        .filter(|rule| rule["resources"].to_string().contains("namespaces"))
        .collect();
    assert_eq!(namespaces.len(), 1);
    assert_eq!(namespaces[0]["resourceNames"], serde_json::json!(["kube-system"]));
    assert_eq!(namespaces[0]["verbs"], serde_json::json!(["get"]));
}

/// As the API server reads it: `0` and `0.0` are the same there.
fn typed(document: Value) -> CustomResourceDefinition {
    serde_json::from_value(document).expect("a CustomResourceDefinition")
}

/// The texts of a folder of YAML, by file name.
fn folder(path: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a text"))
        })
        .collect()
}
