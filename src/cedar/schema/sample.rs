//! One request of an environment, and which statements apply to it: what that tells costs next to nothing, however many
//! statements there are.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use serde_json::{Value, json};

use super::Schema;
use crate::cedar::bounded::Bounded;
use crate::cedar::scope::{ACTION, GATEWAY};
use crate::cedar::statement::{Outline, Sketch};
use crate::model::Digest;

/// Most environments whose samples are kept.
const MOST_SAMPLES: usize = 128;

/// Most statements of which a sample knows whether they apply to it. Ours: some 100 bytes each, and two of the largest
/// engines.
const MOST_ANSWERS: usize = 2_048;

/// The id of the caller.
const NOBODY: &str = "nobody";

/// A type of principal, an action, and a gateway or all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::cedar) struct Environment {
    pub(in crate::cedar) principal: &'static str,
    pub(in crate::cedar) action: String,
    pub(in crate::cedar) gateway: Option<String>,
}

/// Samples by environment; none where a request needs an argument, which would have to be made up.
pub(super) type Samples = Bounded<Environment, Option<Arc<Sample>>, MOST_SAMPLES>;

/// A request of a caller without claims, without arguments.
#[derive(Debug)]
pub(in crate::cedar) struct Sample {
    environment: Environment,
    request: Request,
    /// Whether statements apply to it, as far as that was asked; none where Cedar cannot tell.
    answers: Bounded<Digest, Option<bool>, MOST_ANSWERS>,
}

impl Schema {
    /// The sample of an environment; none where a request needs an argument, which would have to be made up.
    pub(in crate::cedar) fn sample(&self, environment: &Environment) -> Option<Arc<Sample>> {
        if let Some(known) = self.samples.get(environment) {
            return known;
        }
        let sample = Sample::of(environment, self).map(Arc::new);
        self.samples.keep(environment.clone(), sample.clone());
        sample
    }
}

impl Sample {
    fn of(environment: &Environment, schema: &Schema) -> Option<Self> {
        let reduced = schema.reduced_to(&environment.action, []).ok()?;
        let schema = reduced.validator.schema();
        let principal = uid(environment.principal, NOBODY)?;
        let action = uid(ACTION, &environment.action)?;
        let resource = uid(GATEWAY, environment.gateway.as_deref().unwrap_or("anywhere"))?;
        let request = contexts().into_iter().find_map(|context| {
            let context = Context::from_json_value(context, Some((schema, &action))).ok()?;
            let (principal, action, resource) = (principal.clone(), action.clone(), resource.clone());
            Request::new(principal, action, resource, context, Some(schema)).ok()
        })?;
        Some(Self {
            environment: environment.clone(),
            request,
            answers: Bounded::default(),
        })
    }

    /// Whether a statement applies to it: one that fails does not. None when Cedar cannot tell.
    pub(in crate::cedar) fn is_matched_by(&self, sketch: &Sketch, schema: &Schema) -> Option<bool> {
        if let Some(known) = self.answers.get(sketch.digest()) {
            return known;
        }
        let answer = self.asked(sketch, schema);
        self.answers.keep(sketch.digest().clone(), answer);
        answer
    }

    /// How Cedar decides about it with all these statements at once.
    #[cfg(test)]
    pub(in crate::cedar) fn is_allowed_by(&self, sketches: &[Sketch], schema: &Schema) -> bool {
        let named = sketches.iter().enumerate();
        let policies =
            named.map(|(place, sketch)| sketch.policy_named(&format!("p{place}")).expect("it parsed"));
        let policies = PolicySet::from_policies(policies).expect("ids differ");
        let entities = self
            .entities(sketches.iter().map(Sketch::outline), schema)
            .expect("they fit");
        Authorizer::new()
            .is_authorized(&self.request, &policies, &entities)
            .decision()
            == cedar_policy::Decision::Allow
    }

    fn asked(&self, sketch: &Sketch, schema: &Schema) -> Option<bool> {
        let entities = self.entities([sketch.outline()], schema)?;
        let policies = PolicySet::from_policies([sketch.policy_named("p")?]).ok()?;
        let response = Authorizer::new().is_authorized(&self.request, &policies, &entities);
        Some(response.diagnostics().reason().next().is_some())
    }

    /// The caller, and the actions that the statements name.
    fn entities<'o>(
        &self,
        outlines: impl IntoIterator<Item = &'o Outline>,
        schema: &Schema,
    ) -> Option<Entities> {
        let reduced = schema.reduced_to(&self.environment.action, outlines).ok()?;
        let schema = reduced.validator.schema();
        let id = HashMap::from([(
            "id".to_owned(),
            RestrictedExpression::new_string(NOBODY.to_owned()),
        )]);
        let nobody = Entity::new(uid(self.environment.principal, NOBODY)?, id, HashSet::new()).ok()?;
        let actions = schema.action_entities().ok()?;
        actions.add_entities([nobody], Some(schema)).ok()
    }
}

fn uid(entity_type: &str, id: &str) -> Option<EntityUid> {
    let entity_type = EntityTypeName::from_str(entity_type).ok()?;
    Some(EntityUid::from_type_name_and_id(entity_type, EntityId::new(id)))
}

/// Contexts without arguments: of actions that have no input, and of tools.
fn contexts() -> [Value; 2] {
    let system = json!({"now": {"__extn": {"fn": "datetime", "arg": "2001-01-01"}}});
    [json!({"system": system}), json!({"system": system, "input": {}})]
}
