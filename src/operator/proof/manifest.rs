//! From the model's small numbers to the real types that the functions of `decide` take, and back.

use super::backend::{Resource, engine_of};
use super::kernel::Input;
use super::setting::Setting;
use super::world::{ENGINE, Object, Verb};
use crate::api::{FINALIZER, PolicyEngine};
use crate::model::{Fault, FaultClass, default_name};
use crate::operator::decide::{
    DesiredEngine, EngineKind, EngineReferences, Found, Gateways, Kind, MARK_CLUSTER, MARK_OBJECT, MARK_UID,
    ObservedEngine, PolicyKind, PolicyRecord, PolicyReferences, Referable as _, Reference, Referent, Remnant,
    Sought, Statement, Write,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub const CLUSTER: &str = "cluster";
const NAMESPACE: &str = "team";
const NAMES: [&str; 3] = ["engine", "one", "two"];

/// A kind whose objects, references and resources the model can make.
pub trait Modelled: Kind {
    fn references(setting: &Setting, input: &Input) -> Self::References;
    /// What a look at the service shows (`operator::agentcore` does the same with listings).
    fn observe(setting: &Setting, input: &Input, sought: &Sought) -> Result<Found<Self::Observed>, Fault>;
    /// The write in the model's words; `token` interns a client token.
    fn verb(write: &Write<'_, Self>, token: impl FnOnce(&str) -> u32) -> Verb
    where
        Self: Sized;
}

/// The object as JSON, ready to be read as its real type.
pub fn object(setting: &Setting, slot: usize, object: Object, status: &Value) -> Value {
    let mut metadata = json!({
        "name": NAMES[slot], "namespace": NAMESPACE, "uid": format!("uid-{slot}-{}", object.life),
        "generation": object.generation(),
    });
    if object.held {
        metadata["finalizers"] = json!([FINALIZER]);
    }
    if object.deleting {
        metadata["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    }
    let mut spec = if slot == ENGINE {
        json!({"description": description(object.spec)})
    } else {
        json!({"definition": {"policy": {"statement": statement(object.spec)}}})
    };
    if setting.named[slot] {
        spec["name"] = json!(aws_name(setting, slot));
    }
    if slot != ENGINE {
        let (key, value) = if setting.engine_given {
            ("policyEngineId", json!(id(ENGINE, 0)))
        } else {
            ("policyEngineRef", json!({"name": NAMES[ENGINE]}))
        };
        spec[key] = value;
    }
    if setting.retained[slot] {
        spec["deletionPolicy"] = json!("Retain");
    }
    let kind = if slot == ENGINE { "PolicyEngine" } else { "Policy" };
    json!({"apiVersion": "agentcore.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec, "status": status})
}

fn aws_name(setting: &Setting, slot: usize) -> String {
    if setting.named[slot] {
        format!("Given{slot}")
    } else {
        default_name(CLUSTER, NAMESPACE, NAMES[slot])
    }
}

fn statement(content: u8) -> String {
    format!("forbid(principal, action, resource is AgentCore::Gateway) when {{ 0 < {content} }};")
}

fn description(content: u8) -> String {
    format!("version {content}")
}

/// The version that a text was made from.
fn content(text: &str) -> u8 {
    let digit = text.chars().filter_map(|c| c.to_digit(10)).next_back();
    digit
        .and_then(|digit| u8::try_from(digit).ok())
        .expect("a text of this model")
}

fn id(name: usize, serial: u8) -> String {
    format!("{}-{serial}", NAMES[name])
}

/// The serial in an id.
fn serial(id: &str) -> u8 {
    content(id)
}

/// An id as an answer carries it.
pub fn answered_id(slot: usize, serial: u8) -> String {
    id(slot, serial)
}

fn resource(setting: &Setting, name: usize, it: &Resource) -> crate::operator::decide::Resource {
    crate::operator::decide::Resource {
        id: id(name, it.serial),
        arn: format!("arn:{}", id(name, it.serial)),
        name: aws_name(setting, name),
        status: it.phase.lifecycle(),
        word: None,
        status_reasons: Vec::new(),
        description: (name == ENGINE).then(|| description(it.content)),
        created_at: "2026-01-01T00:00:00Z".into(),
        updated_at: "2026-01-01T00:00:00Z".into(),
    }
}

/// A failed call.
pub fn fault(class: FaultClass) -> Fault {
    Fault {
        class,
        operation: "Operation",
        code: "SomeException".into(),
        message: "what AWS said".into(),
    }
}

impl Modelled for PolicyKind {
    fn references(setting: &Setting, input: &Input) -> PolicyReferences {
        let engine = if setting.engine_given {
            Reference::by_id(&id(ENGINE, 0))
        } else {
            let object: Option<PolicyEngine> = input.engine.as_ref().map(|(engine, status)| {
                serde_json::from_value(object(setting, ENGINE, *engine, status)).expect("a PolicyEngine")
            });
            Reference::by_object::<EngineKind>(
                NAMES[ENGINE],
                &object.map_or(Referent::Absent, Referent::There),
                EngineKind::FIELD,
            )
        };
        PolicyReferences {
            engine,
            gateways: Gateways::default(),
            awaited: None,
            generation: None,
            claims: Vec::new(),
            declared: std::sync::Arc::default(),
        }
    }

    fn observe(setting: &Setting, input: &Input, sought: &Sought) -> Result<Found<PolicyRecord>, Fault> {
        let listing = input.listing.map_err(fault)?;
        let engine = engine_of(&listing, setting.engine_given).map(|serial| id(ENGINE, serial));
        let parents = match (sought.parents.is_empty(), sought.thorough) {
            (false, _) => sought.parents.clone(),
            (true, false) => return Ok(Found::Unlocated),
            (true, true) => engine.iter().cloned().collect(),
        };
        for parent in parents {
            if engine.as_ref() != Some(&parent) {
                if sought.thorough {
                    continue;
                }
                return Err(fault(FaultClass::Gone));
            }
            let policies: Vec<PolicyRecord> = (1..listing.len())
                .filter_map(|name| Some((name, listing[name]?)))
                .filter(|(_, it)| id(ENGINE, it.parent) == parent)
                .map(|(name, it)| PolicyRecord {
                    resource: resource(setting, name, &it),
                    engine_id: parent.clone(),
                    statement: Some(Statement::Policy(statement(it.content))),
                    enforcement_mode: Some("ACTIVE".into()),
                    marked: false,
                })
                .collect();
            let found = sought.among(&policies, |policy| (&policy.resource.id, &policy.resource.name));
            if let Some(policy) = found {
                return Ok(Found::There(policy.clone()));
            }
        }
        Ok(Found::Absent)
    }

    fn verb(write: &Write<'_, Self>, token: impl FnOnce(&str) -> u32) -> Verb {
        match write {
            Write::Create {
                desired,
                client_token,
            } => Verb::Create {
                token: token(client_token),
                content: content(desired.statement.text()),
                parent: serial(&desired.engine_id),
            },
            Write::Adopt { desired, observed } | Write::Update { desired, observed } => Verb::Update {
                serial: serial(&observed.resource.id),
                content: content(desired.statement.text()),
            },
            Write::Delete { observed } => Verb::Delete {
                serial: serial(&observed.resource.id),
            },
        }
    }
}

impl Modelled for EngineKind {
    fn references(_: &Setting, input: &Input) -> EngineReferences {
        let policies = input.dependents.iter().map(|slot| NAMES[*slot].to_owned());
        EngineReferences {
            policies: policies.collect(),
            ..EngineReferences::default()
        }
    }

    fn observe(setting: &Setting, input: &Input, sought: &Sought) -> Result<Found<ObservedEngine>, Fault> {
        let listing = input.listing.map_err(fault)?;
        let Some(it) = listing[ENGINE] else {
            return Ok(Found::Absent);
        };
        let remnants = (1..listing.len())
            .filter(|name| sought.thorough && listing[*name].is_some_and(|r| r.parent == it.serial));
        let mark = [
            (MARK_CLUSTER, CLUSTER.to_owned()),
            (MARK_OBJECT, format!("{NAMESPACE}/{}", NAMES[ENGINE])),
            (MARK_UID, format!("uid-{ENGINE}-{}", input.object.life)),
        ];
        let ours = it.maker == ENGINE;
        Ok(Found::There(ObservedEngine {
            resource: resource(setting, ENGINE, &it),
            tags: mark
                .into_iter()
                .filter(|_| ours)
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<BTreeMap<_, _>>(),
            policies: None,
            remnants: remnants
                .map(|name| Remnant {
                    id: String::new(),
                    name: aws_name(setting, name),
                })
                .collect(),
        }))
    }

    fn verb(write: &Write<'_, Self>, token: impl FnOnce(&str) -> u32) -> Verb {
        let version = |desired: &DesiredEngine| content(desired.description.as_deref().unwrap_or_default());
        match write {
            Write::Create {
                desired,
                client_token,
            } => Verb::Create {
                token: token(client_token),
                content: version(desired),
                parent: 0,
            },
            Write::Update { desired, observed }
                if desired.describes(observed.resource.description.as_deref(), &observed.tags) =>
            {
                Verb::Update {
                    serial: serial(&observed.resource.id),
                    content: version(desired),
                }
            }
            Write::Adopt { observed, .. } | Write::Update { observed, .. } => Verb::Idle {
                serial: serial(&observed.resource.id),
            },
            Write::Delete { observed } => Verb::Delete {
                serial: serial(&observed.resource.id),
            },
        }
    }
}

/// The object as its real type.
pub fn typed<K: Kind>(json: Value) -> K::Object {
    serde_json::from_value(json).expect("the manifest of its kind")
}
