//! Whatever comes, somebody is known or not, and nothing panics.

use super::super::times;
use super::super::token::Token;
use super::rig::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::ed25519("k"));

/// Any JSON, also such as claims have.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("iss|sub|aud|exp|nbf|iat|alg|kid|crit|[a-z]{1,3}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// What a token may be made of: JSON, encoded or not, or anything.
fn any_part() -> impl Strategy<Value = String> {
    prop_oneof![
        any_json().prop_map(|json| URL_SAFE_NO_PAD.encode(json.to_string())),
        Just(URL_SAFE_NO_PAD.encode(SIGNER.head().to_string())),
        "[A-Za-z0-9_-]{0,40}",
        ".{0,20}",
    ]
}

proptest! {
    #[test]
    fn any_text_is_read_as_a_token_or_refused(parts in prop::collection::vec(any_part(), 0..6)) {
        let text = parts.join(".");
        if let Ok(token) = Token::read(&text) {
            // What is read is what was signed, and nothing was left out.
            let signature = URL_SAFE_NO_PAD.encode(&token.signature);
            prop_assert_eq!(format!("{}.{signature}", str::from_utf8(token.signed).unwrap()), text.as_str());
            let until = times::check(&token.claims, NOW);
            prop_assert!(until.is_err() || until.is_ok_and(|until| until > NOW));
        }
    }

    #[test]
    fn any_json_is_a_header_claims_and_a_key_set_or_is_refused(head in any_json(), claims in any_json(), set in any_json()) {
        let read = super::super::keys::Keys::read("i", &json!({"keys": [set, {"kty": set, "x": set}]}));
        prop_assert!(read.is_some());
        let token = SIGNER.sign_texts(&head.to_string(), &claims.to_string());
        drop(Token::read(&token));
        let token = SIGNER.sign_texts(&SIGNER.head().to_string(), &claims.to_string());
        prop_assert_eq!(Token::read(&token).is_ok(), claims.is_object());
    }

    #[test]
    fn a_token_with_any_byte_changed_is_not_taken(at in 0..1000_usize, byte in any::<u8>()) {
        let good = SIGNER.sign(&json!({"iss": "https://issuer.example", "sub": "u1", "exp": NOW_SECONDS + 60}));
        let mut bytes = good.clone().into_bytes();
        let at = at % bytes.len();
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        let key = super::super::key::Key::of_jwk(&SIGNER.jwk()).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let taken = Token::read(&text).is_ok_and(|token| {
            key.verifies(token.algorithm, token.signed, &token.signature)
        });
        prop_assert!(!taken, "{}", text);
    }
}
