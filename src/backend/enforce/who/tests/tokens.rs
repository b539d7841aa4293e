//! Tokens that are taken, and each way to forge or misuse one.

use super::rig::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

const NOT_SIGNED: &str = "The token is signed with no key of the issuer";
const NO_ALGORITHM: &str = "The token is signed with an algorithm that is not taken";

#[tokio::test]
async fn a_token_of_every_algorithm_tells_who_calls() {
    let algorithms = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
    ];
    let signers = algorithms.map(|algorithm| Signer::new(algorithm, algorithm));
    let all: Vec<&Signer> = signers.iter().collect();
    let issuer = LocalIssuer::start(&all).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    for signer in &signers {
        let token = signer.sign(&issuer.claims_with(&json!({"client_id": "c1"})));
        let caller = ask(&identities, &gateway, &token).await.unwrap();
        assert_eq!(caller.id, "u1", "{}", signer.algorithm);
        assert_eq!(caller.issuer.as_deref(), Some(issuer.url.as_str()));
        assert_eq!(caller.client.as_deref(), Some("c1"));
        assert_eq!(caller.kind, crate::cedar::PrincipalKind::OAuthUser);
        // Each of them, with one bit of the signature turned.
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        bytes[10] ^= 1;
        let bent = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&bytes));
        assert_eq!(
            refused(&identities, &gateway, &bent).await,
            (401, NOT_SIGNED.to_owned())
        );
    }
    assert_eq!((issuer.asked(DISCOVERY), issuer.asked(JWKS)), (1, 1));
}

#[tokio::test]
async fn an_algorithm_that_does_not_fit_the_key_is_not_taken() {
    let rsa = Signer::new("rsa", "RS256");
    let ec = Signer::new("ec", "ES256");
    let issuer = LocalIssuer::start(&[&rsa, &ec]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let claims = issuer.claims().to_string();
    // No signature at all, in every spelling.
    for algorithm in ["none", "None", "NONE", "nOnE", ""] {
        let head = json!({"alg": algorithm, "kid": "rsa"}).to_string();
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(&head),
            URL_SAFE_NO_PAD.encode(&claims)
        );
        for token in [format!("{signed}."), rsa.sign_texts(&head, &claims)] {
            let (status, told) = refused(&identities, &gateway, &token).await;
            assert_eq!((status, told.as_str()), (401, NO_ALGORITHM), "{algorithm}");
        }
    }
    let good = rsa.sign_texts(&rsa.head().to_string(), &claims);
    let unsigned = format!("{}.", good.rsplit_once('.').unwrap().0);
    assert_eq!(
        refused(&identities, &gateway, &unsigned).await,
        (401, "The token is not signed".to_owned())
    );
    // The public key as a shared secret.
    let head = json!({"alg": "HS256", "kid": "rsa"}).to_string();
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(&head),
        URL_SAFE_NO_PAD.encode(&claims)
    );
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &rsa.public());
    let tag = aws_lc_rs::hmac::sign(&secret, signed.as_bytes());
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag));
    assert_eq!(
        refused(&identities, &gateway, &token).await,
        (401, NO_ALGORITHM.to_owned())
    );
    // Another algorithm, or another key, than that of the name.
    for (signer, head) in [
        (&rsa, json!({"alg": "RS256", "kid": "ec"})),
        (&ec, json!({"alg": "ES256", "kid": "rsa"})),
        (&rsa, json!({"alg": "PS256", "kid": "rsa"})),
        (&rsa, json!({"alg": "RS512", "kid": "rsa"})),
        (&ec, json!({"alg": "ES384", "kid": "ec"})),
        (&Signer::new("ec", "ES256"), json!({"alg": "ES256", "kid": "ec"})),
    ] {
        let token = signer.sign_texts(&head.to_string(), &claims);
        assert_eq!(
            refused(&identities, &gateway, &token).await,
            (401, NOT_SIGNED.to_owned()),
            "{head}"
        );
    }
}

