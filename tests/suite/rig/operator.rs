//! The operator as a child process, under the `ServiceAccount` and the RBAC of the chart.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::time::Duration;

use super::backend::command;
use super::http;
use super::kubectl::helm_offline;
use super::namespace::Namespace;
use super::process::Process;
use super::proxy::{self, Gate};
use super::wait::wait_until;

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/agentcore-policy-operator");
const START: Duration = Duration::from_secs(30);

/// How the operator of one test is run; it can be started any number of times with the same state.
///
/// Mostly it watches the test's namespace alone, so that tests run side by side in one control plane, though
/// the chart's cluster-wide rules would let it see all.
#[derive(Clone)]
pub struct OperatorSetup<'a> {
    namespace: &'a Namespace,
    kubeconfig: PathBuf,
    args: Vec<String>,
    env: Vec<(String, String)>,
    name: &'static str,
}

impl<'a> OperatorSetup<'a> {
    /// With the backend in its own process.
    #[track_caller]
    pub fn local(namespace: &'a Namespace) -> Self {
        Self::new(namespace, &[])
            .watching_its_namespace()
            .with_local_backend()
    }

    /// Against a server that speaks AWS's protocol at `endpoint`.
    #[track_caller]
    pub fn aws(namespace: &'a Namespace, endpoint: &str) -> Self {
        Self::new(namespace, &[])
            .watching_its_namespace()
            .args(&aws(endpoint))
    }

    /// With a local backend that runs already at `endpoint`.
    #[track_caller]
    pub fn beside(namespace: &'a Namespace, endpoint: &str) -> Self {
        Self::new(namespace, &[]).watching_its_namespace().args(&[
            "--backend",
            "local",
            "--endpoint-url",
            endpoint,
        ])
    }

    /// As the chart installs it by default: all namespaces, and the backend in its own process. Only for a
    /// control plane of the test's own.
    #[track_caller]
    pub fn everywhere(namespace: &'a Namespace) -> Self {
        Self::new(namespace, &[]).with_local_backend()
    }

    /// As the chart installs it with `watch.namespaces`: a Role in the namespace and no right outside it.
    #[track_caller]
    pub fn confined(namespace: &'a Namespace) -> Self {
        let watch = format!("watch.namespaces={{{}}}", namespace.name);
        Self::new(namespace, &["--set", &watch, "--set", "clusterId=suite"])
            .watching_its_namespace()
            .with_local_backend()
            .args(&["--cluster-id", "suite"])
    }

    /// The same against a server that speaks AWS's protocol at `endpoint`.
    #[track_caller]
    pub fn confined_aws(namespace: &'a Namespace, endpoint: &str) -> Self {
        let watch = format!("watch.namespaces={{{}}}", namespace.name);
        let values = ["--set", &watch, "--set", "clusterId=suite"];
        Self::new(namespace, &values)
            .watching_its_namespace()
            .args(&["--cluster-id", "suite"])
            .args(&aws(endpoint))
    }

    /// One of several, chosen by the Lease that the chart's rules are for.
    #[must_use]
    pub fn electing(self) -> Self {
        let (namespace, lease) = (self.namespace.name.clone(), self.namespace.service_account());
        self.args(&[
            "--leader-elect",
            "--leader-election-namespace",
            &namespace,
            "--leader-election-id",
            &lease,
        ])
    }

    /// The same operator by another name: its output goes to files of its own.
    #[must_use]
    pub fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    fn new(namespace: &'a Namespace, values: &[&str]) -> Self {
        let kubeconfig = namespace.service_account_kubeconfig(values);
        Self {
            namespace,
            kubeconfig,
            args: Vec::new(),
            env: Vec::new(),
            name: "operator",
        }
    }

    fn watching_its_namespace(self) -> Self {
        let name = self.namespace.name.clone();
        self.args(&["--watch-namespace", &name])
    }

    fn with_local_backend(self) -> Self {
        let data = self.namespace.dir().join("data");
        self.args(&["--backend", "local", "--data-dir", &data.to_string_lossy()])
    }

