//! A gateway that another object refers to.

use crate::api::{FINALIZER, Gateway, ManagementPolicy};
use crate::operator::decide::Referent;

/// The gateway of an object, as far as the cluster knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayReference {
    /// AWS id of the gateway.
    pub id: Option<String>,
    /// Whether an object here keeps it, so that what is in it under an object's name is that object's (reliability.md 2.3).
    pub owned: bool,
    /// Why nothing can be written to it now, in words for the condition.
    pub obstacle: Option<String>,
    /// Why it may not be referred to, if it is there: then nothing else is known of it.
    pub withheld: Option<String>,
}

impl GatewayReference {
    /// A gateway that is named by its AWS id: AWS will say whether it is there.
    #[must_use]
    pub fn by_id(id: &str) -> Self {
        Self {
            id: Some(id.to_owned()),
            ..Self::default()
        }
    }

    /// One that may not be referred to.
    #[must_use]
    pub fn withheld(text: String) -> Self {
        Self {
            withheld: Some(text),
            ..Self::default()
        }
    }

    /// A gateway whose object is there, and of a form that this version does not know.
    #[must_use]
    pub fn unreadable(name: &str) -> Self {
        Self {
            obstacle: Some(format!("Gateway {name} cannot be read: see its conditions")),
            ..Self::default()
        }
    }

    /// A gateway that is named by its object.
    #[must_use]
    pub fn by_object(name: &str, object: &Referent<Gateway>) -> Self {
        let object = match object {
            Referent::There(object) => object,
            Referent::Withheld(text) => return Self::withheld(text.clone()),
            Referent::Absent => {
                return Self {
                    obstacle: Some(format!(
                        "Gateway {name} is not there: create it in this namespace, or correct spec.gatewayRef"
                    )),
                    ..Self::default()
                };
            }
        };
        let status = object.status.as_ref();
        let id = status.and_then(|status| status.gateway_id.clone());
        let ready = status.and_then(|status| status.mirror.status.as_deref()) == Some("READY");
        let obstacle = if object.metadata.deletion_timestamp.is_some() {
            Some(format!("Gateway {name} is being deleted"))
        } else if id.is_none() || !ready {
            Some(format!("Gateway {name} is not READY yet: see its conditions"))
        } else {
            None
        };
        let finalizers = object.metadata.finalizers.as_deref().unwrap_or_default();
        Self {
            id,
            owned: finalizers.iter().any(|finalizer| finalizer == FINALIZER)
                && object.spec.management.management() == ManagementPolicy::Manage,
            obstacle,
            withheld: None,
        }
    }
}
