//! A child process that ends with the test, and with the test process.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::wait::wait_until;

/// A running child. Dropping it kills it.
pub struct Process {
    child: Child,
    watchdog: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Process {
    /// Starts `command` with its output in `<dir>/<name>.stdout` and `.stderr`.
    #[track_caller]
    pub fn start(mut command: Command, dir: &Path, name: &str) -> Self {
        let stdout = dir.join(format!("{name}.stdout"));
        let stderr = dir.join(format!("{name}.stderr"));
        let child = command
            .stdin(Stdio::null())
            .stdout(File::create(&stdout).expect("a file for the output"))
            .stderr(File::create(&stderr).expect("a file for the errors"))
            .spawn()
            .unwrap_or_else(|error| panic!("starting {command:?}: {error}"));
        let watchdog = watchdog(child.id());
        Self {
            child,
            watchdog,
            stdout,
            stderr,
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// All of standard output so far.
    pub fn stdout(&self) -> String {
        read(&self.stdout)
    }

    /// All of standard error so far.
    pub fn stderr(&self) -> String {
        read(&self.stderr)
    }

    /// Waits for a line of standard output that starts with `prefix` and returns what follows.
    #[track_caller]
    pub fn line_after(&mut self, prefix: &str, deadline: Duration) -> String {
        wait_until(&format!("the line `{prefix}...`"), deadline, || {
            // The exit is asked first: what was printed before it counts.
            let ended = self.child.try_wait().expect("the child can be asked");
            let text = self.stdout();
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            match (whole.lines().find_map(|line| line.strip_prefix(prefix)), ended) {
                (Some(rest), _) => Ok(rest.trim().to_owned()),
                (None, Some(status)) => panic!("it ended with {status}:\n{}", self.stderr()),
                (None, None) => Err(text),
            }
        })
    }

    /// The exit status, if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the child can be asked")
    }

    /// Waits until it has ended.
    #[track_caller]
    pub fn wait(&mut self, deadline: Duration) -> ExitStatus {
        wait_until("the end of a child process", deadline, || {
            self.ended().ok_or_else(|| "it runs".to_owned())
        })
    }

    /// SIGKILL, and waits for the end.
    pub fn kill(mut self) {
        self.end();
    }

    /// SIGTERM, and waits for the end.
    #[track_caller]
    pub fn terminate(mut self, deadline: Duration) -> ExitStatus {
        self.signal("TERM");
        self.wait(deadline)
    }

    /// Sends a signal by its name, such as `TERM`, `STOP` or `CONT`.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args([
                "-c",
                r#"kill -"$1" "$2""#,
                "sh",
                name,
                &self.child.id().to_string(),
            ])
            .status()
            .expect("a shell");
        assert!(sent.success(), "signal {name} was not sent");
    }

    /// Until `wait` has returned, nobody else gets the child's process id: so the watchdog goes first.
    fn end(&mut self) {
        self.child.kill().ok();
        self.watchdog.kill().ok();
        self.watchdog.wait().ok();
        self.child.wait().ok();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            eprintln!("--- {}\n{}", self.stdout.display(), end_of(&self.stdout()));
            eprintln!("--- {}\n{}", self.stderr.display(), end_of(&self.stderr()));
        }
    }
}

/// A shell that kills `pid` when its standard input closes: when this process ends, even by SIGKILL.
fn watchdog(pid: u32) -> Child {
    Command::new("sh")
        .args(["-c", r#"read -r _; kill -KILL "$1""#, "sh", &pid.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell")
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

fn end_of(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