    /// Adds arguments of `run`.
    #[must_use]
    pub fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|&arg| arg.to_owned()));
        self
    }

    /// Adds a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The token by which the API server knows it.
    #[track_caller]
    pub fn bearer(&self) -> String {
        let kubeconfig = std::fs::read_to_string(&self.kubeconfig).expect("a kubeconfig");
        let token = kubeconfig.rsplit("token: ").next().expect("a token");
        token.trim().to_owned()
    }

    /// The kubeconfig of its `ServiceAccount`.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Lets its requests to the API server go through `gate`.
    #[must_use]
    pub fn through(mut self, gate: &Arc<Gate>) -> Self {
        self.kubeconfig = proxy::to_api_server(gate, self.namespace.cluster, &self.kubeconfig);
        self
    }

    /// Starts it and returns at once.
    #[track_caller]
    pub fn start(&self) -> Operator {
        let mut command = command();
        command
            .arg("run")
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(["--metrics-listen", "127.0.0.1:0"])
            .args(&self.args)
            .env_remove("KUBECONFIG")
            // The SDK's default chain ends here and asks no network.
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        Operator {
            process: Process::start(command, &self.namespace.dir(), self.name),
        }
    }

    /// Starts it and waits until it says that it is ready.
    #[track_caller]
    pub fn start_ready(&self) -> Operator {
        let mut operator = self.start();
        operator.wait_ready();
        operator
    }
}

fn aws(endpoint: &str) -> [&str; 6] {
    [
        "--backend",
        "aws",
        "--region",
        "us-east-1",
        "--endpoint-url",
        endpoint,
    ]
}

/// A running operator. Dropping it kills it.
pub struct Operator {
    process: Process,
}

impl Operator {
    /// Waits until `/readyz` answers 200.
    #[track_caller]
    pub fn wait_ready(&mut self) {
        wait_until("the operator to be ready", START, || {
            if let Some(status) = self.process.ended() {
                panic!("the operator ended with {status}:\n{}", self.process.stderr());
            }
            match self.probe("/readyz") {
                Ok(answer) if answer.status == 200 => Ok(()),
                other => Err(format!("{other:?}")),
            }
        });
    }

    /// One GET of what it serves beside its work, such as `/readyz`.
    pub fn probe(&self, path: &str) -> std::io::Result<http::Answer> {
        let address = self
            .metrics_address()
            .ok_or_else(|| std::io::Error::other("the log does not say yet where it serves"))?;
        http::get(&format!("http://{address}{path}"))
    }

    /// Where it serves metrics and probes: a port that it took itself, so that nobody else can have taken it.
    fn metrics_address(&self) -> Option<String> {
        self.process
            .stderr()
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .find(|line| {
                line["msg"]
                    .as_str()
                    .is_some_and(|msg| msg.starts_with("metrics and probes are served"))
            })
            .and_then(|line| line["address"].as_str().map(str::to_owned))
    }

    /// The text of `/metrics`.
    #[track_caller]
    pub fn metrics(&self) -> String {
        let answer = self.probe("/metrics").expect("metrics are served");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// The sum of a metric's samples whose name and labels start with `series`, such as `calls_total{op="Get`.
    #[track_caller]
    pub fn metric(&self, series: &str) -> f64 {
        let samples = self.metrics();
        let values = samples.lines().filter(|line| line.starts_with(series));
        values
            .map(|line| {
                line.rsplit(' ')
                    .next()
                    .and_then(|value| value.parse().ok())
                    .unwrap_or(0.0)
            })
            .sum()
    }

    /// `http://HOST:PORT` of the backend in its own process.
    #[track_caller]
    pub fn backend_url(&mut self) -> String {
        self.process.line_after("backend listening on ", START)
    }

    /// SIGKILL, and waits for the end.
    pub fn kill(self) {
        self.process.kill();
    }

    /// SIGTERM, and waits for the end.
    #[track_caller]
    pub fn terminate(self) -> ExitStatus {
        self.process.terminate(Duration::from_secs(15))
    }

    /// The child process, for its output, its id and other signals.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}

impl Namespace {
    /// The user name under which the operator of this namespace is known to the API server.
    pub fn operator_user(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.name, self.service_account())
    }

    /// The chart's name for its objects, which starts with the release's name: the namespace's.
    pub fn service_account(&self) -> String {
        format!("{}-agentcore-policy-operator", self.name)
    }

    /// Installs the chart's `ServiceAccount` and RBAC for this namespace, and nothing else of the chart, and
    /// writes a kubeconfig with a token of that account.
    #[track_caller]
    fn service_account_kubeconfig(&self, values: &[&str]) -> PathBuf {
        let mut args = vec!["template", &self.name, CHART, "--namespace", &self.name];
        for template in ["templates/serviceaccount.yaml", "templates/rbac.yaml"] {
            args.extend_from_slice(&["--show-only", template]);
        }
        args.extend_from_slice(values);
        self.apply(&helm_offline(&args).success()).success();
        let token = self
            .kubectl(&["create", "token", &self.service_account(), "--duration=2h"])
            .success();
        let admin = fs::read_to_string(self.cluster.kubeconfig()).expect("the administrator's kubeconfig");
        let (head, _) = admin.rsplit_once("token: ").expect("it ends with the token");
        let path = self.dir().join("kubeconfig");
        fs::write(&path, format!("{head}token: {token}\n")).expect("the operator's kubeconfig");
        path
    }
}
