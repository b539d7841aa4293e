//! Which good tokens a gateway takes by its own rules.

use super::rig::*;
use serde_json::{Value, json};

/// Which of these tokens a gateway with this rule takes.
async fn takes(rule: Value, tokens: &[(Value, Option<u16>)]) {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&rule));
    for (claims, status) in tokens {
        let token = signer.sign(&issuer.claims_with(claims));
        let answer = ask(&identities, &gateway, &token).await;
        assert_eq!(
            answer.err().map(|refusal| refusal.status()),
            *status,
            "{rule} {claims}"
        );
    }
}

#[tokio::test]
async fn a_gateway_takes_its_own_audience_clients_and_scopes() {
    takes(
        json!({"allowedAudience": ["a", "b"]}),
        &[
            (json!({"aud": "a"}), None),
            (json!({"aud": ["x", "b"]}), None),
            (json!({"aud": "x"}), Some(401)),
            (json!({"aud": ["x"]}), Some(401)),
            (json!({"aud": "a b"}), Some(401)),
            (json!({"aud": "A"}), Some(401)),
            (json!({"aud": {"a": "a"}}), Some(401)),
            (json!({}), Some(401)),
        ],
    )
    .await;
    takes(
        json!({"allowedClients": ["c"]}),
        &[
            (json!({"client_id": "c"}), None),
            (json!({"azp": "c"}), None),
            (json!({"client_id": "c", "azp": "x"}), None),
            (json!({"client_id": "x", "azp": "c"}), Some(401)),
            (json!({"client_id": ["c"], "azp": "c"}), Some(401)),
            (json!({"aud": "c"}), Some(401)),
            (json!({}), Some(401)),
        ],
    )
    .await;
    takes(
        json!({"allowedScopes": ["read", "pool/write"]}),
        &[
            (json!({"scope": "openid read"}), None),
            (json!({"scope": "pool/write"}), None),
            (json!({"scp": ["x", "read"]}), None),
            (json!({"scp": "x read"}), None),
            (json!({"scope": "reader"}), Some(403)),
            (json!({"scope": "read,x"}), Some(403)),
            (json!({"scope": ["read"]}), Some(403)),
            (json!({"scope": ""}), Some(403)),
            (json!({}), Some(403)),
        ],
    )
    .await;
    takes(
        json!({"allowedAudience": ["a"], "allowedClients": ["c"], "allowedScopes": ["s"]}),
        &[
            (json!({"aud": "a", "client_id": "c", "scope": "s"}), None),
            (json!({"client_id": "c", "scope": "s"}), Some(401)),
            (json!({"aud": "a", "scope": "s"}), Some(401)),
            (json!({"aud": "a", "client_id": "c"}), Some(403)),
        ],
    )
    .await;
}

#[tokio::test]
async fn custom_claims_are_compared_as_their_rules_say() {
    let rule = |kind: &str, operator: &str, value: Value| {
        json!({"customClaims": [{"inboundTokenClaimName": "team", "inboundTokenClaimValueType": kind,
            "authorizingClaimMatchValue": {"claimMatchValue": value, "claimMatchOperator": operator}}]})
    };
    let equals = rule("STRING", "EQUALS", json!({"matchValueString": "red"}));
    let contains = rule("STRING_ARRAY", "CONTAINS", json!({"matchValueString": "red"}));
    let any = rule(
        "STRING_ARRAY",
        "CONTAINS_ANY",
        json!({"matchValueStringList": ["red", "blue"]}),
    );
    let (text, list) = (json!({"team": "red"}), json!({"team": ["green", "red"]}));
    let others = [
        json!({}),
        json!({"team": "redder"}),
        json!({"team": ["redder"]}),
        json!({"team": {"red": "red"}}),
    ];
    let no = |claims: &Value| (claims.clone(), Some(401));
    let wrong: Vec<(Value, Option<u16>)> = others.iter().map(no).collect();
    takes(
        equals,
        &[&[(text.clone(), None), no(&list)], wrong.as_slice()].concat(),
    )
    .await;
    takes(
        contains,
        &[
            &[(list.clone(), None), no(&text), no(&json!({"team": ["blue"]}))],
            wrong.as_slice(),
        ]
        .concat(),
    )
    .await;
    takes(
        any,
        &[
            &[(list, None), (json!({"team": ["blue"]}), None), no(&text)],
            wrong.as_slice(),
        ]
        .concat(),
    )
    .await;
}

#[tokio::test]
async fn a_token_of_one_gateway_is_no_token_of_another() {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    let identities = identities();
    let one = issuer.gateway(&json!({"allowedAudience": ["one"]}));
    let two = issuer.gateway(&json!({"allowedAudience": ["two"]}));
    let token = signer.sign(&issuer.claims_with(&json!({"aud": "one"})));
    assert!(ask(&identities, &one, &token).await.is_ok());
    // It was verified a moment ago, and is known by its hash.
    let told = refused(&identities, &two, &token).await;
    assert_eq!(told, (401, "The token is for another audience".to_owned()));
}
