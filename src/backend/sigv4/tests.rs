//! Requests signed by the SDK's own signer, and the same requests bent.

mod refused;

use super::*;
use aws_credential_types::Credentials as SignerCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::time::SystemTime;

const KEY: &str = "AKIAEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const NOW: i64 = 1_771_934_400;
const SCOPE: Scope<'_> = Scope {
    region: "us-east-1",
    service: "bedrock-agentcore",
};
const MISMATCH: &str = "The request signature we calculated does not match";

fn credentials(extra: &str) -> Credentials {
    let text = format!(
        r#"[{{"accessKeyId": "{KEY}", "secretAccessKey": "{SECRET}", "arn": "arn:aws:iam::123456789012:user/alice"{extra}}}]"#
    );
    Credentials::read(&text, "123456789012").unwrap()
}

/// A request that can be bent after it was signed.
#[derive(Clone)]
struct Sent {
    method: String,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// How a request is signed.
struct Signer {
    secret: &'static str,
    token: Option<&'static str>,
    region: &'static str,
    service: &'static str,
    at: i64,
    settings: SigningSettings,
}

impl Signer {
    fn new() -> Self {
        Self {
            secret: SECRET,
            token: None,
            region: "us-east-1",
            service: "bedrock-agentcore",
            at: NOW,
            settings: SigningSettings::default(),
        }
    }

    fn presigning(lifetime: u64) -> Self {
        let mut signer = Self::new();
        signer.settings.signature_location = SignatureLocation::QueryParams;
        signer.settings.expires_in = Some(Duration::from_secs(lifetime));
        signer
    }

    fn sign(self, method: &str, uri: &str, body: &[u8]) -> Sent {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let mut headers = vec![("host", "127.0.0.1:8787"), ("content-type", "application/json")];
        if self.settings.signature_location == SignatureLocation::QueryParams {
            headers.truncate(1);
        }
        let identity =
            SignerCredentials::new(KEY, self.secret, self.token.map(str::to_owned), None, "test").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(self.at.try_into().unwrap()))
            .settings(self.settings)
            .build()
            .unwrap()
            .into();
        let url = format!("http://127.0.0.1:8787{uri}");
        let signable = SignableRequest::new(
            method,
            url.as_str(),
            headers.iter().copied(),
            SignableBody::Bytes(body),
        )
        .unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        let mut sent = Sent {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body: body.to_vec(),
        };
        for (name, value) in headers {
            sent.headers.append(
                HeaderName::try_from(name).unwrap(),
                HeaderValue::from_static(value),
            );
        }
        for (name, value) in instructions.headers() {
            sent.headers.append(
                HeaderName::try_from(name).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        for (name, value) in instructions.params() {
            let value = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
            sent.query.extend(["&", name, "=", &value.to_string()]);
        }
        sent
    }
}

impl Sent {
    fn verified(&self, credentials: &Credentials, now: i64) -> Result<Caller, Failure> {
        let request = Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        };
        verify(credentials, SCOPE, &request, now)
    }

    fn told(&self, now: i64) -> String {
        match self.verified(&credentials(""), now).unwrap_err() {
            Failure::Invalid(text) | Failure::Incomplete(text) => text,
            other @ (Failure::Missing | Failure::Unrecognized) => format!("{other:?}"),
        }
    }

    fn with(&self, bend: impl FnOnce(&mut Self)) -> Self {
        let mut copy = self.clone();
        bend(&mut copy);
        copy
    }

