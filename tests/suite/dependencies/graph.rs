//! What is really resolved: the packages that the crate reaches by dependencies that are on.
//!
//! `cargo metadata` also lists optional dependencies that no feature turns on, when a feature names
//! them weakly (`ring?/std`). Those are in Cargo.lock but are never built, and do not count.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    root: String,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    features: Vec<String>,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
}

/// A package, as `cargo metadata` describes it.
#[derive(Debug, Deserialize)]
pub struct Package {
    id: String,
    pub name: String,
    pub version: String,
    #[serde(rename = "license")]
    pub licence: Option<String>,
    /// Where it comes from; nothing for the crate itself.
    pub source: Option<String>,
    dependencies: Vec<Dependency>,
    features: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    optional: bool,
    rename: Option<String>,
}

/// The packages that are reached, each with the one it was reached from.
pub struct Graph {
    packages: BTreeMap<String, Package>,
    /// Id of a reached package to id of the package it was reached from; the root to itself.
    reached: BTreeMap<String, String>,
}

impl Graph {
    /// Reads the output of `cargo metadata --format-version 1`.
    pub fn read(metadata: &str) -> Self {
        let Metadata { packages, resolve } = serde_json::from_str(metadata).expect("cargo's own format");
        let packages: BTreeMap<String, Package> = packages
            .into_iter()
            .map(|package| (package.id.clone(), package))
            .collect();
        let nodes: BTreeMap<&str, &Node> = resolve
            .nodes
            .iter()
            .map(|node| (node.id.as_str(), node))
            .collect();
        let mut reached = BTreeMap::from([(resolve.root.clone(), resolve.root.clone())]);
        let mut waiting = VecDeque::from([resolve.root.as_str()]);
        while let Some(id) = waiting.pop_front() {
            let node = nodes[id];
            for Edge { pkg } in &node.deps {
                if packages[id].turns_on(&packages[pkg].name, &node.features) && !reached.contains_key(pkg) {
                    reached.insert(pkg.clone(), id.to_owned());
                    waiting.push_back(pkg);
                }
            }
        }
        Self { packages, reached }
    }

    /// Every package that is reached, the crate itself included.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        self.reached.keys().map(|id| &self.packages[id])
    }

    /// `own 0.1.0 -> a 1.0.0 -> b 2.0.0`: a shortest way to a package that is reached.
    pub fn route(&self, package: &Package) -> String {
        let mut steps = Vec::new();
        let mut id = &package.id;
        loop {
            steps.push(format!(
                "{} {}",
                self.packages[id].name, self.packages[id].version
            ));
            if self.reached[id] == *id {
                break;
            }
            id = &self.reached[id];
        }
        steps.reverse();
        steps.join(" -> ")
    }
}

impl Package {
    /// Whether it depends on a package of this name, with these features on.
    fn turns_on(&self, name: &str, features: &[String]) -> bool {
        self.dependencies
            .iter()
            .filter(|dependency| dependency.name == name)
            .any(|dependency| {
                let known_as = dependency.rename.as_ref().unwrap_or(&dependency.name);
                let (alone, with_feature) = (format!("dep:{known_as}"), format!("{known_as}/"));
                !dependency.optional
                    || features
                        .iter()
                        .filter_map(|feature| self.features.get(feature))
                        .flatten()
                        .any(|enabled| *enabled == alone || enabled.starts_with(&with_feature))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `own` depends on `tls` with these features on; `tls` may depend on `ring`.
    fn names(features: &str) -> Vec<String> {
        let graph = Graph::read(&format!(
            r#"{{"packages": [
                {{"id": "o", "name": "own", "version": "0.1.0", "license": "MIT", "source": null, "features": {{}},
                  "dependencies": [{{"name": "tls", "optional": false, "rename": null}}]}},
                {{"id": "t", "name": "tls", "version": "1.0.0", "license": "MIT", "source": "x",
                  "features": {{"std": ["r?/std"], "fast": ["dep:r"], "full": ["r/std"], "r": ["dep:r"]}},
                  "dependencies": [{{"name": "ring", "optional": true, "rename": "r"}}]}},
                {{"id": "r", "name": "ring", "version": "2.0.0", "license": "MIT", "source": "x", "features": {{}},
                  "dependencies": []}}],
               "resolve": {{"root": "o", "nodes": [
                {{"id": "o", "features": [], "deps": [{{"pkg": "t"}}]}},
                {{"id": "t", "features": {features}, "deps": [{{"pkg": "r"}}]}},
                {{"id": "r", "features": [], "deps": []}}]}}}}"#
        ));
        graph.packages().map(|package| graph.route(package)).collect()
    }

    #[test]
    fn an_optional_dependency_that_no_feature_turns_on_is_not_reached() {
        for features in ["[]", r#"["std"]"#, r#"["unknown"]"#] {
            assert_eq!(
                names(features),
                ["own 0.1.0", "own 0.1.0 -> tls 1.0.0"],
                "{features}"
            );
        }
    }

    #[test]
    fn an_optional_dependency_that_a_feature_turns_on_is_reached() {
        for features in [r#"["fast"]"#, r#"["std", "full"]"#, r#"["r"]"#] {
            assert!(
                names(features).contains(&"own 0.1.0 -> tls 1.0.0 -> ring 2.0.0".to_owned()),
                "{features}"
            );
        }
    }
}
