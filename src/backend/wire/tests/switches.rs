//! Both values of each switch that the wire reads.

use super::*;

fn told(reply: &Reply) -> (u16, Option<&str>, String) {
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    (
        reply.status,
        reply.error.as_deref(),
        body["message"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fraction_in_timestamps_is_there_or_not() {
    for (switches, length) in [
        (&[][..], "2026-02-24T12:00:00.123456Z".len()),
        (
            &["compat.timestamp-fraction=seconds"],
            "2026-02-24T12:00:00Z".len(),
        ),
    ] {
        let rig = Rig::switched(switches).await;
        let engine = rig
            .good(
                "CreatePolicyEngine",
                "/policy-engines",
                &json!({"name": "engine"}),
            )
            .await;
        for member in ["createdAt", "updatedAt"] {
            assert_eq!(engine[member].as_str().unwrap().len(), length, "{engine}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_route_is_told_in_one_of_two_ways() {
    let reply = Rig::new().await.answer("GET", "/nothing", b"").await;
    let text = "No operation answers to GET /nothing".to_owned();
    assert_eq!(told(&reply), (404, Some("UnknownOperationException"), text));
    let rig = Rig::switched(&["compat.unknown-route=missing-authentication-token"]).await;
    let text = "Missing Authentication Token".to_owned();
    assert_eq!(
        told(&rig.answer("GET", "/nothing", b"").await),
        (403, Some("MissingAuthenticationTokenException"), text)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn several_violations_are_told_together_or_the_first_alone() {
    let wrong = json!({"name": "a".repeat(52), "description": ""}).to_string();
    let name = "Value with length 52 at '/name' failed to satisfy constraint: Member must have length between 1 and 48, inclusive";
    let description = "Value with length 0 at '/description' failed to satisfy constraint: Member must have length between 1 and 4096, inclusive";
    for (switches, text, fields) in [
        (
            &[][..],
            format!("2 validation errors detected. {name}; {description}"),
            2,
        ),
        (
            &["compat.multi-violation-text=first"],
            format!("1 validation error detected. {name}"),
            1,
        ),
    ] {
        let reply = Rig::switched(switches)
            .await
            .answer("POST", "/policy-engines", wrong.as_bytes())
            .await;
        assert_eq!(told(&reply), (400, Some("ValidationException"), text));
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(body["fieldList"].as_array().unwrap().len(), fields);
    }
}
