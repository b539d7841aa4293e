//! Client tokens (service.md section 7, and 18 `compat.token-replay`, `compat.token-mismatch`).
//!
//! A token is remembered for a time of the service's clock, in the scope account + region + operation + engine.
//! It is written in the same batch as the resource it made, so there is never one without the other.

use super::Control;
use super::clock::Micros;
use super::defaults::text;
use super::refusal::{Reason, Refusal};
use crate::backend::store::{Key, Kind, Record, Write};
use crate::backend::switches::TokenMismatch;
use crate::model::sha256;
use serde::{Deserialize, Serialize};

/// What is kept of a token that was used.
#[derive(Debug, Deserialize, Serialize)]
pub struct TokenBody {
    /// Digest of the request it came with.
    pub request: String,
    /// Id of the resource it made.
    pub resource: String,
    /// When that was made.
    pub created: Micros,
    /// When it is forgotten, in the service's time.
    pub expires: Micros,
}

/// What is known of the token of a create.
#[derive(Debug)]
pub enum Seen {
    /// It made this resource, by the same request.
    Before {
        /// Id of the resource.
        id: String,
        /// When it was made.
        created: Micros,
    },
    /// Nothing: the request is new. To be written with what it makes.
    Never(Unused),
}

/// A token that was not used yet, or none at all.
#[derive(Debug)]
pub struct Unused(Option<Fresh>);

#[derive(Debug)]
struct Fresh {
    key: Key,
    request: String,
    /// Version of a forgotten record that is still in the way.
    forgotten: Option<i64>,
}

/// Looks a token up. `operation` and `engine` are its scope within the account; `request` is everything else
/// that was asked.
///
/// # Errors
/// [`Refusal::Validation`], or by switch [`Refusal::Conflict`], when the token came with another request before.
pub async fn look_up(
    control: &Control,
    operation: &str,
    engine: &str,
    token: Option<&str>,
    request: &(impl Serialize + Sync),
) -> Result<Seen, Refusal> {
    let Some(token) = token else {
        return Ok(Seen::Never(Unused(None)));
    };
    let place = &control.place;
    let id = sha256([place.account.as_str(), &place.region, operation, engine, token]);
    let key = Key {
        kind: Kind::Token,
        id: id.as_str().to_owned(),
    };
    let request = serde_json::to_string(request).map_err(|error| Refusal::Fault(error.to_string()))?;
    let request = sha256([request.as_str()]).as_str().to_owned();
    let Some(record) = control.store.get(&key).await? else {
        return Ok(Seen::Never(Unused(Some(Fresh {
            key,
            request,
            forgotten: None,
        }))));
    };
    let body = read(&record)?;
    if body.expires <= control.clocks.service.now() {
        let forgotten = Some(record.version);
        return Ok(Seen::Never(Unused(Some(Fresh {
            key,
            request,
            forgotten,
        }))));
    }
    if body.request != request {
        return Err(match control.switches.token_mismatch {
            TokenMismatch::Validation => {
                Refusal::validation(Reason::IdempotentParameterMismatch, text::TOKEN_MISMATCH)
            }
            TokenMismatch::Conflict => Refusal::Conflict(text::TOKEN_MISMATCH.to_owned()),
        });
    }
    Ok(Seen::Before {
        id: body.resource,
        created: body.created,
    })
}

/// Reads the body of a token's record.
pub fn read(record: &Record) -> Result<TokenBody, Refusal> {
    serde_json::from_str(&record.body)
        .map_err(|error| Refusal::Fault(format!("token {} cannot be read: {error}", record.key.id)))
}

impl Unused {
    /// What remembers that the token made `resource`; nothing when there is no token.
    pub fn used(self, control: &Control, resource: &str, created: Micros) -> Result<Option<Write>, Refusal> {
        let Some(Fresh {
            key,
            request,
            forgotten,
        }) = self.0
        else {
            return Ok(None);
        };
        let lifetime = control.switches.token_replay.get();
        let lifetime = lifetime.and_then(|time| Micros::try_from(time.as_micros()).ok());
        let lifetime = lifetime.unwrap_or(Micros::MAX);
        let expires = control.clocks.service.now().saturating_add(lifetime);
        let body = TokenBody {
            request,
            resource: resource.to_owned(),
            created,
            expires,
        };
        let record = Record {
            key,
            parent: String::new(),
            name: None,
            scope: None,
            size: 0,
            version: forgotten.unwrap_or(0),
            status: String::new(),
            due: Some(control.clocks.machine.now().saturating_add(lifetime)),
            created,
            body: serde_json::to_string(&body).map_err(|error| Refusal::Fault(error.to_string()))?,
        };
        Ok(Some(if forgotten.is_some() {
            Write::Replace(record)
        } else {
            Write::Insert(record)
        }))
    }
}
