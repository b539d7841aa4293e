//! `release-finalizers`: lets objects go when no operator is there to do it.

use super::args::ReleaseArgs;
use super::run::run;
use crate::operator;
use std::io::Write as _;

pub(super) fn finalizers(args: ReleaseArgs) -> Result<(), String> {
    run(|shutdown| async move {
        let mut lines = Vec::new();
        let release =
            operator::release_finalizers(args.kubeconfig.as_deref(), args.namespaces, args.yes, |line| {
                lines.push(line);
            });
        let count = tokio::select! {
            count = release => count.map_err(|error| error.to_string()),
            () = shutdown.cancelled() => Err("stopped before all was done".to_owned()),
        };
        // What was done before an error is told all the same.
        let mut stdout = std::io::stdout().lock();
        let mut print = |line: &str| {
            writeln!(stdout, "{line}").map_err(|error| format!("cannot write to standard output: {error}"))
        };
        for line in lines {
            print(&line)?;
        }
        let count = count?;
        print(&if args.yes {
            format!("{count} finalizers are taken off; nothing was deleted in AgentCore")
        } else {
            format!(
                "{count} finalizers would be taken off, and nothing deleted in AgentCore. Stop the operator first, which \
                 puts them back on what is not being deleted; then say --yes"
            )
        })
    })
}
