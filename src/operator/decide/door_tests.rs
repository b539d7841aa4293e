//! What each kind tells the pass of an object, member by member, in the scenes that all kinds share. The snapshot is what a
//! reviewer reads: a member that says something else, or nothing, stands there as a changed line.

use super::*;
use crate::api::{AttachedEngine, Mirror};
use crate::model::Lifecycle;
use serde_json::{Value, json};

const ENGINE: &str = "e-1234567890";
const ENGINE_ARN: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/e-1234567890";
const GATEWAY: &str = "g-abcdef0123";
const GATEWAY_ARN: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/g-abcdef0123";
const STATEMENT: &str = "permit(principal, action, resource is AgentCore::Gateway);";

/// An object of a kind, what it refers to, and the resource of that AWS id.
struct Door<K: Kind> {
    spec: Value,
    /// What the status has beside what every status has.
    status: Value,
    references: K::References,
    observed: fn(id: &str) -> K::Observed,
}

impl<K: Kind> Door<K> {
    fn object(&self, status: bool, deleting: bool) -> K::Object {
        let mut object = json!({
            "apiVersion": "agentcore.dev/v1alpha1", "kind": K::NAME,
            "metadata": {"name": "o", "namespace": "n", "uid": "u", "generation": 3},
            "spec": self.spec,
        });
        if deleting {
            object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        }
        if status {
            let mut whole =
                json!({"status": "ACTIVE", "observedGeneration": 2, "lastHandledReconcileAt": "before"});
            whole
                .as_object_mut()
                .unwrap()
                .extend(self.status.as_object().unwrap().clone());
            object["status"] = whole;
        }
        serde_json::from_value(object).unwrap()
    }

    /// All that the kind says of this object and what was found.
    fn says(&self, object: &K::Object, found: Option<&K::Observed>) -> Value {
        let identity = Identity {
            cluster_id: "c".into(),
            namespace: "n".into(),
            name: "o".into(),
            uid: "u".into(),
        };
        let desire = K::desire(object, &self.references, &identity);
        let view = View::<K> {
            object,
            references: &self.references,
            identity: &identity,
            held: true,
            desired: desire.desired(),
            observed: found,
            applied: true,
            superseded: false,
            created: None,
        };
        let mirror = Mirror {
            status: Some("ACTIVE".into()),
            ..K::mirror(object)
        };
        json!({
            "management": K::management(object),
            "mirror": K::mirror(object),
            "known_id": K::known_id(object),
            "sought": format!("{:?}", K::sought(object, &self.references, &identity)),
            "payload": desire.desired().map(K::payload),
            "rooms": K::rooms(object, &self.references),
            "conflict": K::conflict(&view),
            "unproven": K::unproven(&view),
            "time": K::time(&view),
            "caution": K::caution(&view).map(|note| format!("{note:?}")),
            "remark": K::remark(&view).map(|remark| format!("{remark:?}")),
            "is_noted": K::is_noted(&view),
            "hindrance": format!("{:?}", K::hindrance(&view, false)),
            "status": K::status(&view, mirror),
            "blind": K::status(&view.blind(), K::mirror(object)),
        })
    }

    /// A line for each member in each scene; one line for what is said in all of them.
    fn lines(&self) -> Vec<String> {
        let (ours, other) = (
            (self.observed)("ours-0000000000"),
            (self.observed)("other-0000000000"),
        );
        let scenes = [
            ("new", self.object(false, false), None),
            ("made", self.object(false, false), Some(&ours)),
            ("known", self.object(true, false), Some(&ours)),
            ("of another", self.object(true, false), Some(&other)),
            ("gone", self.object(true, false), None),
            ("being deleted", self.object(true, true), Some(&ours)),
        ];
        let said = scenes.map(|(scene, object, found)| (scene, self.says(&object, found)));
        let mut lines = vec![K::NAME.to_owned()];
        for member in said[0].1.as_object().unwrap().keys() {
            let all = said.each_ref().map(|(scene, says)| (*scene, &says[member]));
            if all.iter().all(|(_, value)| *value == all[0].1) {
                lines.push(format!("  {member}: {}", all[0].1));
            } else {
                lines.extend(all.map(|(scene, value)| format!("  {member}, {scene}: {value}")));
            }
        }
        lines
    }
}

fn resource(id: &str) -> Resource {
    Resource {
        id: id.into(),
        arn: format!("arn of {id}"),
        name: format!("name of {id}"),
        status: Lifecycle::Active,
        word: None,
        status_reasons: Vec::new(),
        description: None,
        created_at: "2026-01-01T00:00:00Z".into(),
        updated_at: "2026-01-02T00:00:00Z".into(),
    }
}

fn members(value: Value) -> Members {
    serde_json::from_value(value).unwrap()
}

fn engine() -> Reference {
    Reference {
        arn: Some(ENGINE_ARN.into()),
        ..Reference::by_id(ENGINE)
    }
}

