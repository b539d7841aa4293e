//! Fetching an issuer's discovery document and its keys: bounded in time and size, no redirect followed, and only from the
//! addresses that `hosts` takes, judged when they are connected to.

use super::hosts::{Hosts, refusal};
use super::keys::Keys;
use crate::backend::enforce::protocol::json;
use futures::future::BoxFuture;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use serde_json::Value;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The largest document in bytes.
const LARGEST: usize = 128 * 1024;
/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(3);
/// How long a document may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Finds the addresses of a name.
pub(super) trait Lookup: Send + Sync + Debug {
    /// All addresses that the name has now.
    fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>>;
}

/// As the system finds them.
#[derive(Debug)]
pub(super) struct System;

impl Lookup for System {
    fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
    }
}

/// Fetches keys.
#[derive(Debug)]
pub(super) struct Retrieval {
    client: reqwest::Client,
    hosts: Arc<Hosts>,
}

impl Retrieval {
    /// From these hosts.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(hosts: Hosts, lookup: Arc<dyn Lookup>) -> Result<Self, String> {
        let hosts = Arc::new(hosts);
        let resolver = Judging {
            hosts: Arc::clone(&hosts),
            lookup,
        };
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECTING)
            .timeout(PATIENCE)
            .redirect(Policy::none())
            // Behind a proxy nobody knows which address is connected to.
            .no_proxy()
            .dns_resolver(Arc::new(resolver))
            .build()
            .map_err(|error| format!("no HTTP client can be made: {error}"))?;
        Ok(Self { client, hosts })
    }

    /// The issuer that this discovery URL describes, with its keys.
    ///
    /// # Errors
    /// Why there are none, and what to do. Of what was fetched it holds the `jwks_uri` alone.
    pub async fn keys(&self, discovery: &str) -> Result<Keys, String> {
        let discovery = self.hosts.check(discovery, None)?;
        let document = self.document(&discovery).await?;
        let (issuer, address) = self.described(&discovery, &document)?;
        let set = self.document(&address).await?;
        Keys::read(&issuer, &set).ok_or_else(|| format!("the document at {address} is no key set"))
    }

    /// The issuer that a discovery document names, and where its keys are.
    fn described(&self, discovery: &Url, document: &Value) -> Result<(String, Url), String> {
        let text = |name: &str| {
            let text = document.get(name).and_then(Value::as_str);
            let text = text.filter(|text| !text.is_empty());
            text.ok_or_else(|| format!("the document at {discovery} has no {name}"))
        };
        let (issuer, address) = (text("issuer")?, text("jwks_uri")?);
        let address = self
            .hosts
            .check(address, Some(discovery))
            .map_err(|why| format!("the jwks_uri of {discovery} cannot be used: {why}"))?;
        Ok((issuer.to_owned(), address))
    }

    async fn document(&self, url: &Url) -> Result<Value, String> {
        let failed = |error: reqwest::Error| why(url, &error);
        let mut response = self.client.get(url.clone()).send().await.map_err(failed)?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(format!("{url} answered {status}"));
        }
        let mut whole = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            whole.extend_from_slice(&chunk);
            if whole.len() > LARGEST {
                return Err(format!("the document at {url} is longer than {LARGEST} bytes"));
            }
        }
        json::parse(&whole).map_err(|_| format!("the document at {url} is no JSON, or has a member twice"))
    }
}

/// What became of a request.
fn why(url: &Url, error: &reqwest::Error) -> String {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(Refused(name)) = error.downcast_ref() {
            return refusal(name);
        }
        cause = error.source();
    }
    if error.is_timeout() {
        format!("{url} did not answer in time")
    } else if error.is_connect() {
        format!("{url} cannot be reached")
    } else {
        format!("the connection to {url} broke")
    }
}

/// The resolver of the client: an address that is not taken is never connected to.
#[derive(Debug)]
struct Judging {
    hosts: Arc<Hosts>,
    lookup: Arc<dyn Lookup>,
}

/// No address of this name is taken.
#[derive(Debug, thiserror::Error)]
#[error("no address of {0} is taken")]
struct Refused(String);

impl Resolve for Judging {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let (hosts, found) = (Arc::clone(&self.hosts), self.lookup.lookup(name.clone()));
        Box::pin(async move {
            let taken: Vec<SocketAddr> = found
                .await?
                .into_iter()
                .filter(|address| hosts.take(&name, address.ip()))
                .collect();
            if taken.is_empty() {
                return Err(Refused(name).into());
            }
            let taken: Addrs = Box::new(taken.into_iter());
            Ok(taken)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_of_the_internet_does_not_name_keys_of_this_machine() {
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let retrieval = Retrieval::new(Hosts::new([], true), Arc::new(System)).unwrap();
        let named = |discovery: &str, jwks: &str| {
            let document = json!({"issuer": "i", "jwks_uri": jwks});
            retrieval.described(&Url::parse(discovery).unwrap(), &document)
        };
        let (public, local) = ("https://issuer.example/x", "http://127.0.0.1:8787/jwks");
        assert!(named(public, "https://keys.example/jwks").is_ok());
        assert!(named("http://localhost:1/x", local).is_ok());
        for jwks in [local, "https://localhost/jwks", "https://[::1]/jwks"] {
            let told = named(public, jwks).unwrap_err();
            assert!(
                told.starts_with("the jwks_uri of https://issuer.example/x cannot be used"),
                "{told}"
            );
        }
    }
}
