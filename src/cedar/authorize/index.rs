//! Policies by the requests for which their scopes hold (performance.md 7.1): first by action, then by principal, then by the tag
//! that their conditions ask for before anything else.
//!
//! A scope cannot fail, and neither can the question for a tag: a policy whose scope does not hold, or whose tag is missing or another,
//! is false, neither determining nor erroring, and leaving it out changes nothing. An index shares everything that a change leaves
//! alone with the index before it.

use std::collections::{BTreeMap, HashMap};
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

/// Policies by what their conditions ask for first.
#[derive(Clone, Debug, Default)]
struct Rules {
    /// Those that ask for no tag.
    open: List,
    /// By name and value of the tag.
    tagged: Arc<BTreeMap<Box<str>, ByValue>>,
}

type ByValue = HashMap<Box<str>, List>;

type List = Arc<Vec<Arc<Rule>>>;

/// What is done to a list with a policy.
#[derive(Clone, Copy)]
enum Edit {
    Insert,
    Remove,
}

impl Index {
    /// One more policy.
    pub(super) fn insert(&mut self, place: &Place, rule: &Arc<Rule>) {
        self.edit(place, rule, Edit::Insert);
    }

    /// One policy less: this one, which was put there.
    pub(super) fn remove(&mut self, place: &Place, rule: &Arc<Rule>) {
        self.edit(place, rule, Edit::Remove);
    }

    fn edit(&mut self, place: &Place, rule: &Arc<Rule>, edit: Edit) {
        match &place.actions {
            Actions::Every => Arc::make_mut(&mut self.every).edit(&place.principals, rule, edit),
            Actions::Itself(action) => at(&mut self.itself, action, &place.principals, rule, edit),
            Actions::Within(actions) => {
                for action in actions {
                    at(&mut self.within, action, &place.principals, rule, edit);
                }
            }
        }
    }

    /// The policies whose scope holds for this principal, this action, and what it is in, less those that ask for a tag which the
    /// principal does not have; one that names several of these actions comes several times.
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
    rule: &Arc<Rule>,
    edit: Edit,
) {
    let buckets = Arc::make_mut(buckets);
    let bucket = Arc::make_mut(buckets.entry(Arc::clone(action)).or_default());
    bucket.edit(principals, rule, edit);
    if bucket.is_empty() {
        buckets.remove(action);
    }
}

impl Bucket {
    fn edit(&mut self, principals: &Principals, rule: &Arc<Rule>, edit: Edit) {
        match principals {
            Principals::Anyone => self.anyone.edit(rule, edit),
            Principals::Kind(kind) => self.kinds.get_mut(*kind).edit(rule, edit),
            Principals::One(kind, id) => {
                let ones = Arc::make_mut(self.ones.get_mut(*kind));
                let rules = ones.entry(Arc::clone(id)).or_default();
                rules.edit(rule, edit);
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

    fn rules<'b>(&'b self, principal: &'b Principal) -> impl Iterator<Item = &'b Arc<Rule>> {
        let kind = self.kinds.get(principal.kind);
        let one = self.ones.get(principal.kind).get(&principal.id);
        let all = [Some(&self.anyone), Some(kind), one];
        all.into_iter().flatten().flat_map(|rules| rules.of(principal))
    }
}

impl Rules {
    fn edit(&mut self, rule: &Arc<Rule>, edit: Edit) {
        let Some((tag, value)) = rule.tag() else {
            return edit.carry_out(rule, &mut self.open);
        };
        let tagged = Arc::make_mut(&mut self.tagged);
        let values = tagged.entry(tag.into()).or_default();
        let list = values.entry(value.into()).or_default();
        edit.carry_out(rule, list);
        if list.is_empty() {
            values.remove(value);
        }
        if values.is_empty() {
            tagged.remove(tag);
        }
    }

    fn is_empty(&self) -> bool {
        self.open.is_empty() && self.tagged.is_empty()
    }

    /// Those that may apply to this principal.
    fn of<'r>(&'r self, principal: &'r Principal) -> impl Iterator<Item = &'r Arc<Rule>> {
        let tagged = self.tagged.iter();
        let tagged = tagged.filter_map(|(tag, values)| values.get(principal.text(tag)?));
        self.open.iter().chain(tagged.flat_map(|list| list.iter()))
    }
}

impl Edit {
    fn carry_out(self, rule: &Arc<Rule>, list: &mut List) {
        let list = Arc::make_mut(list);
        match self {
            Self::Insert => list.push(Arc::clone(rule)),
            Self::Remove => list.retain(|other| other.id != rule.id),
        }
    }
}
