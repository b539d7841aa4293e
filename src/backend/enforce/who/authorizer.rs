//! How a gateway asks who calls: its `authorizerType` and `authorizerConfiguration` (service.md 9.2).

use super::rules::Rules;
use super::verified::Hash;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The two places of an issuer's description (`OpenID` Connect Discovery 1.0 section 4, RFC 8414 section 3).
const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";
/// Where a gateway's own metadata are (RFC 9728 section 3.1).
const RESOURCE: &str = "/.well-known/oauth-protected-resource";

/// How a gateway asks who calls, read once a revision of the gateway.
#[derive(Debug)]
pub struct Authorizer(pub(super) Kind);

#[derive(Debug)]
pub(super) enum Kind {
    /// A token of an issuer.
    CustomJwt {
        rules: Box<Rules>,
        /// Of the configuration: what was verified by it is not verified by another.
        hash: Hash,
    },
    /// A signed AWS request.
    Iam,
    /// The same, for policies to judge alone.
    AuthenticateOnly,
    /// Nothing.
    None {
        /// ARN of the gateway's role.
        role: String,
    },
}

impl Authorizer {
    /// Reads how a gateway with this role asks. The configuration is the union `AuthorizerConfiguration`; only `CUSTOM_JWT`
    /// has one.
    ///
    /// # Errors
    /// What of it this backend cannot keep: nobody may call such a gateway.
    pub fn of(authorizer_type: &str, configuration: Option<&Value>, role_arn: &str) -> Result<Self, String> {
        let kind = match authorizer_type {
            "CUSTOM_JWT" => {
                let union = configuration.and_then(Value::as_object);
                let union = union.ok_or("the gateway has no authorizerConfiguration")?;
                if let Some(other) = union.keys().find(|name| *name != "customJWTAuthorizer") {
                    return Err(format!("the local backend has no authorizer {other}"));
                }
                let configuration = union
                    .get("customJWTAuthorizer")
                    .ok_or("the authorizerConfiguration has no customJWTAuthorizer")?;
                let hash = Sha256::digest(configuration.to_string()).into();
                Kind::CustomJwt {
                    rules: Box::new(Rules::read(configuration)?),
                    hash,
                }
            }
            "AWS_IAM" => Kind::Iam,
            "AUTHENTICATE_ONLY" => Kind::AuthenticateOnly,
            "NONE" => Kind::None {
                role: role_arn.to_owned(),
            },
            other => return Err(format!("the local backend has no authorizerType {other}")),
        };
        Ok(Self(kind))
    }

    /// The scopes as clients have to ask for them; for [`super::Unidentified::www_authenticate`].
    #[must_use]
    pub fn scopes(&self) -> Vec<String> {
        match &self.0 {
            Kind::CustomJwt { rules, .. } => rules.advertised_scopes(),
            Kind::Iam | Kind::AuthenticateOnly | Kind::None { .. } => Vec::new(),
        }
    }

    /// The metadata of the gateway at this URL as a protected resource (RFC 9728 section 2); none when it takes no tokens.
    #[must_use]
    pub fn metadata(&self, gateway_url: &str) -> Option<Value> {
        let Kind::CustomJwt { rules, .. } = &self.0 else {
            return None;
        };
        let mut metadata = json!({
            "resource": gateway_url,
            "authorization_servers": [issuer(&rules.discovery_url)],
            "bearer_methods_supported": ["header"],
        });
        let scopes = rules.advertised_scopes();
        if !scopes.is_empty()
            && let Some(members) = metadata.as_object_mut()
        {
            members.insert("scopes_supported".to_owned(), scopes.into());
        }
        Some(metadata)
    }

    /// Where the metadata of the gateway at this URL are: the well-known path stands before the path of the resource.
    #[must_use]
    pub fn metadata_url(gateway_url: &str) -> String {
        let host = gateway_url.find("://").map_or(0, |scheme| scheme + 3);
        let (_, rest) = gateway_url.split_at_checked(host).unwrap_or(("", gateway_url));
        let path = rest.find('/').map_or(gateway_url.len(), |slash| host + slash);
        let (origin, path) = gateway_url.split_at_checked(path).unwrap_or((gateway_url, ""));
        format!("{origin}{RESOURCE}{}", path.trim_end_matches('/'))
    }
}

