//! docs/quickstart.md: what it tells to type is typed, and what it shows is what comes of it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use regex::Regex;

use crate::rig::backend::program;
use crate::rig::controlplane::program_path;
use crate::rig::{Namespace, OperatorSetup};

const PAGE: &str = include_str!("../../../docs/quickstart.md");
/// What stands between what two commands print.
const CUT: &str = "=== the next command ===\n";

/// The commands of the page with what it shows of each, in its order.
fn commands() -> Vec<(String, String)> {
    let blocks = PAGE.split("```console\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in lines {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push((format!("{command}\n"), String::new()));
        } else if let Some((command, shown)) = commands.last_mut() {
            let (text, line) = match line.strip_prefix('>') {
                Some(more) => (command, more),
                None => (shown, line),
            };
            text.push_str(line);
            text.push('\n');
        }
    }
    commands
}

/// Without what differs from run to run.
fn masked(shown: &str) -> String {
    replaced(
        shown,
        &[
            (r"127\.0\.0\.1:\d+", "HOST"),
            (r"refunds-[0-9a-f]{8}-[a-z0-9]{10}", "GATEWAY"),
            (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME"),
            (r" +\d+\.\d+ms", " LATENCY"),
            (r"from \S+ namespace", "from NAMESPACE"),
        ],
    )
}

/// The text with a word for each pattern.
pub fn replaced(text: &str, patterns: &[(&str, &str)]) -> String {
    patterns.iter().fold(text.to_owned(), |text, (pattern, word)| {
        let pattern = Regex::new(pattern).expect("a pattern");
        pattern.replace_all(&text, *word).into_owned()
    })
}

/// The folder that the page is read in, and the variables of its shell.
fn reader(namespace: &Namespace) -> Command {
    let folder = namespace.dir().join("reader");
    fs::create_dir_all(folder.join("bin")).expect("a folder");
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    symlink(examples, folder.join("examples")).expect("a link");
    for (name, path) in [
        ("kubectl", program_path("kubectl").as_path()),
        ("agentcore-policy-operator", Path::new(program())),
    ] {
        symlink(path, folder.join("bin").join(name)).expect("a link");
    }
    let kubeconfig = folder.join("kubeconfig");
    fs::copy(namespace.cluster.kubeconfig(), &kubeconfig).expect("a kubeconfig");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("bash");
    shell
        .current_dir(&folder)
        .env("PATH", format!("{}:{path}", folder.join("bin").display()))
        .env("HOME", &folder)
        .env("NO_PROXY", "*")
        .env("AGENTCORE_OPERATOR_DATA_DIR", namespace.dir().join("data"))
        .args(["-uo", "pipefail", "-c"]);
    namespace.cluster.isolate(shell, &kubeconfig)
}

#[test]
fn the_page_of_the_quickstart_shows_what_comes_of_what_it_tells_to_type() {
    let namespace = Namespace::new("page");
    let mut shell = reader(&namespace);
    let function = format!(
        "*=exec:python3 {}/examples/quickstart/refund.py",
        env!("CARGO_MANIFEST_DIR")
    );
    let log = namespace.dir().join("reader/decisions.jsonl");
    let args = [
        "--lambda-endpoint",
        &function,
        "--decision-log",
        &log.to_string_lossy(),
    ];
    let _operator = OperatorSetup::confined(&namespace).args(&args).start_ready();

    let commands = commands();
    let into = format!(
        "kubectl config set-context --current --namespace={} >/dev/null\n",
        namespace.name
    );
    let typed = commands
        .iter()
        .map(|(command, _)| format!("{command}printf '{}'\n", CUT.escape_default()));
    let done = shell
        .arg(into + &typed.collect::<String>())
        .output()
        .expect("a shell");
    let printed = String::from_utf8_lossy(&done.stdout);
    let said = String::from_utf8_lossy(&done.stderr);
    let mut printed = printed.split(CUT).map(str::trim_end);
    for (command, shown) in &commands {
        let printed = printed.next().unwrap_or_default();
        assert_eq!(masked(printed), masked(shown.trim_end()), "$ {command}{said}");
    }
    assert!(commands.len() > 10, "{commands:?}");
}
