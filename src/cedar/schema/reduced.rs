//! The part of a schema that one statement can match.
//!
//! Cedar's validator looks at a policy once for every action and principal type of its schema (performance.md 7.2), and
//! reading a schema takes longer still. A statement of one tool is therefore validated against a schema of that
//! tool; verdict and texts are those that the whole schema would give.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::Validator;

use super::{FIXED_TEXT, Schema, group_text, is_fixed};
use crate::cedar::scope::ACTION;
use crate::cedar::statement::{Named, Outline};

/// Most reduced schemas that are kept for later statements.
pub(super) const MOST_KEPT: usize = 128;

/// The fixed actions that tools are in.
pub(super) const OF_TOOLS: [&str; 3] = ["CallTool", "Http", "Mcp"];

/// What of a schema is taken: the fixed part always is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Selection {
    /// Tools whose actions are there.
    pub(super) tools: BTreeSet<usize>,
    /// Tools of which only the types are there.
    pub(super) types: BTreeSet<usize>,
    /// Action groups that are there.
    pub(super) groups: BTreeSet<String>,
}

/// A schema of a selection, read by Cedar.
pub(in crate::cedar) struct Reduced {
    pub(in crate::cedar) validator: Validator,
}

impl std::fmt::Debug for Reduced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reduced").finish_non_exhaustive()
    }
}

impl Schema {
    /// All there is.
    pub(super) fn everything(&self) -> Selection {
        Selection {
            tools: (0..self.tools.len()).collect(),
            types: BTreeSet::new(),
            groups: self.groups.keys().cloned().collect(),
        }
    }

    /// What a statement needs: the actions its scope matches with their groups, what else it names anywhere, and
    /// the types of all that. What it names and no schema has stays away, so that it is still reported.
    pub(super) fn selection(&self, outline: &Outline) -> Selection {
        // No action is in an empty list, but the validator looks at all.
        let scope = match outline.action.named() {
            Some(scope) if !scope.is_empty() => scope,
            Some(_) | None => return self.everything(),
        };
        let Some(named) = &outline.named else {
            return self.everything();
        };
        let mut selection = Selection::default();
        for action in scope {
            let members = self.members(&action.id);
            // Of an action that is not there the validator takes any action to be a member.
            let known = action.entity_type == ACTION
                && (!members.is_empty() || is_fixed(&action.id) || self.groups.contains_key(&action.id));
            if !known || OF_TOOLS.contains(&action.id.as_str()) {
                return self.everything();
            }
            selection.tools.extend(members);
        }
        self.add_named(named, &mut selection);
        self.with_groups(selection)
    }

    /// Adds what a statement names to a selection.
    fn add_named(&self, named: &Named, selection: &mut Selection) {
        for action in named
            .entities
            .iter()
            .filter(|entity| entity.entity_type == ACTION)
        {
            selection.tools.extend(self.by_action.get(&action.id));
            if self.groups.contains_key(&action.id) {
                selection.groups.insert(action.id.clone());
            }
        }
        let types = named
            .entities
            .iter()
            .map(|entity| &entity.entity_type)
            .chain(&named.entity_types);
        selection
            .types
            .extend(types.filter_map(|name| self.by_entity.get(name)));
        selection.types.retain(|tool| !selection.tools.contains(tool));
    }

    /// Adds the groups of all its tools to a selection.
    fn with_groups(&self, mut selection: Selection) -> Selection {
        let tools = selection.tools.iter();
        let groups = tools.filter_map(|tool| self.tools.get(*tool)?.group.clone());
        selection.groups.extend(groups);
        selection
    }

    /// The tools that an action stands for: itself, or the members of the group.
    fn members(&self, id: &str) -> BTreeSet<usize> {
        let members = self.groups.get(id).into_iter().flat_map(|group| &group.members);
        self.by_action
            .get(id)
            .into_iter()
            .chain(members)
            .copied()
            .collect()
    }

    /// The schema of a selection in Cedar's syntax.
    pub(super) fn text_of(&self, selection: &Selection) -> String {
        let mut text = FIXED_TEXT.clone();
        let groups = selection.groups.iter();
        text.extend(groups.filter_map(|name| Some(group_text(name, self.groups.get(name)?))));
        for tool in selection.tools.iter().filter_map(|tool| self.tools.get(*tool)) {
            text.push_str(&tool.types);
            text.push_str(&tool.text);
        }
        text.extend(
            selection
                .types
                .iter()
                .filter_map(|tool| Some(self.tools.get(*tool)?.types.as_str())),
        );
        text.push_str(&self.shared);
        text.push_str("}\n");
        text
    }

    /// The schema that decides about a statement, read once for all statements with the same selection.
    ///
    /// # Errors
    /// What Cedar says when it cannot read the schema; a fault of this program.
    pub(in crate::cedar) fn reduced(&self, outline: &Outline) -> Result<Arc<Reduced>, String> {
        self.kept(self.selection(outline))
    }

    /// The schema of one action, and of what these statements name.
    ///
    /// # Errors
    /// As [`Schema::reduced`].
    pub(in crate::cedar) fn reduced_to<'o>(
        &self,
        action: &str,
        outlines: impl IntoIterator<Item = &'o Outline>,
    ) -> Result<Arc<Reduced>, String> {
        let mut selection = Selection::default();
        selection.tools.extend(self.by_action.get(action));
        if self.groups.contains_key(action) {
            selection.groups.insert(action.to_owned());
        }
        for outline in outlines {
            let Some(named) = &outline.named else {
                return self.kept(self.everything());
            };
            self.add_named(named, &mut selection);
        }
        self.kept(self.with_groups(selection))
    }

    fn kept(&self, selection: Selection) -> Result<Arc<Reduced>, String> {
        if let Some(reduced) = self.reduced.get(&selection) {
            return Ok(reduced);
        }
        let reduced = Arc::new(self.understood(&selection)?);
        self.reduced.keep(selection, Arc::clone(&reduced));
        Ok(reduced)
    }

    /// Has Cedar read the schema of a selection.
    pub(super) fn understood(&self, selection: &Selection) -> Result<Reduced, String> {
        let schema =
            cedar_policy::Schema::from_str(&self.text_of(selection)).map_err(|error| error.to_string())?;
        Ok(Reduced {
            validator: Validator::new(schema),
        })
    }

    /// Ids of the actions that an action of a scope stands for: of a group its tools, of others itself; and so of a
    /// group of which no tools are known.
    pub(in crate::cedar) fn stands_for(&self, id: &str) -> Vec<String> {
        match self.groups.get(id) {
            Some(group) if !group.members.is_empty() => self.ids(group.members.iter()),
            Some(_) | None => vec![id.to_owned()],
        }
    }

    /// Ids of the tools that a statement names, itself or by their group.
    pub(in crate::cedar) fn tools_named_in(&self, outline: &Outline) -> Vec<String> {
        let named = outline.named.as_ref().map(|named| &named.entities);
        let actions = named
            .into_iter()
            .flatten()
            .filter(|entity| entity.entity_type == ACTION);
        let tools: BTreeSet<usize> = actions.flat_map(|action| self.members(&action.id)).collect();
        self.ids(tools.iter())
    }

    fn ids<'a>(&'a self, tools: impl Iterator<Item = &'a usize>) -> Vec<String> {
        tools
            .filter_map(|tool| Some(self.tools.get(*tool)?.action.clone()))
            .collect()
    }
}
