//! AWS, as far as a gateway and one target of it go: a gateway is replaced whole, and nothing guards that.

use crate::model::{Fault, FaultClass, Lifecycle};
use crate::operator::decide::{Members, Resource, Tags};
use serde_json::{Value, json};

/// AWS id of the gateway.
pub const GATEWAY: &str = "refunds-abcdef0123";
/// The engine that the attachment is for.
pub const OURS: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/refunds-abcdef0123";
/// Another.
pub const THEIRS: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/other-abcdef0123";
/// The member that says which engine is asked.
pub const ENGINE: &str = "policyEngineConfiguration";
/// A member that the operator does not know.
pub const UNKNOWN: &str = "tomorrow";

/// What AWS has.
#[derive(Clone, Debug, Default)]
pub struct Cloud {
    /// Members of the gateway that are taken, if it is there.
    pub gateway: Option<Members>,
    /// Its tags.
    pub tags: Tags,
    /// Members of the target, if it is there.
    pub target: Option<Members>,
    /// Whether the service is at work on the gateway.
    pub at_work: bool,
    /// When the gateway was written last.
    time: u64,
}

impl Cloud {
    /// All that is shown of the gateway.
    pub fn shown(&self) -> Option<Members> {
        let mut members = self.gateway.clone()?;
        let resource = self.resource(GATEWAY, "gateway");
        for (name, value) in [
            ("gatewayId", json!(GATEWAY)),
            ("gatewayArn", json!(resource.arn)),
            ("gatewayUrl", json!("https://url/mcp")),
            ("status", json!(resource.word)),
            ("updatedAt", json!(resource.updated_at)),
        ] {
            members.insert(name.to_owned(), value);
        }
        Some(members)
    }

    /// What every kind has.
    pub fn resource(&self, id: &str, name: &str) -> Resource {
        let (status, word) = if self.at_work && id == GATEWAY {
            (Lifecycle::Updating, "UPDATING")
        } else {
            (Lifecycle::Active, "READY")
        };
        Resource {
            id: id.to_owned(),
            arn: format!("arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/{id}"),
            name: name.to_owned(),
            status,
            word: Some(word.to_owned()),
            status_reasons: Vec::new(),
            description: None,
            created_at: "0".to_owned(),
            updated_at: self.time.to_string(),
        }
    }

    /// Replaces the gateway, as `UpdateGateway` does.
    pub fn replace(&mut self, with: impl FnOnce(&Members) -> Result<Members, Fault>) -> Result<(), Fault> {
        let Some(shown) = self.shown() else {
            return Err(fault(FaultClass::Gone));
        };
        let members = with(&shown)?;
        if self.at_work {
            return Err(fault(FaultClass::Conflict));
        }
        self.put(members);
        Ok(())
    }

    /// The gateway is these members from now on.
    pub fn put(&mut self, members: Members) {
        self.gateway = Some(members);
        self.at_work = true;
        self.time += 1;
    }

    /// A member of the gateway; null where there is none.
    pub fn member(&self, name: &str) -> Value {
        let member = self.gateway.as_ref().and_then(|members| members.get(name));
        member.cloned().unwrap_or_default()
    }
}

/// An answer of this class.
pub fn fault(class: FaultClass) -> Fault {
    Fault {
        class,
        operation: "UpdateGateway",
        code: "SomeException".to_owned(),
        message: "what AWS said".to_owned(),
    }
}
