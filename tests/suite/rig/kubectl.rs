//! kubectl and helm, as a user runs them, against one control plane and nothing of the user's own.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::ControlPlane;
use super::controlplane::program_path;
use super::go;

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// The command line, for messages.
    pub command: String,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
}

impl Ran {
    /// Standard output of a command that has to succeed.
    #[track_caller]
    pub fn success(self) -> String {
        assert_eq!(
            self.code,
            Some(0),
            "`{}` failed:\n{}{}",
            self.command,
            self.stdout,
            self.stderr
        );
        self.stdout
    }

    /// Standard error of a command that has to fail.
    #[track_caller]
    pub fn failure(self) -> String {
        assert_ne!(
            self.code,
            Some(0),
            "`{}` should have failed:\n{}",
            self.command,
            self.stdout
        );
        self.stderr
    }
}

impl ControlPlane {
    /// kubectl as the administrator.
    pub fn kubectl(&self, args: &[&str]) -> Ran {
        self.kubectl_with(&self.kubeconfig(), args, "")
    }

    /// kubectl with another identity's kubeconfig and text on standard input.
    pub fn kubectl_with(&self, kubeconfig: &Path, args: &[&str], input: &str) -> Ran {
        let mut command = go::command(&program_path("kubectl"));
        command.args(args);
        run(self.isolate(command, kubeconfig), input)
    }

    /// A kubectl command to be started by the caller, such as a watch.
    pub fn kubectl_command(&self, args: &[&str]) -> Command {
        let mut command = go::command(&program_path("kubectl"));
        command.args(args);
        self.isolate(command, &self.kubeconfig())
    }

    /// `kubectl apply --server-side` of manifests into a namespace.
    pub fn apply(&self, namespace: &str, manifests: &str) -> Ran {
        let args = [
            "apply",
            "--server-side",
            "--force-conflicts",
            "-n",
            namespace,
            "-f",
            "-",
        ];
        self.kubectl_with(&self.kubeconfig(), &args, manifests)
    }

    /// One object or a list, as JSON; none if it is not there.
    #[track_caller]
    pub fn get(&self, args: &[&str]) -> Option<Value> {
        let mut all = vec!["get", "-o", "json", "--ignore-not-found"];
        all.extend_from_slice(args);
        let text = self.kubectl(&all).success();
        (!text.trim().is_empty()).then(|| serde_json::from_str(&text).expect("kubectl prints JSON"))
    }

    /// helm as the administrator.
    pub fn helm(&self, args: &[&str]) -> Ran {
        let mut command = go::command(&program_path("helm"));
        command.args(args);
        run(self.isolate(command, &self.kubeconfig()), "")
    }

    /// Keeps a command away from the user's own kube context, caches and settings.
    pub fn isolate(&self, mut command: Command, kubeconfig: &Path) -> Command {
        command.env("KUBECONFIG", kubeconfig).env("KUBERC", "off");
        command.env("KUBECACHEDIR", self.dir().join("kubectl-cache"));
        helm_home(&mut command, &self.dir().join("helm"));
        command
    }
}

/// helm without a cluster, for `template` and `lint`.
pub fn helm_offline(args: &[&str]) -> Ran {
    let mut command = go::command(&program_path("helm"));
    command.args(args).env("KUBECONFIG", "/dev/null");
    helm_home(&mut command, &Path::new(env!("CARGO_TARGET_TMPDIR")).join("helm"));
    run(command, "")
}

fn helm_home(command: &mut Command, home: &Path) {
    for (variable, folder) in [("CACHE", "cache"), ("CONFIG", "config"), ("DATA", "data")] {
        command.env(format!("HELM_{variable}_HOME"), home.join(folder));
    }
}

fn run(mut command: Command, input: &str) -> Ran {
    let described = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("starting {described}: {error}"));
    // A command that does not read its input may end before all is written.
    child
        .stdin
        .take()
        .expect("its input is piped")
        .write_all(input.as_bytes())
        .ok();
    let output = child.wait_with_output().expect("its output can be read");
    Ran {
        command: described,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code(),
    }
}
