//! Who calls a gateway (service.md 9.2, 10.1, 11.1 and 11.2).
//!
//! [`Authorizer`] is how one gateway asks, [`Identities`] what all of them share, [`Caller`] the answer that policies are asked
//! about, [`Unidentified`] why there is none. A token is read strictly (`token`), its signature verified by keys that
//! were fetched with care (`issuer`, `retrieval`, `hosts`), its times and the gateway's rules held against it (`times`, `rules`),
//! and what was found out is kept until it expires (`verified`).

mod addresses;
mod authorizer;
mod bearer;
mod caller;
mod development;
mod hosts;
mod iam;
mod issuer;
mod key;
mod keys;
mod refusal;
mod retrieval;
mod rules;
#[cfg(test)]
mod tests;
mod times;
mod token;
mod verified;

pub use authorizer::Authorizer;
pub use caller::Caller;
pub use development::{DevelopmentError, development_token};
pub use refusal::Unidentified;

use crate::backend::sigv4::Credentials;
use crate::backend::switches::{PrincipalAuthenticateOnly, PrincipalNone, Switches};
use authorizer::Kind;
use development::Development;
use hosts::Hosts;
use http::request::Parts;
use issuer::Issuer;
use retrieval::{Lookup, Retrieval, System};
use rules::Rules;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use token::Token;
use verified::{Hash, Trust, Verified, hash};

/// The most issuers that are remembered.
const MOST_ISSUERS: usize = 256;

/// Who may call gateways, beside what each gateway says.
#[derive(Clone, Debug, Default)]
pub struct CallersConfig {
    /// Who may sign AWS requests; without them nobody may.
    pub identities: Option<Credentials>,
    /// Hosts of issuers that need no public address, such as `login.corp.example` or `*.svc.cluster.local`.
    pub trusted_issuers: Vec<String>,
}

/// What [`Identities`] stand on.
#[derive(Debug)]
pub struct Setup {
    /// Region that AWS requests are signed for.
    pub region: String,
    /// Gateways are served on loopback only.
    pub listener_is_loopback: bool,
    /// Who may call.
    pub callers: CallersConfig,
    /// Directory of the development key.
    pub data_dir: PathBuf,
    /// What is done where nothing public says what AWS does.
    pub switches: Switches,
}

/// What all gateways share to find out who calls.
#[derive(Debug)]
pub struct Identities {
    region: String,
    iam: Option<Credentials>,
    development: Development,
    switches: Switches,
    retrieval: Arc<Retrieval>,
    issuers: Mutex<HashMap<String, Arc<Issuer>>>,
    verified: Verified,
}

