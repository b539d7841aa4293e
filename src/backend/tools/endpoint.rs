//! Which endpoints of MCP servers may be asked.
//!
//! The model wants `https://.*` (`McpServerTargetConfiguration.endpoint`). Two kinds of `http://` endpoints are taken
//! besides: those on loopback, and those whose host name is given by `--insecure-endpoints`. [`Endpoints::pattern`] is
//! the same rule for the wire, which checks patterns before anything else.

use super::ToolsError;
use reqwest::Url;

/// Hosts of this very machine, as the pattern of the wire has them.
const LOOPBACK: &str = r"localhost|127\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|\[::1\]";

/// The rule, with the host names that may be asked without TLS.
#[derive(Clone, Debug, Default)]
pub(super) struct Endpoints {
    /// In lower case. `*.` at the beginning stands for one or more labels.
    insecure: Vec<String>,
}

impl Endpoints {
    /// With these host names, such as `mcp.tools.svc` or `*.svc.cluster.local`.
    pub fn new(insecure: impl IntoIterator<Item = String>) -> Self {
        let insecure = insecure
            .into_iter()
            .map(|host| host.to_ascii_lowercase())
            .collect();
        Self { insecure }
    }

    /// The pattern that `http://` endpoints match, beside the model's own.
    pub fn pattern(&self) -> String {
        let named = self.insecure.iter().map(|host| match host.strip_prefix("*.") {
            Some(rest) => format!(r"(?:[a-z0-9_-]+\.)+{}", regex::escape(rest)),
            None => regex::escape(host),
        });
        let hosts: Vec<String> = std::iter::once(LOOPBACK.to_owned()).chain(named).collect();
        let hosts = hosts.join("|");
        format!(r"http://(?i:{hosts})(?::[0-9]{{1,5}})?(?:[/?#].*)?")
    }

    /// The URL of an endpoint that may be asked; a refusal calls it so.
    pub fn check(&self, what: &str, endpoint: &str) -> Result<Url, ToolsError> {
        let refuse = |why: &str| ToolsError::new(format!("The {what} {endpoint} cannot be used: {why}"));
        let url = Url::parse(endpoint).map_err(|error| refuse(&format!("it is no URL ({error})")))?;
        let host = url.host_str().unwrap_or_default();
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.may_be_insecure(host) => Ok(url),
            "http" => Err(refuse(&format!(
                "http is taken on loopback only; use https, or start the local backend with --insecure-endpoints {host}"
            ))),
            _ => Err(refuse("it must begin with https://")),
        }
    }

    fn may_be_insecure(&self, host: &str) -> bool {
        is_loopback(host) || self.insecure.iter().any(|known| is_named(known, host))
    }
}

/// Whether a host is the one of this name; `*.` at the beginning of it stands for one or more labels. Both in lower case.
pub fn is_named(known: &str, host: &str) -> bool {
    match known.strip_prefix('*') {
        Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
        None => host == known,
    }
}

/// Whether the host of a URL is this machine. `Url` has lower-cased it and written addresses in one way.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse()
            .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each with whether it is taken.
    const ENDPOINTS: [(&str, bool); 19] = [
        ("https://mcp.example.com/mcp", true),
        ("http://localhost:8080/mcp", true),
        ("http://LOCALHOST/mcp", true),
        ("http://127.0.0.1:1/", true),
        ("http://127.8.9.1", true),
        ("http://[::1]:8080/mcp?x=y", true),
        ("http://mcp.tools.svc:80/mcp", true),
        ("http://orders.shop.svc.cluster.local/mcp", true),
        ("http://a.svc.cluster.local", true),
        ("http://svc.cluster.local/mcp", false),
        ("http://evilsvc.cluster.local/mcp", false),
        ("http://mcp.example.com/mcp", false),
        ("http://localhost.example.com/mcp", false),
        ("http://localhost@example.com/mcp", false),
        ("http://127.0.0.1:80@example.com/", false),
        ("http://mcp.tools.svc.example.com/", false),
        ("http://169.254.169.254/latest", false),
        ("ftp://localhost/", false),
        ("mcp.example.com", false),
    ];

    #[test]
    fn http_is_taken_on_loopback_and_by_name_and_the_pattern_says_the_same() {
        let hosts = ["mcp.tools.svc", "*.svc.cluster.local"];
        let endpoints = Endpoints::new(hosts.map(str::to_owned));
        let wire = regex::Regex::new(&format!(r"\A(?:https://.*|{})\z", endpoints.pattern())).unwrap();
        for (endpoint, taken) in ENDPOINTS {
            assert_eq!(endpoints.check("x", endpoint).is_ok(), taken, "{endpoint}");
            assert_eq!(wire.is_match(endpoint), taken, "{endpoint}");
        }
        let told = Endpoints::default()
            .check("x", "http://mcp.tools.svc/mcp")
            .unwrap_err()
            .to_string();
        assert!(
            told.ends_with("start the local backend with --insecure-endpoints mcp.tools.svc"),
            "{told}"
        );
    }
}
