//! A namespace of its own for every test.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use super::ControlPlane;
use super::api::Api;
use super::kubectl::Ran;

/// A fresh namespace, and a folder for what a test writes to disk. The namespace stays until the control
/// plane ends: deleting it would only make a failed test harder to read.
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// The control plane it is in.
    pub cluster: &'static ControlPlane,
    /// The administrator at its API server.
    pub api: Api,
}

impl Namespace {
    /// Makes one in the shared control plane. `what` becomes part of its name.
    #[track_caller]
    pub fn new(what: &str) -> Self {
        Self::new_in(ControlPlane::shared(), what)
    }

    /// Makes one in a control plane of the test's own.
    #[track_caller]
    pub fn new_in(cluster: &'static ControlPlane, what: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("{what}-{}", MADE.fetch_add(1, Ordering::Relaxed));
        cluster.kubectl(&["create", "namespace", &name]).success();
        fs::create_dir_all(cluster.dir().join("tests").join(&name)).expect("a folder for the test");
        Self {
            name,
            cluster,
            api: Api::new(cluster),
        }
    }

    /// A folder that is removed with the control plane.
    pub fn dir(&self) -> PathBuf {
        self.cluster.dir().join("tests").join(&self.name)
    }

    /// kubectl as the administrator in this namespace.
    pub fn kubectl(&self, args: &[&str]) -> Ran {
        let mut all = vec!["-n", self.name.as_str()];
        all.extend_from_slice(args);
        self.cluster.kubectl(&all)
    }

    /// Applies manifests into this namespace.
    pub fn apply(&self, manifests: &str) -> Ran {
        self.cluster.apply(&self.name, manifests)
    }

    /// One object, if it is there, of a kind by its short name or its plural; without what says who wrote which of its
    /// fields, as `kubectl get -o json` shows it.
    #[track_caller]
    pub fn get(&self, kind: &str, name: &str) -> Option<Value> {
        let plural = match kind {
            "acpe" => "policyengines",
            "acpol" => "policies",
            "acgen" => "policygenerations",
            "acatt" => "policyengineattachments",
            "acgw" => "gateways",
            "actgt" => "gatewaytargets",
            plural => plural,
        };
        let mut object = self.api.get(&self.name, plural, name)?;
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.remove("managedFields");
        }
        Some(object)
    }
}
