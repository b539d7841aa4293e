//! The development key: it signs tokens for trying gateways out, and this backend alone trusts it.
//!
//! It is one Ed25519 key in a file of the data directory, made when the first token is wanted and readable by its owner only.
//! A token of it is taken by every gateway with `CUSTOM_JWT`, whatever its discovery URL says; its times and the gateway's rules
//! count as for any other.

use super::key::Key;
use super::lock;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The file in the data directory.
const FILE: &str = "development-key.json";
/// How the key is called; the rest is a digest of it.
const KID: &str = "agentcore-development-";
/// Who issues its tokens, unless a claim says otherwise.
pub(super) const ISSUER: &str = "urn:agentcore-policy-operator:development";
/// Whom they are for, unless a claim says otherwise.
const SUBJECT: &str = "developer";
/// How long the key is trusted before its file is looked at again, in microseconds.
const FRESH: i64 = 5_000_000;
/// Bytes of the file at most.
const LARGEST: u64 = 4096;

/// Why there is no token, or no key to verify one with. No text shows the key.
#[derive(Debug, thiserror::Error)]
pub enum DevelopmentError {
    /// The file cannot be read or made.
    #[error("the development key {path} cannot be used: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{0} is no development key; remove it, and another one is made")]
    NoKey(PathBuf),
    /// Everybody on the machine could sign.
    #[error("others may read or write the development key {0}; chmod 600 it, or remove it for another one")]
    Open(PathBuf),
    /// The system gives no key.
    #[error("no development key can be made")]
    Make,
    /// A claim cannot be what it is.
    #[error("{0}")]
    Claim(String),
}

/// A token with these claims, signed with the development key in this directory, which is made if need be. Claims that are not
/// given: `sub`, `iss`, `iat` and `exp`. Times in seconds since 1970.
///
/// # Errors
/// [`DevelopmentError`] when a claim would be refused by every gateway, or when there can be no key.
pub fn development_token(
    data_dir: &Path,
    claims: Map<String, Value>,
    now: i64,
    lifetime: u64,
) -> Result<String, DevelopmentError> {
    let lifetime = i64::try_from(lifetime).unwrap_or(i64::MAX);
    let defaults = [
        ("iss", json!(ISSUER)),
        ("sub", json!(SUBJECT)),
        ("iat", json!(now)),
        ("exp", json!(now.saturating_add(lifetime))),
    ];
    let mut all: Map<String, Value> = defaults
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    all.extend(claims);
    for (name, kind) in [("sub", "a text"), ("exp", "seconds since 1970")] {
        let value = all.get(name);
        let good = match name {
            "sub" => value.and_then(Value::as_str).is_some_and(|sub| !sub.is_empty()),
            _ => value.is_some_and(Value::is_number),
        };
        if !good {
            return Err(DevelopmentError::Claim(format!(
                "the claim {name} has to be {kind}"
            )));
        }
    }
    let path = data_dir.join(FILE);
    let (kid, pair) = match read(&path)? {
        Some(key) => key,
        None => make(data_dir, &path)?,
    };
    let head = json!({"alg": "EdDSA", "kid": kid, "typ": "JWT"});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&head), part(&Value::Object(all)));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()));
    Ok(format!("{signed}.{signature}"))
}

/// The key as a backend knows it: by its file, which may come and go.
#[derive(Debug)]
pub(super) struct Development {
    path: PathBuf,
    /// The key, and when its file was looked at, in microseconds since 1970.
    known: Mutex<Option<(Arc<Key>, i64)>>,
}

