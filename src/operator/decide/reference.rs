//! What an object refers to, whatever its kind is.

use super::tagging::mark_of;
use super::{Identity, Kind, Mark, Referent};
use crate::api::{FINALIZER, ManagementPolicy};
use kube::{Resource as _, ResourceExt as _};

/// A kind whose objects others refer to.
pub trait Referable: Kind {
    /// The field by which they do.
    const FIELD: &'static str;
    /// The status of a resource that can be written to.
    const READY: &'static str;

    /// ARN of its resource, once that can be referred to.
    fn arn(object: &Self::Object) -> Option<String>;
}

/// What an object refers to, as far as the cluster knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// AWS id of the resource.
    pub id: Option<String>,
    /// ARN of the resource, where an object tells it.
    pub arn: Option<String>,
    /// Whether an object here keeps it, so that what is in it under an object's name is that object's (reliability.md 2.3).
    pub owned: bool,
    /// Why nothing can be written to it now, in words for the condition.
    pub obstacle: Option<String>,
    /// Why it may not be referred to, if it is there: then nothing else is known of it.
    pub withheld: Option<String>,
    /// Whether its object is not there.
    pub absent: bool,
}

impl Reference {
    /// One that is named by its AWS id: AWS will say whether it is there.
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

    /// One whose object is there, and of a form that this version does not know.
    #[must_use]
    pub fn unreadable<K: Referable>(name: &str) -> Self {
        Self::behind(format!("{} {name} cannot be read: see its conditions", K::NAME))
    }

    /// One that is named by its object, in this place.
    #[must_use]
    pub fn by_object<K: Referable>(name: &str, object: &Referent<K::Object>, field: &str) -> Self {
        let (kind, ready) = (K::NAME, K::READY);
        let object = match object {
            Referent::There(object) => object,
            Referent::Withheld(text) => return Self::withheld(text.clone()),
            Referent::Absent => {
                return Self {
                    absent: true,
                    ..Self::behind(format!(
                        "{kind} {name} is not there: create it in this namespace, or correct {field}"
                    ))
                };
            }
        };
        let id = K::known_id(object);
        let obstacle = if object.meta().deletion_timestamp.is_some() {
            Some(format!("{kind} {name} is being deleted"))
        } else if id.is_none() || K::mirror(object).status.as_deref() != Some(ready) {
            Some(format!("{kind} {name} is not {ready} yet: see its conditions"))
        } else {
            None
        };
        Self {
            id,
            arn: K::arn(object),
            owned: object.finalizers().iter().any(|finalizer| finalizer == FINALIZER)
                && K::management(object).management() == ManagementPolicy::Manage,
            obstacle,
            withheld: None,
            absent: false,
        }
    }

    /// AWS ids of what something may be in that was last seen in the one that is `known`, the likeliest first. What is to be deleted is
    /// where it was seen, also if the object that the spec names stands for another by now.
    pub(super) fn places(&self, known: Option<String>, deleting: bool) -> Vec<String> {
        let own = self.id.clone();
        let mut places: Vec<String> = if deleting {
            known.into_iter().chain(own).collect()
        } else {
            own.or(known).into_iter().collect()
        };
        places.dedup();
        places
    }

    /// The mark of what is named by its object, at this place: where nothing tells its id, or where that is not the one that a
    /// status knows, which may say anything (reliability.md 8.1).
    pub(super) fn doubt(
        &self,
        named: Option<(String, String)>,
        known: Option<&String>,
        identity: &Identity,
    ) -> Option<Mark> {
        let is_lost = self.id.is_none() && self.withheld.is_none();
        let in_doubt = known.map_or(is_lost, |known| self.id.as_ref() != Some(known));
        let place = named.filter(|_| in_doubt)?;
        Some(Mark {
            tags: mark_of(&identity.cluster_id, &place),
            is_last: self.absent,
        })
    }

    fn behind(obstacle: String) -> Self {
        Self {
            obstacle: Some(obstacle),
            ..Self::default()
        }
    }
}
