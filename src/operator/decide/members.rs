//! The members of a resource that AWS replaces whole (service.md 9.3), as JSON: what the spec says of them, what AWS has,
//! and both as one request. What the spec cannot say stays as AWS has it, known to this version or not (reliability.md 2.5).
//!
//! A member is named by its path, such as `authorizerConfiguration.customJWTAuthorizer.discoveryUrl`. Objects are looked
//! into; a list is one value.

use super::message::discreet;
use super::{Difference, shorten};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Members, by name.
pub type Members = Map<String, Value>;

/// What a spec says of a resource's members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Its members; nothing in them is empty.
    pub members: Members,
    /// Paths that this object has set or that are nothing by default, and of which the spec says nothing.
    pub retired: Vec<String>,
}

impl Wanted {
    /// What a spec says. `unset`: the paths that are nothing where the spec says nothing; `known`: those that this object
    /// has set before.
    #[must_use]
    pub fn of(members: Members, unset: &[&str], known: &[String]) -> Self {
        let members = match full(&Value::Object(members)) {
            Value::Object(members) => members,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Members::new()
            }
        };
        let said = leaves(&members);
        let mut retired: Vec<String> = unset.iter().map(|path| (*path).to_owned()).collect();
        retired.extend(known.iter().cloned());
        let within = |path: &String| format!("{path}.");
        retired.retain(|path| {
            !said
                .keys()
                .any(|said| said == path || said.starts_with(&within(path)))
        });
        retired.sort();
        retired.dedup();
        Self { members, retired }
    }

    /// Where AWS differs.
    #[must_use]
    pub fn differences(&self, found: &Members) -> Vec<Difference> {
        let said = leaves(&self.members);
        let all = said.iter().map(|(path, wanted)| (path, Some(*wanted)));
        let gone = self.retired.iter().map(|path| (path, None));
        let differs = |(path, wanted): (&String, Option<&Value>)| {
            let found = at(found, path);
            if wanted.map_or(found.is_none(), |wanted| agrees(wanted, found)) {
                return None;
            }
            // Values that are too long to be told may look alike.
            Some(Difference {
                field: path.clone().into(),
                wanted: word(wanted),
                found: word(found),
            })
        };
        all.chain(gone).filter_map(differs).collect()
    }

    /// What AWS has, brought to what is wanted: the members of a request that replaces the resource whole. Of a union at one
    /// of these paths, the wanted arm alone stays.
    #[must_use]
    pub fn over(&self, found: &Members, unions: &[&str]) -> Members {
        let mut all = found.clone();
        for path in &self.retired {
            remove(&mut all, path);
        }
        for (name, value) in &self.members {
            lay(all.entry(name.clone()).or_insert(Value::Null), value);
        }
        for path in unions {
            let arm = at(&self.members, path).and_then(Value::as_object);
            let union = at_mut(&mut all, path).and_then(Value::as_object_mut);
            if let (Some(arm), Some(union)) = (arm, union) {
                union.retain(|name, _| arm.contains_key(name));
            }
        }
        all
    }

    /// The paths that this object has set: those of the spec, and until they are seen to be off, those before.
    #[must_use]
    pub fn paths(&self, before: Vec<String>, found: &Members) -> Vec<String> {
        let mut paths: Vec<String> = leaves(&self.members).into_keys().collect();
        let there = |path: &String| at(found, path).is_some() && self.retired.contains(path);
        paths.extend(before.into_iter().filter(there));
        paths.sort();
        paths.dedup();
        paths
    }
}

/// Everything that is no object, by its path.
fn leaves(members: &Members) -> BTreeMap<String, &Value> {
    fn visit<'a>(prefix: &str, members: &'a Members, all: &mut BTreeMap<String, &'a Value>) {
        for (name, value) in members {
            let path = format!("{prefix}{name}");
            match value {
                Value::Object(inner) => visit(&format!("{path}."), inner, all),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                    all.insert(path, value);
                }
            }
        }
    }
    let mut all = BTreeMap::new();
    visit("", members, &mut all);
    all
}

