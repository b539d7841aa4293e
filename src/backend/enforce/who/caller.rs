//! Who calls, as policies see it (service.md 10.1 and 11.2).

use super::refusal::Unidentified;
use crate::backend::control;
use crate::backend::switches::{ClaimToTag, IamPrincipalId};
use crate::cedar::{Principal, PrincipalKind};
use serde_json::{Map, Value};

/// The id of whoever says nothing of themselves.
const NOBODY: &str = "unauthenticated";

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    /// As policies see it, with its tags.
    pub principal: Principal,
    /// Its type.
    pub kind: PrincipalKind,
    /// Its id: the `sub` of a token, or an ARN.
    pub id: String,
    /// Who issued the token.
    pub issuer: Option<String>,
    /// The client that the token was issued to.
    pub client: Option<String>,
    /// The ARN of whoever signed, with the session that `id` leaves out.
    pub signer: Option<String>,
}

impl Caller {
    /// Someone of whom only that is known.
    pub(super) fn new(principal: Principal, kind: PrincipalKind, id: String) -> Self {
        Self {
            principal,
            kind,
            id,
            issuer: None,
            client: None,
            signer: None,
        }
    }

    /// Nobody in particular.
    pub(super) fn nobody() -> Result<Self, Unidentified> {
        Self::plain(PrincipalKind::UnauthenticatedUser, NOBODY.to_owned())
    }

    /// An IAM entity with this id.
    pub(super) fn entity(id: String) -> Result<Self, Unidentified> {
        Self::plain(PrincipalKind::IamEntity, id)
    }

    fn plain(kind: PrincipalKind, id: String) -> Result<Self, Unidentified> {
        let principal =
            Principal::new(kind, &id, []).map_err(|error| Unidentified::fault(error.to_string()))?;
        Ok(Self::new(principal, kind, id))
    }

    /// Whoever has a token with these claims: all of them are tags.
    pub(super) fn user(claims: &Map<String, Value>, non_text: ClaimToTag) -> Result<Self, Unidentified> {
        let id = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        if id.is_empty() {
            return Err(Unidentified::invalid("The token has no sub"));
        }
        let kind = PrincipalKind::OAuthUser;
        let principal = Principal::new(kind, id, tags(claims, non_text))
            .map_err(|error| Unidentified::fault(error.to_string()))?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            issuer: text("iss"),
            client: client(claims).map(str::to_owned),
            ..Self::new(principal, kind, id.to_owned())
        })
    }
}

/// All claims as tags: texts as they are, others as compact JSON (`compat.claim-to-tag`).
fn tags(claims: &Map<String, Value>, non_text: ClaimToTag) -> impl Iterator<Item = (String, String)> {
    claims.iter().filter_map(move |(name, value)| {
        let tag = match (value, non_text) {
            (Value::String(text), _) => text.clone(),
            (_, ClaimToTag::Json) => value.to_string(),
            (_, ClaimToTag::Omitted) => return None,
        };
        Some((name.clone(), tag))
    })
}

/// The client that a token was issued to: `client_id`, or else `azp`.
pub(super) fn client(claims: &Map<String, Value>) -> Option<&str> {
    let claim = claims.get("client_id").or_else(|| claims.get("azp"));
    claim.and_then(Value::as_str)
}

/// The id of an IAM identity as a principal: a role by its session's ARN without the name of the session.
pub(super) fn iam_id(identity: &control::Caller, others: IamPrincipalId) -> String {
    if let Some(role) = role_id(&identity.arn) {
        return role;
    }
    match others {
        IamPrincipalId::Arn => identity.arn.clone(),
        IamPrincipalId::UniqueId if identity.arn.ends_with(":root") => identity.account.clone(),
        IamPrincipalId::UniqueId => identity.user_id.clone(),
    }
}

/// The id of a role, by the ARN of the role or of a session of it.
pub(super) fn role_id(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(6, ':');
    let (_, partition, service, _, account) = (
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
    );
    let mut resource = parts.next()?.split('/');
    let role = match (service, resource.next()?) {
        ("sts", "assumed-role") => resource.next()?,
        // The path of a role is not in the ARNs of its sessions.
        ("iam", "role") => resource.next_back()?,
        _ => return None,
    };
    Some(format!("arn:{partition}:sts::{account}:assumed-role/{role}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identity(arn: &str) -> control::Caller {
        control::Caller {
            account: "123456789012".to_owned(),
            arn: arn.to_owned(),
            user_id: "AIDAEXAMPLE".to_owned(),
            access_key: None,
        }
    }

    #[test]
    fn every_claim_is_a_tag() {
        let claims = json!({
            "sub": "u", "name": "é \"x\"", "groups": ["a", "b c"], "level": 3, "share": 0.5, "ok": true, "none": null,
            "address": {"zip": "1", "lines": []},
        });
        let claims = claims.as_object().unwrap();
        let mut told: Vec<_> = tags(claims, ClaimToTag::Json).collect();
        told.sort();
        let expected = [
            ("address", r#"{"zip":"1","lines":[]}"#),
            ("groups", r#"["a","b c"]"#),
            ("level", "3"),
            ("name", "é \"x\""),
            ("none", "null"),
            ("ok", "true"),
            ("share", "0.5"),
            ("sub", "u"),
        ];
        assert_eq!(
            told,
            expected.map(|(name, tag)| (name.to_owned(), tag.to_owned()))
        );
        let mut names: Vec<_> = tags(claims, ClaimToTag::Omitted).map(|(name, _)| name).collect();
        names.sort();
        assert_eq!(names, ["name", "sub"]);
    }

    #[test]
    fn a_role_is_one_principal_whatever_its_session_is_called() {
        let role = "arn:aws:sts::123456789012:assumed-role/Agent";
        for (arn, by_arn, by_unique_id) in [
            (
                "arn:aws:sts::123456789012:assumed-role/Agent/session-1",
                role,
                role,
            ),
            ("arn:aws:sts::123456789012:assumed-role/Agent/other@x", role, role),
            ("arn:aws:iam::123456789012:role/Agent", role, role),
            ("arn:aws:iam::123456789012:role/team/a/Agent", role, role),
            (
                "arn:aws-cn:sts::123456789012:assumed-role/Agent/s",
                "arn:aws-cn:sts::123456789012:assumed-role/Agent",
                "arn:aws-cn:sts::123456789012:assumed-role/Agent",
            ),
            (
                "arn:aws:iam::123456789012:user/alice",
                "arn:aws:iam::123456789012:user/alice",
                "AIDAEXAMPLE",
            ),
            (
                "arn:aws:iam::123456789012:root",
                "arn:aws:iam::123456789012:root",
                "123456789012",
            ),
        ] {
            let identity = identity(arn);
            assert_eq!(iam_id(&identity, IamPrincipalId::Arn), by_arn, "{arn}");
            assert_eq!(iam_id(&identity, IamPrincipalId::UniqueId), by_unique_id, "{arn}");
        }
        assert_eq!(role_id("role"), None);
    }
}
