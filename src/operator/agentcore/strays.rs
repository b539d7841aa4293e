//! What was changed in AWS by others: seen in whichever listing shows it first, so that its object looks at once and not when its
//! own resync comes (performance.md P4).

use crate::operator::decide::Resource;
use std::collections::HashMap;

/// The ids of what was at rest in an older listing, and is another in this one or gone from it. What was at work is looked at by
/// its own object.
pub(super) fn strays<T>(
    before: &[T],
    now: &[T],
    resource: impl Fn(&T) -> &Resource,
    same: impl Fn(usize, usize) -> bool,
) -> Vec<String> {
    let places: HashMap<&str, usize> = now
        .iter()
        .enumerate()
        .map(|(place, item)| (resource(item).id.as_str(), place))
        .collect();
    let strayed = |place: usize, id: &str| places.get(id).is_none_or(|now| !same(place, *now));
    before
        .iter()
        .map(resource)
        .enumerate()
        .filter(|(place, old)| !old.status.in_flight() && strayed(*place, &old.id))
        .map(|(_, old)| old.id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Lifecycle;

    fn resource(id: &str, status: Lifecycle) -> Resource {
        Resource {
            id: id.into(),
            arn: String::new(),
            name: String::new(),
            status,
            word: None,
            status_reasons: Vec::new(),
            description: None,
            created_at: String::new(),
            updated_at: String::new(),
        }
    }

    #[test]
    fn what_was_at_rest_and_is_another_or_gone_has_strayed() {
        let before = [
            resource("same", Lifecycle::Active),
            resource("edited", Lifecycle::Active),
            resource("gone", Lifecycle::UpdateFailed),
            resource("made", Lifecycle::Creating),
            resource("deleted", Lifecycle::Deleting),
        ];
        let now = [
            resource("new", Lifecycle::Active),
            resource("made", Lifecycle::Active),
            resource("edited", Lifecycle::Updating),
            resource("same", Lifecycle::Active),
        ];
        let strayed = strays(&before, &now, |one| one, |old, new| before[old] == now[new]);
        assert_eq!(strayed, ["edited", "gone"]);
    }
}
