//! The three objects, AWS, and what must never happen between them.

use super::cloud::{Cloud, ENGINE, GATEWAY, OURS, THEIRS, UNKNOWN, fault};
use super::pass::{Actor, Harm};
use crate::api::{Gateway, GatewayTarget, PolicyEngineAttachment, Timestamp};
use crate::model::FaultClass;
use crate::operator::cluster::guard;
use crate::operator::decide::{
    AttachmentKind, AttachmentReferences, Found, GatewayKind, GatewayReferences, Identity, Kind as _,
    Members, ObservedAttachment, ObservedGateway, ObservedTarget, Referable as _, Reference, Referent,
    TargetKind, TargetReferences, Write,
};
use serde_json::{Value, json};
use std::time::Duration;

/// The world.
#[derive(Clone, Debug)]
pub struct World {
    pub cloud: Cloud,
    pub gateway: Actor,
    pub attachment: Actor,
    pub target: Actor,
    /// Seconds since the beginning.
    pub now: u64,
    /// Whether AWS has had the attachment once since its object is there.
    pub attached: bool,
    /// How many objects were made.
    made: u64,
}

fn object(kind: &str, uid: u64, spec: &Value) -> Value {
    json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": kind, "spec": spec,
        "metadata": {"name": "refunds", "namespace": "n", "uid": uid.to_string(), "generation": 1, "finalizers": []},
    })
}

fn attachment(uid: u64) -> Value {
    let spec = json!({"policyEngineArn": OURS, "gatewayRef": {"name": "refunds"}, "mode": "ENFORCE"});
    object("PolicyEngineAttachment", uid, &spec)
}

impl World {
    /// All three are applied, and AWS has nothing.
    pub fn new() -> Self {
        let role = "arn:aws:iam::123456789012:role/gateway";
        let gateway = json!({"roleArn": role, "authorizerType": "AWS_IAM", "description": "ours"});
        let lambda = json!({"lambdaArn": "arn", "toolSchema": {"inlinePayload": []}});
        let target =
            json!({"gatewayRef": {"name": "refunds"}, "targetConfiguration": {"mcp": {"lambda": lambda}}});
        Self {
            cloud: Cloud::default(),
            gateway: Actor::new(object("Gateway", 1, &gateway)),
            attachment: Actor::new(attachment(2)),
            target: Actor::new(object("GatewayTarget", 3, &target)),
            now: 0,
            attached: false,
            made: 3,
        }
    }

    /// The attachment's object is made anew.
    pub fn attach_again(&mut self) {
        self.made += 1;
        self.attachment = Actor::new(attachment(self.made));
        self.attached = false;
    }

    fn time(&self) -> Timestamp {
        let since = Duration::from_secs(self.now);
        Timestamp::UNIX_EPOCH.checked_add(since).expect("a time")
    }

    fn gateway_reference(&self) -> Reference {
        let object = self.gateway.read::<Gateway>();
        let object = object.map_or(Referent::Absent, Referent::There);
        Reference::by_object::<GatewayKind>("refunds", &object, GatewayKind::FIELD)
    }

    /// A pass over the gateway's object: it leaves the engine and what it does not know as they are.
    pub fn pass_gateway(&mut self, harm: Harm) -> bool {
        let found = self.cloud.shown().map_or(Found::Absent, |members| {
            Found::There(ObservedGateway {
                resource: self.cloud.resource(GATEWAY, &name(&members)),
                members,
                tags: self.cloud.tags.clone(),
                targets: Vec::new(),
            })
        });
        let (at, cloud) = ((self.time(), harm), &mut self.cloud);
        let references = GatewayReferences::default();
        self.gateway
            .pass::<GatewayKind>(&references, found, at, |write| match write {
                Write::Create { desired, .. } => {
                    assert!(cloud.gateway.is_none(), "I1: a second gateway");
                    let mut members = desired.creation();
                    members.remove("tags");
                    cloud.tags = desired.tagging.all();
                    cloud.put(members);
                    Ok(Some(GATEWAY.to_owned()))
                }
                Write::Update { desired, .. } | Write::Adopt { desired, .. } => {
                    cloud.replace(|found| {
                        let sent = desired.replacement(found);
                        for member in [ENGINE, UNKNOWN] {
                            assert_eq!(
                                sent.get(member),
                                found.get(member),
                                "the gateway's pass changes {member}"
                            );
                        }
                        Ok(sent)
                    })?;
                    Ok(None)
                }
                Write::Delete { .. } => panic!("nobody deletes the gateway"),
            })
    }

