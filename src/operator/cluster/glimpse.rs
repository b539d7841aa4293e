//! What a watch keeps of an object: its metadata and the few texts that tell whom it concerns.
//!
//! Whatever the object's other members are, they are passed over unread. So no object can break the watch of its kind:
//! not one that was stored under another schema, nor one that a later version of the operator has written (reliability.md
//! 4, F40). The pass reads the object whole, and says on that object what is wrong with it.

use super::lenient::{Form, Lenient};
use crate::api::ConditionType;
use crate::model::GatewayArn;
use crate::operator::decide::{engine_id_in, gateways_mentioned};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::Deserialize;
use serde::de::MapAccess;
use serde::de::value::MapAccessDeserializer;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// An object of this kind, as far as a watch keeps it.
#[derive(Deserialize)]
#[serde(bound = "", from = "Whole")]
pub struct Glimpse<K> {
    /// Its metadata.
    pub metadata: ObjectMeta,
    /// `spec.name`
    pub name_given: Option<String>,
    /// `spec.adoptId`
    pub adopts: Option<String>,
    /// `spec.policyEngineRef.name`
    pub engine_ref: Option<String>,
    /// `spec.policyEngineRef.namespace`
    pub engine_namespace: Option<String>,
    /// `spec.policyEngineId`, or the id in `spec.policyEngineArn`
    pub engine_given: Option<String>,
    /// `status.policyEngineId`
    pub engine_id: Option<String>,
    /// `status.policyId`
    pub policy_id: Option<String>,
    /// `spec.gatewayRef.name`
    pub gateway_ref: Option<String>,
    /// `spec.gatewayRef.namespace`
    pub gateway_namespace: Option<String>,
    /// `spec.gatewayId`, or the id in `spec.resource.arn`
    pub gateway_given: Option<String>,
    /// Names of the Gateway objects that `spec.definition` names, and ARNs of gateways.
    pub gateways_named: Vec<String>,
    /// `status.gatewayId`
    pub gateway_id: Option<String>,
    /// `status.targetId`
    pub target_id: Option<String>,
    /// `spec.definition.generation.name`
    pub generation_ref: Option<String>,
    /// `status.generationId`
    pub generation_id: Option<String>,
    /// `status.appliedDigest`
    pub applied: Option<String>,
    /// `status.status`
    pub status: Option<String>,
    /// `spec.suspend`
    pub suspended: bool,
    /// Whether `spec.managementPolicy` is `Observe`.
    pub observes: bool,
    /// Whether the status speaks of the generation that is.
    pub current: bool,
    /// The conditions of ours that it has, by type and status.
    pub conditions: Vec<(&'static str, &'static str)>,
    kind: PhantomData<fn() -> K>,
}

impl<K> From<Whole> for Glimpse<K> {
    fn from(whole: Whole) -> Self {
        let spec = whole.spec.0.unwrap_or_default();
        let status = whole.status.0.unwrap_or_default();
        let reference = spec.policy_engine_ref.0.unwrap_or_default();
        let gateway = spec.gateway_ref.0.unwrap_or_default();
        let by_arn = spec.policy_engine_arn.0;
        let by_arn = || by_arn.and_then(|arn| engine_id_in(&arn));
        let resource = spec.resource.0.and_then(|resource| resource.arn.0);
        let resource = || resource.and_then(|arn| GatewayArn::parse(&arn));
        let definition = spec.definition.0.unwrap_or_default();
        Self {
            suspended: spec.suspend.0.unwrap_or_default(),
            observes: spec.management_policy.0.as_deref() == Some("Observe"),
            current: whole.metadata.generation.is_some()
                && status.observed_generation.0 == whole.metadata.generation,
            metadata: whole.metadata,
            name_given: spec.name.0,
            adopts: spec.adopt_id.0,
            engine_ref: reference.name.0,
            engine_namespace: reference.namespace.0,
            engine_given: spec.policy_engine_id.0.or_else(by_arn),
            engine_id: status.policy_engine_id.0,
            policy_id: status.policy_id.0,
            gateway_ref: gateway.name.0,
            gateway_namespace: gateway.namespace.0,
            gateway_given: spec.gateway_id.0.or_else(|| resource().map(|arn| arn.gateway_id)),
            generation_ref: definition.generation.0.and_then(|generation| generation.name.0),
            gateways_named: named([definition.cedar, definition.policy]),
            gateway_id: status.gateway_id.0,
            target_id: status.target_id.0,
            generation_id: status.generation_id.0,
            applied: status.applied_digest.0,
            status: status.lifecycle.0,
            conditions: status
                .conditions
                .0
                .unwrap_or_default()
                .iter()
                .filter_map(told)
                .collect(),
            kind: PhantomData,
        }
    }
}

