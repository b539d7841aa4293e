//! One cvc5 process, started when it is needed and ended when it misbehaves.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Milliseconds that cvc5 gives one question before it says `unknown`.
const QUESTION: &str = "--tlimit-per=2000";

/// How long an answer may take from writing to reading: starting the process, and cvc5's own limit.
const ANSWER: Duration = Duration::from_secs(10);

/// Most bytes of an answer that are read.
const MOST_BYTES: u64 = 4096;

/// A program and, while it behaves, its process.
#[derive(Debug)]
pub(super) struct Process {
    program: PathBuf,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Killed when it is dropped.
    _child: Child,
}

impl Process {
    pub(super) fn new(program: PathBuf) -> Self {
        Self {
            program,
            running: None,
        }
    }

    /// Whether a script is answered with `unsat`; `unknown` is an error.
    pub(super) async fn unsat(&mut self, script: &str) -> Result<bool, String> {
        let running = match self.running.take() {
            Some(running) => running,
            None => self.start()?,
        };
        // The process comes back only from a question that was answered.
        let (running, answer) = tokio::time::timeout(ANSWER, ask(running, script))
            .await
            .map_err(|_| "cvc5 does not answer".to_owned())?
            .map_err(|error| format!("cvc5 cannot be asked: {error}"))?;
        match answer.trim() {
            "unsat" | "sat" => {
                self.running = Some(running);
                Ok(answer.trim() == "unsat")
            }
            other => Err(format!("cvc5 answers `{other}`")),
        }
    }

    fn start(&self) -> Result<Running, String> {
        // `--strings-exp`: without it version 1.0.3 refuses what `like` becomes.
        let mut child = Command::new(&self.program)
            .args(["--lang", "smt", "--strings-exp", QUESTION])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("it cannot be started: {error}"))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Running {
                input,
                output: BufReader::new(output),
                _child: child,
            }),
            _ => Err("it has no input or output".to_owned()),
        }
    }
}

/// Asks in a state without assertions; the first line is the answer.
async fn ask(mut running: Running, script: &str) -> std::io::Result<(Running, String)> {
    running.input.write_all(b"(reset)\n").await?;
    running.input.write_all(script.as_bytes()).await?;
    running.input.flush().await?;
    let mut answer = String::new();
    (&mut running.output)
        .take(MOST_BYTES)
        .read_line(&mut answer)
        .await?;
    Ok((running, answer))
}
