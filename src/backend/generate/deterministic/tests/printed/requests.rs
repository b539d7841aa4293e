//! Requests that tell two statements apart: made from the texts, numbers and times that stand in them.

use crate::backend::generate::deterministic::tests::spread;
use crate::cedar::decide::Asked;
use crate::model::Tool;
use serde_json::{Map, Value, json};

/// Requests of one tool at most that a statement names; of more, every so many are taken.
const MOST: usize = 160;
/// And of any other tool.
const OTHERS: usize = 6;

/// What stands in a part of a statement.
#[derive(Debug, Default)]
struct Said {
    /// Texts in quotes, without the stars of patterns.
    texts: Vec<String>,
    /// Whole numbers, and those of decimals.
    numbers: Vec<i64>,
    /// Texts of `datetime("..")`.
    moments: Vec<String>,
}

/// The statements' conditions, taken apart at `&&`, `||` and brackets.
struct Parts<'s>(Vec<&'s str>);

/// All requests that are worth asking about, for each tool.
pub(super) fn requests(tools: &[Tool], gateway: &str, statements: &[&str]) -> Vec<Asked> {
    let parts = Parts::of(statements);
    let callers = callers(&parts);
    let moments = moments(&parts);
    let mut found = Vec::new();
    for tool in tools {
        let id = tool.action_id();
        let inputs = objects(&tool.input, &format!("{id}_Input"), &parts);
        let total = inputs.len() * callers.len() * moments.len();
        let is_named = statements.iter().any(|statement| statement.contains(&id));
        let most = if is_named { MOST } else { OTHERS };
        for at in spread(total, most) {
            let (principal, claims) = callers[at % callers.len()].clone();
            let at = at / callers.len();
            found.push(Asked {
                principal,
                claims,
                action: id.clone(),
                target: tool.target.clone(),
                gateway: gateway.to_owned(),
                input: inputs[at % inputs.len()].clone(),
                now: moments[at / inputs.len()].clone(),
            });
        }
    }
    found
}

