//! What a change of tools means to statements that were judged before.

use std::collections::{BTreeMap, BTreeSet};

use super::is_fixed_type;
use super::reduced::OF_TOOLS;
use crate::cedar::scope::{ACTION, Entity};
use crate::cedar::statement::Statement;
use crate::model::Tool;

/// Ids of the actions that differ between the schemas of these tools, with the groups that they are in: of tools that
/// come, that go, and whose input or output is another one.
#[must_use]
pub fn changed_actions(before: &[Tool], after: &[Tool]) -> BTreeSet<String> {
    let (old, new) = (by_action(before), by_action(after));
    let differs = |id: &String| match (old.get(id), new.get(id)) {
        (Some(old), Some(new)) => {
            (&old.input, &old.output, old.protocol) != (&new.input, &new.output, new.protocol)
        }
        (old, new) => old.is_some() != new.is_some(),
    };
    let tools = old.iter().chain(&new).filter(|(id, _)| differs(id));
    tools
        .flat_map(|(id, tool)| [id.clone(), tool.target.clone()])
        .collect()
}

/// Tools by their actions; of two with one id the first counts, as in a schema.
fn by_action(tools: &[Tool]) -> BTreeMap<String, &Tool> {
    let last_first = tools.iter().rev();
    last_first.map(|tool| (tool.action_id(), tool)).collect()
}

impl Statement {
    /// Whether a change of these actions and groups can change how the statement is judged: they are in its scope, it
    /// names them elsewhere, or it names a type that a tool may bring. Everything else is judged by what did not change.
    #[must_use]
    pub fn is_touched_by(&self, changed: &BTreeSet<String>) -> bool {
        let outline = self.outline();
        // No action is in an empty list, but the validator looks at all.
        let scope = match outline.action.named() {
            Some(scope) if !scope.is_empty() => scope,
            Some(_) | None => return true,
        };
        let Some(named) = &outline.named else {
            return true;
        };
        let everywhere = |action: &Entity| OF_TOOLS.contains(&action.id.as_str());
        let is_changed = |entity: &Entity| entity.entity_type == ACTION && changed.contains(&entity.id);
        let types = named.entities.iter().map(|entity| &entity.entity_type);
        scope.iter().any(everywhere)
            || scope.iter().chain(&named.entities).any(is_changed)
            || types.chain(&named.entity_types).any(|name| !is_fixed_type(name))
    }
}
