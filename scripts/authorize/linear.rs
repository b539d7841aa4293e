//! Cedar's own authorizer over all policies, asked through its public API: what the index is compared with.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use agentcore_policy_operator::cedar::{Mode, PrincipalKind, Schema};
use cedar_policy::{Authorizer, Context, Entities, Entity, EntityUid, Policy, PolicyId, PolicySet, Request};
use serde_json::{Value, json};

use super::Failure;
use super::generate::{Asked, GATEWAY};

/// A request that Cedar has read.
pub struct Prepared {
    pub request: Request,
    pub entities: Entities,
}

/// Policies, as Cedar's authorizer takes them.
#[derive(Default)]
pub struct Linear {
    pub active: PolicySet,
    logged: BTreeMap<String, Policy>,
}

/// An answer, of Cedar's authorizer or of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub allowed: bool,
    pub determining: Vec<String>,
    pub mismatched: Vec<(String, String)>,
    pub matched: Vec<String>,
    pub flipping: Vec<String>,
    pub logged_mismatched: Vec<(String, String)>,
}

/// The actions of a schema, as Cedar has them of the schema's text.
pub fn actions(schema: &Schema) -> Result<Entities, Failure> {
    let (schema, _) = cedar_policy::Schema::from_cedarschema_str(&schema.text())?;
    Ok(schema.action_entities()?)
}

impl Prepared {
    /// Reads a request from JSON.
    pub fn of(asked: &Asked, actions: &Entities) -> Result<Self, Failure> {
        let kind = match asked.kind {
            PrincipalKind::OAuthUser => "OAuthUser",
            PrincipalKind::IamEntity => "IamEntity",
            PrincipalKind::UnauthenticatedUser => "UnauthenticatedUser",
        };
        let entity = |of_type: &str, id: &str| json!({"type": format!("AgentCore::{of_type}"), "id": id});
        let uid = |of_type: &str, id: &str| EntityUid::from_json(entity(of_type, id)).map_err(Failure::from);
        let attributes = match asked.kind {
            PrincipalKind::UnauthenticatedUser => json!({}),
            PrincipalKind::OAuthUser | PrincipalKind::IamEntity => json!({"id": asked.id}),
        };
        let tags: BTreeMap<&String, &String> = asked.tags.iter().map(|(name, value)| (name, value)).collect();
        let caller = json!({"uid": entity(kind, asked.id), "attrs": attributes, "tags": tags, "parents": []});
        let millis = asked.now / 1_000;
        let context = json!({"input": asked.input, "system": {"now": now(millis)}});
        let request = Request::new(
            uid(kind, asked.id)?,
            uid("Action", &asked.tool)?,
            uid("Gateway", GATEWAY)?,
            Context::from_json_value(context, None)?,
            None,
        )?;
        let caller = Entity::from_json_value(caller, None)?;
        Ok(Self {
            request,
            entities: actions.clone().add_entities([caller], None)?,
        })
    }
}

/// A moment as so many milliseconds after another: not by the way in which the authorizer under test tells it.
fn now(millis: i64) -> Value {
    let epoch = json!({"__extn": {"fn": "datetime", "arg": "1970-01-01"}});
    let since = json!({"__extn": {"fn": "duration", "arg": format!("{millis}ms")}});
    json!({"__extn": {"fn": "offset", "args": [epoch, since]}})
}

/// A statement, parsed.
pub fn parsed(statement: &str) -> Result<Policy, Failure> {
    Ok(Policy::from_str(statement)?)
}

impl Linear {
    /// These policies.
    pub fn of<'p>(
        policies: impl IntoIterator<Item = (&'p String, &'p Policy, Mode)>,
    ) -> Result<Self, Failure> {
        let mut linear = Self::default();
        for (id, policy, mode) in policies {
            let policy = policy.new_id(PolicyId::new(id));
            match mode {
                Mode::Active => linear.active.add(policy)?,
                Mode::LogOnly => drop(linear.logged.insert(id.clone(), policy)),
            }
        }
        Ok(linear)
    }

    /// What is to be answered. A policy that is only logged is asked alone, and together with all that decide.
    pub fn answer(&self, prepared: &Prepared) -> Result<Answer, Failure> {
        let asked = |policies: &PolicySet| {
            let response = Authorizer::new().is_authorized(&prepared.request, policies, &prepared.entities);
            let mut reasons: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
            let mut errors: Vec<(String, String)> = response
                .diagnostics()
                .errors()
                .map(|cedar_policy::AuthorizationError::PolicyEvaluationError(error)| {
                    (error.policy_id().to_string(), error.inner().to_string())
                })
                .collect();
            reasons.sort();
            errors.sort();
            (
                response.decision() == cedar_policy::Decision::Allow,
                reasons,
                errors,
            )
        };
        let (allowed, determining, mismatched) = asked(&self.active);
        let mut answer = Answer {
            allowed,
            determining,
            mismatched,
            matched: Vec::new(),
            flipping: Vec::new(),
            logged_mismatched: Vec::new(),
        };
        for (id, policy) in &self.logged {
            let (_, reasons, errors) = asked(&PolicySet::from_policies([policy.clone()])?);
            answer.matched.extend(reasons);
            answer.logged_mismatched.extend(errors);
            let mut together = self.active.clone();
            together.add(policy.clone())?;
            if asked(&together).0 != allowed {
                answer.flipping.push(id.clone());
            }
        }
        Ok(answer)
    }
}
