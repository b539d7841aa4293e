//! The access keys that requests may be signed with.

use crate::backend::control::Caller;
use crate::model::{Secret, SigningKey};
use serde::Deserialize;
use std::collections::HashMap;

/// Access keys with their secrets and owners: at least one.
#[derive(Clone, Debug)]
pub struct Credentials {
    by_id: HashMap<String, AccessKey>,
    first: SigningKey,
}

/// What is known of an access key.
#[derive(Clone, Debug)]
pub struct AccessKey {
    /// What requests are signed with.
    pub secret: Secret,
    /// The token that must come along; a key without one comes with none.
    pub session_token: Option<Secret>,
    /// Whose key it is.
    pub caller: Caller,
}

/// Why credentials cannot be used. No text shows a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// The text is no list of access keys.
    #[error(
        "it is no YAML or JSON list of maps with accessKeyId, secretAccessKey, arn and, if wanted, \
         sessionToken and userId{0}"
    )]
    File(String),
    /// Nobody could sign anything.
    #[error(
        "the list of access keys is empty: nobody could sign a request; leave the file out, or give a key"
    )]
    Empty,
    /// A key is there twice.
    #[error("the access key {0} is there twice")]
    Twice(String),
    /// An access key has characters that no access key has.
    #[error("the access key in entry {0} must be 3 to 128 letters, digits or _")]
    AccessKey(usize),
    /// A secret is empty.
    #[error("the access key {0} has an empty secretAccessKey or sessionToken")]
    EmptySecret(String),
    /// The owner is not of this account.
    #[error("the arn of the access key {key} must be an IAM or STS ARN of {account}")]
    Arn {
        /// The access key.
        key: String,
        /// Of which account.
        account: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    arn: String,
    user_id: Option<String>,
}

impl Credentials {
    /// Reads a YAML or JSON list. All owners are of `account`.
    ///
    /// # Errors
    /// [`CredentialsError`], without what is secret in the text.
    pub fn read(text: &str, account: &str) -> Result<Self, CredentialsError> {
        Self::read_with(text, Some(account))
    }

    /// As [`Credentials::read`], with owners of any accounts: those who call a gateway may be of others.
    ///
    /// # Errors
    /// [`CredentialsError`], without what is secret in the text.
    pub fn read_of_all(text: &str) -> Result<Self, CredentialsError> {
        Self::read_with(text, None)
    }

    fn read_with(text: &str, account: Option<&str>) -> Result<Self, CredentialsError> {
        // The parser's own words quote the text.
        let entries: Vec<Entry> = serde_saphyr::from_str(text).map_err(|error| {
            let place = error
                .location()
                .map(|place| format!(" (line {}, column {})", place.line(), place.column()));
            CredentialsError::File(place.unwrap_or_default())
        })?;
        let (mut keys, mut first) = (HashMap::new(), None);
        for (index, entry) in entries.into_iter().enumerate() {
            let key = entry.access_key_id.clone();
            let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if !(3..=128).contains(&key.len()) || !key.bytes().all(known) {
                return Err(CredentialsError::AccessKey(index + 1));
            }
            let access = access_key(entry, account)?;
            first.get_or_insert_with(|| SigningKey {
                access_key: key.clone(),
                secret: access.secret.clone(),
                session_token: access.session_token.clone(),
            });
            if keys.insert(key.clone(), access).is_some() {
                return Err(CredentialsError::Twice(key));
            }
        }
        let first = first.ok_or(CredentialsError::Empty)?;
        Ok(Self { by_id: keys, first })
    }

    /// The first key, to sign with.
    #[must_use]
    pub fn first(&self) -> SigningKey {
        self.first.clone()
    }

    /// The key with this id.
    #[must_use]
    pub fn find(&self, access_key: &str) -> Option<&AccessKey> {
        self.by_id.get(access_key)
    }
}

fn access_key(entry: Entry, account: Option<&str>) -> Result<AccessKey, CredentialsError> {
    let key = entry.access_key_id;
    if entry.secret_access_key.is_empty() || entry.session_token.as_deref() == Some("") {
        return Err(CredentialsError::EmptySecret(key));
    }
    let mut parts = entry.arn.splitn(6, ':');
    let mut part = || parts.next().unwrap_or_default();
    let (arn, partition, service, region, of) = (part(), part(), part(), part(), part());
    let fits = arn == "arn"
        && partition.starts_with("aws")
        && (service == "iam" || service == "sts")
        && region.is_empty()
        && of.len() == 12
        && of.bytes().all(|byte| byte.is_ascii_digit())
        && account.is_none_or(|account| of == account)
        && !part().is_empty()
        && !entry.arn.contains(|c: char| c.is_whitespace() || c.is_control());
    if !fits {
        let account = account.map_or_else(|| "an account".to_owned(), |account| format!("account {account}"));
        return Err(CredentialsError::Arn { key, account });
    }
    Ok(AccessKey {
        secret: Secret::new(entry.secret_access_key),
        session_token: entry.session_token.map(Secret::new),
        caller: Caller {
            account: of.to_owned(),
            arn: entry.arn,
            user_id: entry.user_id.unwrap_or_else(|| key.clone()),
            access_key: Some(key),
        },
    })
}