/// What the statement of a definition names, whichever member has it.
fn named(members: [Lenient<Member>; 2]) -> Vec<String> {
    let names = members.into_iter().filter_map(|member| member.0?.statement.0);
    names.flat_map(|names| names.0).collect()
}

/// A condition's type and status, if they are ones that there are.
fn told(condition: &Lenient<Told>) -> Option<(&'static str, &'static str)> {
    let condition = condition.0.as_ref()?;
    let one_of = |words: &[&'static str], word: &Lenient<String>| {
        words
            .iter()
            .copied()
            .find(|known| word.0.as_deref() == Some(known))
    };
    let types = ConditionType::ALL.map(ConditionType::as_str);
    Some((
        one_of(&types, &condition.kind)?,
        one_of(&["True", "False", "Unknown"], &condition.status)?,
    ))
}

impl<K> Clone for Glimpse<K> {
    fn clone(&self) -> Self {
        Self {
            metadata: self.metadata.clone(),
            name_given: self.name_given.clone(),
            adopts: self.adopts.clone(),
            engine_ref: self.engine_ref.clone(),
            engine_namespace: self.engine_namespace.clone(),
            engine_given: self.engine_given.clone(),
            engine_id: self.engine_id.clone(),
            policy_id: self.policy_id.clone(),
            gateway_ref: self.gateway_ref.clone(),
            gateway_namespace: self.gateway_namespace.clone(),
            gateway_given: self.gateway_given.clone(),
            gateways_named: self.gateways_named.clone(),
            gateway_id: self.gateway_id.clone(),
            target_id: self.target_id.clone(),
            generation_ref: self.generation_ref.clone(),
            generation_id: self.generation_id.clone(),
            applied: self.applied.clone(),
            status: self.status.clone(),
            suspended: self.suspended,
            observes: self.observes,
            current: self.current,
            conditions: self.conditions.clone(),
            kind: PhantomData,
        }
    }
}

impl<K> fmt::Debug for Glimpse<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Glimpse")
            .field("namespace", &self.metadata.namespace)
            .field("name", &self.metadata.name)
            .finish_non_exhaustive()
    }
}

impl<K: Resource> Resource for Glimpse<K> {
    type DynamicType = K::DynamicType;
    type Scope = K::Scope;

    fn kind(dt: &K::DynamicType) -> Cow<'_, str> {
        K::kind(dt)
    }

    fn group(dt: &K::DynamicType) -> Cow<'_, str> {
        K::group(dt)
    }

    fn version(dt: &K::DynamicType) -> Cow<'_, str> {
        K::version(dt)
    }

    fn plural(dt: &K::DynamicType) -> Cow<'_, str> {
        K::plural(dt)
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

