//! A signed token as it travels (RFC 7515 section 7.1): read strictly, and believed in nothing yet.

use super::key::Algorithm;
use crate::backend::enforce::protocol::json;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The longest token in bytes.
pub(super) const LONGEST: usize = 16 * 1024;

/// A token in its parts.
#[derive(Debug)]
pub(super) struct Token<'t> {
    /// What the signature is of.
    pub signed: &'t [u8],
    /// The signature.
    pub signature: Vec<u8>,
    /// What it says that it is signed with.
    pub algorithm: Algorithm,
    /// Which key it says that it is signed with.
    pub kid: Option<String>,
    /// What it claims.
    pub claims: Map<String, Value>,
}

impl<'t> Token<'t> {
    /// Reads a token.
    ///
    /// # Errors
    /// What is wrong with it, in words that hold nothing of it.
    pub fn read(text: &'t str) -> Result<Self, &'static str> {
        if text.len() > LONGEST {
            return Err("The token is too long");
        }
        let (signed, signature) = text.rsplit_once('.').ok_or("The token is no signed JWT")?;
        let (head, claims) = signed.split_once('.').ok_or("The token is no signed JWT")?;
        let part = |part: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(part).ok();
            bytes.filter(|bytes| !bytes.is_empty())
        };
        let (Some(head), Some(claims)) = (part(head), part(claims)) else {
            return Err("The token is no signed JWT");
        };
        let head = object(&head).ok_or("The header of the token cannot be read")?;
        // RFC 7515 4.1.11: what must be understood is not understood here.
        if head.contains_key("crit") {
            return Err("The token has critical extensions");
        }
        let algorithm = head.get("alg").and_then(Value::as_str);
        let algorithm = algorithm
            .and_then(Algorithm::named)
            .ok_or("The token is signed with an algorithm that is not taken")?;
        let kid = match head.get("kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid.clone()),
            Some(_) => return Err("The header of the token cannot be read"),
        };
        let signature = part(signature).ok_or("The token is not signed")?;
        let claims = object(&claims).ok_or("The claims of the token cannot be read")?;
        Ok(Self {
            signed: signed.as_bytes(),
            signature,
            algorithm,
            kid,
            claims,
        })
    }
}

/// An object in which no member is there twice.
fn object(text: &[u8]) -> Option<Map<String, Value>> {
    match json::parse(text).ok()? {
        Value::Object(members) => Some(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    }
}