impl<'s> Parts<'s> {
    fn of(statements: &[&'s str]) -> Self {
        let conditions = statements
            .iter()
            .filter_map(|statement| statement.split_once('{').map(|(_, conditions)| conditions));
        let parts = conditions.flat_map(|conditions| conditions.split(['{', '}']));
        let parts = parts
            .flat_map(|part| part.split("&&"))
            .flat_map(|part| part.split("||"));
        Self(parts.collect())
    }

    /// What stands in the parts that hold this.
    fn about(&self, what: &str) -> Said {
        let mut said = Said::default();
        for part in self.0.iter().filter(|part| part.contains(what)) {
            let pieces: Vec<&str> = part.split('"').collect();
            for (at, piece) in pieces.iter().enumerate() {
                let before = if at > 0 { pieces[at - 1] } else { "" };
                let ends = |ends: &[&str]| ends.iter().any(|end| before.ends_with(end));
                if at % 2 == 0 || ends(&["decimal("]) {
                    let words = piece.split(|c: char| !c.is_ascii_digit() && c != '.' && c != '-');
                    let whole = words.filter_map(|word| word.split('.').next()?.parse::<i64>().ok());
                    said.numbers.extend(whole);
                } else if ends(&["datetime("]) {
                    said.moments.push((*piece).to_owned());
                } else if !ends(&["hasTag(", "getTag(", "duration(", "has "]) {
                    said.texts.push(piece.trim_matches('*').replace("\\*", "*"));
                }
            }
        }
        Said {
            texts: unique(said.texts),
            numbers: unique(said.numbers),
            moments: unique(said.moments),
        }
    }

    fn name(&self, what: &str) -> bool {
        self.0.iter().any(|part| part.contains(what))
    }

    /// Whether an argument of this name is asked about.
    fn ask_about(&self, name: &str) -> bool {
        [format!(".{name}"), format!("has {name}"), format!("\"{name}\"")]
            .iter()
            .any(|what| self.name(what))
    }

    fn claims(&self) -> Vec<String> {
        let tags = self
            .0
            .iter()
            .filter_map(|part| part.split_once("Tag(\"")?.1.split_once('"'));
        unique(tags.map(|(claim, _)| claim.to_owned()).collect())
    }
}

/// Callers of every kind, those with a token with every claim that is asked about, and without it.
fn callers(parts: &Parts<'_>) -> Vec<(&'static str, Vec<(String, String)>)> {
    let mut found = vec![Vec::new()];
    for claim in parts.claims() {
        let mut values = vec![None, Some("other".to_owned())];
        for text in parts.about(&format!("Tag(\"{claim}\")")).texts {
            values.extend([Some(format!("[\"x\",\"{text}\",\"y\"]")), Some(text)]);
        }
        found = found
            .iter()
            .flat_map(|claims: &Vec<(String, String)>| {
                let claim = &claim;
                values.iter().map(move |value| {
                    let mut claims = claims.clone();
                    claims.extend(value.clone().map(|value| (claim.clone(), value)));
                    claims
                })
            })
            .collect();
    }
    let mut callers: Vec<_> = found.into_iter().map(|claims| ("OAuthUser", claims)).collect();
    callers.push(("IamEntity", Vec::new()));
    callers.push(("UnauthenticatedUser", Vec::new()));
    callers
}

/// Times around those that sentences name.
fn moments(parts: &Parts<'_>) -> Vec<String> {
    if !parts.name("now") {
        return vec!["2025-02-14T12:00:00Z".to_owned()];
    }
    let mut found = Vec::new();
    for date in [
        "2024-12-31",
        "2025-01-01",
        "2025-01-31",
        "2025-02-01",
        "2025-02-28",
        "2025-03-01",
    ] {
        for hour in [0, 2, 3, 4, 8, 9, 12, 16, 17, 20, 21, 23] {
            let times = ["00:00.000", "00:00.001", "59:59.999"];
            found.extend(times.map(|rest| format!("{date}T{hour:02}:{rest}Z")));
        }
    }
    found
}

/// Every object of a schema: what is mentioned with each of its values, the rest with one.
fn objects(schema: &Value, of_type: &str, parts: &Parts<'_>) -> Vec<Value> {
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let mut found = vec![Map::new()];
    for (name, property) in &properties {
        let mut values: Vec<Option<Value>> = values(name, property, &format!("{of_type}_{name}"), parts)
            .into_iter()
            .map(Some)
            .collect();
        let is_required = required.iter().any(|required| required == name);
        let inside = property["properties"].as_object();
        let is_named = parts.ask_about(name)
            || inside.is_some_and(|inside| inside.keys().any(|name| parts.ask_about(name)));
        if !is_named {
            values.truncate(1);
        }
        // A call may come without what its tool requires, too.
        if is_named && !is_required || parts.name(&format!("has {name}")) {
            values.push(None);
        } else if !is_required {
            values = vec![None];
        }
        found = found
            .iter()
            .flat_map(|object: &Map<String, Value>| {
                values.iter().map(move |value| {
                    let mut object = object.clone();
                    object.extend(value.clone().map(|value| (name.clone(), value)));
                    object
                })
            })
            .collect();
    }
    found.into_iter().map(Value::Object).collect()
}

fn values(name: &str, property: &Value, of_type: &str, parts: &Parts<'_>) -> Vec<Value> {
    let extension = |function: &str, argument: String| json!({"__extn": {"fn": function, "arg": argument}});
    let said = parts.about(name);
    let around = || {
        let around = said.numbers.iter().flat_map(|n| [*n, n - 1, n + 1]);
        unique(around.chain([0]).collect())
    };
    if let Some(words) = property["enum"].as_array() {
        let of = |word: &Value| json!({"__entity": {"type": format!("AgentCore::{of_type}"), "id": word}});
        return words.iter().map(of).collect();
    }
    match property["type"].as_str() {
        Some("integer") => around().into_iter().map(Value::from).collect(),
        Some("number") => around()
            .into_iter()
            .flat_map(|n| [format!("{n}.0"), format!("{n}.0001"), format!("{n}.9999")])
            .map(|text| extension("decimal", text))
            .collect(),
        Some("boolean") => vec![json!(true), json!(false)],
        Some("array") => {
            let mut lists = vec![json!([]), json!(["other"])];
            lists.extend(said.texts.iter().map(|text| json!(["other", text])));
            lists
        }
        Some("object") => objects(property, of_type, parts),
        Some("string") if property["format"].is_string() => {
            let mut moments = said.moments.clone();
            moments.extend(["2025-02-14T12:00:00Z", "2030-01-01T00:00:00Z"].map(str::to_owned));
            moments
                .into_iter()
                .map(|text| extension("datetime", text))
                .collect()
        }
        _ => {
            let mut texts = vec!["other".to_owned(), String::new()];
            let is_a_pattern = parts
                .0
                .iter()
                .any(|part| part.contains(name) && part.contains(" like "));
            for text in &said.texts {
                texts.extend([text.clone(), text.to_uppercase()]);
                if is_a_pattern {
                    texts.extend([format!("x{text}"), format!("{text}y")]);
                }
            }
            unique(texts).into_iter().map(Value::from).collect()
        }
    }
}

fn unique<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut kept = Vec::new();
    for one in all {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}
