//! Gateways that take signed AWS requests, and gateways that ask nothing.

use super::super::{Authorizer, Caller, Identities, Unidentified};
use super::rig::*;
use crate::backend::sigv4::Credentials;
use crate::backend::switches::{IamPrincipalId, PrincipalAuthenticateOnly, PrincipalNone, Switches};
use crate::cedar::PrincipalKind;
use aws_credential_types::Credentials as SignerCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::request::Parts;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

const BODY: &[u8] = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#;
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/Agent/session-1";
const FILE: &str = "
- {accessKeyId: AKIAROLE, secretAccessKey: hidden-1, sessionToken: tok, arn: 'arn:aws:sts::123456789012:assumed-role/Agent/session-1'}
- {accessKeyId: AKIAUSER, secretAccessKey: hidden-2, arn: 'arn:aws:iam::210987654321:user/alice', userId: AIDAALICE}
";

/// The head of a request that this key signed for this region and service.
fn signed(key: &str, secret: &str, token: Option<&str>, place: (&str, &str), body: &[u8]) -> Parts {
    let identity = SignerCredentials::new(key, secret, token.map(str::to_owned), None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(place.0)
        .name(place.1)
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW_SECONDS.try_into().unwrap()))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let headers = [("host", "127.0.0.1:8788")];
    let url = "http://127.0.0.1:8788/gateways/g/mcp";
    let request = SignableRequest::new("POST", url, headers.into_iter(), SignableBody::Bytes(body)).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    head(&[&headers[..], &instructions.headers().collect::<Vec<_>>()].concat())
}

fn role() -> Parts {
    signed(
        "AKIAROLE",
        "hidden-1",
        Some("tok"),
        ("us-east-1", "bedrock-agentcore"),
        BODY,
    )
}

fn user() -> Parts {
    signed(
        "AKIAUSER",
        "hidden-2",
        None,
        ("us-east-1", "bedrock-agentcore"),
        BODY,
    )
}

fn with(iam: bool, switches: Switches) -> Identities {
    let directory = TempDir::new().unwrap();
    let mut setup = setup(&directory);
    setup.callers.identities = iam.then(|| Credentials::read_of_all(FILE).unwrap());
    setup.switches = switches;
    Identities::new(setup).unwrap()
}

fn of(kind: &str) -> Authorizer {
    Authorizer::of(kind, None, "arn:aws:iam::123456789012:role/service/Gateway").unwrap()
}

async fn ask(identities: &Identities, kind: &str, head: &Parts) -> Result<Arc<Caller>, Unidentified> {
    identities.identify(&of(kind), head, BODY, NOW).await
}

#[tokio::test]
async fn who_signs_is_a_role_without_its_session_or_a_user() {
    let identities = with(true, Switches::default());
    for kind in ["AWS_IAM", "AUTHENTICATE_ONLY"] {
        let caller = ask(&identities, kind, &role()).await.unwrap();
        assert_eq!(caller.kind, PrincipalKind::IamEntity);
        assert_eq!(caller.id, "arn:aws:sts::123456789012:assumed-role/Agent");
        assert_eq!(caller.signer.as_deref(), Some(SESSION));
        let caller = ask(&identities, kind, &user()).await.unwrap();
        assert_eq!(caller.id, "arn:aws:iam::210987654321:user/alice");
    }
    let switched = with(
        true,
        Switches {
            iam_principal_id: IamPrincipalId::UniqueId,
            principal_authenticate_only: PrincipalAuthenticateOnly::Unauthenticated,
            ..Switches::default()
        },
    );
    assert_eq!(ask(&switched, "AWS_IAM", &user()).await.unwrap().id, "AIDAALICE");
    let nobody = ask(&switched, "AUTHENTICATE_ONLY", &role()).await.unwrap();
    assert_eq!(nobody.kind, PrincipalKind::UnauthenticatedUser);
    assert_eq!(nobody.signer.as_deref(), Some(SESSION));
}

