//! The tools of a gateway, as requests for them are made: what their actions are in, and what their arguments are made
//! from.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use cedar_policy_core::ast::{Entity, EntityUID};
use cedar_policy_core::entities::{Entities, NoEntitiesSchema, TCComputation};
use cedar_policy_core::extensions::Extensions;

use super::words::{Words, uid};
use crate::cedar::schema::{Fields, Schema};

/// The tools of a gateway.
#[derive(Debug)]
pub(super) struct Tools {
    by_action: HashMap<Arc<str>, Tool>,
    /// Every action there is.
    actions: HashMap<Arc<str>, Arc<Entity>>,
}

/// One tool.
#[derive(Debug)]
pub(super) struct Tool {
    pub(super) action: Arc<str>,
    pub(super) uid: Arc<EntityUID>,
    /// All that its action is in: what the index looks up is what the evaluator is told.
    pub(super) above: Vec<Arc<str>>,
    pub(super) input: Arc<Fields>,
    /// The action and all that it is in.
    entities: Entities,
}

impl Tools {
    /// Those of a schema.
    pub(super) fn of(schema: &Schema, words: &Words) -> Result<Self, String> {
        let hierarchy = schema.hierarchy();
        let interned: HashMap<&str, Arc<str>> = hierarchy.keys().map(|id| (*id, Arc::from(*id))).collect();
        let mut actions = HashMap::new();
        for (id, above) in &hierarchy {
            if let Some(name) = interned.get(id) {
                let above: HashSet<EntityUID> = above.iter().map(|id| uid(&words.action, id)).collect();
                // Which of them are parents makes no difference to `in`.
                let entity = Entity::new_with_attr_partial_value(
                    uid(&words.action, id),
                    [],
                    HashSet::new(),
                    above,
                    [],
                );
                actions.insert(Arc::clone(name), Arc::new(entity));
            }
        }
        let mut by_action = HashMap::new();
        for (id, input) in schema.inputs() {
            let Some(action) = interned.get(id) else { continue };
            let above = hierarchy.get(id).into_iter().flatten();
            let above: Vec<Arc<str>> = above.filter_map(|id| interned.get(id).cloned()).collect();
            let entities = above
                .iter()
                .chain([action])
                .filter_map(|id| actions.get(id).cloned());
            let tool = Tool {
                action: Arc::clone(action),
                uid: Arc::new(uid(&words.action, id)),
                entities: with(Entities::new(), entities)?,
                above,
                input: Arc::clone(input),
            };
            by_action.insert(Arc::clone(action), tool);
        }
        Ok(Self { by_action, actions })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Tool> {
        self.by_action.values()
    }

    pub(super) fn get(&self, action: &str) -> Option<&Tool> {
        self.by_action.get(action)
    }

    /// Those of these actions that there are.
    pub(super) fn actions(&self, ids: &BTreeSet<Arc<str>>) -> Arc<[Arc<Entity>]> {
        ids.iter()
            .filter_map(|id| self.actions.get(id).cloned())
            .collect()
    }
}

impl Tool {
    /// The entities of a request for it, with these.
    pub(super) fn entities(&self, others: impl IntoIterator<Item = Arc<Entity>>) -> Result<Entities, String> {
        with(self.entities.clone(), others)
    }
}

/// Entities, all that each is in named by itself, with others.
fn with(entities: Entities, others: impl IntoIterator<Item = Arc<Entity>>) -> Result<Entities, String> {
    let computed = TCComputation::AssumeAlreadyComputed;
    let all = Extensions::all_available();
    let with = entities.add_entities(others, None::<&NoEntitiesSchema>, computed, all);
    with.map_err(|error| error.to_string())
}
