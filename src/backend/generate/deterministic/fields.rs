//! Arguments of tools: which one the words mean, and of what type it is (service.md 10.5).

use super::listed::listed;
use super::meaning::{Path, Step};
use super::quantities::{is_scaled, tells_a_currency};
use super::words::{nouns, same, split, without};
use crate::model::Tool;
use serde_json::Value;

/// How deep objects in arguments are looked into.
const DEEPEST: usize = 4;

/// An argument of a tool.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub path: Path,
    pub of_type: Type,
    /// Its description, as it is written.
    pub description: String,
    /// The values that its description lists.
    pub listed: Vec<String>,
    /// The argument of the tool that tells a currency, if one does.
    pub currency: Option<String>,
}

/// What it can be compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type {
    Long,
    Decimal,
    Bool,
    Text,
    /// One of these words; entities of Cedar.
    Enumeration(Vec<String>),
    Moment,
    /// A list of texts.
    Texts,
    /// A list of whole numbers.
    Longs,
    /// Anything else: only its presence can be asked for.
    Other,
}

/// The arguments of a tool, objects looked into.
pub(super) fn fields(tool: &Tool) -> Vec<Field> {
    let mut found = Vec::new();
    collect(&tool.input, &[], &mut found);
    for field in &mut found {
        // The entity type of an enumeration has the names in it, as far as Cedar takes them as they are.
        let named_as_is = std::iter::once(tool.action_id().as_str())
            .chain(field.path.0.iter().map(|step| step.name.as_str()))
            .all(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        if matches!(field.of_type, Type::Enumeration(_)) && !named_as_is {
            field.of_type = Type::Other;
        }
    }
    let currency = found.iter().find(|field| tells_a_currency(field)).map(dotted);
    for field in &mut found {
        field.currency.clone_from(&currency);
    }
    found
}

fn collect(schema: &Value, before: &[Step], found: &mut Vec<Field>) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    let required = |name: &str| {
        let names = schema.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|required| required == name))
    };
    for (name, property) in properties {
        let mut path = before.to_vec();
        path.push(Step {
            name: name.clone(),
            optional: !required(name),
        });
        let description = property
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        found.push(Field {
            path: Path(path.clone()),
            of_type: of_type(property),
            description: description.to_owned(),
            listed: listed(description),
            currency: None,
        });
        if path.len() < DEEPEST {
            collect(property, &path, found);
        }
    }
}

fn of_type(property: &Value) -> Type {
    let word = |member: &str| property.get(member).and_then(Value::as_str);
    if ["$ref", "anyOf", "oneOf", "allOf", "const"]
        .iter()
        .any(|member| property.get(member).is_some())
    {
        return Type::Other;
    }
    match (word("type"), property.get("enum"), word("format")) {
        (Some("string"), Some(values), _) => {
            let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
            let words: Option<Vec<String>> = values
                .iter()
                .map(|value| value.as_str().map(str::to_owned))
                .collect();
            words.map_or(Type::Other, Type::Enumeration)
        }
        (_, Some(_), _) | (Some("string"), None, Some("duration" | "ipv4" | "ipv6")) => Type::Other,
        (Some("string"), None, Some("date" | "date-time")) => Type::Moment,
        (Some("string"), None, Some("decimal")) | (Some("number"), None, _) => Type::Decimal,
        (Some("string"), None, _) => Type::Text,
        (Some("integer"), None, _) => Type::Long,
        (Some("boolean"), None, _) => Type::Bool,
        (Some("array"), None, _) => match property.get("items").map(of_type) {
            Some(Type::Text) => Type::Texts,
            Some(Type::Long) => Type::Longs,
            _ => Type::Other,
        },
        _ => Type::Other,
    }
}

/// Words that may stand behind an argument's own.
const BESIDE: [&str; 7] = [
    "input",
    "parameter",
    "argument",
    "field",
    "value",
    "property",
    "request",
];

/// The argument that the words mean, of all these tools at once: it must be in each of them, in the same place and of
/// the same type.
///
/// None when no argument is meant; an error when more than one may be.
pub(super) fn find(tools: &[&Tool], said: &[&str]) -> Result<Option<Field>, String> {
    let mut shared: Option<Field> = None;
    for tool in tools {
        let Some(found) = find_in(tool, said)? else {
            return Ok(None);
        };
        shared = Some(match shared.take() {
            None => found,
            Some(shared) => {
                merged(shared, &found).ok_or_else(|| several(said, "argument of several tools"))?
            }
        });
    }
    Ok(shared)
}

