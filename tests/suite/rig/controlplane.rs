//! A real kube-apiserver and etcd (`tests/controlplane`), started once for all tests of this binary.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::go;

/// What a control plane of the tests needs. Built once on a machine, which takes some minutes.
const PROGRAMS: [&str; 5] = [
    "etcd",
    "kube-apiserver",
    "kubectl",
    "kube-controller-manager",
    "helm",
];

/// A control plane that runs until this value is dropped or this process ends, however that may be.
pub struct ControlPlane {
    dir: PathBuf,
    child: Child,
    /// Held open: the control plane stops when it closes. The kernel closes it if this process is killed.
    stdin: Mutex<Option<ChildStdin>>,
    stdout: Mutex<BufReader<ChildStdout>>,
}

impl ControlPlane {
    /// The one that tests share, with the project's CRDs. Tests keep apart by namespaces.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<ControlPlane> = OnceLock::new();
        SHARED.get_or_init(|| {
            let cluster = Self::start();
            cluster.install_crds();
            cluster
        })
    }

    /// One of its own, without the project's CRDs, for a test that changes what all of a cluster shares.
    pub fn start() -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("agentcore-suite-{}-{number}", std::process::id()));
        let mut child = go::command(program())
            .arg("run")
            .arg(&dir)
            .args(["--controllers", "--until-stdin-closes"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the control plane's program starts");
        let stdin = Mutex::new(child.stdin.take());
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("its output is piped"));
        stdout.read_line(&mut line).expect("its output can be read");
        assert!(
            line.starts_with("KUBECONFIG="),
            "the control plane did not start; its error is above"
        );
        Self {
            dir,
            child,
            stdin,
            stdout: Mutex::new(stdout),
        }
    }

    /// One of a test's own that ends with the test, and not only with the process.
    pub fn apart() -> Apart {
        Apart(Box::leak(Box::new(Self::start())))
    }

    /// Stops everything, keeps a copy of what etcd has now, and goes on.
    #[track_caller]
    pub fn keep(&self) {
        self.order("keep");
    }

    /// Stops everything, puts what was kept in the place of what etcd has, and goes on, with etcd's revision raised by so
    /// many and all before them compacted away; zero: as it was kept.
    #[track_caller]
    pub fn restore(&self, bump: u32) {
        self.order(&format!("restore {bump}"));
    }

    #[track_caller]
    fn order(&self, order: &str) {
        let mut stdin = self.stdin.lock().unwrap_or_else(PoisonError::into_inner);
        let stdin = stdin.as_mut().expect("it runs");
        writeln!(stdin, "{order}").expect("it reads");
        let mut line = String::new();
        let mut stdout = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        stdout.read_line(&mut line).expect("its output can be read");
        assert_eq!(line.trim_end(), format!("DONE {order}"), "its error is above");
    }

    /// Asks it to end.
    fn close(&self) {
        drop(self.stdin.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// The folder of its state; removed when it ends.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The administrator's kubeconfig.
    pub fn kubeconfig(&self) -> PathBuf {
        self.dir.join("kubeconfig")
    }

    /// The API server's audit log, one JSON object a line.
    pub fn audit_log(&self) -> PathBuf {
        self.dir.join("audit.log")
    }

    /// Installs the kind `ReferenceGrant` of the Gateway API, as far as the operator reads it.
    pub fn install_grants(&self) {
        let manifest = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/suite/rig/referencegrants.yaml"
        );
        self.kubectl(&["apply", "--server-side", "-f", manifest])
            .success();
        self.kubectl(&[
            "wait",
            "--for=condition=Established",
            "--timeout=30s",
            "-f",
            manifest,
        ])
        .success();
    }

    /// Installs the CRDs of `crds/` and waits until they are served.
    pub fn install_crds(&self) {
        let crds = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
        self.kubectl(&["apply", "--server-side", "-f", crds]).success();
        self.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", "-f", crds])
            .success();
    }
}

/// A control plane that ends with the test that started it.
pub struct Apart(pub &'static ControlPlane);

impl Drop for Apart {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        self.close();
        self.child.wait().ok();
    }
}

/// The program that runs control planes, with all it needs built.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = go::build("controlplane");
        let built = Command::new(&program)
            .arg("build")
            .args(PROGRAMS)
            .status()
            .expect("it starts");
        assert!(built.success(), "the control plane's programs could not be built");
        program
    })
}

/// Where one of the pinned programs is.
pub fn program_path(name: &'static str) -> PathBuf {
    static PATHS: Mutex<BTreeMap<&str, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut paths = PATHS.lock().unwrap_or_else(PoisonError::into_inner);
    paths.entry(name).or_insert_with(|| find(name)).clone()
}

fn find(name: &str) -> PathBuf {
    let output = Command::new(program())
        .args(["path", name])
        .output()
        .expect("it starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    PathBuf::from(
        String::from_utf8(output.stdout)
            .expect("a path in UTF-8")
            .trim_end(),
    )
}
