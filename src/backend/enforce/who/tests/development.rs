//! Tokens of the development key.

use super::super::development::ISSUER;
use super::super::{DevelopmentError, Identities, development_token};
use super::rig::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tempfile::TempDir;

const FILE: &str = "development-key.json";
const NOT_SIGNED: &str = "The token is not signed with the development key";

fn token(directory: &Path, claims: Value) -> Result<String, DevelopmentError> {
    let Value::Object(claims) = claims else {
        panic!("{claims}")
    };
    development_token(directory, claims, NOW_SECONDS, 3600)
}

fn part(token: &str, number: usize) -> Map<String, Value> {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// A gateway whose issuer is nowhere.
fn cognito(more: &Value) -> super::super::Authorizer {
    gateway(
        "https://cognito.invalid/pool/.well-known/openid-configuration",
        more,
    )
}

#[tokio::test]
async fn every_gateway_takes_it_whatever_its_issuer_and_by_its_own_rules() {
    let directory = TempDir::new().unwrap();
    // The backend is there before the key.
    let identities = Identities::new(setup(&directory)).unwrap();
    let plain = cognito(&json!({}));
    let claims =
        json!({"role": "refund-agent", "groups": ["a"], "aud": "shop", "client_id": "c", "scope": "read"});
    let good = token(directory.path(), claims.clone()).unwrap();
    let caller = ask(&identities, &plain, &good).await.unwrap();
    assert_eq!(
        (caller.id.as_str(), caller.issuer.as_deref()),
        ("developer", Some(ISSUER))
    );
    assert!(ask(&identities, &plain, &good).await.is_ok());
    let rules = json!({"allowedAudience": ["shop"], "allowedClients": ["c"], "allowedScopes": ["read"]});
    assert!(ask(&identities, &cognito(&rules), &good).await.is_ok());
    for (rule, status) in [
        (json!({"allowedAudience": ["bank"]}), 401),
        (json!({"allowedClients": ["d"]}), 401),
        (json!({"allowedScopes": ["write"]}), 403),
    ] {
        assert_eq!(
            refused(&identities, &cognito(&rule), &good).await.0,
            status,
            "{rule}"
        );
    }
    let expired = token(directory.path(), json!({"exp": NOW_SECONDS - 60})).unwrap();
    assert_eq!(refused(&identities, &plain, &expired).await.0, 401);
    let named = token(
        directory.path(),
        json!({"sub": "alice", "iss": "https://cognito.invalid/pool"}),
    )
    .unwrap();
    assert_eq!(ask(&identities, &plain, &named).await.unwrap().id, "alice");
}

#[tokio::test]
async fn no_other_key_signs_in_its_name() {
    let (here, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let identities = Identities::new(setup(&here)).unwrap();
    let plain = cognito(&json!({}));
    let foreign = token(elsewhere.path(), json!({})).unwrap();
    assert_eq!(
        refused(&identities, &plain, &foreign).await,
        (401, NOT_SIGNED.to_owned())
    );
    let good = token(here.path(), json!({})).unwrap();
    assert_eq!(
        refused(&identities, &plain, &foreign).await,
        (401, NOT_SIGNED.to_owned())
    );
    let head = Value::Object(part(&good, 0)).to_string();
    let claims = Value::Object(part(&good, 1)).to_string();
    let forged = Signer::ed25519("x").sign_texts(&head, &claims);
    assert_eq!(
        refused(&identities, &plain, &forged).await,
        (401, NOT_SIGNED.to_owned())
    );
    // An issuer does not make a key of that name.
    let kid = part(&good, 0)["kid"].as_str().unwrap().to_owned();
    let signer = Signer::ed25519(&kid);
    let issuer = LocalIssuer::start(&[&signer]).await;
    let told = refused(
        &identities,
        &issuer.gateway(&json!({})),
        &signer.sign(&issuer.claims()),
    )
    .await;
    assert_eq!(told, (401, NOT_SIGNED.to_owned()));
    assert!(ask(&identities, &plain, &good).await.is_ok());
    let (unsigned, _) = good.rsplit_once('.').unwrap();
    assert_eq!(
        refused(&identities, &plain, &format!("{unsigned}.AAAA")).await.0,
        401
    );
}

#[tokio::test]
async fn a_key_that_is_removed_is_not_trusted_any_more() {
    let directory = TempDir::new().unwrap();
    let identities = Identities::new(setup(&directory)).unwrap();
    let plain = cognito(&json!({}));
    let old = token(directory.path(), json!({})).unwrap();
    assert!(ask(&identities, &plain, &old).await.is_ok());
    std::fs::remove_file(directory.path().join(FILE)).unwrap();
    assert!(ask_at(&identities, &plain, &old, NOW + 4_999_999).await.is_ok());
    assert!(ask_at(&identities, &plain, &old, NOW + 5_000_000).await.is_err());
    let new = token(directory.path(), json!({})).unwrap();
    assert!(ask_at(&identities, &plain, &new, NOW + 5_000_000).await.is_ok());
    assert!(ask_at(&identities, &plain, &old, NOW + 5_000_000).await.is_err());
}

#[test]
fn the_key_is_made_once_and_is_its_owners_alone() {
    let directory = TempDir::new().unwrap();
    let inside = directory.path().join("new/data");
    let tokens: Vec<String> = std::thread::scope(|scope| {
        let makers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| token(&inside, json!({})).unwrap()))
            .collect();
        makers.into_iter().map(|maker| maker.join().unwrap()).collect()
    });
    assert!(
        tokens.iter().all(|other| part(other, 0) == part(&tokens[0], 0)),
        "{tokens:?}"
    );
    let files: Vec<_> = std::fs::read_dir(&inside)
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(files, [FILE]);
    let file = inside.join(FILE);
    let mode = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    // A volume that Kubernetes gives to the group of the Pod.
    mode(0o660);
    assert!(token(&inside, json!({})).is_ok());
    for open in [0o604, 0o602, 0o644] {
        mode(open);
        let told = token(&inside, json!({})).unwrap_err().to_string();
        assert!(
            told.contains("others may read or write") && told.contains("chmod 600"),
            "{told}"
        );
    }
    mode(0o600);
    let whole = std::fs::read_to_string(&file).unwrap();
    for (text, told) in [
        ("{}".to_owned(), "is no development key; remove it"),
        (
            whole.replace("\"x\":\"", "\"x\":\"AA"),
            "is no development key; remove it",
        ),
        ("x".repeat(5000), "is no development key; remove it"),
    ] {
        std::fs::write(&file, text).unwrap();
        let error = token(&inside, json!({})).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn what_is_not_said_has_a_default_and_what_no_gateway_takes_is_refused() {
    let directory = TempDir::new().unwrap();
    let plain = token(directory.path(), json!({})).unwrap();
    assert_eq!(
        Value::Object(part(&plain, 1)),
        json!({"iss": ISSUER, "sub": "developer", "iat": NOW_SECONDS, "exp": NOW_SECONDS + 3600})
    );
    for (claims, told) in [
        (json!({"sub": 1}), "the claim sub has to be a text"),
        (json!({"sub": ""}), "the claim sub has to be a text"),
        (
            json!({"exp": "soon"}),
            "the claim exp has to be seconds since 1970",
        ),
    ] {
        assert_eq!(token(directory.path(), claims).unwrap_err().to_string(), told);
    }
}
