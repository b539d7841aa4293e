//! Page tokens: positions in a list, sealed so that nobody can make one up (service.md 2.9).
//!
//! A token holds the position that `control` gave, when it gave it, and a keyed digest of it, of the operation and of everything
//! else that was asked. A token that was altered, made up, or taken from another list is refused; one that is
//! right stays right for as long as `compat.page-token` says (service.md section 18).

use super::model::{Operation, Paginator};
use crate::backend::control::{Reason, Refusal};
use crate::model::{same, sha256};
use serde_json::{Map, Value};
use std::time::Duration;

/// Hexadecimal digits of the digest: 128 bits.
const SEAL: usize = 32;
/// What a bad token is told (ours).
const BAD_TOKEN: &str = "must be a token that this operation returned for the same request";

/// What tokens are sealed with, and how long they are good.
#[derive(Clone, Copy, Debug)]
pub struct Seal<'s> {
    /// The secret.
    pub key: &'s str,
    /// The service's time in microseconds since 1970.
    pub now: i64,
    /// How long a token is good; none for ever.
    pub lifetime: Option<Duration>,
}

/// Opens the token of `input`, if it has one, and leaves the position in its place.
///
/// Gives the scope with which [`close`] seals the next one.
pub fn open(
    with: Seal<'_>,
    operation: &Operation,
    paginator: &Paginator,
    input: &mut Map<String, Value>,
) -> Result<String, Refusal> {
    let token = input.remove(&paginator.input_token);
    let scope = scope(operation, paginator, input);
    if let Some(token) = token {
        let token = token.as_str().unwrap_or_default();
        let position = unseal(with.key, &scope, token).and_then(|sealed| with.current(&sealed));
        let position = position.ok_or_else(|| refuse(&paginator.input_token))?;
        input.insert(paginator.input_token.clone(), position.into());
    }
    Ok(scope)
}

/// Seals the position in `output`, if more remains.
pub fn close(with: Seal<'_>, scope: &str, paginator: &Paginator, output: &mut Value) {
    if let Some(position) = output.get_mut(&paginator.output_token)
        && let Some(text) = position.as_str()
    {
        *position = seal(with.key, scope, &format!("{}@{text}", with.now)).into();
    }
}

impl Seal<'_> {
    /// The position in what was sealed, unless it is too old.
    fn current(self, sealed: &str) -> Option<String> {
        let (given, position) = sealed.split_once('@')?;
        let given: i64 = given.parse().ok()?;
        let lifetime = self
            .lifetime
            .map(|lifetime| i64::try_from(lifetime.as_micros()).unwrap_or(i64::MAX));
        let good = lifetime.is_none_or(|lifetime| given.saturating_add(lifetime) > self.now);
        good.then(|| position.to_owned())
    }
}

/// What a token is good for: this operation with these inputs; only the size of the page may change.
fn scope(operation: &Operation, paginator: &Paginator, input: &Map<String, Value>) -> String {
    let mut rest: Vec<String> = input
        .iter()
        .filter(|(name, _)| **name != paginator.limit_key)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    rest.sort();
    let parts = std::iter::once(operation.name.as_str()).chain(rest.iter().map(String::as_str));
    sha256(parts).as_str().to_owned()
}

fn seal(key: &str, scope: &str, position: &str) -> String {
    let digits = position.bytes().flat_map(|byte| [byte >> 4, byte & 0xf]);
    let digits = digits.filter_map(|digit| char::from_digit(digit.into(), 16));
    digest(key, scope, position).chars().chain(digits).collect()
}

fn unseal(key: &str, scope: &str, token: &str) -> Option<String> {
    let (seal, rest) = token.split_at_checked(SEAL)?;
    let digits: Vec<u8> = rest
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(high << 4 | low),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let position = String::from_utf8(bytes).ok()?;
    same(&digest(key, scope, &position), seal).then_some(position)
}

/// The key stands on both sides, so that nothing can be appended to a digest that is known.
fn digest(key: &str, scope: &str, position: &str) -> String {
    sha256([key, scope, position, key]).short(SEAL).to_owned()
}