/// The argument as two tools have it: what one of them may leave out, a call may be without.
fn merged(shared: Field, other: &Field) -> Option<Field> {
    let same_names = shared.path.0.len() == other.path.0.len()
        && shared
            .path
            .0
            .iter()
            .zip(&other.path.0)
            .all(|(one, other)| one.name == other.name);
    // Each tool has an entity type of its own for an enumeration.
    let comparable = !matches!(shared.of_type, Type::Enumeration(_));
    // Cents of one and dollars of another are no one number.
    let counts_alike = is_scaled(&shared) == is_scaled(other);
    if !same_names || shared.of_type != other.of_type || !comparable || !counts_alike {
        return None;
    }
    let steps = shared
        .path
        .0
        .into_iter()
        .zip(&other.path.0)
        .map(|(one, other)| Step {
            optional: one.optional || other.optional,
            name: one.name,
        });
    Some(Field {
        path: Path(steps.collect()),
        of_type: shared.of_type,
        description: format!("{} {}", shared.description, other.description),
        listed: shared
            .listed
            .into_iter()
            .filter(|value| other.listed.contains(value))
            .collect(),
        currency: shared.currency.or_else(|| other.currency.clone()),
    })
}

fn several(said: &[&str], what: &str) -> String {
    format!("`{}` may mean more than one {what}", said.join(" "))
}

fn find_in(tool: &Tool, said: &[&str]) -> Result<Option<Field>, String> {
    let fields = fields(tool);
    let written = said.join(" ");
    let of_tool: Vec<String> = nouns(&tool.name).into_iter().chain(nouns(&tool.target)).collect();
    let whole: Vec<&Field> = fields.iter().filter(|field| dotted(field) == written).collect();
    if !whole.is_empty() {
        return one(&whole, said);
    }
    let words: Vec<String> = said.iter().flat_map(|word| nouns(word)).collect();
    let meant: Vec<String> = without_beside(&words);
    let as_written = |field: &&Field| leaf(field) == written;
    let called = |field: &Field, words: &[String]| {
        same(words, &nouns(leaf(field))) || same(words, &nouns(&dotted(field)))
    };
    let as_said = |field: &&Field| called(field, &words);
    let equal = |field: &&Field| called(field, &meant);
    let beside_the_tool = |field: &&Field| {
        let rest = without(&meant, &nouns(leaf(field))).filter(|_| field.path.0.len() == 1);
        let is_of = |word: &String| of_tool.contains(word) || word == "new" && is_new(field);
        rest.is_some_and(|rest| rest.iter().all(is_of))
    };
    // `the request timeout` is not the idle one.
    let by_its_head = |field: &&Field| {
        let own = nouns(leaf(field));
        own.last().is_some_and(|head| words.contains(head)) && without(&own, &words).is_some()
    };
    if meant.is_empty() {
        return Ok(None);
    }
    let levels: [&dyn Fn(&&Field) -> bool; 5] =
        [&as_written, &as_said, &equal, &beside_the_tool, &by_its_head];
    let found = levels.into_iter().find_map(|level| {
        let found: Vec<&Field> = fields.iter().filter(|field| level(field)).collect();
        (!found.is_empty()).then_some(found)
    });
    match found.as_deref() {
        None => Ok(None),
        Some([field]) if is_another(field, &words, &of_tool) => {
            let (name, said) = (dotted(field), said.join(" "));
            Err(format!(
                "`{said}` can be another thing than the argument `{name}`; say its whole name"
            ))
        }
        Some(found) => one(found, said),
    }
}

/// Words that make no other thing of what they stand before in a name.
const NEUTRAL: [&str; 3] = ["total", "requested", "request"];
/// Words for objects that only hold what a call is about.
const HOLDING: [&str; 20] = [
    "input",
    "param",
    "parameter",
    "argument",
    "arg",
    "args",
    "data",
    "detail",
    "info",
    "information",
    "option",
    "payload",
    "body",
    "attribute",
    "factor",
    "field",
    "property",
    "criteria",
    "record",
    "request",
];
/// Words with which such an object is about another thing than the call.
const ALTERING: [&str; 16] = [
    "previous", "prior", "old", "last", "former", "original", "current", "new", "next", "exclude",
    "excluded", "ignored", "default", "parent", "source", "other",
];

