//! The Cedar schema that policies are validated against: the part that every policy engine has, and what the tools
//! of its gateways add to it.
//!
//! The open-source generator `cedar-policy-mcp-schema-generator` makes such schemas too, and this one gives the
//! same types under the same names (service.md 10.5, Appendix C). It is replaced, not used: it fails on the hyphens
//! that target and property names commonly have (10.6), it refuses a whole server because of one odd tool, it knows
//! no action group for each target (10.2), its types belong to one exact release of `cedar-policy-core`, and it
//! makes one schema of all tools where a policy needs the few that it can match (`reduced`).

mod changed;
mod hierarchy;
mod names;
mod reduced;
mod sample;
mod shape;
#[cfg(test)]
mod tests;
mod types;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use super::bounded::Bounded;
use super::scope::ACTION;
use crate::model::{BETWEEN, Offer, Protocol, Tool};
pub use changed::changed_actions;
use names::{Names, identifier, quoted};
pub(super) use reduced::Reduced;
use reduced::{MOST_KEPT, Selection};
pub(super) use sample::Environment;
use sample::Samples;
pub(super) use shape::{Fields, Shape, TypeName};
use types::{Declared, Reader};

/// Most bytes of a schema: "400 KB of schema over all tools of all gateways of the engine" (service.md 10.7 and
/// 13). What the service counts is not on record; here it is the schema's text.
pub const MAX_SCHEMA_BYTES: usize = 400 * 1024;

use MAX_SCHEMA_BYTES as MAX_BYTES;

/// Why tools give no schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The bound of service.md 10.7; the wording is ours.
    #[error(
        "the Cedar schema of the tools is larger than {MAX_SCHEMA_BYTES} bytes; give the policy engine's gateways \
         fewer tools, or tools with smaller input schemas"
    )]
    TooLarge,
}

/// The fixed part, its closing brace taken away, and the lines that are comments: they are for readers of the file.
static FIXED_TEXT: LazyLock<String> = LazyLock::new(|| {
    let text = include_str!("fixed.cedarschema").trim_end();
    let text = text.strip_suffix('}').unwrap_or(text);
    text.split_inclusive('\n')
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect()
});

/// Names of the fixed part that types of tools must not take.
const FIXED_TYPES: [&str; 5] = [
    "OAuthUser",
    "IamEntity",
    "UnauthenticatedUser",
    "Gateway",
    "SystemContext",
];

/// Entity types of the fixed part.
const FIXED_ENTITIES: [&str; 4] = ["Gateway", "IamEntity", "OAuthUser", "UnauthenticatedUser"];

/// Actions of the fixed part.
pub(super) const FIXED_ACTIONS: [&str; 6] = [
    "CallTool",
    "Http",
    "InvokeAgent",
    "InvokeLLM",
    "Mcp",
    "UnknownTool",
];

static FIXED: LazyLock<Schema> =
    LazyLock::new(|| Schema::built(&Offer::default(), usize::MAX).unwrap_or_default());

/// What principals, actions and contexts exist.
#[derive(Debug, Default)]
pub struct Schema {
    tools: Vec<Declaration>,
    /// Where a tool is, by the id of its action.
    by_action: HashMap<String, usize>,
    /// The action group of each target.
    groups: BTreeMap<String, Group>,
    /// The tool that an entity type belongs to.
    by_entity: HashMap<String, usize>,
    /// Declarations of the opaque types that tools share.
    shared: String,
    shared_entities: Vec<&'static str>,
    /// Schemas of the actions that statements could match.
    reduced: Bounded<Selection, Arc<Reduced>, MOST_KEPT>,
    samples: Samples,
}

/// A target, as actions are in it.
#[derive(Debug, Default)]
struct Group {
    /// Its tools.
    members: BTreeSet<usize>,
    /// How they are called: both, when targets of two gateways have one name.
    protocols: BTreeSet<Protocol>,
}