/// The issuer that a discovery URL is of.
fn issuer(discovery_url: &str) -> String {
    let parts = discovery_url
        .split_once(OPENID)
        .or_else(|| discovery_url.split_once(OAUTH));
    let (before, after) = parts.unwrap_or((discovery_url, ""));
    format!("{before}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(more: &Value) -> Value {
        let mut configuration =
            json!({"discoveryUrl": "https://issuer.example/pool/.well-known/openid-configuration"});
        let members = configuration.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        json!({"customJWTAuthorizer": configuration})
    }

    fn of(configuration: &Value) -> Result<Authorizer, String> {
        Authorizer::of("CUSTOM_JWT", Some(configuration), "")
    }

    #[test]
    fn what_cannot_be_kept_is_refused_by_its_name() {
        for (more, named) in [
            (
                json!({"privateEndpoint": {"selfManagedLatticeResource": {}}}),
                "privateEndpoint",
            ),
            (
                json!({"privateEndpointOverrides": [{}]}),
                "privateEndpointOverrides",
            ),
            (
                json!({"certificateConfigurations": [{}]}),
                "certificateConfigurations",
            ),
            (
                json!({"allowedWorkloadConfiguration": {}}),
                "allowedWorkloadConfiguration",
            ),
            (json!({"somethingNew": 1}), "somethingNew"),
            (json!({"allowedAudience": "a"}), "invalid type: string"),
            (
                json!({"customClaims": [{"inboundTokenClaimName": "n"}]}),
                "inboundTokenClaimValueType",
            ),
        ] {
            let told = of(&jwt(&more)).unwrap_err();
            assert!(
                told.contains(named) && told.lines().count() == 1,
                "{more}: {told}"
            );
        }
        for (value_type, operator, value) in [
            ("STRING", "CONTAINS", json!({"matchValueString": "x"})),
            ("STRING", "CONTAINS_ANY", json!({"matchValueStringList": ["x"]})),
            ("STRING_ARRAY", "EQUALS", json!({"matchValueString": "x"})),
            ("STRING_ARRAY", "CONTAINS", json!({"matchValueStringList": ["x"]})),
            ("STRING_ARRAY", "CONTAINS_ANY", json!({"matchValueString": "x"})),
        ] {
            let rule = json!({"inboundTokenClaimName": "team", "inboundTokenClaimValueType": value_type,
                "authorizingClaimMatchValue": {"claimMatchValue": value, "claimMatchOperator": operator}});
            let told = of(&jwt(&json!({"customClaims": [rule]}))).unwrap_err();
            assert!(
                told.contains("customClaims for team does not fit together"),
                "{told}"
            );
        }
        for (kind, configuration) in [
            ("CUSTOM_JWT", None),
            ("CUSTOM_JWT", Some(json!({}))),
            ("CUSTOM_JWT", Some(json!({"other": {}}))),
            ("CUSTOM_JWT", Some(json!({"customJWTAuthorizer": {}}))),
            ("custom_jwt", Some(jwt(&json!({})))),
        ] {
            assert!(
                Authorizer::of(kind, configuration.as_ref(), "").is_err(),
                "{kind} {configuration:?}"
            );
        }
        assert!(of(&jwt(&json!({"privateEndpointOverrides": []}))).is_ok());
        for kind in ["AWS_IAM", "AUTHENTICATE_ONLY", "NONE"] {
            let authorizer = Authorizer::of(kind, None, "").unwrap();
            assert_eq!(
                (authorizer.scopes(), authorizer.metadata("http://g/mcp")),
                (vec![], None)
            );
        }
    }

    #[test]
    fn the_metadata_name_the_issuer_and_the_scopes_as_clients_ask_for_them() {
        let scopes = json!({"allowedScopes": ["read", "pool/write"], "advertisedScopeMapping": {"pool/write": "write"}});
        let authorizer = of(&jwt(&scopes)).unwrap();
        assert_eq!(
            authorizer.metadata("http://127.0.0.1:1/gateways/g/mcp").unwrap(),
            json!({
                "resource": "http://127.0.0.1:1/gateways/g/mcp", "bearer_methods_supported": ["header"],
                "authorization_servers": ["https://issuer.example/pool"], "scopes_supported": ["read", "write"],
            })
        );
        for (url, expected) in [
            (
                "http://h:1/g/mcp",
                "http://h:1/.well-known/oauth-protected-resource/g/mcp",
            ),
            (
                "https://h/mcp/",
                "https://h/.well-known/oauth-protected-resource/mcp",
            ),
            ("https://h", "https://h/.well-known/oauth-protected-resource"),
        ] {
            assert_eq!(Authorizer::metadata_url(url), expected);
        }
        assert_eq!(
            issuer("https://i/.well-known/oauth-authorization-server/tenant"),
            "https://i/tenant"
        );
    }
}
