//! A solver for what `cedar` leaves open about findings: cvc5, as a process that reads SMT-LIB.
//!
//! Without one the backend works too: a claim that nobody proves is no finding (service.md 6.6).

mod process;
#[cfg(test)]
mod tests;

use process::Process;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long all questions about one policy may take together. Ours: policies of an engine are judged one after the
/// other, and one must not hold up the rest.
const TOGETHER: Duration = Duration::from_secs(20);

/// Questions whose answers are known: strings, integers, and what a forgotten `(reset)` would get wrong.
const KNOWN: [(&str, bool); 3] = [
    (
        "(set-logic ALL)\n(declare-const s String)\n(assert (str.contains s \"a\"))\n(assert (= s \"b\"))\n(check-sat)\n",
        true,
    ),
    (
        "(set-logic ALL)\n(declare-const s String)\n(assert (str.contains s \"a\"))\n(check-sat)\n",
        false,
    ),
    (
        "(set-logic ALL)\n(declare-const s (_ BitVec 64))\n(assert (bvslt s s))\n(check-sat)\n",
        true,
    ),
];

/// Which solver to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cvc5 {
    /// `cvc5` on PATH, if it is there.
    #[default]
    OnPath,
    /// This program; without it the backend does not start.
    At(PathBuf),
    /// None.
    Off,
}

/// The program that was asked for cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {} as a solver: {why}; give the path of cvc5 1.0.3 or newer, or off", .program.display())]
pub struct SolverError {
    program: PathBuf,
    why: String,
}

/// Answers scripts, or none of them.
#[derive(Debug)]
pub struct Solver {
    cvc5: Option<Mutex<Process>>,
}

impl Solver {
    /// No solver.
    #[cfg(test)]
    pub fn none() -> Self {
        Self { cvc5: None }
    }

    /// Whether there is one.
    #[cfg(test)]
    pub fn is_exact(&self) -> bool {
        self.cvc5.is_some()
    }

    /// Starts the solver, asks it what is known, and says in the log whether findings are exact from now on.
    ///
    /// # Errors
    /// [`SolverError`] when a program was named that does not answer as it must.
    pub async fn start(choice: &Cvc5) -> Result<Self, SolverError> {
        let (program, wanted) = match choice {
            Cvc5::Off => {
                tracing::info!(
                    findings = "by shape",
                    "findings are judged without a solver, as configured"
                );
                return Ok(Self { cvc5: None });
            }
            Cvc5::OnPath => (PathBuf::from("cvc5"), false),
            Cvc5::At(program) => (program.clone(), true),
        };
        let mut process = Process::new(program.clone());
        match examine(&mut process).await {
            Ok(()) => {
                tracing::info!(findings = "exact", solver = %program.display(), "findings are judged exactly, with cvc5");
                Ok(Self {
                    cvc5: Some(Mutex::new(process)),
                })
            }
            Err(why) if wanted => Err(SolverError { program, why }),
            Err(why) => {
                tracing::info!(
                    findings = "by shape",
                    %why,
                    "findings are judged without a solver: a policy whose conditions always or never hold is not found; \
                     put cvc5 on PATH or name it with --cvc5"
                );
                Ok(Self { cvc5: None })
            }
        }
    }

    /// For each script whether it is answered with `unsat`. No answer, an error, or an answer that takes too long is
    /// none: the next script gets a new process.
    pub async fn unsat(&self, scripts: &[&str]) -> Vec<bool> {
        let Some(cvc5) = &self.cvc5 else {
            return vec![false; scripts.len()];
        };
        if scripts.is_empty() {
            return Vec::new();
        }
        let mut process = cvc5.lock().await;
        let until = Instant::now() + TOGETHER;
        let mut answers = Vec::with_capacity(scripts.len());
        for script in scripts {
            let answer = if Instant::now() < until {
                process.unsat(script).await
            } else {
                Err("the time for one policy is over".to_owned())
            };
            answers.push(answer.unwrap_or_else(|why| {
                tracing::warn!(%why, "a question about a policy has no answer; it counts as no finding");
                false
            }));
        }
        answers
    }
}

async fn examine(process: &mut Process) -> Result<(), String> {
    for (script, expected) in KNOWN {
        if process.unsat(script).await? != expected {
            return Err("it gives a wrong answer to a question whose answer is known".to_owned());
        }
    }
    Ok(())
}
