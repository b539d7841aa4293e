//! A program that stands for a Lambda function: started for each call, without a shell.
//!
//! The event is its standard input; the variables [`CONTEXT`] and [`FUNCTION`] hold the client context (JSON) and the ARN; what it
//! prints is the result (JSON); what it says on standard error is shown when it fails. It leads a process group, and with the
//! call, however it ends, the whole group ends.

use crate::backend::enforce::forward::Failure;
use crate::backend::enforce::forward::failure::shortened;
use rustix::process::{Pid, Signal, kill_process_group};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// The variable with the client context.
pub(super) const CONTEXT: &str = "AGENTCORE_CLIENT_CONTEXT";
/// The variable with the ARN of the function.
pub(super) const FUNCTION: &str = "AGENTCORE_FUNCTION_ARN";
/// Bytes of standard error that are kept: the last ones.
const LAST_WORDS: usize = 2000;
/// How long the output of a program that has ended is waited for: what it started may have left its group and hold it open.
const GRACE: Duration = Duration::from_millis(500);

/// One call of a program.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub program: &'a str,
    pub arguments: &'a [String],
    /// Variables that it does not see.
    pub hidden: &'a [String],
    pub function: &'a str,
    pub context: &'a str,
    pub event: &'a [u8],
    /// Bytes that it may print.
    pub most: usize,
}

/// A process and its group, which end when this is dropped.
#[derive(Debug)]
struct Group {
    child: Child,
    /// None once they have ended.
    leader: Option<Pid>,
}

impl Group {
    async fn ended(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await;
        // The leader is gone, and its number is not given anew while members of its group remain.
        self.kill();
        status
    }

    fn kill(&mut self) {
        if let Some(leader) = self.leader.take()
            && let Err(error) = kill_process_group(leader, Signal::KILL)
            && error != rustix::io::Errno::SRCH
        {
            tracing::warn!(%error, "a process group could not be ended");
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Run<'_> {
    /// What it prints.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be started, fails or prints too much.
    pub async fn output(&self) -> Result<Vec<u8>, Failure> {
        let mut group = self.start()?;
        let pipes = (
            group.child.stdin.take(),
            group.child.stdout.take(),
            group.child.stderr.take(),
        );
        let (Some(mut input), Some(output), Some(errors)) = pipes else {
            return Err(self.broken("it has no input or output"));
        };
        let over = CancellationToken::new();
        let telling = async {
            // Who does not read its input may still answer.
            drop(until(&over, async { input.write_all(self.event).await }).await);
            drop(input);
            Ok(())
        };
        let reading = async {
            let mut printed = Vec::new();
            let read = drain(output, |bytes| {
                printed.extend_from_slice(bytes);
                printed.len() <= self.most
            });
            match until(&over, read).await {
                Some(Ok(false)) => Err(Failure::LargeAnswer(self.most)),
                Some(Err(error)) => Err(self.broken(&error.to_string())),
                Some(Ok(true)) | None => Ok(printed),
            }
        };
        let listening = async {
            let mut words = Vec::new();
            let read = drain(errors, |bytes| {
                words.extend_from_slice(bytes);
                words.drain(..words.len().saturating_sub(LAST_WORDS));
                true
            });
            drop(until(&over, read).await);
            Ok(words)
        };
        let ending = async {
            let status = group.ended().await;
            over.cancel();
            status.map_err(|error| self.broken(&error.to_string()))
        };
        let ((), printed, words, status) = tokio::try_join!(telling, reading, listening, ending)?;
        if status.success() {
            return Ok(printed);
        }
        Err(Failure::Exit {
            program: self.program.to_owned(),
            status: status.to_string(),
            words: shortened(&String::from_utf8_lossy(&words)),
        })
    }

    fn start(&self) -> Result<Group, Failure> {
        let mut command = Command::new(self.program);
        command
            .args(self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        for name in self.hidden {
            command.env_remove(name);
        }
        command.env(CONTEXT, self.context).env(FUNCTION, self.function);
        let child = command.spawn().map_err(|error| Failure::NoProgram {
            program: self.program.to_owned(),
            why: error.to_string(),
        })?;
        let leader = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        Ok(Group { child, leader })
    }

    fn broken(&self, why: &str) -> Failure {
        Failure::Broken {
            what: format!("the program {}", self.program),
            why: why.to_owned(),
        }
    }
}

/// Work on a pipe, for as long as the program runs and a little longer.
async fn until<T>(over: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    let given_up = async {
        over.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        done = work => Some(done),
        () = given_up => None,
    }
}

/// Reads to the end, or until `takes` wants no more; whether it was the end.
async fn drain(
    mut pipe: impl AsyncRead + Unpin,
    mut takes: impl FnMut(&[u8]) -> bool,
) -> std::io::Result<bool> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = pipe.read(&mut buffer).await?;
        if read == 0 {
            return Ok(true);
        }
        if !takes(buffer.get(..read).unwrap_or_default()) {
            return Ok(false);
        }
    }
}