fn gateway() -> Reference {
    Reference {
        arn: Some(GATEWAY_ARN.into()),
        ..Reference::by_id(GATEWAY)
    }
}

fn engines() -> Door<EngineKind> {
    Door {
        spec: json!({"description": "d", "managementPolicy": "Observe", "deletionPolicy": "Retain", "resyncInterval": "10m"}),
        status: json!({"policyEngineId": "ours-0000000000", "policyEngineArn": "arn of ours-0000000000", "tagKeys": ["team"]}),
        references: EngineReferences {
            policies: vec!["p".into()],
            ..EngineReferences::default()
        },
        observed: |id| ObservedEngine {
            resource: resource(id),
            tags: Tags::from([("team".into(), "pay".into())]),
            policies: None,
            remnants: Vec::new(),
        },
    }
}

fn policies() -> Door<PolicyKind> {
    Door {
        spec: json!({
            "policyEngineRef": {"name": "e"}, "name": "named", "suspend": true,
            "definition": {"cedar": {"statement": STATEMENT}},
        }),
        status: json!({
            "policyId": "ours-0000000000", "policyArn": "arn of ours-0000000000", "policyEngineId": "last-0000000000",
            "effectiveStatement": "what it said", "validationMode": "IGNORE_ALL_FINDINGS",
        }),
        references: PolicyReferences {
            engine: engine(),
            ..PolicyReferences::default()
        },
        observed: |id| PolicyRecord {
            resource: resource(id),
            engine_id: ENGINE.into(),
            statement: Some(Statement::Cedar(STATEMENT.into())),
            enforcement_mode: Some("ACTIVE".into()),
            marked: false,
        },
    }
}

fn generations() -> Door<GenerationKind> {
    Door {
        spec: json!({
            "policyEngineRef": {"name": "e"}, "gatewayRef": {"name": "g"}, "suspend": true,
            "content": {"rawText": "Allow everyone to use everything."},
        }),
        status: json!({
            "generationId": "ours-0000000000", "generationName": "name of ours-0000000000", "policyEngineId": ENGINE,
            "usable": "1 of 2", "assets": [{"assetId": "a", "fragment": "f", "usable": true}], "configMap": "o-assets", "assetsDigest": "d",
        }),
        references: GenerationReferences {
            engine: engine(),
            gateway: gateway(),
            ..GenerationReferences::default()
        },
        observed: |id| ObservedGeneration {
            resource: resource(id),
            engine_id: ENGINE.into(),
            gateway_arn: GATEWAY_ARN.into(),
            assets: Vec::new(),
        },
    }
}

fn gateways() -> Door<GatewayKind> {
    Door {
        spec: json!({"name": "named", "roleArn": "r", "authorizerType": "AWS_IAM", "adoptId": "ours-0000000000", "suspend": true}),
        status: json!({
            "gatewayId": "ours-0000000000", "gatewayArn": "arn of ours-0000000000", "gatewayUrl": "https://before",
            "policyEngineConfiguration": {"arn": ENGINE_ARN, "mode": "LOG_ONLY"}, "tagKeys": ["team"],
            "appliedFields": ["description"],
        }),
        references: GatewayReferences {
            attachments: vec!["a".into()],
            ..GatewayReferences::default()
        },
        observed: |id| ObservedGateway {
            resource: resource(id),
            members: members(
                json!({"gatewayUrl": "https://now", "policyEngineConfiguration": {"arn": ENGINE_ARN, "mode": "ENFORCE"}}),
            ),
            tags: Tags::default(),
            targets: Vec::new(),
        },
    }
}

fn targets() -> Door<TargetKind> {
    Door {
        spec: json!({
            "gatewayRef": {"name": "g"}, "adoptId": "ours-0000000000", "suspend": true,
            "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://tools/mcp"}}},
        }),
        status: json!({
            "targetId": "ours-0000000000", "targetName": "before", "gatewayId": "last-0000000000",
            "lastSynchronizedAt": "before", "appliedFields": ["description"],
        }),
        references: TargetReferences {
            gateway: gateway(),
            ..TargetReferences::default()
        },
        observed: |id| ObservedTarget {
            resource: resource(id),
            gateway_id: "elsewhere-0000000000".into(),
            members: members(json!({"lastSynchronizedAt": "now"})),
            marked: false,
        },
    }
}

fn attachments() -> Door<AttachmentKind> {
    Door {
        spec: json!({
            "policyEngineRef": {"name": "e"}, "gatewayRef": {"name": "g"}, "mode": "ENFORCE", "suspend": true,
        }),
        status: json!({"gatewayId": "last-0000000000", "policyEngineArn": "arn before", "mode": "LOG_ONLY"}),
        references: AttachmentReferences {
            engine: engine(),
            gateway: gateway(),
            ..AttachmentReferences::default()
        },
        observed: |id| ObservedAttachment {
            in_force: AnyInForce::No,
            engine: Some(AttachedEngine {
                arn: ENGINE_ARN.into(),
                mode: "ENFORCE".into(),
            }),
            ..ObservedAttachment::of(&resource(id), &Members::default())
        },
    }
}

