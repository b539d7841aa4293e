//! One pass over a generation, made up.

use super::super::*;
use crate::api::Timestamp;
use crate::model::{CandidateFinding, Fault};
use crate::operator::decide::{
    Found, Memory, Outcome, Pace, Plan, Reference, Report, Resource, Sight, Subject, Write, conclude, plan,
    wanted_of,
};
use serde_json::{Value, json};
use std::time::Duration;

pub const ENGINE: &str = "refunds-abcdef0123";
pub const GATEWAY: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/refunds-abcdef0123";
pub const STATEMENT: &str = "permit(principal, action, resource is AgentCore::Gateway);";

pub fn identity() -> Identity {
    Identity {
        cluster_id: "c".into(),
        namespace: "team".into(),
        name: "draft".into(),
        uid: "u".into(),
    }
}

pub fn references() -> GenerationReferences {
    GenerationReferences {
        engine: Reference::by_id(ENGINE),
        gateway: Reference {
            id: Some("refunds-abcdef0123".into()),
            arn: Some(GATEWAY.into()),
            ..Reference::default()
        },
        ..GenerationReferences::default()
    }
}

/// A generation of this text.
pub fn object(text: &str, status: &Value) -> PolicyGeneration {
    let object = json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyGeneration",
        "metadata": {"name": "draft", "namespace": "team", "uid": "u", "generation": 1},
        "spec": {"policyEngineRef": {"name": "refunds"}, "gatewayRef": {"name": "refunds"}, "content": {"rawText": text}},
        "status": status,
    });
    serde_json::from_value(object).unwrap()
}

pub fn name_of(text: &str) -> String {
    desired::wanted(&object(text, &Value::Null), &references(), &identity())
        .unwrap()
        .name
}

pub fn asset(id: &str, finding: &str, statement: Option<&str>) -> Asset {
    Asset {
        asset_id: id.into(),
        fragment: format!("the requirement of {id}"),
        definition: statement.map(|statement| Written {
            member: "policy".into(),
            statement: statement.into(),
        }),
        findings: vec![CandidateFinding {
            finding_type: finding.into(),
            description: (finding != "VALID").then(|| "what AWS\nsays".into()),
        }],
    }
}

pub fn observed(text: &str, word: &str, assets: &[Asset]) -> ObservedGeneration {
    ObservedGeneration {
        resource: Resource {
            id: format!("{}-1234567890", name_of(text)),
            arn: "arn".into(),
            name: name_of(text),
            status: generation_status(word),
            word: Some(word.into()),
            status_reasons: if word.ends_with("FAILED") {
                vec!["why".into()]
            } else {
                Vec::new()
            },
            description: None,
            created_at: "t".into(),
            updated_at: "t".into(),
        },
        engine_id: ENGINE.into(),
        gateway_arn: GATEWAY.into(),
        assets: assets.to_vec(),
    }
}

/// What a pass knows of the object.
pub struct Case<'a> {
    pub object: &'a PolicyGeneration,
    pub references: &'a GenerationReferences,
    pub held: bool,
    pub deleting: bool,
    /// Whether it is waited for for long already.
    pub waited: bool,
}

impl<'a> Case<'a> {
    pub fn of(object: &'a PolicyGeneration, references: &'a GenerationReferences) -> Self {
        Self {
            object,
            references,
            held: true,
            deleting: false,
            waited: false,
        }
    }

    /// What a pass that finds this comes to, by the functions that it goes by.
    pub fn pass(&self, found: Result<Found<ObservedGeneration>, Fault>) -> (Plan, Report) {
        let (planned, report, _) = self.passed(found);
        (planned, report)
    }

    /// The client token of the start that it comes to when there is nothing.
    pub fn client_token(&self) -> String {
        let (_, _, token) = self.passed(Ok(Found::Absent));
        token.expect("a create")
    }

    fn passed(&self, found: Result<Found<ObservedGeneration>, Fault>) -> (Plan, Report, Option<String>) {
        let subject = Subject {
            identity: identity(),
            generation: 1,
            deleting: self.deleting,
            kind_removed: false,
            held: self.held,
            management: GenerationKind::management(self.object),
            requests: Vec::new(),
            asked: Some("now".into()),
            spec_json: Value::Null,
            mirror: GenerationKind::mirror(self.object),
        };
        let desire = GenerationKind::desire(self.object, self.references, &subject.identity);
        let sought = GenerationKind::sought(self.object, self.references, &subject.identity);
        let found = Found::or_outlived(found, || GenerationKind::outlived(self.object, &sought));
        let (object, references) = (self.object, self.references);
        let identity = &subject.identity;
        let desire = wanted_of::<GenerationKind>(desire, object, references, identity, &found);
        let began = Timestamp::UNIX_EPOCH;
        let mut memory = Memory::new(began, false);
        memory.waiting_since = self.waited.then_some(began);
        let now = began.checked_add(Duration::from_secs(6)).unwrap();
        let pace = Pace {
            now,
            date: now,
            resync: None,
            deleting: self.deleting,
            beside: None,
        };
        let sight = Sight::<GenerationKind>::new(
            &subject,
            self.object,
            self.references,
            &desire,
            &found,
            &memory,
            pace,
        );
        let planned = plan(sight.facts);
        let (_, report) = conclude(&sight, &memory, planned, &Outcome::Nothing);
        let token = match sight.write(planned, &memory) {
            Some(Write::Create { client_token, .. }) => Some(client_token),
            _ => None,
        };
        (planned, report, token)
    }

    pub fn status(&self, found: ObservedGeneration) -> Value {
        let (planned, report) = self.pass(Ok(Found::There(found)));
        report.status.unwrap_or_else(|| panic!("{planned:?}"))
    }
}

/// An object whose generation is over and came to nothing.
pub fn useless() -> Value {
    let (object, references) = (object("text", &Value::Null), references());
    let hopeless = [asset("asset-1234567890", "NOT_TRANSLATABLE", None)];
    let status = Case::of(&object, &references).status(observed("text", "GENERATED", &hopeless));
    let mut object = serde_json::to_value(object).unwrap();
    object["status"] = status;
    object
}