#[tokio::test]
async fn a_key_is_only_for_what_it_says_it_is_for() {
    let signer = Signer::new("k", "RS256");
    for (members, taken) in [
        (json!({"use": "sig", "alg": "RS256", "key_ops": ["verify"]}), true),
        (json!({"use": "enc"}), false),
        (json!({"key_ops": ["encrypt"]}), false),
        (json!({"alg": "PS256"}), false),
        (json!({"alg": "RSA-OAEP"}), false),
        (json!({"alg": "HS256"}), false),
        (json!({"kty": "oct", "k": "c2VjcmV0"}), false),
        (json!({"kty": "EC", "crv": "P-256"}), false),
        (json!({"kid": 1}), false),
    ] {
        let issuer = LocalIssuer::start(&[]).await;
        let mut jwk = signer.jwk();
        jwk.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        issuer.set(JWKS, Answer::Document(json!({"keys": [1, jwk]}).to_string()));
        let gateway = issuer.gateway(&json!({}));
        let answer = ask(&identities(), &gateway, &signer.sign(&issuer.claims())).await;
        assert_eq!(answer.is_ok(), taken, "{members}");
    }
}

#[tokio::test]
async fn a_key_that_the_token_brings_along_or_points_to_is_not_looked_at() {
    let (known, forged) = (Signer::ed25519("k"), Signer::ed25519("k"));
    let issuer = LocalIssuer::start(&[&known]).await;
    issuer.set(
        "/evil",
        Answer::Document(json!({"keys": [forged.jwk()]}).to_string()),
    );
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let evil = format!("{}/evil", issuer.url);
    for more in [
        json!({"jwk": forged.jwk()}),
        json!({"jku": evil}),
        json!({"x5u": evil}),
    ] {
        let mut head = forged.head();
        head.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let token = forged.sign_texts(&head.to_string(), &issuer.claims().to_string());
        assert_eq!(
            refused(&identities, &gateway, &token).await,
            (401, NOT_SIGNED.to_owned()),
            "{more}"
        );
    }
    assert_eq!(issuer.asked("/evil"), 0);
}