impl Identities {
    /// On this ground.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(setup: Setup) -> Result<Self, String> {
        Self::with_lookup(setup, Arc::new(System))
    }

    fn with_lookup(setup: Setup, lookup: Arc<dyn Lookup>) -> Result<Self, String> {
        let Setup {
            region,
            listener_is_loopback,
            callers,
            data_dir,
            switches,
        } = setup;
        let hosts = Hosts::new(callers.trusted_issuers, listener_is_loopback);
        Ok(Self {
            region,
            iam: callers.identities,
            development: Development::new(&data_dir),
            switches,
            retrieval: Arc::new(Retrieval::new(hosts, lookup)?),
            issuers: Mutex::default(),
            verified: Verified::default(),
        })
    }

    /// Who sends a request to a gateway. `now` is this machine's time in microseconds since 1970.
    ///
    /// # Errors
    /// [`Unidentified`] when that is not known, or when the gateway does not take them.
    pub async fn identify(
        &self,
        gateway: &Authorizer,
        head: &Parts,
        body: &[u8],
        now: i64,
    ) -> Result<Arc<Caller>, Unidentified> {
        match &gateway.0 {
            Kind::CustomJwt { rules, hash } => self.bearer(rules, hash, head, now).await,
            Kind::Iam => self.signer(head, body, now).map(Arc::new),
            Kind::AuthenticateOnly => {
                let signer = self.signer(head, body, now)?;
                match self.switches.principal_authenticate_only {
                    PrincipalAuthenticateOnly::Signer => Ok(Arc::new(signer)),
                    PrincipalAuthenticateOnly::Unauthenticated => Caller::nobody().map(|nobody| {
                        Arc::new(Caller {
                            signer: signer.signer,
                            ..nobody
                        })
                    }),
                }
            }
            Kind::None { role } => match self.switches.principal_none {
                PrincipalNone::Unauthenticated => Caller::nobody(),
                PrincipalNone::GatewayRole => {
                    Caller::entity(caller::role_id(role).unwrap_or_else(|| role.clone()))
                }
            }
            .map(Arc::new),
        }
    }

    fn signer(&self, head: &Parts, body: &[u8], now: i64) -> Result<Caller, Unidentified> {
        let identity = iam::signer(self.iam.as_ref(), &self.region, head, body, now)?;
        let id = caller::iam_id(&identity, self.switches.iam_principal_id);
        Ok(Caller {
            signer: Some(identity.arn),
            ..Caller::entity(id)?
        })
    }

    async fn bearer(
        &self,
        rules: &Rules,
        rules_hash: &Hash,
        head: &Parts,
        now: i64,
    ) -> Result<Arc<Caller>, Unidentified> {
        let text = bearer::token(&head.headers)?;
        let hash = hash(rules_hash, text);
        let issuer = self.issuer(&rules.discovery_url);
        if let Some((caller, trust)) = self.verified.get(&hash, now)
            && self.holds(&trust, &issuer, now)
        {
            return Ok(caller);
        }
        let token = Token::read(text).map_err(Unidentified::invalid)?;
        let until = times::check(&token.claims, now).map_err(Unidentified::invalid)?;
        let trust = if Development::is_meant(token.kid.as_deref()) {
            Trust::Development(self.developed(&token, now).await?)
        } else {
            Trust::Issuer(Self::issued(&issuer, &token, now).await?)
        };
        rules.check(&token.claims)?;
        let caller = Arc::new(Caller::user(&token.claims, self.switches.claim_to_tag)?);
        self.verified
            .keep(hash, Arc::clone(&caller), trust, until, text.len());
        Ok(caller)
    }

    /// Whether what a token was verified with is still in force.
    fn holds(&self, trust: &Trust, issuer: &Arc<Issuer>, now: i64) -> bool {
        match trust {
            Trust::Issuer(keys) => issuer.known(now).is_some_and(|known| Arc::ptr_eq(&known, keys)),
            Trust::Development(key) => {
                let known = self.development.known(now);
                known.is_some_and(|known| Arc::ptr_eq(&known, key))
            }
        }
    }

    /// The keys of the issuer, one of which has signed this token.
    async fn issued(
        issuer: &Arc<Issuer>,
        token: &Token<'_>,
        now: i64,
    ) -> Result<Arc<keys::Keys>, Unidentified> {
        let known = issuer.keys(now).await.map_err(|why| {
            Unidentified::unknown(format!(
                "The keys of the gateway's issuer cannot be fetched: {why}"
            ))
        })?;
        let named = token.claims.get("iss").and_then(serde_json::Value::as_str);
        if named != Some(known.issuer.as_str()) {
            return Err(Unidentified::invalid("The token is of another issuer"));
        }
        let kid = token.kid.as_deref();
        let signed = |keys: &keys::Keys| keys.verify(kid, token.algorithm, token.signed, &token.signature);
        if signed(&known) {
            return Ok(known);
        }
        // A key that is not known may be a new one. One without a name may be too.
        if kid.is_none_or(|kid| !known.know(kid)) {
            let newer = issuer.keys_beyond(known, now).await;
            if named == Some(newer.issuer.as_str()) && signed(&newer) {
                return Ok(newer);
            }
        }
        Err(Unidentified::invalid(
            "The token is signed with no key of the issuer",
        ))
    }

    /// The development key, which has signed this token.
    async fn developed(&self, token: &Token<'_>, now: i64) -> Result<Arc<key::Key>, Unidentified> {
        let kid = token.kid.as_deref().unwrap_or_default();
        let key = self.development.key(kid, now).await;
        key.filter(|key| key.verifies(token.algorithm, token.signed, &token.signature))
            .ok_or_else(|| Unidentified::invalid("The token is not signed with the development key"))
    }

    fn issuer(&self, discovery_url: &str) -> Arc<Issuer> {
        let mut issuers = lock(&self.issuers);
        if let Some(issuer) = issuers.get(discovery_url) {
            return Arc::clone(issuer);
        }
        if issuers.len() >= MOST_ISSUERS {
            issuers.clear();
        }
        let issuer = Arc::new(Issuer::new(discovery_url, Arc::clone(&self.retrieval)));
        issuers.insert(discovery_url.to_owned(), Arc::clone(&issuer));
        issuer
    }
}

/// The lock of something that is whole whenever it is let go.
fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
