//! `generate`: candidate policies from plain language, by a gateway of the cluster or from tools alone.

mod print;

use super::args::{BackendKind, GenerateArgs, OutputArg};
use super::local;
use super::run::{LOCAL_REGION, run};
use crate::backend::{Credentials, DraftConfig, DraftError, draft};
use crate::model::Candidate;
use crate::operator::{self, Endpoint};
use print::Place;
use serde_json::Value;
use std::io::Read as _;
use std::path::Path;

/// Characters of a text (service.md 8.2).
const LONGEST_TEXT: usize = 2_000;
/// The engine of manifests when nothing says which.
const SOME_ENGINE: &str = "my-engine";

/// Prints candidates; fails when nothing of the text could be translated.
pub(super) fn generate(args: GenerateArgs) -> Result<(), String> {
    if let Some(option) = args.text.iter().find(|text| is_like_an_option(text)) {
        return Err(format!(
            "there is no option {option}; a text of a list has a space behind its hyphen"
        ));
    }
    let text = args.text.join("\n");
    let length = text.chars().count();
    if text.trim().is_empty() || length > LONGEST_TEXT {
        return Err(format!(
            "the text has {length} characters; say 1 to {LONGEST_TEXT}, and the rest in another call"
        ));
    }
    let (output, prefix) = (args.output, args.name.clone());
    run(|shutdown| async move {
        let written = async {
            if args.gateway.is_some() {
                from_the_cluster(args, text).await
            } else {
                from_tools(args, text).await
            }
        };
        let (candidates, place) = tokio::select! {
            written = written => written?,
            () = shutdown.cancelled() => return Err("stopped before all was done".to_owned()),
        };
        super::print("the candidates", &shown(output, &prefix, &candidates, &place)?)?;
        let usable = candidates
            .iter()
            .filter(|candidate| candidate.is_usable())
            .count();
        match usable {
            0 => Err(format!(
                "none of the {} requirements came to a policy of use; each says why",
                candidates.len()
            )),
            _ => Ok(()),
        }
    })
}

/// Whether a text begins like an option: one may begin as a list does, `- Allow ..`.
fn is_like_an_option(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|rest| {
        let rest = rest.trim_start_matches('-');
        rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_alphanumeric())
    })
}

fn shown(output: OutputArg, prefix: &str, candidates: &[Candidate], place: &Place) -> Result<String, String> {
    match output {
        OutputArg::Text => Ok(print::text(candidates)),
        OutputArg::Yaml => print::manifests(prefix, candidates, place),
        OutputArg::Json => print::json(candidates),
    }
}

/// From tools alone, by an author in this process.
async fn from_tools(args: GenerateArgs, text: String) -> Result<(Vec<Candidate>, Place), String> {
    let file = args.tools.unwrap_or_default();
    let tools = read(&file)?;
    let tools = serde_saphyr::from_str::<Value>(&tools)
        .map_err(|error| format!("{}: this is neither YAML nor JSON: {error}", file.display()))?;
    let config = DraftConfig {
        author: local::author(args.author)?,
        cvc5: local::cvc5(args.cvc5),
        gateway: args.resource,
        target: args.target,
        tools,
        text,
    };
    let told = |error: DraftError| match error {
        DraftError::Tools(why) => {
            let hint = if why.contains("says no target") {
                "; give --target"
            } else {
                ""
            };
            format!("{}: {why}{hint}", file.display())
        }
        DraftError::Author(why) | DraftError::Other(why) => why,
    };
    let candidates = draft(config).await.map_err(told)?;
    let place = Place {
        namespace: args.namespace,
        gateway: None,
        engine: Some(args.engine.unwrap_or_else(|| SOME_ENGINE.to_owned())),
        engine_id: String::new(),
    };
    Ok((candidates, place))
}

/// The text of a file, or of standard input.
fn read(file: &Path) -> Result<String, String> {
    if file.as_os_str() != "-" {
        return local::read("--tools", file);
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| format!("cannot read standard input: {error}"))?;
    Ok(text)
}

/// By the service, for the gateway of an object.
async fn from_the_cluster(args: GenerateArgs, text: String) -> Result<(Vec<Candidate>, Place), String> {
    let gateway = args.gateway.unwrap_or_default();
    let endpoint = match (args.backend, args.endpoint_url) {
        (BackendKind::Aws, url) => Endpoint::Aws {
            region: args.region,
            url,
        },
        (BackendKind::Local, Some(url)) => {
            let keys = args
                .credentials
                .map(|file| local::credentials(&file, &args.account_id));
            Endpoint::Local {
                url,
                region: args.region.unwrap_or_else(|| LOCAL_REGION.to_owned()),
                key: keys.transpose()?.as_ref().map(Credentials::first),
            }
        }
        (BackendKind::Local, None) => {
            return Err("--backend local needs --endpoint-url: where the local backend listens".to_owned());
        }
    };
    let config = operator::DraftConfig {
        endpoint,
        kubeconfig: args.kubeconfig,
        namespace: args.namespace,
        gateway: gateway.clone(),
        engine: args.engine,
        // Names of generations are never free again (service.md 7.3).
        name: format!("generate_{:016x}", rand::random::<u64>()),
        text,
    };
    let answer = operator::draft(config, |line| eprintln!("{line}"))
        .await
        .map_err(|error| error.to_string())?;
    let place = Place {
        namespace: Some(answer.namespace),
        gateway: Some((answer.gateway_arn, gateway)),
        engine: answer.engine,
        engine_id: answer.engine_id,
    };
    Ok((answer.candidates, place))
}
