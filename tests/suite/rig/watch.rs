//! Every version of the objects of a kind, as a watch brings them: none is missed, however short it lives.

use std::time::Duration;

use serde_json::Value;

use super::namespace::Namespace;
use super::process::Process;
use super::wait::wait_until;

/// A running `kubectl get --watch` in one namespace.
pub struct Watch {
    process: Process,
}

impl Watch {
    /// Starts one for `resource`, such as `acpol`; what is there already comes first.
    #[track_caller]
    pub fn start(namespace: &Namespace, resource: &str) -> Self {
        let command = namespace.cluster.kubectl_command(&[
            "get",
            resource,
            "-n",
            &namespace.name,
            "--watch",
            "--output-watch-events",
            "-o",
            "json",
        ]);
        let name = format!("watch-{resource}");
        Self {
            process: Process::start(command, &namespace.dir(), &name),
        }
    }

    /// The versions so far, oldest first. A deleted object's last version comes once more.
    pub fn versions(&self) -> Vec<Value> {
        let text = self.process.stdout();
        let events = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
        // The last one may be half written.
        let whole = events.map_while(Result::ok);
        whole.map(|mut event| event["object"].take()).collect()
    }

    /// Waits until a version has come of which `condition` holds, and returns the versions so far.
    #[track_caller]
    pub fn until(&self, what: &str, condition: impl Fn(&Value) -> bool) -> Vec<Value> {
        wait_until(what, Duration::from_secs(20), || {
            let versions = self.versions();
            if versions.iter().any(&condition) {
                Ok(versions)
            } else {
                Err(format!(
                    "{} versions, the last: {:?}",
                    versions.len(),
                    versions.last()
                ))
            }
        })
    }
}
