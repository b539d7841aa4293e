//! Arguments of tools: which one the words mean, and of what type it is (service.md 10.5).

use super::listed::listed;
use super::meaning::{Path, Step};
use super::words::{same, split, stem, stems, without};
use crate::model::Tool;
use serde_json::Value;

/// How deep objects in arguments are looked into.
const DEEPEST: usize = 4;

/// An argument of a tool.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub path: Path,
    pub of_type: Type,
    /// Its description, in lower case.
    pub description: String,
    /// The values that its description lists.
    pub listed: Vec<String>,
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
            description: description.to_lowercase(),
            listed: listed(description),
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

/// Words that may stand beside an argument's own.
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
    if !same_names || shared.of_type != other.of_type || !comparable {
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
    })
}

fn several(said: &[&str], what: &str) -> String {
    format!("`{}` may mean more than one {what}", said.join(" "))
}

fn find_in(tool: &Tool, said: &[&str]) -> Result<Option<Field>, String> {
    let fields = fields(tool);
    let written = said.join(" ");
    let exact: Vec<&Field> = fields
        .iter()
        .filter(|field| dotted(field) == written || leaf(field) == written)
        .collect();
    if !exact.is_empty() {
        return one(&exact, said);
    }
    let said_stems: Vec<String> = said.iter().flat_map(|word| stems(word)).collect();
    let meant: Vec<String> = without_beside(&said_stems);
    let of_tool: Vec<String> = stems(&tool.name).into_iter().chain(stems(&tool.target)).collect();
    let called = |field: &Field, words: &[String]| {
        same(words, &stems(leaf(field))) || same(words, &stems(&dotted(field)))
    };
    let as_said = |field: &&Field| called(field, &said_stems);
    let equal = |field: &&Field| called(field, &meant);
    let beside_the_tool = |field: &&Field| {
        let rest = without(&meant, &stems(leaf(field))).filter(|_| field.path.0.len() == 1);
        rest.is_some_and(|rest| rest.iter().all(|word| of_tool.contains(word)))
    };
    // `the request timeout` is not the idle one.
    let by_its_head = |field: &&Field| {
        let own = stems(leaf(field));
        own.last().is_some_and(|head| said_stems.contains(head)) && without(&own, &said_stems).is_some()
    };
    if meant.is_empty() {
        return Ok(None);
    }
    let levels: [&dyn Fn(&&Field) -> bool; 3] = [&as_said, &equal, &beside_the_tool];
    for level in levels {
        let found: Vec<&Field> = fields.iter().filter(|field| level(field)).collect();
        if !found.is_empty() {
            return one(&found, said);
        }
    }
    let found: Vec<&Field> = fields.iter().filter(by_its_head).collect();
    match found.as_slice() {
        [] => Ok(None),
        [field] if is_another(field, &said_stems) => {
            let (name, said) = (leaf(field), said.join(" "));
            Err(format!(
                "`{said}` can be another thing than the argument `{name}`; say its whole name"
            ))
        }
        found => one(found, said),
    }
}

/// Words with which a name means another thing than without them, or the contrary.
const ALTERING: &str = "
    not no non un never without skip disable disabled ignore ignored bypass omit suppress exclude excluded deny denied block blocked
    anti in previous prior old last former original current new next future min minimum max maximum default average estimated expected
    actual target source destination parent child start end first idle tax fee discount in out input output excluded need require
    pending fail failed lack override waive revoke hide forbid prevent remove await auto backup remaining secondary home
";

/// Whether what a name has beside the words that were said makes it another thing.
fn is_another(field: &Field, said: &[String]) -> bool {
    let altering: Vec<String> = ALTERING.split_whitespace().map(stem).collect();
    let rest = without(&stems(leaf(field)), said).unwrap_or_default();
    field.of_type == Type::Bool || rest.iter().any(|word| altering.contains(word))
}

fn one(found: &[&Field], said: &[&str]) -> Result<Option<Field>, String> {
    match found {
        [field] => Ok(Some((*field).clone())),
        _ => Err(several(said, "argument of the tool")),
    }
}

fn without_beside(stems_said: &[String]) -> Vec<String> {
    let beside: Vec<String> = BESIDE.iter().flat_map(|word| stems(word)).collect();
    let kept: Vec<String> = stems_said
        .iter()
        .filter(|word| !beside.contains(word))
        .cloned()
        .collect();
    if kept.is_empty() {
        stems_said.to_vec()
    } else {
        kept
    }
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

/// Whether the words are in the name of an argument of one of these tools: `role` is in `newRole` and `roleName`.
pub(super) fn is_in_a_name(tools: &[&Tool], said: &[&str]) -> bool {
    let said: Vec<String> = said.iter().flat_map(|word| stems(word)).collect();
    let has_them = |field: &Field| without(&stems(leaf(field)), &said).is_some();
    tools.iter().any(|tool| fields(tool).iter().any(has_them))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    pub fn tool() -> Tool {
        Tool {
            target: "ClaimTarget".to_owned(),
            name: "file_claim".to_owned(),
            description: String::new(),
            input: json!({
                "type": "object",
                "required": ["amount", "customer"],
                "properties": {
                    "amount": {"type": "number", "description": "Amount in USD"},
                    "claimType": {"type": "string"},
                    "coverage_amount": {"type": "integer"},
                    "fee": {"type": "integer", "description": "fee in cents"},
                    "ttl": {"type": "integer", "description": "Lifetime in minutes"},
                    "customer": {"type": "object", "properties": {"tier": {"type": "string"}, "name": {"type": "string"}}},
                    "mode": {"type": "string", "enum": ["fast", "slow"]},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "when": {"type": "string", "format": "date-time"},
                    "other": {"anyOf": [{"type": "string"}]},
                },
            }),
            output: None,
            protocol: crate::model::Protocol::Mcp,
        }
    }

    fn meant(said: &str) -> Option<String> {
        let tool = tool();
        find(&[&tool], &said.split(' ').collect::<Vec<_>>())
            .unwrap()
            .map(|field| dotted(&field))
    }

    #[test]
    fn an_argument_is_meant_by_its_name_its_words_or_its_head() {
        for (said, path) in [
            ("amount", Some("amount")),
            ("claim amount", Some("amount")),
            ("claim type", Some("claimType")),
            ("claimType", Some("claimType")),
            ("coverage amount", Some("coverage_amount")),
            ("customer.tier", Some("customer.tier")),
            ("customer tier", Some("customer.tier")),
            ("tier", Some("customer.tier")),
            ("amount parameter", Some("amount")),
            ("coverage", None),
            ("refund amount", None),
        ] {
            assert_eq!(meant(said).as_deref(), path, "{said}");
        }
    }

    #[test]
    fn an_argument_in_two_tools_is_one_when_place_and_type_agree() {
        let (one, mut other) = (tool(), tool());
        other.input["required"] = json!([]);
        let field = find(&[&one, &other], &["amount"]).unwrap().unwrap();
        assert!(field.path.0[0].optional);
        assert!(
            find(&[&one, &other], &["mode"]).is_err(),
            "enumerations have a type for each tool"
        );
        other.input["properties"]["amount"] = json!({"type": "string"});
        assert!(find(&[&one, &other], &["amount"]).is_err());
        other.input["properties"] = json!({});
        assert_eq!(find(&[&one, &other], &["amount"]), Ok(None));
    }
}
