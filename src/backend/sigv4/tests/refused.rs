//! What is refused, with its words.

use super::*;

#[test]
fn the_time_must_agree_within_five_minutes() {
    let sent = Signer::new().sign("GET", "/policy-engines", b"");
    for skew in [-300, 0, 300] {
        assert!(sent.verified(&credentials(""), NOW + skew).is_ok(), "{skew}");
    }
    assert_eq!(
        sent.told(NOW + 301),
        "Signature expired: 20260224T120000Z is now earlier than 20260224T120001Z (20260224T120501Z - 5 min.)"
    );
    assert_eq!(
        sent.told(NOW - 301),
        "Signature not yet current: 20260224T120000Z is still later than 20260224T115959Z (20260224T115459Z + 5 min.)"
    );
    let sent = Signer::presigning(60).sign("GET", "/policy-engines", b"");
    assert!(sent.verified(&credentials(""), NOW + 60).is_ok());
    assert_eq!(
        sent.told(NOW + 61),
        "Signature expired: 20260224T120100Z is now earlier than 20260224T120101Z"
    );
    assert!(sent.told(NOW - 301).starts_with("Signature not yet current"));
}

#[test]
fn a_signature_is_for_one_region_and_service_and_key() {
    for (signer, text) in [
        (
            Signer {
                region: "eu-west-1",
                ..Signer::new()
            },
            "Credential should be scoped to a valid region, not 'eu-west-1'.",
        ),
        (
            Signer {
                service: "sts",
                ..Signer::new()
            },
            "Credential should be scoped to correct service: 'bedrock-agentcore'.",
        ),
    ] {
        assert_eq!(signer.sign("GET", "/policy-engines", b"").told(NOW), text);
    }
    let sent = Signer::new().sign("GET", "/policy-engines", b"");
    let authorization = sent.headers["authorization"].to_str().unwrap().to_owned();
    for (from, to, text) in [
        (KEY, "AKIAOTHER", "Unrecognized"),
        (
            "aws4_request",
            "aws3_request",
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws3_request'.",
        ),
        (
            "/20260224/",
            "/20260225/",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260225' != '20260224', from '20260224T120000Z'.",
        ),
        (
            "host;",
            "",
            "'Host' must be a 'SignedHeader' in the AWS Authorization.",
        ),
        (
            "/us-east-1/",
            "/",
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
        ),
        (
            "Signature=",
            "Sign=",
            "Authorization header requires 'Signature' parameter.",
        ),
    ] {
        let bent = authorization.replace(from, to);
        assert_ne!(bent, authorization);
        assert_eq!(
            sent.with(|sent| sent.header("authorization", &bent)).told(NOW),
            text
        );
    }
    assert_eq!(
        sent.with(|sent| sent.header("authorization", "Bearer abc"))
            .told(NOW),
        "'Bearer abc' not a valid key=value pair (missing equal-sign) in Authorization header."
    );
    let undated = sent.with(|sent| {
        sent.headers.remove("x-amz-date");
        sent.header("authorization", "AWS4-HMAC-SHA256 SignedHeaders=host");
    });
    assert_eq!(
        undated.told(NOW),
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
         Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    );
    let bad_date = sent.with(|sent| {
        let bent = authorization.replace("/20260224/", "/yesterda/");
        sent.header("authorization", &bent);
        sent.header("x-amz-date", "yesterday");
    });
    assert!(
        bad_date
            .told(NOW)
            .starts_with("Date must be in ISO-8601 'basic format'. Got 'yesterday'.")
    );
}

#[test]
fn a_presigned_request_is_whole_and_lives_a_week_at_most() {
    let sent = Signer::presigning(60).sign("GET", "/policy-engines", b"");
    for name in [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ] {
        let without = sent.query.replace(name, "X-Amz-Nothing");
        assert_eq!(
            sent.with(|sent| sent.query = without).told(NOW),
            format!(
                "AWS query-string parameters must include '{name}'. Re-examine the query-string parameters."
            )
        );
    }
    for (from, to, text) in [
        (
            "Expires=60",
            "Expires=0",
            "X-Amz-Expires must be at least 1 and at most a week, in seconds.",
        ),
        (
            "Expires=60",
            "Expires=604801",
            "X-Amz-Expires must be at least 1 and at most a week, in seconds.",
        ),
        ("SHA256", "SHA1", "X-Amz-Algorithm must be 'AWS4-HMAC-SHA256'."),
    ] {
        let bent = sent.query.replace(from, to);
        assert_eq!(sent.with(|sent| sent.query = bent).told(NOW), text);
    }
}

#[test]
fn a_token_beside_a_key_that_has_none_is_refused() {
    for signer in [Signer::new(), Signer::presigning(60)] {
        let signer = Signer {
            token: Some("made-up"),
            ..signer
        };
        let sent = signer.sign("GET", "/policy-engines", b"");
        assert_eq!(sent.verified(&credentials(""), NOW), Err(Failure::Unrecognized));
    }
}

#[test]
fn an_unsigned_request_is_nobodys_and_a_configured_token_must_come_along() {
    let sent = Signer::new().sign("GET", "/policy-engines", b"");
    let unsigned = sent.with(|sent| drop(sent.headers.remove("authorization")));
    assert_eq!(unsigned.verified(&credentials(""), NOW), Err(Failure::Missing));
    let temporary = credentials(r#", "sessionToken": "right""#);
    assert_eq!(sent.verified(&temporary, NOW), Err(Failure::Unrecognized));
    for (token, good) in [("right", true), ("wrong", false)] {
        let signer = Signer {
            token: Some(token),
            ..Signer::new()
        };
        assert_eq!(
            signer
                .sign("GET", "/policy-engines", b"")
                .verified(&temporary, NOW)
                .is_ok(),
            good
        );
    }
}
