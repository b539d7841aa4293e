//! How a request carries its token, and how refusals look.

use super::super::Unidentified;
use super::rig::*;
use serde_json::json;

#[tokio::test]
async fn a_token_comes_in_one_header_and_nowhere_else() {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    let (identities, gateway) = (identities(), issuer.gateway(&json!({})));
    let (token, other) = (
        signer.sign(&issuer.claims()),
        signer.sign(&issuer.claims_with(&json!({"sub": "other"}))),
    );
    let bearer = |scheme: &str, token: &str| format!("{scheme}{token}");
    let (one, two) = (bearer("Bearer ", &token), bearer("Bearer ", &other));
    for (headers, status) in [
        (vec![("authorization", one.as_str())], None),
        (vec![("Authorization", &bearer("bearer ", &token))], None),
        (vec![("authorization", &bearer("BEARER   ", &token))], None),
        (vec![], Some(401)),
        (vec![("authorization", "")], Some(401)),
        (vec![("authorization", "Basic dTpw")], Some(401)),
        (vec![("authorization", token.as_str())], Some(401)),
        (vec![("authorization", &bearer("Bearer\t", &token))], Some(401)),
        (vec![("authorization", "Bearer")], Some(400)),
        (vec![("authorization", "Bearer ")], Some(400)),
        (vec![("authorization", &format!("{one}, {two}"))], Some(400)),
        (vec![("authorization", &format!("{one} {other}"))], Some(400)),
        (
            vec![("authorization", one.as_str()), ("authorization", two.as_str())],
            Some(400),
        ),
        (
            vec![("authorization", one.as_str()), ("Authorization", one.as_str())],
            Some(400),
        ),
        (
            vec![("authorization", "Basic dTpw"), ("authorization", one.as_str())],
            Some(400),
        ),
        (vec![("proxy-authorization", one.as_str())], Some(401)),
        (vec![("x-authorization", one.as_str())], Some(401)),
        (vec![("cookie", &format!("access_token={token}"))], Some(401)),
    ] {
        let answer = identities.identify(&gateway, &head(&headers), b"{}", NOW).await;
        assert_eq!(
            answer.err().map(|refusal| refusal.status()),
            status,
            "{headers:?}"
        );
    }
    let mut in_query = head(&[]);
    in_query.uri = format!("/gateways/g/mcp?access_token={token}").parse().unwrap();
    let body = format!("access_token={token}");
    let refusal = identities
        .identify(&gateway, &in_query, body.as_bytes(), NOW)
        .await;
    assert_eq!(refusal.unwrap_err().status(), 401);
}

#[tokio::test]
async fn a_refusal_tells_where_tokens_come_from_and_never_the_token() {
    let signer = Signer::ed25519("k");
    let issuer = LocalIssuer::start(&[&signer]).await;
    let identities = identities();
    let rules = json!({"allowedScopes": ["pool/read"], "advertisedScopeMapping": {"pool/read": "read"}});
    let gateway = issuer.gateway(&rules);
    let metadata = "http://h/.well-known/oauth-protected-resource/g";
    let answer = |refusal: &Unidentified| {
        let header = refusal.www_authenticate(metadata, &gateway.scopes());
        (refusal.status(), header, refusal.body())
    };
    let missing = identities
        .identify(&gateway, &head(&[]), b"", NOW)
        .await
        .unwrap_err();
    let place = format!("Bearer resource_metadata=\"{metadata}\", scope=\"read\"");
    assert_eq!(
        answer(&missing),
        (
            401,
            Some(place.clone()),
            json!({"message": "Missing Bearer token"})
        )
    );
    let token = signer.sign(&issuer.claims_with(&json!({"exp": 1})));
    let expired = ask(&identities, &gateway, &token).await.unwrap_err();
    let (error, told) = ("invalid_token", "The token has expired");
    assert_eq!(
        answer(&expired),
        (
            401,
            Some(format!(
                "{place}, error=\"{error}\", error_description=\"{told}\""
            )),
            json!({"error": error, "error_description": told}),
        )
    );
    let token = signer.sign(&issuer.claims());
    let scope = ask(&identities, &gateway, &token).await.unwrap_err();
    let (status, header, body) = answer(&scope);
    assert_eq!(
        (status, body["error"].as_str()),
        (403, Some("insufficient_scope"))
    );
    assert!(
        header
            .unwrap()
            .starts_with(&format!("{place}, error=\"insufficient_scope\""))
    );
    // What comes from elsewhere cannot end the quotes.
    let odd = Unidentified::invalid("a \"b\" \\ \r\n é");
    let header = odd.www_authenticate("http://h/\"x", &[]).unwrap();
    assert_eq!(
        header,
        "Bearer resource_metadata=\"http://h/x\", error=\"invalid_token\", error_description=\"a b   \""
    );
    for token in [
        "a.b.c",
        &signer.sign(&issuer.claims_with(&json!({"iss": "secret"}))),
    ] {
        let refusal = ask(&identities, &gateway, token).await.unwrap_err();
        let shown = format!("{refusal:?} {} {:?}", refusal.body(), answer(&refusal));
        assert!(!shown.contains(token) && !shown.contains("secret"), "{shown}");
    }
}
