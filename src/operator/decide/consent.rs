//! References into another namespace need that namespace's consent, for the operator can do what who refers may not
//! (reliability.md 8.1, I9). What is not there and what may not be referred to read the same.

use crate::api::{ALLOW_REFERENCES_FROM, GROUP};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What an object refers to, as far as it may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Referent<O> {
    /// It is there, in the own namespace or in one that consents.
    There(O),
    /// It is not there, in the own namespace.
    Absent,
    /// It is in another namespace, and not there or not for this one; in words for the condition.
    Withheld(String),
}

impl<O> Referent<O> {
    /// Of another namespace, as it was read there: nothing is told of it unless that namespace consents.
    #[must_use]
    pub fn elsewhere(kind: &str, namespace: &str, name: &str, consented: Option<O>) -> Self {
        consented.map_or_else(
            || Self::Withheld(withheld(&format!("{kind} {namespace}/{name}"))),
            Self::There,
        )
    }

    /// In a namespace that this operator does not look after, whatever is there.
    #[must_use]
    pub fn beyond(kind: &str, namespace: &str, name: &str) -> Self {
        Self::Withheld(format!(
            "{kind} {namespace}/{name} is in a namespace that this operator does not look after: put both into one that \
             it does, or have it watch that one too; until then AgentCore is left as it is"
        ))
    }
}

/// The words for what is not there or may not be referred to.
#[must_use]
pub fn withheld(what: &str) -> String {
    format!(
        "{what} is not there, or its namespace does not let this one refer to it: it consents by a ReferenceGrant, or by the \
         annotation {ALLOW_REFERENCES_FROM} on what is referred to; until then AgentCore is left as it is"
    )
}

/// A `ReferenceGrant` of the Gateway API, as far as it matters here.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Grant {
    /// Who may refer.
    #[serde(default)]
    from: Vec<From>,
    /// To what.
    #[serde(default)]
    to: Vec<To>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct From {
    group: String,
    kind: String,
    namespace: String,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct To {
    group: String,
    kind: String,
    /// None: all of the kind.
    name: Option<String>,
}

/// All that the namespace of an object says about who may refer to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    kind: String,
    name: String,
    annotation: Option<String>,
    grants: Vec<Grant>,
}

impl Consent {
    /// What the annotations of an object say.
    #[must_use]
    pub fn of(kind: &str, name: &str, annotations: Option<&BTreeMap<String, String>>) -> Self {
        Self {
            kind: kind.to_owned(),
            name: name.to_owned(),
            annotation: annotations
                .and_then(|all| all.get(ALLOW_REFERENCES_FROM))
                .cloned(),
            grants: Vec::new(),
        }
    }

    /// And what the grants of its namespace say.
    #[must_use]
    pub fn with(self, grants: Vec<Grant>) -> Self {
        Self { grants, ..self }
    }

    /// Whether objects of this kind in this namespace may refer to it. Names are exact: there is no sign for "all".
    #[must_use]
    pub fn allows(&self, kind: &str, namespace: &str) -> bool {
        let named = self.annotation.iter().flat_map(|list| list.split(','));
        let annotated = named
            .map(str::trim)
            .any(|name| !name.is_empty() && name == namespace);
        annotated
            || self
                .grants
                .iter()
                .any(|grant| self.granted(grant, kind, namespace))
    }

    fn granted(&self, grant: &Grant, kind: &str, namespace: &str) -> bool {
        let mut from = grant.from.iter();
        let mut to = grant.to.iter();
        from.any(|from| from.group == GROUP && from.kind == kind && from.namespace == namespace)
            && to.any(|to| {
                // An empty name is none (Gateway API).
                let name = to.name.as_deref().filter(|name| !name.is_empty());
                to.group == GROUP && to.kind == self.kind && name.is_none_or(|name| name == self.name)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn annotated(value: &str) -> Consent {
        let annotations = BTreeMap::from([(ALLOW_REFERENCES_FROM.to_owned(), value.to_owned())]);
        Consent::of("PolicyEngine", "refunds", Some(&annotations))
    }

    #[test]
    fn an_annotation_consents_to_the_namespaces_that_it_names_and_to_no_other() {
        let consent = annotated("team-a, team-b ,");
        assert!(consent.allows("Policy", "team-a") && consent.allows("Policy", "team-b"));
        for other in ["team", "team-a,", "team-a, team-b", "team-c", "", " "] {
            assert!(!consent.allows("Policy", other), "{other:?}");
        }
        for pattern in ["*", "team-*", "", ","] {
            assert!(!annotated(pattern).allows("Policy", "team-a"), "{pattern:?}");
        }
        assert!(!Consent::of("PolicyEngine", "refunds", None).allows("Policy", "team-a"));
    }

    #[test]
    fn a_grant_consents_to_the_kind_and_namespace_that_it_names() {
        let from = |kind: &str, group: &str| json!([{"group": group, "kind": kind, "namespace": "team-a"}]);
        let to = |kind: &str, name: Option<&str>| match name {
            Some(name) => json!([{"group": "agentcore.dev", "kind": kind, "name": name}]),
            None => json!([{"group": "agentcore.dev", "kind": kind}]),
        };
        let policy = || from("Policy", "agentcore.dev");
        let allows = |from: serde_json::Value, to: serde_json::Value, namespace: &str| {
            let grant: Grant = serde_json::from_value(json!({"from": from, "to": to})).unwrap();
            let consent = Consent::of("PolicyEngine", "refunds", None).with(vec![Grant::default(), grant]);
            consent.allows("Policy", namespace)
        };
        assert!(allows(policy(), to("PolicyEngine", None), "team-a"));
        assert!(allows(policy(), to("PolicyEngine", Some("refunds")), "team-a"));
        assert!(allows(policy(), to("PolicyEngine", Some("")), "team-a"));
        assert!(!allows(policy(), to("PolicyEngine", Some("other")), "team-a"));
        assert!(!allows(policy(), to("Gateway", None), "team-a"));
        assert!(!allows(policy(), to("PolicyEngine", None), "team-b"));
        assert!(!allows(
            from("Gateway", "agentcore.dev"),
            to("PolicyEngine", None),
            "team-a"
        ));
        assert!(!allows(
            from("Policy", "other.dev"),
            to("PolicyEngine", None),
            "team-a"
        ));
        assert!(!allows(json!([]), to("PolicyEngine", None), "team-a"));
        assert!(!allows(policy(), json!([]), "team-a"));
    }
}
