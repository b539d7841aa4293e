//! Credentials: asked of their source with patience, kept as long as they are good, forgotten when AWS refuses them
//! (reliability.md F17).
//!
//! What a source says when it fails is told nobody: it may be what a credential process printed, and hold a secret.

use crate::model::FaultClass;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result, SharedCredentialsProvider, future};
use aws_sdk_bedrockagentcorecontrol as sdk;
use sdk::config::Credentials;
use sdk::error::ErrorMetadata;
use std::error::Error;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long a source may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// Credentials are renewed this long before they end, as far as their source can be reached.
const EARLY: Duration = Duration::from_mins(1);
/// While the old ones are still good, a source that failed is asked again after this time.
const AGAIN: Duration = Duration::from_secs(10);
/// Credentials with less time left than this are not signed with any more.
const SPENT: Duration = Duration::from_secs(2);

/// Error codes by which AWS refuses the credentials, and not what they ask for.
const REFUSED: [&str; 5] = [
    "UnrecognizedClientException",
    "ExpiredTokenException",
    "ExpiredToken",
    "InvalidClientTokenId",
    "InvalidSignatureException",
];

/// A source of credentials, and what it gave last.
#[derive(Debug)]
pub(super) struct Purse {
    source: SharedCredentialsProvider,
    kept: SyncMutex<Option<Credentials>>,
    /// When the source last failed. Who asks it holds the lock, so that one does.
    asking: Mutex<Option<Instant>>,
}

impl Purse {
    pub(super) fn new(source: SharedCredentialsProvider) -> Arc<Self> {
        Arc::new(Self {
            source,
            kept: SyncMutex::default(),
            asking: Mutex::default(),
        })
    }

    /// What is kept, if it is good for this long yet.
    fn kept(&self, longer_than: Duration) -> Option<Credentials> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let ends = kept.expiry();
        let good = ends.is_none_or(|ends| ends > SystemTime::now() + longer_than);
        good.then_some(kept)
    }

    /// Forgets what is kept when AWS refuses it: it may have been replaced before its time.
    pub(super) fn refused(&self, code: &str) {
        if REFUSED.contains(&code) {
            *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    async fn credentials(&self) -> Result {
        if let Some(kept) = self.kept(EARLY) {
            return Ok(kept);
        }
        let mut failed = self.asking.lock().await;
        if let Some(kept) = self.kept(EARLY) {
            return Ok(kept);
        }
        let lately = failed.is_some_and(|failed| failed.elapsed() < AGAIN);
        if let (true, Some(kept)) = (lately, self.kept(SPENT)) {
            return Ok(kept);
        }
        let given = match timeout(ANSWER, self.source.provide_credentials()).await {
            Ok(given) => given,
            Err(_) => Err(CredentialsError::provider_timed_out(ANSWER)),
        };
        match given {
            Ok(given) => {
                *failed = None;
                *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(given.clone());
                Ok(given)
            }
            Err(error) => {
                *failed = Some(Instant::now());
                self.kept(SPENT).ok_or(error)
            }
        }
    }
}

/// The purse as the SDK asks it.
#[derive(Clone, Debug)]
pub(super) struct Signer(pub Arc<Purse>);

impl ProvideCredentials for Signer {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.0.credentials())
    }
}