#[test]
fn every_kind_says_of_its_objects_what_is_recorded() {
    let doors = [
        engines().lines(),
        policies().lines(),
        generations().lines(),
        gateways().lines(),
        targets().lines(),
        attachments().lines(),
    ];
    insta::assert_snapshot!(doors.concat().join("\n"));
}

/// What others see of an engine of this status, with this finalizer and policy of management.
fn seen(status: &Value, finalizers: &Value, management: &str) -> Reference {
    let object = json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyEngine",
        "metadata": {"name": "e", "namespace": "n", "uid": "u", "finalizers": finalizers},
        "spec": {"managementPolicy": management}, "status": status,
    });
    let object = serde_json::from_value(object).unwrap();
    Reference::by_object::<EngineKind>("e", &Referent::There(object), EngineKind::FIELD)
}

#[test]
fn who_refers_to_an_object_learns_its_resource_and_whether_the_object_keeps_it() {
    let active = json!({"policyEngineId": ENGINE, "policyEngineArn": ENGINE_ARN, "status": "ACTIVE"});
    let held = json!(["agentcore.dev/finalizer"]);
    let kept = seen(&active, &held, "Manage");
    assert_eq!(
        (kept.id.as_deref(), kept.arn.as_deref()),
        (Some(ENGINE), Some(ENGINE_ARN))
    );
    assert_eq!((kept.owned, kept.obstacle, kept.absent), (true, None, false));
    assert!(
        !seen(&active, &json!(["somebody.else/finalizer"]), "Manage").owned,
        "not held yet"
    );
    assert!(!seen(&active, &held, "Observe").owned, "only looked at");
    let unready = json!({"policyEngineId": ENGINE, "status": "CREATING"});
    let obstacle = seen(&unready, &held, "Manage").obstacle.unwrap();
    assert!(
        obstacle.contains("PolicyEngine e is not ACTIVE yet"),
        "{obstacle}"
    );
    let absent = Reference::by_object::<EngineKind>("e", &Referent::Absent, EngineKind::FIELD);
    assert!(absent.absent && absent.obstacle.unwrap().contains("is not there"));
    let odd = Reference::unreadable::<EngineKind>("e").obstacle.unwrap();
    assert!(odd.contains("PolicyEngine e cannot be read"), "{odd}");
}

/// A gateway is named by its tools, so only one that has been READY.
#[test]
fn a_gateway_tells_its_arn_once_it_has_a_url() {
    let arn = |status: Value| {
        let mut object = gateways().object(false, false);
        object.status = serde_json::from_value(status).unwrap();
        GatewayKind::arn(&object)
    };
    assert_eq!(arn(json!({"gatewayArn": GATEWAY_ARN})), None);
    let ready = json!({"gatewayArn": GATEWAY_ARN, "gatewayUrl": "https://now"});
    assert_eq!(arn(ready).as_deref(), Some(GATEWAY_ARN));
}

/// Policies of another namespace count where it may refer to the engine, or for what it has made there; they are not named.
#[test]
fn an_engine_waits_for_what_others_have_made_in_it_and_for_nobody_s_policies() {
    let other = |id: Option<&str>, consented| OtherPolicy {
        namespace: "far".into(),
        name: "theirs".into(),
        id: id.map(str::to_owned),
        consented,
    };
    let waits = |others: Vec<OtherPolicy>, remnants: &[(&str, &str)]| {
        let mut door = engines();
        door.references = EngineReferences {
            others,
            ..EngineReferences::default()
        };
        let mut engine = (door.observed)("ours-0000000000");
        let remnant = |(id, name): &(&str, &str)| Remnant {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
        };
        engine.remnants = remnants.iter().map(remnant).collect();
        door.says(&door.object(true, true), Some(&engine))["hindrance"].take()
    };
    let gone = |what: &str| {
        json!(format!(
            "Dependents(\"the policy engine is deleted when these are gone: {what}\")"
        ))
    };
    let default = crate::model::default_name("c", "far", "theirs");
    let theirs = [("p-1", default.as_str())];
    assert_eq!(waits(vec![other(None, false)], &[]), json!("Nothing"));
    assert_eq!(
        waits(vec![other(None, true)], &[]),
        gone("1 Policy of another namespace")
    );
    assert_eq!(
        waits(vec![other(None, false)], &theirs),
        gone("1 Policy of another namespace")
    );
    assert_eq!(
        waits(vec![other(Some("p-1"), false)], &[("p-1", "Given")]),
        gone("1 Policy of another namespace")
    );
    assert_eq!(
        waits(vec![other(None, false)], &[("p-2", "Given")]),
        gone("AWS policy Given")
    );
}
