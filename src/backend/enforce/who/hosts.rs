//! Which hosts keys may be fetched from, by name and by the addresses that the name has at the moment.
//!
//! A gateway's discovery URL is a request that this backend makes for whoever can write a gateway. So it goes to the public
//! internet over TLS; to this machine when the gateways themselves are only served there; and wherever a flag says.

use super::addresses::{is_loopback, is_public};
use crate::backend::tools::is_named;
use reqwest::Url;
use std::net::IpAddr;

/// Bytes of a URL at most.
const LONGEST: usize = 2048;

/// The rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts {
    /// In lower case. `*.` at the beginning stands for one or more labels.
    trusted: Vec<String>,
    /// Gateways are served on loopback only.
    on_loopback: bool,
}

impl Hosts {
    /// With these host names, such as `login.corp.example` or `*.svc.cluster.local`.
    pub fn new(trusted: impl IntoIterator<Item = String>, on_loopback: bool) -> Self {
        let trusted = trusted.into_iter().map(|host| host.to_ascii_lowercase());
        Self {
            trusted: trusted.collect(),
            on_loopback,
        }
    }

    /// The URL of something that may be fetched; `by` is the URL whose document names this one.
    ///
    /// # Errors
    /// Why it may not, and what to do.
    pub fn check(&self, text: &str, by: Option<&Url>) -> Result<Url, String> {
        // Whoever is told of it is shown it as it was parsed: without line breaks, and not endless.
        let short = text.len() <= LONGEST;
        let url = short.then(|| Url::parse(text).ok()).flatten();
        let url = url.ok_or("that is no URL, or a very long one")?;
        let name = named(&url);
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a URL with a user in it is not taken".to_owned());
        }
        let trusted = self.trusts(name);
        // A document from elsewhere does not send us to this machine.
        let at_home = is_this_machine(name)
            && (trusted || self.on_loopback && by.is_none_or(|by| is_this_machine(named(by))));
        match url.scheme() {
            "https" => {}
            "http" if at_home => {}
            "http" => {
                return Err(format!(
                    "{url} is not https, and http is taken on loopback only, when gateways are served there too"
                ));
            }
            _ => return Err(format!("{url} is not https")),
        }
        let by_name_alone = address(name).is_none() && name != "localhost";
        if at_home || trusted || by_name_alone || address(name).is_some_and(is_public) {
            Ok(url)
        } else {
            Err(refusal(name))
        }
    }

    /// Whether this address, which the name has, may be connected to.
    pub fn take(&self, name: &str, address: IpAddr) -> bool {
        let name = name.trim_end_matches('.');
        is_public(address)
            || self.trusts(name)
            || self.on_loopback && name.eq_ignore_ascii_case("localhost") && is_loopback(address)
    }

    fn trusts(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        self.trusted.iter().any(|known| is_named(known, &name))
    }
}

/// Why a host is not connected to.
pub(super) fn refusal(name: &str) -> String {
    format!(
        "{name} has no public address; start the local backend with --trusted-issuer {name} if it is your issuer"
    )
}

/// The host of a URL without brackets and without the dot of the root.
fn named(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.trim_matches(['[', ']']).trim_end_matches('.')
}

fn address(name: &str) -> Option<IpAddr> {
    name.parse().ok()
}

fn is_this_machine(name: &str) -> bool {
    name == "localhost" || address(name).is_some_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_https_or_of_this_machine_and_public_or_named() {
        let trusted = ["login.corp", "*.svc.cluster.local", "10.0.0.9"].map(str::to_owned);
        let away = Hosts::new(trusted.clone(), false);
        let home = Hosts::new(trusted, true);
        for (url, from_away, from_home) in [
            (
                "https://issuer.example/.well-known/openid-configuration",
                true,
                true,
            ),
            ("https://8.8.8.8/x", true, true),
            ("https://login.corp/x", true, true),
            ("https://LOGIN.corp./x", true, true),
            ("https://a.b.svc.cluster.local/x", true, true),
            ("https://10.0.0.9/x", true, true),
            ("http://localhost:1/x", false, true),
            ("http://127.0.0.1:1/x", false, true),
            ("http://[::1]:1/x", false, true),
            ("https://localhost/x", false, true),
            // Other spellings of loopback are read by the URL parser.
            ("http://0x7f.1/x", false, true),
            ("http://issuer.example/x", false, false),
            ("http://login.corp/x", false, false),
            ("https://10.0.0.1/x", false, false),
            ("https://169.254.169.254/x", false, false),
            ("http://169.254.169.254/latest", false, false),
            ("https://[::ffff:169.254.169.254]/x", false, false),
            ("https://[fd00:ec2::254]/x", false, false),
            ("http://localhost.example/x", false, false),
            ("http://127.0.0.1@issuer.example/x", false, false),
            ("https://user:secret@issuer.example/x", false, false),
            ("https://user@issuer.example/x", false, false),
            ("https://:secret@issuer.example/x", false, false),
            ("ftp://localhost/x", false, false),
            ("file:///etc/passwd", false, false),
            ("issuer.example", false, false),
            (
                &format!("https://issuer.example/{}", "x".repeat(2048)),
                false,
                false,
            ),
        ] {
            assert_eq!(away.check(url, None).is_ok(), from_away, "{url}");
            assert_eq!(home.check(url, None).is_ok(), from_home, "{url}");
        }
    }

    #[test]
    fn a_document_from_elsewhere_does_not_send_us_to_this_machine() {
        let hosts = Hosts::new([], true);
        let elsewhere = Url::parse("https://issuer.example/x").unwrap();
        let here = Url::parse("http://localhost:1/x").unwrap();
        for url in ["http://127.0.0.1:8787/x", "https://localhost/x"] {
            assert!(hosts.check(url, Some(&elsewhere)).is_err(), "{url}");
            assert!(hosts.check(url, Some(&here)).is_ok(), "{url}");
        }
        let named = Hosts::new(["localhost".to_owned()], false);
        assert!(named.check("http://localhost:1/x", Some(&elsewhere)).is_ok());
    }

    #[test]
    fn what_a_name_has_for_addresses_is_judged_when_it_is_connected_to() {
        let hosts = Hosts::new(["login.corp".to_owned()], true);
        for (name, address, expected) in [
            ("issuer.example", "8.8.8.8", true),
            ("issuer.example", "127.0.0.1", false),
            ("issuer.example", "10.0.0.1", false),
            ("issuer.example", "::ffff:169.254.169.254", false),
            ("login.corp", "10.0.0.1", true),
            ("localhost", "127.0.0.1", true),
            ("localhost", "10.0.0.1", false),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(hosts.take(name, address), expected, "{name} {address}");
        }
        let away = Hosts::new([], false);
        assert!(!away.take("localhost", "127.0.0.1".parse().unwrap()));
    }
}