/// What it means that there are no credentials, if that is why a call was not made.
pub(super) fn failure(error: &(dyn Error + 'static)) -> Option<(FaultClass, &'static str)> {
    let causes = || std::iter::successors(Some(error), |cause| Error::source(*cause));
    let none = causes().find_map(|cause| cause.downcast_ref::<CredentialsError>())?;
    let denied = causes()
        .filter_map(|cause| cause.downcast_ref::<ErrorMetadata>())
        .any(|said| {
            said.code()
                .is_some_and(|code| FaultClass::of(code, None) == FaultClass::Denied)
        });
    Some(match none {
        CredentialsError::CredentialsNotLoaded(_) => (
            FaultClass::Denied,
            "no AWS credentials: give the ServiceAccount a role (IRSA or Pod Identity), or set AWS_PROFILE",
        ),
        CredentialsError::InvalidConfiguration(_) => (
            FaultClass::Denied,
            "the AWS credentials are not configured well: correct the profile, the role or the token file",
        ),
        _ if denied => (
            FaultClass::Denied,
            "no AWS credentials: STS denies the role. Let its trust policy name the ServiceAccount",
        ),
        CredentialsError::ProviderTimedOut(_) => (
            FaultClass::Unavailable,
            "the source of the AWS credentials does not answer",
        ),
        CredentialsError::ProviderError(_) | CredentialsError::Unhandled(_) | _ => (
            FaultClass::Unavailable,
            "the source of the AWS credentials fails (STS, Pod Identity, instance metadata or credential process)",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::provider::ProvideCredentials;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Gives what it is told to, and counts.
    #[derive(Debug, Default)]
    struct Source {
        asked: AtomicU32,
        gives: SyncMutex<Option<Credentials>>,
    }

    #[derive(Clone, Debug)]
    struct Asked(Arc<Source>);

    impl ProvideCredentials for Asked {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            self.0.asked.fetch_add(1, Ordering::SeqCst);
            let given = self.0.gives.lock().expect("a lock").clone();
            future::ProvideCredentials::ready(given.ok_or_else(|| CredentialsError::provider_error("away")))
        }
    }

    fn key(name: &str, left: Option<u64>) -> Credentials {
        let ends = left.map(|seconds| SystemTime::now() + Duration::from_secs(seconds));
        Credentials::new(name, "secret", None, ends, "test")
    }

    fn purse() -> (Arc<Source>, Arc<Purse>) {
        let source = Arc::new(Source::default());
        let purse = Purse::new(SharedCredentialsProvider::new(Asked(Arc::clone(&source))));
        (source, purse)
    }

    async fn asked(source: &Source, purse: &Purse, gives: Option<Credentials>) -> (Option<String>, u32) {
        *source.gives.lock().expect("a lock") = gives;
        let before = source.asked.load(Ordering::SeqCst);
        let key = purse.credentials().await.ok();
        let asked = source.asked.load(Ordering::SeqCst) - before;
        (key.map(|key| key.access_key_id().to_owned()), asked)
    }

    fn told(name: &str, asked: u32) -> (Option<String>, u32) {
        (Some(name.to_owned()), asked)
    }

    #[tokio::test]
    async fn f17_what_is_good_is_kept_and_what_ends_soon_is_replaced_as_far_as_the_source_can_be_reached() {
        let (source, purse) = purse();
        assert_eq!(asked(&source, &purse, None).await, (None, 1));
        assert_eq!(
            asked(&source, &purse, Some(key("a", Some(30)))).await,
            told("a", 1)
        );
        assert_eq!(
            asked(&source, &purse, None).await,
            told("a", 1),
            "it is good for a while"
        );
        assert_eq!(
            asked(&source, &purse, None).await,
            told("a", 0),
            "the source failed lately"
        );
        let (source, purse) = self::purse();
        assert_eq!(
            asked(&source, &purse, Some(key("b", Some(30)))).await,
            told("b", 1)
        );
        assert_eq!(
            asked(&source, &purse, Some(key("c", Some(3600)))).await,
            told("c", 1)
        );
        assert_eq!(asked(&source, &purse, Some(key("d", None))).await, told("c", 0));
    }

    #[tokio::test]
    async fn f17_what_aws_refuses_is_forgotten_and_what_it_denies_is_not() {
        let (source, purse) = purse();
        assert_eq!(asked(&source, &purse, Some(key("a", None))).await, told("a", 1));
        purse.refused("AccessDeniedException");
        assert_eq!(asked(&source, &purse, Some(key("b", None))).await, told("a", 0));
        purse.refused("ExpiredTokenException");
        assert_eq!(asked(&source, &purse, Some(key("b", None))).await, told("b", 1));
        assert_eq!(
            asked(&source, &purse, Some(key("c", Some(1)))).await,
            told("b", 0)
        );
        purse.refused("UnrecognizedClientException");
        assert_eq!(
            asked(&source, &purse, Some(key("c", Some(1)))).await,
            told("c", 1)
        );
        assert_eq!(asked(&source, &purse, None).await, (None, 1), "it has ended");
    }

    #[test]
    fn f17_a_source_that_fails_is_away_and_one_that_gives_nothing_is_a_denial() {
        type Failed = sdk::error::SdkError<std::fmt::Error>;
        let table = [
            (CredentialsError::not_loaded("none"), FaultClass::Denied),
            (CredentialsError::invalid_configuration("bad"), FaultClass::Denied),
            (
                CredentialsError::provider_timed_out(ANSWER),
                FaultClass::Unavailable,
            ),
            (
                CredentialsError::provider_error("a secret"),
                FaultClass::Unavailable,
            ),
            (CredentialsError::unhandled("a secret"), FaultClass::Unavailable),
            (
                CredentialsError::provider_error(ErrorMetadata::builder().code("AccessDenied").build()),
                FaultClass::Denied,
            ),
        ];
        for (error, class) in table {
            let shown = format!("{error:?}");
            let failed: Failed = sdk::error::SdkError::construction_failure(error);
            let (told, message) = failure(&failed).expect("it is about credentials");
            assert_eq!(told, class, "{shown}");
            assert!(!message.contains("a secret"));
        }
        let other: Failed = sdk::error::SdkError::construction_failure("something else");
        assert_eq!(failure(&other), None);
    }
}