/// What one tool adds.
#[derive(Debug)]
struct Declaration {
    action: String,
    group: Option<String>,
    protocol: Protocol,
    /// Declarations of the types of its input and output.
    types: String,
    /// Declaration of its action.
    text: String,
    /// What the record of its arguments is made from.
    input: Arc<Fields>,
}

impl Schema {
    /// The schema of what gateways offer: the fixed part of service.md 10.3, an action for each tool with the types of
    /// its input and output (10.5), and an action group for each target, whatever it offers (10.2). Of two tools with
    /// the same action id the first counts. What a tool's JSON Schema says and no Cedar type can express becomes the
    /// opaque type `Unknown`.
    ///
    /// Tools are in `CallTool`. What is called by method and path is in `Http` and in no other fixed action: nothing
    /// public says whether `InvokeAgent` or `InvokeLLM` hold any.
    ///
    /// # Errors
    /// [`SchemaError::TooLarge`] beyond [`MAX_SCHEMA_BYTES`].
    pub fn of_offer(offer: &Offer) -> Result<Self, SchemaError> {
        Self::built(offer, MAX_BYTES)
    }

    /// The schema of these tools and their targets, as [`Schema::of_offer`].
    ///
    /// # Errors
    /// As [`Schema::of_offer`].
    pub fn of(tools: &[Tool]) -> Result<Self, SchemaError> {
        Self::of_offer(&Offer {
            targets: Vec::new(),
            tools: tools.to_vec(),
        })
    }

    /// The part of the schema that does not depend on any gateway (service.md 10.3).
    #[must_use]
    pub fn fixed() -> &'static Self {
        &FIXED
    }

    /// The schema of an offer within a bound.
    fn built(offer: &Offer, most: usize) -> Result<Self, SchemaError> {
        let mut schema = Self::default();
        let taken = FIXED_TYPES.into_iter().chain([types::UNKNOWN, types::NULL]);
        let mut names = Names::without(taken.map(str::to_owned));
        let mut bytes = FIXED_TEXT.len();
        let (mut unknown, mut null) = (false, false);
        for target in &offer.targets {
            if let Some(name) = group_of(&target.name) {
                bytes += schema.group(name, target.protocol, None);
            }
        }
        for tool in &offer.tools {
            let action = tool.action_id();
            if schema.by_action.contains_key(&action) {
                continue;
            }
            let (declaration, declared) = declaration(tool, &action, &mut names, most.saturating_sub(bytes))?;
            let index = schema.tools.len();
            bytes += declaration.types.len() + declaration.text.len();
            unknown |= declared.unknown;
            null |= declared.null;
            schema.by_entity.extend(
                declared
                    .entities
                    .into_iter()
                    .map(|name| (qualified(&name), index)),
            );
            if let Some(group) = &declaration.group {
                bytes += schema.group(group, declaration.protocol, Some(index));
            }
            schema.by_action.insert(action, index);
            schema.tools.push(declaration);
            if bytes > most {
                return Err(SchemaError::TooLarge);
            }
        }
        for name in [(null, types::NULL), (unknown, types::UNKNOWN)]
            .into_iter()
            .filter_map(|(used, name)| used.then_some(name))
        {
            schema.shared.extend(["\n  entity ", name, ";\n"]);
            schema.shared_entities.push(name);
        }
        Ok(schema)
    }

    /// Notes a target, and a tool in it. Gives the bytes that this adds to the text.
    fn group(&mut self, name: &str, protocol: Protocol, tool: Option<usize>) -> usize {
        let known = self.groups.get(name);
        let before = known.map_or(0, |group| group_text(name, group).len());
        let group = self.groups.entry(name.to_owned()).or_default();
        group.protocols.insert(protocol);
        group.members.extend(tool);
        group_text(name, group).len().saturating_sub(before)
    }

    /// The whole schema in Cedar's syntax.
    #[must_use]
    pub fn text(&self) -> String {
        self.text_of(&self.everything())
    }

    /// Full names of all actions, and of all entity types: what a misspelt one is compared with.
    pub(super) fn actions(&self) -> impl Iterator<Item = String> {
        let tools = self.tools.iter().map(|tool| tool.action.as_str());
        FIXED_ACTIONS
            .into_iter()
            .chain(self.groups.keys().map(String::as_str))
            .chain(tools)
            .map(action_name)
    }

    /// See [`Schema::actions`].
    pub(super) fn entity_types(&self) -> impl Iterator<Item = String> {
        FIXED_ENTITIES
            .iter()
            .chain(&self.shared_entities)
            .map(|name| qualified(name))
            .chain(self.by_entity.keys().cloned())
    }
}

