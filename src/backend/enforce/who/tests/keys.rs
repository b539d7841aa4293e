//! Keys that are fetched, kept, rotated, and not fetched from where they must not be.

use super::super::issuer::PAUSE;
use super::rig::*;
use crate::backend::enforce::who::{Identities, Lookup};
use futures::future::{BoxFuture, join_all};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;

const MINUTE: i64 = 60_000_000;
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn many_who_come_at_once_wait_for_one_look() {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let tokens: Vec<String> = (0..50)
        .map(|number| signer.sign(&issuer.claims_with(&json!({"sub": format!("u{number}")}))))
        .collect();
    let answers = join_all(tokens.iter().map(|token| ask(&identities, &gateway, token))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!((issuer.asked(DISCOVERY), issuer.asked(JWKS)), (1, 1));
}

#[tokio::test]
async fn tokens_that_name_keys_nobody_knows_make_few_looks() {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let forged: Vec<String> = (0..100)
        .map(|number| Signer::ed25519(&number.to_string()).sign(&issuer.claims()))
        .collect();
    for round in 0..3 {
        let now = NOW + round * PAUSE;
        let answers = forged
            .iter()
            .map(|token| ask_at(&identities, &gateway, token, now));
        assert!(join_all(answers).await.iter().all(Result::is_err));
    }
    assert_eq!(issuer.asked(JWKS), 3);
    // Tokens of other issuers, and such that are expired or not readable, make none.
    let other = Signer::ed25519("x").sign(&issuer.claims_with(&json!({"iss": "https://other.example"})));
    let expired = Signer::ed25519("x").sign(&issuer.claims_with(&json!({"exp": 1})));
    for token in [other.as_str(), expired.as_str(), "x.y.z"] {
        assert!(
            ask_at(&identities, &gateway, token, NOW + 9 * PAUSE)
                .await
                .is_err()
        );
    }
    assert_eq!(issuer.asked(JWKS), 3);
}

#[tokio::test]
async fn a_key_that_takes_over_is_found_and_one_that_is_gone_is_not_trusted_any_more() {
    let (old, new) = (Signer::ed25519("old"), Signer::ed25519("new"));
    let issuer = LocalIssuer::start(&[&old]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let (of_old, of_new) = (old.sign(&issuer.claims()), new.sign(&issuer.claims()));
    assert!(ask(&identities, &gateway, &of_old).await.is_ok());
    issuer.publish(&[&new]);
    assert!(ask_at(&identities, &gateway, &of_old, NOW + PAUSE).await.is_ok());
    assert!(ask_at(&identities, &gateway, &of_new, NOW + PAUSE).await.is_ok());
    // The token was verified before, by a key that is not there any more.
    assert!(ask_at(&identities, &gateway, &of_old, NOW + PAUSE).await.is_err());
    assert!(ask_at(&identities, &gateway, &of_new, NOW + PAUSE).await.is_ok());
}

#[tokio::test]
async fn a_key_without_a_name_can_take_over_too() {
    let (old, new) = (Signer::ed25519(""), Signer::ed25519(""));
    let issuer = LocalIssuer::start(&[&old]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let unnamed = json!({"alg": "EdDSA"}).to_string();
    let token = |signer: &Signer| signer.sign_texts(&unnamed, &issuer.claims().to_string());
    assert!(ask(&identities, &gateway, &token(&old)).await.is_ok());
    issuer.publish(&[&new]);
    assert!(
        ask_at(&identities, &gateway, &token(&new), NOW + PAUSE)
            .await
            .is_ok()
    );
    assert!(
        ask_at(&identities, &gateway, &token(&old), NOW + PAUSE)
            .await
            .is_err()
    );
}

/// Asks until the answer is as expected.
async fn until(identities: &Identities, issuer: &LocalIssuer, token: &str, now: i64, expected: bool) {
    let gateway = issuer.gateway(&json!({}));
    let asking = async {
        while ask_at(identities, &gateway, token, now).await.is_ok() != expected {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .expect("the answer changes");
}

#[tokio::test]
async fn keys_that_are_as_before_leave_what_was_verified_by_them() {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let token = signer.sign(&issuer.claims());
    let first = ask(&identities, &gateway, &token).await.unwrap();
    let unknown = Signer::ed25519("x").sign(&issuer.claims());
    assert!(
        ask_at(&identities, &gateway, &unknown, NOW + PAUSE)
            .await
            .is_err()
    );
    assert_eq!(issuer.asked(JWKS), 2);
    let again = ask_at(&identities, &gateway, &token, NOW + PAUSE).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again), "it was not verified again");
}

#[tokio::test]
async fn a_key_that_is_taken_back_is_not_trusted_after_ten_minutes() {
    let (stolen, good) = (Signer::ed25519("stolen"), Signer::ed25519("good"));
    let issuer = LocalIssuer::start(&[&stolen, &good]).await;
    let identities = identities();
    let token = stolen.sign(&issuer.claims());
    until(&identities, &issuer, &token, NOW, true).await;
    issuer.publish(&[&good]);
    let gateway = issuer.gateway(&json!({}));
    assert!(
        ask_at(&identities, &gateway, &token, NOW + 9 * MINUTE)
            .await
            .is_ok()
    );
    assert_eq!(issuer.asked(JWKS), 1);
    // The look goes on beside the requests.
    until(&identities, &issuer, &token, NOW + 10 * MINUTE, false).await;
    assert_eq!(issuer.asked(JWKS), 2);
}

#[tokio::test]
async fn good_keys_last_an_hour_when_the_issuer_is_away() {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let token = signer.sign(&issuer.claims_with(&json!({"exp": NOW_SECONDS + 86_400})));
    assert!(ask(&identities, &gateway, &token).await.is_ok());
    issuer.set(JWKS, Answer::Status(500));
    for minutes in [11, 30, 59] {
        assert!(
            ask_at(&identities, &gateway, &token, NOW + minutes * MINUTE)
                .await
                .is_ok()
        );
    }
    let refusal = ask_at(&identities, &gateway, &token, NOW + 60 * MINUTE)
        .await
        .unwrap_err();
    assert_eq!(refusal.status(), 503);
    let told = refusal.message();
    assert!(told.ends_with("/jwks answered 500"), "{told}");
    // It is back, and nobody has to start anything anew.
    issuer.publish(&[&signer]);
    assert!(
        ask_at(&identities, &gateway, &token, NOW + 61 * MINUTE)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_issuer_that_fails_is_not_asked_by_every_request() {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    issuer.set(DISCOVERY, Answer::Status(503));
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let token = signer.sign(&issuer.claims());
    for _ in 0..20 {
        assert_eq!(refused(&identities, &gateway, &token).await.0, 503);
    }
    assert_eq!(issuer.asked(DISCOVERY), 1);
    issuer.describe(&json!({"issuer": issuer.url, "jwks_uri": format!("{}{JWKS}", issuer.url)}));
    assert!(ask_at(&identities, &gateway, &token, NOW + PAUSE).await.is_ok());
}

#[tokio::test]
async fn what_is_no_key_set_or_leads_elsewhere_is_not_taken() {
    let signer = Signer::ed25519("k");
    let elsewhere = LocalIssuer::start(&[&signer]).await;
    let text = |text: &str| Answer::Document(text.to_owned());
    // HERE stands for the issuer.
    let document = |jwks: &str| text(&json!({"issuer": "HERE", "jwks_uri": jwks}).to_string());
    let keys = |size: usize| text(&json!({"keys": [signer.jwk()], "x": "x".repeat(size)}).to_string());
    for (expected, path, answer) in [
        (
            "answered 302",
            DISCOVERY,
            Answer::Redirect(format!("{}{DISCOVERY}", elsewhere.url)),
        ),
        (
            "answered 302",
            JWKS,
            Answer::Redirect(format!("{}{JWKS}", elsewhere.url)),
        ),
        ("answered 404", DISCOVERY, document("HERE/nothing")),
        ("has no jwks_uri", DISCOVERY, text(r#"{"issuer": "HERE"}"#)),
        ("has no issuer", DISCOVERY, text(r#"{"jwks_uri": "HERE/jwks"}"#)),
        (
            "has no issuer",
            DISCOVERY,
            text(r#"{"issuer": "", "jwks_uri": "HERE/jwks"}"#),
        ),
        ("is longer than 131072 bytes", JWKS, keys(128 * 1024)),
        (
            "is no JSON, or has a member twice",
            JWKS,
            text(r#"{"keys": [], "keys": []}"#),
        ),
        ("is no JSON", JWKS, text("<html>")),
        ("is no key set", JWKS, text("{}")),
        ("is not https", DISCOVERY, document("http://issuer.example/jwks")),
        ("is not https", DISCOVERY, document("file:///etc/passwd")),
        (
            "--trusted-issuer 169.254.169.254",
            DISCOVERY,
            document("https://169.254.169.254/latest"),
        ),
        (
            "--trusted-issuer 10.0.0.1",
            DISCOVERY,
            document("https://10.0.0.1/jwks"),
        ),
        (
            "--trusted-issuer ::ffff:a00:1",
            DISCOVERY,
            document("https://[::ffff:10.0.0.1]/jwks"),
        ),
    ] {
        let issuer = LocalIssuer::start(&[&signer]).await;
        issuer.set(
            path,
            match answer {
                Answer::Document(text) => Answer::Document(text.replace("HERE", &issuer.url)),
                other @ (Answer::Redirect(_) | Answer::Status(_)) => other,
            },
        );
        let (gateway, token) = (issuer.gateway(&json!({})), signer.sign(&issuer.claims()));
        let (status, told) = refused(&identities(), &gateway, &token).await;
        assert!(
            status == 503 && told.contains(expected),
            "{expected}: {status} {told}"
        );
    }
    assert_eq!(elsewhere.asked(DISCOVERY) + elsewhere.asked(JWKS), 0);
    let issuer = LocalIssuer::start(&[&signer]).await;
    issuer.set(JWKS, keys(100 * 1024));
    let gateway = issuer.gateway(&json!({}));
    assert!(
        ask(&identities(), &gateway, &signer.sign(&issuer.claims()))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_issuer_on_loopback_is_for_gateways_on_loopback() {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    let (gateway, token) = (issuer.gateway(&json!({})), signer.sign(&issuer.claims()));
    let directory = TempDir::new().unwrap();
    let mut open = setup(&directory);
    open.listener_is_loopback = false;
    let (status, told) = refused(&Identities::new(open).unwrap(), &gateway, &token).await;
    assert!(
        status == 503 && told.contains("http is taken on loopback only"),
        "{told}"
    );
    assert_eq!(issuer.asked(DISCOVERY), 0);
    let mut named = setup(&directory);
    (named.listener_is_loopback, named.callers.trusted_issuers) = (false, vec!["127.0.0.1".to_owned()]);
    assert!(
        ask(&Identities::new(named).unwrap(), &gateway, &token)
            .await
            .is_ok()
    );
}

/// A name server that gives another address each time.
#[derive(Debug)]
struct Rebinding {
    asked: AtomicUsize,
    addresses: [SocketAddr; 2],
}

impl Lookup for Rebinding {
    fn lookup(&self, _: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let address = self.addresses[turn.min(1)];
        Box::pin(async move { Ok(vec![address]) })
    }
}

#[tokio::test]
async fn a_name_that_turns_to_a_private_address_is_not_followed_there() {
    let reached = LocalIssuer::start(&[]).await;
    let inside: SocketAddr = reached.url.trim_start_matches("http://").parse().unwrap();
    let gateway = gateway(
        &format!("https://issuer.example:{}{DISCOVERY}", inside.port()),
        &json!({}),
    );
    let token = Signer::ed25519("k")
        .sign(&json!({"iss": "https://issuer.example", "sub": "u", "exp": NOW_SECONDS + 60}));
    let directory = TempDir::new().unwrap();
    let lookup = Arc::new(Rebinding {
        asked: AtomicUsize::new(1),
        addresses: ["8.8.8.8:0".parse().unwrap(), SocketAddr::new(inside.ip(), 0)],
    });
    let identities = Identities::with_lookup(setup(&directory), lookup.clone()).unwrap();
    let (status, told) = refused(&identities, &gateway, &token).await;
    assert_eq!(status, 503);
    assert!(
        told.ends_with("issuer.example has no public address; start the local backend with --trusted-issuer issuer.example if it is your issuer"),
        "{told}"
    );
    assert_eq!(
        lookup.asked.load(Ordering::SeqCst),
        2,
        "the name was looked up once, to connect"
    );
    // With the flag it is connected to, and fails for want of TLS.
    let mut named = setup(&directory);
    named.callers.trusted_issuers = vec!["issuer.example".to_owned()];
    let identities = Identities::with_lookup(named, lookup).unwrap();
    let (_, told) = refused(&identities, &gateway, &token).await;
    assert!(told.ends_with("cannot be reached"), "{told}");
}