/// What is at a path; `null` is nothing.
fn at<'a>(members: &'a Members, path: &str) -> Option<&'a Value> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
    let value = members.get(first).filter(|value| !value.is_null())?;
    rest.map_or(Some(value), |rest| at(value.as_object()?, rest))
}

fn at_mut<'a>(members: &'a mut Members, path: &str) -> Option<&'a mut Value> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
    let value = members.get_mut(first)?;
    match rest {
        None => Some(value),
        Some(rest) => at_mut(value.as_object_mut()?, rest),
    }
}

/// Takes off what is at a path, and what is empty without it.
fn remove(members: &mut Members, path: &str) {
    let Some((first, rest)) = path.split_once('.') else {
        members.remove(path);
        return;
    };
    if let Some(inner) = members.get_mut(first).and_then(Value::as_object_mut) {
        let was_empty = inner.is_empty();
        remove(inner, rest);
        if inner.is_empty() && !was_empty {
            members.remove(first);
        }
    }
}

/// Lays what is wanted over what is there.
fn lay(there: &mut Value, wanted: &Value) {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => {
            for (name, value) in wanted {
                lay(there.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (there, wanted) => *there = wanted.clone(),
    }
}

/// Whether AWS has what is wanted: the same value, but for what is empty in it, or the same texts in whatever order.
fn agrees(wanted: &Value, found: Option<&Value>) -> bool {
    let Some(found) = found else {
        return false;
    };
    let texts = |value: &Value| -> Option<Vec<String>> {
        let texts = value
            .as_array()?
            .iter()
            .map(|item| item.as_str().map(str::to_owned));
        let mut texts: Vec<String> = texts.collect::<Option<_>>()?;
        texts.sort();
        Some(texts)
    };
    match (texts(wanted), texts(found)) {
        (Some(wanted), Some(found)) => wanted == found,
        (Some(_) | None, Some(_) | None) => full(wanted) == full(found),
    }
}

/// A value without what is empty in it.
fn full(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), full(value)));
            let empty = |value: &Value| match value {
                Value::Null => true,
                Value::Array(items) => items.is_empty(),
                Value::Object(members) => members.is_empty(),
                Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
            };
            members.filter(|(_, value)| !empty(value)).collect()
        }
        Value::Array(items) => items.iter().map(full).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// A value in a message; of a URL, neither who signs in nor the query, where keys are.