/// The action of a tool and the types it needs.
fn declaration(
    tool: &Tool,
    action: &str,
    names: &mut Names,
    room: usize,
) -> Result<(Declaration, Declared), SchemaError> {
    let base = identifier(action);
    let mut declared = Declared::default();
    let input = names.fresh(&format!("{base}Input"));
    let arguments = Reader::new(&tool.input, &format!("{base}_Input"), room, &mut declared, names)
        .declare(&tool.input, &input)?;
    let nothing = serde_json::Value::Null;
    let result = tool.output.as_ref().unwrap_or(&nothing);
    let output = names.fresh(&format!("{base}Output"));
    Reader::new(result, &format!("{base}_Output"), room, &mut declared, names).declare(result, &output)?;
    let group = group_of(&tool.target);
    let parents: Vec<String> = std::iter::once(parent(tool.protocol))
        .chain(group)
        .map(quoted)
        .collect();
    let context = format!("{{ \"input\": {input}, \"output\"?: {output}, \"system\": SystemContext }}");
    let declaration = Declaration {
        action: action.to_owned(),
        group: group.map(str::to_owned),
        protocol: tool.protocol,
        types: format!("\n{}", std::mem::take(&mut declared.text)),
        text: action_text(action, &parents.join(", "), &context),
        input: Arc::new(arguments),
    };
    Ok((declaration, declared))
}

/// The action group of a target. One called like a fixed action, or like a tool, is no group of its own.
fn group_of(target: &str) -> Option<&str> {
    (!is_fixed(target) && !target.contains(BETWEEN)).then_some(target)
}

/// The fixed action that holds what is called so.
fn parent(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Mcp => "CallTool",
        Protocol::Http => "Http",
    }
}

/// The action group of a target (service.md 10.2), with the context of the fixed groups (10.3).
fn group_text(target: &str, group: &Group) -> String {
    let context = "{ \"output\"?: {}, \"system\": SystemContext }";
    let parents: Vec<String> = group
        .protocols
        .iter()
        .map(|protocol| quoted(parent(*protocol)))
        .collect();
    format!("\n{}", action_text(target, &parents.join(", "), context))
}

fn action_text(id: &str, parents: &str, context: &str) -> String {
    format!(
        "  action {} in [{parents}] appliesTo {{\n    principal: [OAuthUser, IamEntity, UnauthenticatedUser],\n    \
         resource: [Gateway],\n    context: {context}\n  }};\n",
        quoted(id)
    )
}

/// Whether an action of this id is of the fixed part.
fn is_fixed(id: &str) -> bool {
    FIXED_ACTIONS.contains(&id)
}

/// Whether a type of this full name is of the fixed part, the one of actions among them.
fn is_fixed_type(name: &str) -> bool {
    name == ACTION || FIXED_ENTITIES.iter().any(|fixed| qualified(fixed) == name)
}

/// Full name of a type.
fn qualified(name: &str) -> String {
    format!("AgentCore::{name}")
}

/// Full name of an action, as Cedar prints it.
fn action_name(id: &str) -> String {
    format!("AgentCore::Action::{}", quoted(id))
}