/// An object as it is sent, of any kind.
#[derive(Deserialize)]
struct Whole {
    metadata: ObjectMeta,
    #[serde(default)]
    spec: Lenient<Spec>,
    #[serde(default)]
    status: Lenient<Status>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    name: Lenient<String>,
    adopt_id: Lenient<String>,
    policy_engine_id: Lenient<String>,
    policy_engine_arn: Lenient<String>,
    policy_engine_ref: Lenient<Reference>,
    gateway_id: Lenient<String>,
    gateway_ref: Lenient<Reference>,
    resource: Lenient<ByArn>,
    suspend: Lenient<bool>,
    management_policy: Lenient<String>,
    definition: Lenient<Definition>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Definition {
    cedar: Lenient<Member>,
    policy: Lenient<Member>,
    generation: Lenient<Reference>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ByArn {
    arn: Lenient<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Member {
    statement: Lenient<Names>,
}

/// What of a statement is kept: the gateways that it names.
struct Names(Vec<String>);

impl Form for Names {
    fn of_text(text: &str) -> Option<Self> {
        Some(Self(gateways_mentioned(text).into_iter().collect()))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reference {
    namespace: Lenient<String>,
    name: Lenient<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    policy_engine_id: Lenient<String>,
    policy_id: Lenient<String>,
    gateway_id: Lenient<String>,
    target_id: Lenient<String>,
    generation_id: Lenient<String>,
    applied_digest: Lenient<String>,
    observed_generation: Lenient<i64>,
    #[serde(rename = "status")]
    lifecycle: Lenient<String>,
    conditions: Lenient<Vec<Lenient<Told>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    #[serde(rename = "type")]
    kind: Lenient<String>,
    status: Lenient<String>,
}

macro_rules! of_members {
    ($($form:ty),*) => {$(
        impl Form for $form {
            fn of_members<'de, A: MapAccess<'de>>(members: A) -> Result<Option<Self>, A::Error> {
                Self::deserialize(MapAccessDeserializer::new(members)).map(Some)
            }
        }
    )*};
}

of_members!(Spec, Reference, ByArn, Definition, Member, Status, Told);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Policy;
    use kube::core::WatchEvent;
    use serde_json::json;

    #[test]
    fn what_concerns_others_is_kept() {
        let glimpse: Glimpse<Policy> = serde_json::from_value(json!({
            "apiVersion": "agentcore.dev/v1alpha1", "kind": "Policy", "metadata": {"name": "p", "generation": 3},
            "spec": {"name": "s", "adoptId": "a-1", "policyEngineRef": {"name": "e", "namespace": "n"}, "policyEngineId": "g-1",
                     "gatewayRef": {"name": "w", "namespace": "m"}, "gatewayId": "w-2",
                     "suspend": true, "managementPolicy": "Observe",
                     "definition": {"generation": {"name": "d"}, "cedar": {"statement": "AgentCore::Gateway::\"refunds\" AgentCore::Gateway::\"No\" AgentCore::Gateway::\"arn:x\""}}},
            "status": {"observedGeneration": 3, "policyId": "p-1", "policyEngineId": "e-1", "gatewayId": "w-1", "targetId": "t-1", "generationId": "n-1", "appliedDigest": "d", "status": "ACTIVE", "conditions": [
                {"type": "Ready", "status": "True"}, {"type": "Mine", "status": "True"}, {"type": "Stalled"}, 5,
                {"type": "Drifted", "status": "Unknown", "message": "m"}
            ]}
        }))
        .unwrap();
        assert_eq!(glimpse.metadata.generation, Some(3));
        let kept = [
            &glimpse.name_given,
            &glimpse.adopts,
            &glimpse.engine_ref,
            &glimpse.engine_namespace,
            &glimpse.engine_given,
            &glimpse.engine_id,
            &glimpse.policy_id,
            &glimpse.gateway_ref,
            &glimpse.gateway_namespace,
            &glimpse.gateway_given,
            &glimpse.gateway_id,
            &glimpse.target_id,
            &glimpse.generation_ref,
            &glimpse.generation_id,
            &glimpse.applied,
            &glimpse.status,
        ];
        assert_eq!(
            kept.map(|text| text.as_deref().unwrap()),
            [
                "s", "a-1", "e", "n", "g-1", "e-1", "p-1", "w", "m", "w-2", "w-1", "t-1", "d", "n-1", "d",
                "ACTIVE"
            ]
        );
        assert_eq!(glimpse.gateways_named, ["arn:x", "refunds"]);
        assert_eq!(glimpse.conditions, [("Ready", "True"), ("Drifted", "Unknown")]);
        assert!(glimpse.suspended && glimpse.observes && glimpse.current);
    }

    #[test]
    fn no_object_however_it_is_made_breaks_the_list_that_it_is_in() {
        let nested = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        for strange in [
            "null",
            "5",
            "-1",
            "1e99",
            "true",
            "\"text\"",
            "[1, {}]",
            "{}",
            &nested,
            r#"{"policyEngineRef": null, "status": 5, "policyId": {"a": [1]}}"#,
            r#"{"policyEngineRef": {"name": {"b": [1]}}, "policyEngineId": [[]], "status": true}"#,
            r#"{"policyEngineRef": {"name": 1.5}, "more": {"x": [null]}}"#,
            r#"{"conditions": {"Ready": 5}}"#,
            r#"{"suspend": "true", "managementPolicy": [true], "observedGeneration": 18446744073709551615}"#,
            r#"{"definition": {"cedar": {"statement": 5}, "policy": [{}]}}"#,
            r#"{"conditions": [[], {"type": {}, "status": []}, null]}"#,
        ] {
            let object =
                format!(r#"{{"metadata": {{"name": "p"}}, "spec": {strange}, "status": {strange}}}"#);
            let event = format!(r#"{{"type": "ADDED", "object": {object}}}"#);
            let event: WatchEvent<Glimpse<Policy>> = serde_json::from_str(&event).unwrap();
            assert!(
                matches!(event, WatchEvent::Added(glimpse) if glimpse.metadata.name.as_deref() == Some("p")),
                "{strange}"
            );
            let list =
                format!(r#"{{"apiVersion": "v1", "kind": "L", "metadata": {{}}, "items": [{object}]}}"#);
            let list: kube::core::ObjectList<Glimpse<Policy>> = serde_json::from_str(&list).unwrap();
            assert_eq!(
                (list.items.len(), &list.items[0].engine_ref),
                (1, &None),
                "{strange}"
            );
        }
    }
}
