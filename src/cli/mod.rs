//! The command line: the only room that reads the environment.

mod args;
mod crds;
mod decisions;
mod generate;
mod local;
mod release;
mod run;
mod token;

pub use crds::{all as crds_yaml, to_yaml as crd_yaml};

use crate::backend::Switches;
use args::{Args, Command};
use clap::Parser as _;
use clap::error::ErrorKind;
use std::io::Write as _;
use std::process::ExitCode;

/// How the program calls itself in its errors.
const NAME: &str = env!("CARGO_PKG_NAME");
/// The exit code of a command line that is not understood, as clap has it.
const USAGE: u8 = 2;

/// Runs the program that the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return not_understood(&error),
    };
    let ended = match args.command {
        Command::Crds => crds::all().and_then(|yaml| print("the CRDs", &yaml)),
        Command::Token(args) => {
            token::token(&args).and_then(|token| print("the token", &format!("{token}\n")))
        }
        Command::Switches => print("the switches", &Switches::table()),
        Command::ReleaseFinalizers(args) => release::finalizers(args),
        Command::Generate(args) => generate::generate(*args),
        Command::Decisions(args) => decisions::decisions(args),
        Command::Backend(args) => run::backend(*args),
        Command::Run(args) => run::operator(*args),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{NAME}: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Writes a text to standard output.
fn print(what: &str, text: &str) -> Result<(), String> {
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| format!("cannot print {what}: {error}"))
}

/// Help and version as clap prints them; a mistake as one line, like every other error of this program.
fn not_understood(error: &clap::Error) -> ExitCode {
    let asked_for = [
        ErrorKind::DisplayHelp,
        ErrorKind::DisplayVersion,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
    ];
    if asked_for.contains(&error.kind()) {
        error.exit()
    }
    eprintln!("{NAME}: {}. See --help", one_line(&error.to_string()));
    ExitCode::from(USAGE)
}

/// What clap says before it shows the usage, without line breaks.
fn one_line(text: &str) -> String {
    let paragraphs = text
        .split("\n\n")
        .take_while(|paragraph| !paragraph.starts_with("Usage:") && !paragraph.starts_with("For more"));
    let lines: Vec<String> = paragraphs
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    lines.join("; ").trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_command_line_is_told_in_one_line() {
        for (line, said) in [
            (
                "run --backend azure",
                "invalid value 'azure' for '--backend <BACKEND>' [possible values: local, aws]",
            ),
            (
                "run",
                "the following required arguments were not provided: --backend <BACKEND>",
            ),
            (
                "run --backend aws --reqion x",
                "unexpected argument '--reqion' found; tip: a similar argument exists: '--region'",
            ),
            (
                "backed",
                "unrecognized subcommand 'backed'; tip: a similar subcommand exists: 'backend'",
            ),
        ] {
            let line = ["x"].into_iter().chain(line.split(' '));
            let error = Args::try_parse_from(line).unwrap_err();
            assert_eq!(one_line(&error.to_string()), said);
        }
    }
}