    fn header(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
}

#[test]
fn what_the_sdk_signs_is_its_owners() {
    let keys = credentials("");
    let temporary = credentials(r#", "sessionToken": "a session/token+=""#);
    let arn = "/tags/arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A123456789012%3Apolicy-engine%2Fe-0123456789";
    for (method, uri, body) in [
        ("POST", "/policy-engines", &br#"{"name":"e"}"#[..]),
        ("GET", "/policy-engines?maxResults=5&nextToken=a%2Fb%3D", b""),
        ("GET", "/gateways/", b""),
        (
            "DELETE",
            &format!("{arn}?tagKeys=b%20c&tagKeys=a&tagKeys=%C3%A9"),
            b"",
        ),
    ] {
        for (token, keys) in [(None, &keys), (Some("a session/token+="), &temporary)] {
            let signer = Signer {
                token,
                ..Signer::new()
            };
            let caller = signer.sign(method, uri, body).verified(keys, NOW).unwrap();
            assert_eq!(caller.arn, "arn:aws:iam::123456789012:user/alice", "{uri}");
            assert_eq!(caller.access_key.as_deref(), Some(KEY));
            let signer = Signer {
                token,
                ..Signer::presigning(60)
            };
            assert_eq!(
                signer.sign(method, uri, body).verified(keys, NOW),
                Ok(caller),
                "{uri}"
            );
        }
    }
}

#[test]
fn the_payload_hash_is_the_bodys_or_says_that_there_is_none() {
    let mut signer = Signer::new();
    signer.settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let sent = signer.sign("POST", "/policy-engines", b"{}");
    assert!(sent.headers.contains_key("x-amz-content-sha256"));
    assert!(sent.verified(&credentials(""), NOW).is_ok());
    assert!(
        sent.with(|sent| sent.body = b"[]".to_vec())
            .told(NOW)
            .starts_with(MISMATCH)
    );
    let other = hex_sha256(b"[]");
    let both = sent.with(|sent| {
        sent.body = b"[]".to_vec();
        sent.header("x-amz-content-sha256", &other);
    });
    assert!(both.told(NOW).starts_with(MISMATCH));
}

#[test]
fn a_body_that_was_not_signed_may_be_any() {
    let sent = Signer::new().sign("POST", "/policy-engines", b"{}");
    // Signed by hand, as the signer has no settings for it: the payload line says that nobody looked.
    let unsigned = sent.with(|sent| sent.header("x-amz-content-sha256", UNSIGNED_PAYLOAD));
    let request = Request {
        method: "POST",
        path: "/policy-engines",
        query: "",
        headers: &unsigned.headers,
        body: b"anything",
    };
    let shown = presented(&request).unwrap().unwrap();
    let text = string_to_sign(&shown, &request, UNSIGNED_PAYLOAD).unwrap();
    let day = UNIX_EPOCH + Duration::from_secs(NOW.try_into().unwrap());
    let signature = calculate_signature(
        generate_signing_key(SECRET, day, SCOPE.region, SCOPE.service),
        text.as_bytes(),
    );
    let authorization = unsigned.headers["authorization"].to_str().unwrap().to_owned();
    let signed = unsigned.with(|sent| {
        let head = authorization.rsplit_once('=').unwrap().0;
        sent.header("authorization", &format!("{head}={signature}"));
        sent.body = b"anything".to_vec();
    });
    assert!(signed.verified(&credentials(""), NOW).is_ok());
    assert!(unsigned.told(NOW).starts_with(MISMATCH));
}

#[test]
fn what_was_changed_on_the_way_is_not_taken() {
    for signer in [Signer::new, || Signer::presigning(60)] {
        let sent = signer().sign("POST", "/policy-engines?a=b", b"{}");
        for bent in [
            sent.with(|sent| sent.method = "PUT".to_owned()),
            sent.with(|sent| sent.path = "/policy-engine".to_owned()),
            sent.with(|sent| sent.query.push_str("&c=d")),
            sent.with(|sent| sent.body.push(b' ')),
            sent.with(|sent| sent.header("host", "other")),
            sent.with(|sent| drop(sent.headers.remove("host"))),
        ] {
            assert!(bent.told(NOW).starts_with(MISMATCH));
        }
    }
    let other = Signer {
        secret: "other",
        ..Signer::new()
    };
    assert!(
        other
            .sign("GET", "/policy-engines", b"")
            .told(NOW)
            .starts_with(MISMATCH)
    );
}

#[test]
fn credentials_are_read_and_never_shown() {
    let good = "- accessKeyId: AKIA1\n  secretAccessKey: hidden\n  arn: arn:aws:iam::123456789012:root\n";
    let keys = Credentials::read(good, "123456789012").unwrap();
    assert!(!format!("{keys:?}").contains("hidden"));
    assert_eq!(keys.find("AKIA1").unwrap().caller.user_id, "AKIA1");
    for (text, told) in [
        ("[]", "the list of access keys is empty"),
        ("hidden", "it is no YAML or JSON list"),
        ("- hidden", "it is no YAML or JSON list"),
        (
            &good.replace("arn:aws", "hidden"),
            "must be an IAM or STS ARN of account 123456789012",
        ),
        (
            &good.replace("123456789012", "210987654321"),
            "must be an IAM or STS ARN of account 123456789012",
        ),
        (&good.replace("hidden", "''"), "empty secretAccessKey"),
        (
            &good.replace("AKIA1", "'AK/IA'"),
            "the access key in entry 1 must be",
        ),
        (&good.repeat(2), "the access key AKIA1 is there twice"),
        (&format!("{good}  hidden: hidden\n"), "(line"),
        (
            &good.replace("secretAccessKey: hidden", "secretAccessKey: [hidden]"),
            "(line",
        ),
    ] {
        let error = Credentials::read(text, "123456789012").unwrap_err().to_string();
        assert!(
            error.contains(told) && !error.contains("hidden") && error.lines().count() == 1,
            "{error}"
        );
    }
    // Callers of gateways may be of any account, and of one.
    let other = good.replace("123456789012", "210987654321");
    let keys = Credentials::read_of_all(&other).unwrap();
    assert_eq!(keys.find("AKIA1").unwrap().caller.account, "210987654321");
    let error = Credentials::read_of_all(&good.replace("123456789012", "12")).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("must be an IAM or STS ARN of an account"),
        "{error}"
    );
}
