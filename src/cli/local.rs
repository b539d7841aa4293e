//! From flags to a local backend: what its files hold, and what goes together.

use super::args::{AuthorArg, AuthorArgs, LocalArgs};
use crate::backend::{
    AuthorConfig, BackendConfig, CallersConfig, Credentials, Cvc5, Dialect, ForwardConfig, ForwardLimits,
    ModelConfig, Switches, TargetsConfig,
};
use crate::model::Secret;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The variable that holds a model's key when no file does: a flag would show it to everybody on the machine.
const AUTHOR_KEY: &str = "AGENTCORE_OPERATOR_AUTHOR_KEY";

/// How a local backend with these flags is set up.
///
/// # Errors
/// What cannot be used, and what to do.
pub(super) fn config(local: LocalArgs, listen: SocketAddr, region: String) -> Result<BackendConfig, String> {
    let switches = switches(local.switches.as_deref(), &local.switch)?;
    let credentials = local
        .credentials
        .map(|file| credentials(&file, &local.account_id))
        .transpose()?;
    let identities = local.iam_identities.map(|file| identities(&file)).transpose()?;
    let fault_script = local
        .fault_script
        .map(|file| read("--fault-script", &file))
        .transpose()?;
    Ok(BackendConfig {
        listen,
        gateway_listen: local.gateway_listen.unwrap_or_else(|| after(listen)),
        // Empty variables are none.
        gateway_url: local.gateway_url.filter(|url| !url.is_empty()),
        decision_log: local.decision_log.filter(|file| !file.as_os_str().is_empty()),
        decision_log_failure: local.decision_log_failure.into(),
        gateway_metrics_listen: local.gateway_metrics_listen,
        data_dir: local.data_dir,
        // An empty variable is none.
        database_url: local.database_url.filter(|url| !url.is_empty()),
        region,
        account_id: local.account_id,
        transition_delay: local.transition_delay,
        switches,
        author: author(local.author)?,
        targets: TargetsConfig {
            buckets: local.s3_buckets,
            rest_apis: local.rest_apis,
            insecure_endpoints: local.insecure_endpoints,
        },
        forward: ForwardConfig {
            lambda_endpoints: local.lambda_endpoints,
            hidden_variables: own_variables(),
            limits: ForwardLimits {
                time: local.tool_timeout,
                ..ForwardLimits::default()
            },
        },
        callers: CallersConfig {
            identities,
            trusted_issuers: local.trusted_issuers,
        },
        cvc5: cvc5(local.cvc5),
        credentials,
        unsigned_anywhere: local.unsigned_anywhere,
        admin_listen: local.admin_listen,
        fault_script,
    })
}

/// The solver that a flag names.
pub(super) fn cvc5(given: Option<PathBuf>) -> Cvc5 {
    match given {
        None => Cvc5::OnPath,
        Some(path) if path.as_os_str() == "off" => Cvc5::Off,
        Some(path) => Cvc5::At(path),
    }
}

/// The variables that are flags of this program: some hold secrets, and none is for other programs.
fn own_variables() -> Vec<String> {
    std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("AGENTCORE_OPERATOR_"))
        .collect()
}

/// The same address at the port after; port 0 stays any free one.
fn after(address: SocketAddr) -> SocketAddr {
    let port = match address.port() {
        0 => 0,
        port => port.checked_add(1).unwrap_or(0),
    };
    SocketAddr::new(address.ip(), port)
}