#[tokio::test]
async fn what_is_not_signed_by_an_identity_for_this_gateway_is_not_taken() {
    let identities = with(true, Switches::default());
    let place = ("us-east-1", "bedrock-agentcore");
    let bend = |change: &dyn Fn(&mut Parts)| {
        let mut head = role();
        change(&mut head);
        head
    };
    let mismatch = "The request signature we calculated does not match";
    for kind in ["AWS_IAM", "AUTHENTICATE_ONLY"] {
        for (head, status, told) in [
            (head(&[]), 403, "Missing Authentication Token"),
            (
                head(&[("authorization", "Bearer a.b.c")]),
                403,
                "not a valid key=value pair",
            ),
            (
                signed("AKIAROLE", "other", Some("tok"), place, BODY),
                403,
                mismatch,
            ),
            (
                signed("AKIAROLE", "hidden-1", None, place, BODY),
                403,
                "The security token",
            ),
            (
                signed("AKIAROLE", "hidden-1", Some("x"), place, BODY),
                403,
                "The security token",
            ),
            (
                signed("AKIANOBODY", "hidden-1", None, place, BODY),
                403,
                "The security token",
            ),
            (
                signed("AKIAUSER", "hidden-2", None, ("us-east-1", "execute-api"), BODY),
                403,
                "correct service: 'bedrock-agentcore'",
            ),
            (
                signed(
                    "AKIAUSER",
                    "hidden-2",
                    None,
                    ("eu-west-1", "bedrock-agentcore"),
                    BODY,
                ),
                403,
                "valid region",
            ),
            (signed("AKIAUSER", "hidden-2", None, place, b"{}"), 403, mismatch),
            (
                bend(&|head| head.uri = "/gateways/other/mcp".parse().unwrap()),
                403,
                mismatch,
            ),
            (bend(&|head| head.method = http::Method::GET), 403, mismatch),
            (
                bend(&|head| {
                    let value = "UNSIGNED-PAYLOAD".parse().unwrap();
                    assert!(head.headers.insert("x-amz-content-sha256", value).is_none());
                }),
                403,
                "The body of the request is not signed",
            ),
            (
                bend(&|head| {
                    let value = "Bearer a.b.c".parse().unwrap();
                    assert!(head.headers.append("authorization", value));
                }),
                400,
                "more than one Authorization header",
            ),
        ] {
            let refusal = ask(&identities, kind, &head).await.unwrap_err();
            let text = refusal.message();
            assert!(
                refusal.status() == status && text.contains(told) && !text.contains("hidden"),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn a_signature_is_of_now_and_of_somebody_who_is_known() {
    let identities = with(true, Switches::default());
    for kind in ["AWS_IAM", "AUTHENTICATE_ONLY"] {
        let later = identities
            .identify(&of(kind), &role(), BODY, NOW + 301_000_000)
            .await;
        assert!(later.unwrap_err().message().starts_with("Signature expired"));
    }
    let refusal = ask(&with(false, Switches::default()), "AWS_IAM", &role())
        .await
        .unwrap_err();
    assert_eq!(
        (refusal.status(), refusal.www_authenticate("http://g", &[])),
        (403, None)
    );
    assert!(
        refusal.message().ends_with("start it with --iam-identities FILE"),
        "{}",
        refusal.message()
    );
}

#[tokio::test]
async fn a_gateway_that_asks_nothing_knows_nobody() {
    let asked = [head(&[]), head(&[("authorization", "Bearer a.b.c")]), role()];
    let (plain, switched) = (
        with(true, Switches::default()),
        with(
            false,
            Switches {
                principal_none: PrincipalNone::GatewayRole,
                ..Switches::default()
            },
        ),
    );
    for head in &asked {
        let nobody = ask(&plain, "NONE", head).await.unwrap();
        assert_eq!(
            (nobody.kind, nobody.signer.as_deref()),
            (PrincipalKind::UnauthenticatedUser, None)
        );
        let role = ask(&switched, "NONE", head).await.unwrap();
        assert_eq!(
            (role.kind, role.id.as_str()),
            (
                PrincipalKind::IamEntity,
                "arn:aws:sts::123456789012:assumed-role/Gateway"
            )
        );
    }
}
