//! The Helm chart: what it renders, what it refuses, and its life on a real API server.

mod installed;
mod rendered;
mod values;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::rig::kubectl::{Ran, helm_offline};

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/agentcore-policy-operator");

/// The values files that every check of the chart goes through, by name.
fn values_files() -> Vec<(String, PathBuf)> {
    let mut files: Vec<_> = fs::read_dir(format!("{CHART}/ci"))
        .expect("the chart's ci folder")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .replace("-values.yaml", "");
            (name, path)
        })
        .collect();
    files.sort();
    assert!(files.len() >= 5, "the ci folder holds the values files");
    files
}

fn template(args: &[&str]) -> Ran {
    let mut all = vec!["template", "release", CHART, "--namespace", "agentcore-system"];
    all.extend_from_slice(args);
    helm_offline(&all)
}

fn documents(yaml: &str) -> Vec<Value> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(yaml).expect("YAML");
    documents
        .into_iter()
        .filter(|document| !document.is_null())
        .collect()
}

fn yaml_file(path: &str) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn is_crd(document: &Value) -> bool {
    document["kind"] == "CustomResourceDefinition"
}