impl Development {
    /// The key in this directory.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            path: data_dir.join(FILE),
            known: Mutex::default(),
        }
    }

    /// Whether a token that names its key so is meant to be one of these.
    pub fn is_meant(kid: Option<&str>) -> bool {
        kid.is_some_and(|kid| kid.starts_with(KID))
    }

    /// The key, if its file was looked at a moment ago.
    pub fn known(&self, now: i64) -> Option<Arc<Key>> {
        let known = lock(&self.known);
        let (key, looked) = known.as_ref()?;
        let fresh = now.saturating_sub(*looked) < FRESH;
        fresh.then(|| Arc::clone(key))
    }

    /// The key of this name, if that is what the file holds.
    pub async fn key(&self, kid: &str, now: i64) -> Option<Arc<Key>> {
        let is_it = |key: &Arc<Key>| key.kid.as_deref() == Some(kid);
        if let Some(key) = self.known(now).filter(is_it) {
            return Some(key);
        }
        let path = self.path.clone();
        let looked = tokio::task::spawn_blocking(move || read(&path)).await;
        let found = match looked {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => {
                tracing::warn!(%error, "tokens of the development key are refused");
                None
            }
            Err(error) => {
                tracing::error!(%error, "the development key could not be read");
                None
            }
        };
        let found = found.map(|(kid, pair)| Key::of_ed25519(kid, pair.public_key().as_ref()));
        let mut known = lock(&self.known);
        // The same key stays the same object, by which verified tokens are known.
        let kept = known.take().map(|(kept, _)| kept);
        *known = found.map(|key| {
            let kept = kept.filter(|kept| **kept == key);
            (kept.unwrap_or_else(|| Arc::new(key)), now)
        });
        known.as_ref().map(|(key, _)| Arc::clone(key)).filter(is_it)
    }
}

/// A private key as the file has it (RFC 8037 section 2).
#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    d: String,
}

/// The key of a file, if the file is there.
fn read(path: &Path) -> Result<Option<(String, Ed25519KeyPair)>, DevelopmentError> {
    let unusable = |source| DevelopmentError::File {
        path: path.to_owned(),
        source,
    };
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(error)),
    };
    // Bits of the group may be the platform's: Kubernetes gives a volume to the group of the Pod.
    if metadata.permissions().mode() & 0o007 != 0 {
        return Err(DevelopmentError::Open(path.to_owned()));
    }
    let no_key = || DevelopmentError::NoKey(path.to_owned());
    if metadata.len() > LARGEST {
        return Err(no_key());
    }
    let text = std::fs::read(path).map_err(unusable)?;
    let jwk: Jwk = serde_json::from_slice(&text).map_err(|_| no_key())?;
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| no_key());
    let (public, seed) = (bytes(&jwk.x)?, bytes(&jwk.d)?);
    let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &public).map_err(|_| no_key())?;
    Ok(Some((kid(&public), pair)))
}

fn kid(public: &[u8]) -> String {
    let digest = Sha256::digest(public);
    let short = digest.get(..12).unwrap_or_default();
    format!("{KID}{}", URL_SAFE_NO_PAD.encode(short))
}

/// Makes a key and its file; gives that of another process, when one was as quick.
fn make(directory: &Path, path: &Path) -> Result<(String, Ed25519KeyPair), DevelopmentError> {
    let unusable = |source| DevelopmentError::File {
        path: path.to_owned(),
        source,
    };
    let pair = Ed25519KeyPair::generate().map_err(|_| DevelopmentError::Make)?;
    let seed = pair.seed().map_err(|_| DevelopmentError::Make)?;
    let seed = aws_lc_rs::encoding::AsBigEndian::as_be_bytes(&seed).map_err(|_| DevelopmentError::Make)?;
    let jwk = Jwk {
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        x: URL_SAFE_NO_PAD.encode(pair.public_key()),
        d: URL_SAFE_NO_PAD.encode(seed.as_ref()),
    };
    let text = serde_json::to_string(&jwk).map_err(|_| DevelopmentError::Make)?;
    std::fs::create_dir_all(directory).map_err(unusable)?;
    let unfinished = directory.join(format!("{FILE}.{:016x}", rand::random::<u64>()));
    let made = write(&unfinished, &text).and_then(|()| std::fs::hard_link(&unfinished, path));
    let removed = std::fs::remove_file(&unfinished);
    match made {
        // The file is there whole, or not at all.
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(unusable(error)),
    }
    removed.map_err(unusable)?;
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(unusable)?;
    read(path)?.ok_or_else(|| DevelopmentError::NoKey(path.to_owned()))
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    // Whatever the mask says.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