/// The author of generated policies.
pub(super) fn author(args: AuthorArgs) -> Result<AuthorConfig, String> {
    let AuthorArgs {
        author,
        author_url,
        author_model,
        author_key_file,
        author_timeout,
    } = args;
    let dialect = match author {
        AuthorArg::Deterministic => {
            let given: Vec<&str> = [
                (author_url.is_some(), "--author-url"),
                (author_model.is_some(), "--author-model"),
                (author_key_file.is_some(), "--author-key-file"),
            ]
            .into_iter()
            .filter_map(|(given, flag)| given.then_some(flag))
            .collect();
            if given.is_empty() {
                return Ok(AuthorConfig::Deterministic);
            }
            return Err(format!(
                "without a model as --author nothing uses {}; give --author openai or converse, or leave that out",
                given.join(" and ")
            ));
        }
        AuthorArg::OpenAi => Dialect::OpenAi,
        AuthorArg::Converse => Dialect::Converse,
    };
    let (Some(url), Some(model)) = (author_url, author_model) else {
        return Err("a model as --author needs --author-url and --author-model".to_owned());
    };
    let key = match author_key_file {
        Some(file) => Some(read("--author-key-file", &file)?),
        None => std::env::var(AUTHOR_KEY).ok(),
    };
    // An empty variable is none, and a file ends in a line break.
    let key = key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    Ok(AuthorConfig::Model(ModelConfig {
        dialect,
        url,
        model,
        key: key.map(Secret::new),
        patience: author_timeout,
    }))
}

/// The text of the file that a flag names.
pub(super) fn read(flag: &str, file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| {
        let known = [
            (ErrorKind::NotFound, "a file that is there"),
            (ErrorKind::IsADirectory, "a file, not a folder"),
            (ErrorKind::InvalidData, "a file of text"),
        ];
        let wanted = known
            .iter()
            .find(|(kind, _)| *kind == error.kind())
            .map_or("a file that can be read", |(_, wanted)| *wanted);
        format!("cannot read {}: {error}; give {flag} {wanted}", file.display())
    })
}

/// The access keys of a file.
pub(super) fn credentials(file: &Path, account: &str) -> Result<Credentials, String> {
    Credentials::read(&read("--credentials", file)?, account)
        .map_err(|error| format!("{}: {error}", file.display()))
}

/// The access keys of those who may sign requests to gateways.
fn identities(file: &Path) -> Result<Credentials, String> {
    Credentials::read_of_all(&read("--iam-identities", file)?)
        .map_err(|error| format!("{}: {error}", file.display()))
}

/// The switches of the file, and over them those of the command line.
fn switches(file: Option<&Path>, assignments: &[String]) -> Result<Switches, String> {
    let mut switches = Switches::default();
    if let Some(file) = file {
        let text = read("--switches", file)?;
        switches
            .read(&text)
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    // An empty variable is none.
    for assignment in assignments.iter().filter(|assignment| !assignment.is_empty()) {
        switches
            .assign(assignment)
            .map_err(|error| format!("--switch: {error}"))?;
    }
    Ok(switches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn args(author: AuthorArg, url: Option<&str>, key_file: Option<&Path>) -> AuthorArgs {
        AuthorArgs {
            author,
            author_url: url.map(str::to_owned),
            author_model: url.map(|_| "m".to_owned()),
            author_key_file: key_file.map(Path::to_owned),
            author_timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn a_model_needs_a_url_and_takes_its_key_from_a_file() {
        assert!(matches!(
            author(args(AuthorArg::Deterministic, None, None)),
            Ok(AuthorConfig::Deterministic)
        ));
        assert_eq!(
            author(args(AuthorArg::OpenAi, None, None)).unwrap_err(),
            "a model as --author needs --author-url and --author-model"
        );
        for (url, key_file, flag) in [
            (Some("https://host"), None, "--author-url and --author-model"),
            (None, Some(Path::new("key")), "--author-key-file"),
        ] {
            assert_eq!(
                author(args(AuthorArg::Deterministic, url, key_file)).unwrap_err(),
                format!(
                    "without a model as --author nothing uses {flag}; give --author openai or converse, or leave that out"
                )
            );
        }
        let directory = tempfile::TempDir::new().unwrap();
        let file = directory.path().join("key");
        let error = author(args(AuthorArg::Converse, Some("https://host"), Some(&file))).unwrap_err();
        assert!(
            error.ends_with("give --author-key-file a file that is there"),
            "{error}"
        );
        std::fs::write(&file, "secret\n").unwrap();
        let Ok(AuthorConfig::Model(model)) =
            author(args(AuthorArg::Converse, Some("https://host"), Some(&file)))
        else {
            panic!("no model")
        };
        assert_eq!(
            (model.dialect, model.key.unwrap().reveal()),
            (Dialect::Converse, "secret")
        );
    }
}