fn word(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    let value = discreet(value);
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("'{}'", shorten(&text, 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn members(json: Value) -> Members {
        serde_json::from_value(json).unwrap()
    }

    fn wanted(json: Value, unset: &[&str], known: &[&str]) -> Wanted {
        let known: Vec<String> = known.iter().map(|path| (*path).to_owned()).collect();
        Wanted::of(members(json), unset, &known)
    }

    fn fields(wanted: &Wanted, found: &Value) -> Vec<String> {
        let differences = wanted.differences(&members(found.clone()));
        differences.into_iter().map(|d| d.field.into_owned()).collect()
    }

    #[test]
    fn what_the_spec_cannot_say_is_no_difference_and_stays() {
        let wanted = wanted(json!({"a": {"b": 1}, "c": "x"}), &[], &[]);
        let found = json!({"a": {"b": 2, "new": [1]}, "c": "x", "later": {"deep": true}});
        assert_eq!(fields(&wanted, &found), ["a.b"]);
        assert_eq!(
            Value::Object(wanted.over(&members(found), &[])),
            json!({"a": {"b": 1, "new": [1]}, "c": "x", "later": {"deep": true}})
        );
    }

    #[test]
    fn what_is_left_out_goes_only_if_this_object_has_set_it_or_if_it_is_nothing_by_default() {
        let wanted = wanted(json!({"c": "x"}), &["description"], &["a.b", "c"]);
        let found = json!({"a": {"b": 1}, "c": "x", "description": "theirs", "other": 1});
        assert_eq!(fields(&wanted, &found), ["a.b", "description"]);
        let over = wanted.over(&members(found), &[]);
        assert_eq!(Value::Object(over.clone()), json!({"c": "x", "other": 1}));
        assert_eq!(fields(&wanted, &Value::Object(over)), [""; 0]);
    }

    #[test]
    fn a_difference_tells_both_values() {
        let wanted = wanted(json!({"a": "x", "b": 1}), &[], &[]);
        let told = wanted.differences(&members(json!({"b": {"c": 2}})));
        let told: Vec<(&str, &str)> = told
            .iter()
            .map(|one| (one.wanted.as_str(), one.found.as_str()))
            .collect();
        assert_eq!(told, [("'x'", "nothing"), ("'1'", "'{\"c\":2}'")]);
    }

    #[test]
    fn of_a_union_the_wanted_arm_stays_alone() {
        let wanted = wanted(json!({"t": {"mcp": {"server": {"url": "u"}}}}), &[], &[]);
        let found = members(json!({"t": {"mcp": {"lambda": {"arn": "a"}}}}));
        assert_eq!(
            Value::Object(wanted.over(&found, &["t", "t.mcp"])),
            json!({"t": {"mcp": {"server": {"url": "u"}}}})
        );
    }

    #[test]
    fn texts_agree_in_any_order_and_items_but_for_what_is_empty_in_them() {
        let wanted = wanted(json!({"l": ["a", "b"], "o": [{"n": 1}]}), &[], &[]);
        assert_eq!(
            fields(
                &wanted,
                &json!({"l": ["b", "a"], "o": [{"n": 1, "m": null, "l": []}]})
            ),
            [""; 0]
        );
        assert_eq!(
            fields(&wanted, &json!({"l": ["a"], "o": [{"n": 1, "m": 2}]})),
            ["l", "o"]
        );
        assert_eq!(fields(&wanted, &json!({"l": null})), ["l", "o"]);
    }

    #[test]
    fn what_is_empty_is_not_said() {
        let wanted = wanted(json!({"a": {"b": {}}, "l": [], "c": false}), &[], &[]);
        assert_eq!(Value::Object(wanted.members.clone()), json!({"c": false}));
        assert_eq!(
            wanted.paths(vec!["a.b".into(), "gone".into()], &members(json!({"c": false}))),
            ["c"]
        );
    }

    fn tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![(0..3).prop_map(|n| json!(n)), Just(json!(["x"]))];
        leaf.prop_recursive(3, 12, 3, |inner| {
            proptest::collection::btree_map("[a-c]", inner, 0..3).prop_map(|members| json!(members))
        })
    }

    fn object() -> impl Strategy<Value = Value> {
        proptest::collection::btree_map("[a-c]", tree(), 0..3).prop_map(|members| json!(members))
    }

    proptest! {
        #[test]
        fn what_is_sent_agrees_and_is_sent_only_once(
            spec in object(), before in object(), found in object(), unset in proptest::sample::subsequence(vec!["a", "b", "c"], 0..2)
        ) {
            let known: Vec<String> = leaves(&members(before)).into_keys().collect();
            let wanted = Wanted::of(members(spec), &unset, &known);
            let over = wanted.over(&members(found.clone()), &[]);
            prop_assert_eq!(wanted.differences(&over), vec![]);
            prop_assert_eq!(&wanted.over(&over, &[]), &over);
            // Nothing else has changed.
            let said = leaves(&wanted.members);
            for (path, value) in leaves(&members(found)) {
                let ours = |ours: &String| {
                    path == *ours || path.starts_with(&format!("{ours}.")) || ours.starts_with(&format!("{path}."))
                };
                if !said.keys().any(ours) && !wanted.retired.iter().any(ours) {
                    prop_assert_eq!(at(&over, &path), Some(value));
                }
            }
        }
    }
}
