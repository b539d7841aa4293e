//! Which tokens of its issuer a gateway takes: `CustomJWTAuthorizerConfiguration` of the model.
//!
//! All that is configured has to hold. A member that this backend cannot keep is refused by its name rather than left out:
//! each of them narrows who may call, or says how the issuer is reached.

use super::caller::client;
use super::refusal::Unidentified;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The rules of one gateway.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Rules {
    /// Where the issuer describes itself.
    pub discovery_url: String,
    allowed_audience: Option<Vec<String>>,
    allowed_clients: Option<Vec<String>>,
    allowed_scopes: Option<Vec<String>>,
    #[serde(default)]
    advertised_scope_mapping: BTreeMap<String, String>,
    #[serde(default)]
    custom_claims: Vec<ClaimRule>,
    private_endpoint: Option<Value>,
    private_endpoint_overrides: Option<Vec<Value>>,
    certificate_configurations: Option<Value>,
    allowed_workload_configuration: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClaimRule {
    inbound_token_claim_name: String,
    inbound_token_claim_value_type: ValueType,
    authorizing_claim_match_value: Match,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ValueType {
    String,
    StringArray,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Match {
    claim_match_value: MatchValue,
    claim_match_operator: Operator,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum MatchValue {
    MatchValueString(String),
    MatchValueStringList(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Operator {
    Equals,
    Contains,
    ContainsAny,
}

impl Rules {
    /// Reads a `CustomJWTAuthorizerConfiguration`.
    ///
    /// # Errors
    /// Which member cannot be kept.
    pub fn read(configuration: &Value) -> Result<Self, String> {
        let rules = Self::deserialize(configuration)
            .map_err(|error| format!("the customJWTAuthorizer cannot be read: {error}"))?;
        let overrides = rules.private_endpoint_overrides.as_ref();
        for (given, name) in [
            (rules.private_endpoint.is_some(), "privateEndpoint"),
            (
                overrides.is_some_and(|list| !list.is_empty()),
                "privateEndpointOverrides",
            ),
            (
                rules.certificate_configurations.is_some(),
                "certificateConfigurations",
            ),
            (
                rules.allowed_workload_configuration.is_some(),
                "allowedWorkloadConfiguration",
            ),
        ] {
            if given {
                return Err(format!(
                    "the local backend does not support customJWTAuthorizer.{name}; leave it out"
                ));
            }
        }
        for rule in &rules.custom_claims {
            rule.check()?;
        }
        Ok(rules)
    }

    /// The scopes as clients have to ask for them (`advertisedScopeMapping`).
    pub fn advertised_scopes(&self) -> Vec<String> {
        let scopes = self.allowed_scopes.iter().flatten();
        scopes
            .map(|scope| self.advertised_scope_mapping.get(scope).unwrap_or(scope).clone())
            .collect()
    }

    /// Refuses a token that is not for this gateway.
    ///
    /// # Errors
    /// [`Unidentified`] says which claim, and not what it should be.
    pub fn check(&self, claims: &Map<String, Value>) -> Result<(), Unidentified> {
        let is_one_of = |allowed: &[String], value: &str| allowed.iter().any(|one| one == value);
        if let Some(allowed) = &self.allowed_audience
            && !audiences(claims).any(|audience| is_one_of(allowed, audience))
        {
            return Err(Unidentified::invalid("The token is for another audience"));
        }
        if let Some(allowed) = &self.allowed_clients
            && !client(claims).is_some_and(|client| is_one_of(allowed, client))
        {
            return Err(Unidentified::invalid(
                "The token is of a client that is not taken",
            ));
        }
        for rule in &self.custom_claims {
            if !rule.holds(claims) {
                let name = &rule.inbound_token_claim_name;
                return Err(Unidentified::invalid(format!(
                    "The claim {name} of the token is missing, or not one that is taken"
                )));
            }
        }
        if let Some(allowed) = &self.allowed_scopes
            && !scopes(claims).any(|scope| is_one_of(allowed, scope))
        {
            return Err(Unidentified::scope("The token has none of the scopes"));
        }
        Ok(())
    }
}

impl ClaimRule {
    /// Which operator goes with which type and which value.
    fn check(&self) -> Result<(), String> {
        let Match {
            claim_match_value,
            claim_match_operator,
        } = &self.authorizing_claim_match_value;
        let value_type = self.inbound_token_claim_value_type;
        let fits = match (claim_match_operator, claim_match_value) {
            (Operator::Equals, MatchValue::MatchValueString(_)) => value_type == ValueType::String,
            (Operator::Contains, MatchValue::MatchValueString(_))
            | (Operator::ContainsAny, MatchValue::MatchValueStringList(_)) => {
                value_type == ValueType::StringArray
            }
            _ => false,
        };
        let name = &self.inbound_token_claim_name;
        fits.then_some(()).ok_or_else(|| {
            format!(
                "the rule of customJWTAuthorizer.customClaims for {name} does not fit together: EQUALS compares a STRING \
                 with matchValueString, CONTAINS a STRING_ARRAY with matchValueString, CONTAINS_ANY a STRING_ARRAY with \
                 matchValueStringList"
            )
        })
    }

    fn holds(&self, claims: &Map<String, Value>) -> bool {
        let Some(claim) = claims.get(&self.inbound_token_claim_name) else {
            return false;
        };
        let wanted: &[String] = match &self.authorizing_claim_match_value.claim_match_value {
            MatchValue::MatchValueString(one) => std::slice::from_ref(one),
            MatchValue::MatchValueStringList(any) => any,
        };
        let is_wanted = |value: &Value| wanted.iter().any(|wanted| value == wanted);
        match self.inbound_token_claim_value_type {
            ValueType::String => is_wanted(claim),
            ValueType::StringArray => claim.as_array().is_some_and(|all| all.iter().any(is_wanted)),
        }
    }
}

/// `aud`, which is one text or a list.
fn audiences(claims: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let claim = claims.get("aud");
    let list = claim.and_then(Value::as_array).into_iter().flatten();
    let one = claim.into_iter();
    one.chain(list).filter_map(Value::as_str)
}

/// `scope`, words in one text (RFC 8693 section 4.2), and `scp`, which other issuers write, also as a list.
fn scopes(claims: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let list = claims.get("scp").and_then(Value::as_array);
    let texts = [claims.get("scope"), claims.get("scp")];
    let words = texts.into_iter().flatten().filter_map(Value::as_str);
    let words = words.flat_map(|text| text.split(' '));
    words.chain(list.into_iter().flatten().filter_map(Value::as_str))
}