fn refuse(member: &str) -> Refusal {
    let text = format!("Value at '/{member}' failed to satisfy constraint: Member {BAD_TOKEN}");
    Refusal::Validation {
        reason: Reason::FieldValidationFailed,
        message: format!("1 validation error detected. {text}"),
        fields: vec![(format!("/{member}"), text)],
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Model;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use std::sync::LazyLock;

    static MODEL: LazyLock<Model> = LazyLock::new(|| Model::load().unwrap());

    const AT_ONCE: Seal<'_> = Seal {
        key: "key",
        now: 1_000,
        lifetime: None,
    };

    fn opened(operation: &str, input: &Value) -> Result<(String, Value), String> {
        opened_with(AT_ONCE, operation, input)
    }

    fn opened_with(with: Seal<'_>, operation: &str, input: &Value) -> Result<(String, Value), String> {
        let operation = MODEL.operations().iter().find(|o| o.name == operation).unwrap();
        let mut input = input.as_object().unwrap().clone();
        let scope = open(with, operation, operation.paginator.as_ref().unwrap(), &mut input)
            .map_err(|e| e.to_string())?;
        Ok((scope, input.into()))
    }

    fn token(operation: &str, input: &Value, position: &str) -> Value {
        let (scope, _) = opened(operation, input).unwrap();
        let operation = MODEL.operations().iter().find(|o| o.name == operation).unwrap();
        let mut output = json!({"nextToken": position});
        close(
            AT_ONCE,
            &scope,
            operation.paginator.as_ref().unwrap(),
            &mut output,
        );
        output["nextToken"].clone()
    }

    #[test]
    fn a_token_comes_back_as_the_position_whatever_the_page_size() {
        let token = token(
            "ListPolicies",
            &json!({"policyEngineId": "e", "maxResults": 2}),
            "17.é-1",
        );
        let (_, input) = opened(
            "ListPolicies",
            &json!({"policyEngineId": "e", "maxResults": 50, "nextToken": token}),
        )
        .unwrap();
        assert_eq!(input["nextToken"], "17.é-1");
    }

    #[test]
    fn a_token_is_good_for_its_lifetime() {
        let token = token("ListPolicyEngines", &json!({}), "17.p-1");
        let input = json!({"nextToken": token});
        for (lifetime, now, good) in [
            (None, i64::MAX, true),
            (Some(Duration::from_micros(10)), 1_009, true),
            (Some(Duration::from_micros(10)), 1_010, false),
        ] {
            let with = Seal {
                now,
                lifetime,
                ..AT_ONCE
            };
            assert_eq!(
                opened_with(with, "ListPolicyEngines", &input).is_ok(),
                good,
                "{now}"
            );
        }
    }

    #[test]
    fn a_token_of_another_list_is_refused() {
        let token = token("ListPolicies", &json!({"policyEngineId": "e"}), "17.p-1");
        for (operation, input) in [
            ("ListPolicies", json!({"policyEngineId": "f", "nextToken": token})),
            (
                "ListPolicySummaries",
                json!({"policyEngineId": "e", "nextToken": token}),
            ),
            (
                "ListPolicies",
                json!({"policyEngineId": "e", "targetResourceScope": "x", "nextToken": token}),
            ),
        ] {
            assert_eq!(
                opened(operation, &input).unwrap_err(),
                "1 validation error detected. Value at '/nextToken' failed to satisfy constraint: Member must be \
                 a token that this operation returned for the same request"
            );
        }
    }

    proptest! {
        #[test]
        fn made_up_and_altered_tokens_are_refused(made_up in "\\PC{0,80}", at in 0..40_usize, by in 1..16_u32) {
            let refused = opened("ListPolicyEngines", &json!({"nextToken": made_up})).is_err();
            prop_assert!(refused);
            let good = token("ListPolicyEngines", &json!({}), "17.p-1");
            let altered: String = good.as_str().unwrap().chars().enumerate().map(|(index, c)| {
                let digit = c.to_digit(16).unwrap();
                char::from_digit(if index == at { digit ^ by } else { digit }, 16).unwrap()
            }).collect();
            let refused = opened("ListPolicyEngines", &json!({"nextToken": altered})).is_err();
            prop_assert!(refused);
        }
    }
}
