//! Which actions are in which: service.md 10.2 and 10.3.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::shape::Fields;
use super::{FIXED_ACTIONS, Schema, parent};
use crate::cedar::scope::{ACTION, Entity};
use crate::model::Protocol;

impl Schema {
    /// Every action, by its id, with all that it is in: itself not among them.
    pub(in crate::cedar) fn hierarchy(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let tools = self.tools.iter().map(|tool| tool.action.as_str());
        let groups = self.groups.keys().map(String::as_str);
        let actions = FIXED_ACTIONS.into_iter().chain(groups).chain(tools);
        actions.map(|action| (action, self.above(action))).collect()
    }

    /// The tools, by the ids of their actions, with what their arguments are made from.
    pub(in crate::cedar) fn inputs(&self) -> impl Iterator<Item = (&str, &Arc<Fields>)> {
        self.tools.iter().map(|tool| (tool.action.as_str(), &tool.input))
    }

    /// Whether an action is another one or in it.
    pub(in crate::cedar) fn is_in(&self, action: &str, other: &Entity) -> bool {
        other.entity_type == ACTION && self.is_at_or_below(action, &other.id)
    }

    fn is_at_or_below(&self, action: &str, other: &str) -> bool {
        let mut parents = self.parents(action).into_iter().flatten();
        action == other || parents.any(|parent| self.is_at_or_below(parent, other))
    }

    /// All that an action is in.
    fn above(&self, action: &str) -> BTreeSet<&str> {
        let mut above = BTreeSet::new();
        let mut next = vec![self.parents(action)];
        while let Some(parents) = next.pop() {
            let new = parents
                .into_iter()
                .flatten()
                .filter(|parent| above.insert(*parent));
            next.extend(new.map(|parent| self.parents(parent)));
        }
        above
    }

    /// What an action is directly in.
    fn parents(&self, action: &str) -> [Option<&str>; 2] {
        match action {
            "CallTool" => return [Some("Mcp"), None],
            "UnknownTool" => return [Some("CallTool"), None],
            "InvokeAgent" | "InvokeLLM" => return [Some("Http"), None],
            _ => {}
        }
        if let Some(group) = self.groups.get(action) {
            let of = |protocol| group.protocols.contains(&protocol).then(|| parent(protocol));
            return [of(Protocol::Mcp), of(Protocol::Http)];
        }
        match self.by_action.get(action).and_then(|tool| self.tools.get(*tool)) {
            Some(tool) => [Some(parent(tool.protocol)), tool.group.as_deref()],
            None => [None, None],
        }
    }
}
