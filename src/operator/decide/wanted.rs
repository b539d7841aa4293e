//! What is wanted of AWS, once that was looked at.

use super::{Desire, Found, Identity, Kind};
use crate::model::Fault;

/// What is wanted, now that AWS was looked at: recalled, and not made in the place of what is to be taken over by its id. AWS
/// may only not show that yet; and whoever names another id by mistake wants no second resource.
#[must_use]
pub fn wanted_of<K: Kind>(
    desire: Desire<K::Desired>,
    object: &K::Object,
    references: &K::References,
    identity: &Identity,
    found: &Result<Found<K::Observed>, Fault>,
) -> Desire<K::Desired> {
    let desire = K::recalled(desire, object, references, identity, found);
    match (desire, unadopted::<K>(object, found)) {
        (Desire::Known(desired), Some(id)) => Desire::Unguarded(
            desired,
            format!(
                "there is no {} with the id {id} (spec.adoptId) to be taken over, and none is made in its place: if it never comes, \
                 delete the object and create it anew with another adoptId, or without",
                K::NOUN
            ),
        ),
        (desire, _) => desire,
    }
}

/// The id of what is to be taken over, where it has never been seen and is not there by what was listed.
#[must_use]
pub fn unadopted<K: Kind>(object: &K::Object, found: &Result<Found<K::Observed>, Fault>) -> Option<String> {
    let is_new = K::known_id(object).is_none() && matches!(found, Ok(Found::Absent));
    K::management(object).adopted_id(None).filter(|_| is_new)
}