    /// A pass over the attachment's object: it changes one member, and that of nobody else.
    pub fn pass_attachment(&mut self, harm: Harm) -> bool {
        let references = AttachmentReferences {
            engine: Reference {
                arn: Some(OURS.to_owned()),
                ..Reference::by_id("refunds-abcdef0123")
            },
            gateway: self.gateway_reference(),
            ..AttachmentReferences::default()
        };
        let Some(object) = self.attachment.read::<PolicyEngineAttachment>() else {
            return false;
        };
        let sought = AttachmentKind::sought(&object, &references, &identity());
        self.attached |= self.cloud.shown().is_some_and(|members| arn(&members) == OURS);
        let there = self.cloud.shown().map(|members| {
            let resource = self.cloud.resource(GATEWAY, &name(&members));
            ObservedAttachment::of(&resource, &members)
        });
        let found = match there {
            _ if sought.parents.is_empty() => Found::Unlocated,
            Some(there) => Found::There(there),
            None => Found::Absent,
        };
        let at = (self.time(), harm);
        let (cloud, attached) = (&mut self.cloud, &mut self.attached);
        self.attachment
            .pass::<AttachmentKind>(&references, found, at, |write| {
                let before = match &write {
                    Write::Create { .. } => None,
                    Write::Update { observed, .. }
                    | Write::Adopt { observed, .. }
                    | Write::Delete { observed } => observed.engine.clone(),
                };
                cloud.replace(|found| {
                    let sent = match &write {
                        Write::Create { desired, .. }
                        | Write::Update { desired, .. }
                        | Write::Adopt { desired, .. } => desired.over(before.as_ref(), found),
                        Write::Delete { observed } => observed.without(found),
                    };
                    let sent = sent.ok_or_else(|| fault(FaultClass::Conflict))?;
                    assert_ne!(arn(found), THEIRS, "I2: another's engine is touched");
                    let all = ["name", "description", "roleArn", "authorizerType", UNKNOWN];
                    for member in all {
                        assert_eq!(
                            sent.get(member),
                            found.get(member),
                            "the attachment's pass changes {member}"
                        );
                    }
                    Ok(sent)
                })?;
                *attached = *attached || !matches!(write, Write::Delete { .. });
                Ok(None)
            })
    }

    /// A pass over the target's object: it is not made before an attachment that is there was made.
    pub fn pass_target(&mut self, harm: Harm) -> bool {
        let gateway = self.gateway_reference();
        let attachment = self.attachment.object.as_ref();
        let goes = |object: &&Value| object["metadata"]["deletionTimestamp"].is_string();
        let awaited = attachment.filter(|object| !goes(object));
        let guards = awaited.map(|object| {
            let glimpse = serde_json::from_value(object.clone()).expect("an attachment");
            guard(&glimpse, "n", GATEWAY)
        });
        let references = TargetReferences {
            claims: Vec::new(),
            guards: guards.into_iter().filter(|_| gateway.id.is_some()).collect(),
            gateway,
        };
        let Some(object) = self.target.read::<GatewayTarget>() else {
            return false;
        };
        let sought = TargetKind::sought(&object, &references, &identity());
        let resource = self.cloud.resource("ABCDEF0123", "refunds");
        let found = match (&self.cloud.target, sought.parents.is_empty()) {
            (_, true) => Found::Unlocated,
            (None, false) => Found::Absent,
            (Some(members), false) => Found::There(ObservedTarget {
                resource,
                gateway_id: GATEWAY.to_owned(),
                members: members.clone(),
                marked: false,
            }),
        };
        let (at, is_governed) = ((self.time(), harm), awaited.is_none() || self.attached);
        let cloud = &mut self.cloud;
        self.target
            .pass::<TargetKind>(&references, found, at, |write| match write {
                Write::Create { desired, .. } => {
                    assert!(is_governed, "a target is exposed before it is governed");
                    assert!(cloud.target.is_none(), "I1: a second target");
                    cloud.target = Some(desired.creation());
                    Ok(Some("ABCDEF0123".to_owned()))
                }
                Write::Update { desired, observed } | Write::Adopt { desired, observed } => {
                    cloud.target = Some(desired.replacement(&observed.members));
                    Ok(None)
                }
                Write::Delete { .. } => panic!("nobody deletes the target"),
            })
    }
}

fn identity() -> Identity {
    Identity {
        cluster_id: "c".to_owned(),
        namespace: "n".to_owned(),
        name: "refunds".to_owned(),
        uid: String::new(),
    }
}

fn name(members: &Members) -> String {
    members["name"].as_str().expect("a name").to_owned()
}

/// ARN of the engine that a gateway asks.
pub fn arn(members: &Members) -> &str {
    let engine = members.get(ENGINE).and_then(|engine| engine["arn"].as_str());
    engine.unwrap_or_default()
}