#[tokio::test]
async fn a_token_without_a_key_name_means_the_only_key_that_fits() {
    let (one, other) = (Signer::ed25519("1"), Signer::ed25519("2"));
    let unnamed = json!({"alg": "EdDSA"}).to_string();
    let issuer = LocalIssuer::start(&[&one, &Signer::new("3", "ES256")]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let token = one.sign_texts(&unnamed, &issuer.claims().to_string());
    assert!(ask(&identities, &gateway, &token).await.is_ok());
    let both = LocalIssuer::start(&[&one, &other]).await;
    let token = one.sign_texts(&unnamed, &both.claims().to_string());
    let told = refused(&identities, &both.gateway(&json!({})), &token).await;
    assert_eq!(told, (401, NOT_SIGNED.to_owned()));
}

#[tokio::test]
async fn a_token_is_of_now_and_of_its_issuer() {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let expired = "The token has expired";
    for (claims, told) in [
        (json!({"exp": NOW_SECONDS - 31}), expired),
        (json!({"exp": 0}), expired),
        (json!({"exp": "never"}), "The token has a time that is none"),
        (json!({"nbf": NOW_SECONDS + 31}), "The token is not good yet"),
        (
            json!({"iat": NOW_SECONDS + 31}),
            "The token was issued in the future",
        ),
        (
            json!({"iss": "https://other.example"}),
            "The token is of another issuer",
        ),
        (
            json!({"iss": format!("{}/", issuer.url)}),
            "The token is of another issuer",
        ),
        (json!({"iss": [issuer.url]}), "The token is of another issuer"),
        (json!({"sub": ""}), "The token has no sub"),
        (json!({"sub": 1}), "The token has no sub"),
    ] {
        let token = signer.sign(&issuer.claims_with(&claims));
        assert_eq!(
            refused(&identities, &gateway, &token).await,
            (401, told.to_owned()),
            "{claims}"
        );
    }
    for absent in ["exp", "iss", "sub"] {
        let mut claims = issuer.claims();
        claims.as_object_mut().unwrap().remove(absent);
        assert_eq!(
            refused(&identities, &gateway, &signer.sign(&claims)).await.0,
            401,
            "{absent}"
        );
    }
    // Clocks differ a little.
    let just = json!({"exp": NOW_SECONDS - 29, "nbf": NOW_SECONDS + 29, "iat": NOW_SECONDS + 29});
    let token = signer.sign(&issuer.claims_with(&just));
    assert!(ask(&identities, &gateway, &token).await.is_ok());
}

#[tokio::test]
async fn a_token_that_was_taken_a_moment_ago_expires_all_the_same() {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let token = signer.sign(&issuer.claims_with(&json!({"exp": NOW_SECONDS + 60})));
    let first = ask(&identities, &gateway, &token).await.unwrap();
    let again = ask_at(&identities, &gateway, &token, NOW + 89_999_999)
        .await
        .unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &again));
    assert!(
        ask_at(&identities, &gateway, &token, NOW + 90_000_000)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn two_readers_of_a_token_read_the_same_or_nothing() {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let (head, claims) = (signer.head().to_string(), issuer.claims().to_string());
    let twice = |text: &str, member: &str| format!("{},{member}}}", &text[..text.len() - 1]);
    for (head, claims, told) in [
        (
            twice(&head, r#""alg":"none""#),
            claims.clone(),
            "The header of the token cannot be read",
        ),
        (
            twice(&head, r#""kid":"other""#),
            claims.clone(),
            "The header of the token cannot be read",
        ),
        (
            head.clone(),
            twice(&claims, r#""sub":"admin""#),
            "The claims of the token cannot be read",
        ),
        (
            head.clone(),
            twice(&claims, r#""s\u0075b":"admin""#),
            "The claims of the token cannot be read",
        ),
        (
            head.clone(),
            twice(&claims, r#""realm":{"roles":[],"roles":["admin"]}"#),
            "The claims of the token cannot be read",
        ),
        (
            head.clone(),
            format!("{claims}{{}}"),
            "The claims of the token cannot be read",
        ),
        (
            head.clone(),
            "[]".to_owned(),
            "The claims of the token cannot be read",
        ),
        (
            format!("{head} x"),
            claims.clone(),
            "The header of the token cannot be read",
        ),
        (
            twice(&head, r#""crit":["exp"],"exp":1"#),
            claims.clone(),
            "The token has critical extensions",
        ),
        (
            twice(&head, r#""crit":[]"#),
            claims.clone(),
            "The token has critical extensions",
        ),
    ] {
        let token = signer.sign_texts(&head, &claims);
        assert_eq!(
            refused(&identities, &gateway, &token).await,
            (401, told.to_owned()),
            "{head} {claims}"
        );
    }
    // Another spelling of the name is another claim.
    let token = signer.sign_texts(&head, &twice(&claims, r#""Sub":"admin""#));
    assert_eq!(ask(&identities, &gateway, &token).await.unwrap().id, "u1");
}

#[tokio::test]
async fn a_token_is_three_parts_and_nothing_else() {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let good = signer.sign(&issuer.claims());
    let parts: Vec<&str> = good.split('.').collect();
    let last = good.chars().last().unwrap();
    // Of the last character 2 bits count: the next one would be another spelling of the same bytes.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = alphabet.find(last).unwrap();
    let respelt = format!("{}{}", &good[..good.len() - 1], &alphabet[at + 1..at + 2]);
    for bent in [
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{}", parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}..{}", parts[0], parts[2]),
        format!("{good}AA"),
        respelt,
        format!("{}.{}.{}", parts[0], parts[1], "A".repeat(16 * 1024)),
        "x".to_owned(),
        "..".to_owned(),
    ] {
        assert_eq!(refused(&identities, &gateway, &bent).await.0, 401, "{bent}");
    }
    for bent in [
        format!("{good}="),
        format!("{good}\t"),
        format!("{good} x"),
        format!("{good},{good}"),
        good.replace('.', "/"),
    ] {
        assert_eq!(refused(&identities, &gateway, &bent).await.0, 400, "{bent}");
    }
    assert!(ask(&identities, &gateway, &good).await.is_ok());
}
