//! Policies by the requests for which their scopes hold (performance.md 7.1): first by action, then by principal.
//!
//! A scope cannot fail, so a policy whose scope does not hold is false, neither determining nor erroring: leaving it out
//! changes nothing. An index shares everything that a change leaves alone with the index before it.

use std::collections::HashMap;
use std::sync::Arc;

use super::principal::{ByKind, Principal};
use super::rule::{Actions, Place, Principals, Rule};

/// Policies by action.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    every: Arc<Bucket>,
    itself: Arc<HashMap<Arc<str>, Arc<Bucket>>>,
    within: Arc<HashMap<Arc<str>, Arc<Bucket>>>,
}

/// Policies by principal.
#[derive(Clone, Debug, Default)]
struct Bucket {
    anyone: Rules,
    kinds: ByKind<Rules>,
    ones: ByKind<Arc<HashMap<Arc<str>, Rules>>>,
}

type Rules = Arc<Vec<Arc<Rule>>>;

/// What is done to a list.
#[derive(Clone, Copy)]
enum Edit<'r> {
    Insert(&'r Arc<Rule>),
    Remove(&'r str),
}

impl Index {
    /// One more policy.
    pub(super) fn insert(&mut self, place: &Place, rule: &Arc<Rule>) {
        self.edit(place, Edit::Insert(rule));
    }

    /// One policy less: the one that was put there under this id.
    pub(super) fn remove(&mut self, place: &Place, id: &str) {
        self.edit(place, Edit::Remove(id));
    }

    fn edit(&mut self, place: &Place, edit: Edit<'_>) {
        match &place.actions {
            Actions::Every => Arc::make_mut(&mut self.every).edit(&place.principals, edit),
            Actions::Itself(action) => at(&mut self.itself, action, &place.principals, edit),
            Actions::Within(actions) => {
                for action in actions {
                    at(&mut self.within, action, &place.principals, edit);
                }
            }
        }
    }

    /// The policies whose scope holds for this principal, this action, and what it is in; one that names several of
    /// these comes several times.
    pub(super) fn candidates<'i>(
        &'i self,
        principal: &'i Principal,
        action: &str,
        above: &'i [Arc<str>],
    ) -> impl Iterator<Item = &'i Arc<Rule>> {
        let groups = above.iter().filter_map(|group| self.within.get(group));
        let buckets = [
            self.itself.get(action),
            self.within.get(action),
            Some(&self.every),
        ];
        let buckets = buckets.into_iter().flatten().chain(groups);
        buckets.flat_map(|bucket| bucket.rules(principal))
    }
}

/// Edits the bucket of an action; one that is empty then is no more.
fn at(
    buckets: &mut Arc<HashMap<Arc<str>, Arc<Bucket>>>,
    action: &Arc<str>,
    principals: &Principals,
    edit: Edit<'_>,
) {
    let buckets = Arc::make_mut(buckets);
    let bucket = Arc::make_mut(buckets.entry(Arc::clone(action)).or_default());
    bucket.edit(principals, edit);
    if bucket.is_empty() {
        buckets.remove(action);
    }
}

impl Bucket {
    fn edit(&mut self, principals: &Principals, edit: Edit<'_>) {
        match principals {
            Principals::Anyone => edit.carry_out(&mut self.anyone),
            Principals::Kind(kind) => edit.carry_out(self.kinds.get_mut(*kind)),
            Principals::One(kind, id) => {
                let ones = Arc::make_mut(self.ones.get_mut(*kind));
                let rules = ones.entry(Arc::clone(id)).or_default();
                edit.carry_out(rules);
                if rules.is_empty() {
                    ones.remove(id);
                }
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.anyone.is_empty()
            && self.kinds.all().iter().all(|rules| rules.is_empty())
            && self.ones.all().iter().all(|ones| ones.is_empty())
    }

    fn rules(&self, principal: &Principal) -> impl Iterator<Item = &Arc<Rule>> {
        let kind = self.kinds.get(principal.kind);
        let one = self.ones.get(principal.kind).get(&principal.id);
        let lists = [Some(&self.anyone), Some(kind), one];
        lists.into_iter().flatten().flat_map(|rules| rules.iter())
    }
}

impl Edit<'_> {
    fn carry_out(self, rules: &mut Rules) {
        let rules = Arc::make_mut(rules);
        match self {
            Self::Insert(rule) => rules.push(Arc::clone(rule)),
            Self::Remove(id) => rules.retain(|rule| *rule.id != *id),
        }
    }
}