/// Whether what a name has beside the words that were said may make it another thing: anything may but the words of the tool, as
/// in `refundAmount`, and those that come of one. A yes-or-no argument is only meant by all of its name.
fn is_another(field: &Field, said: &[String], of_tool: &[String]) -> bool {
    let unsaid = |name: &str| {
        let mut own = nouns(name);
        own.retain(|word| !said.contains(word));
        own
    };
    let says_nothing = |word: &String| {
        NEUTRAL.contains(&word.as_str()) || of_tool.iter().any(|own| own == word || is_akin(own, word))
    };
    let alters = |word: &String| ALTERING.contains(&word.as_str());
    let holds = |step: &Step| match unsaid(&step.name).split_last() {
        Some((last, before)) => {
            says_nothing(last) || HOLDING.contains(&last.as_str()) && !before.iter().any(alters)
        }
        None => true,
    };
    let rest = unsaid(leaf(field));
    let above = field.path.0.iter().rev().skip(1);
    field.of_type == Type::Bool && !rest.is_empty()
        || !rest.iter().all(says_nothing)
        || !above.into_iter().all(holds)
}

/// Whether one comes of the other: `applicant` and `application`.
fn is_akin(one: &str, other: &str) -> bool {
    let common = one
        .chars()
        .zip(other.chars())
        .take_while(|(one, other)| one == other);
    common.count() >= 6
}

fn one(found: &[&Field], said: &[&str]) -> Result<Option<Field>, String> {
    match found {
        [field] => Ok(Some((*field).clone())),
        _ => Err(several(said, "argument of the tool")),
    }
}

/// What was said without a word such as `parameter` behind it.
fn without_beside(said: &[String]) -> Vec<String> {
    match said.split_last() {
        Some((last, before)) if !before.is_empty() && BESIDE.contains(&last.as_str()) => before.to_vec(),
        _ => said.to_vec(),
    }
}

/// Whether it is what the call makes of something that has one already: `New status`.
pub(super) fn is_new(field: &Field) -> bool {
    let of_name = nouns(leaf(field)).contains(&"new".to_owned());
    !of_name
        && split(&field.description.to_lowercase())
            .first()
            .is_some_and(|first| first == "new")
}

pub(super) fn leaf(field: &Field) -> &str {
    field.path.0.last().map_or("", |step| &step.name)
}

pub(super) fn dotted(field: &Field) -> String {
    let names: Vec<&str> = field.path.0.iter().map(|step| step.name.as_str()).collect();
    names.join(".")
}

/// Words for what things are of, so that a plain word behind them names such a thing.
const KINDS: [&str; 4] = ["type", "kind", "category", "class"];

/// Whether the argument says of what kind something is.
pub(super) fn is_of_kinds(field: &Field) -> bool {
    split(leaf(field))
        .last()
        .is_some_and(|head| KINDS.contains(&head.as_str()))
}

/// Whether an argument of these tools has just this name.
pub(super) fn is_called(tools: &[&Tool], name: &str) -> bool {
    tools
        .iter()
        .any(|tool| fields(tool).iter().any(|field| leaf(field) == name))
}

/// Claims, and other words for what they are.
const ALSO_CALLED: [(&str, &str); 6] = [
    ("scope", "permission"),
    ("department", "dept"),
    ("username", "login"),
    ("username", "user"),
    ("group", "team"),
    ("role", "permission"),
];

/// Whether one of these tools, or an argument of one, is about the claim that the words mean: `role` is in `newRole`, `rolename` and
/// in what `grant_role` is called.
pub(super) fn is_in_a_name(tools: &[&Tool], said: &[&str]) -> bool {
    let said: Vec<String> = said.iter().flat_map(|word| nouns(word)).collect();
    let run_together = said.concat();
    let others = ALSO_CALLED.iter().filter(|(claim, _)| *claim == run_together);
    let others: Vec<&str> = others.map(|(_, other)| *other).collect();
    let has_them = |name: &str| {
        let own = nouns(name);
        own.concat().contains(&run_together)
            || others.iter().any(|other| own.iter().any(|word| word == other))
    };
    tools
        .iter()
        .any(|tool| has_them(&tool.name) || fields(tool).iter().any(|field| has_them(leaf(field))))
}

#[cfg(test)]
pub(super) mod tests;
