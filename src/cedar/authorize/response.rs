//! The decision about one request: default deny, forbid wins, what errors is skipped (service.md 11.3, 11.8).

use std::cell::LazyCell;
use std::sync::Arc;

use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;

use super::request::Request;
use super::rule::Mode;
use crate::cedar::scope::Effect;

/// Most policies in each list of those that are only logged: "capped at 1,000 entries per request" (service.md 11.8).
pub const MOST_LOGGED: usize = 1_000;

/// Whether a call may go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// A permit applies, and no forbid.
    Allow,
    /// A forbid applies, or no permit.
    Deny,
}

/// What was decided about a request, and by which policies. Lists are in order of the policies' ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The decision, of the policies that decide.
    pub decision: Decision,
    /// The policies that made it: the permits that apply of an allowed request, the forbids that apply of a denied one.
    /// None when it was denied because nothing applies.
    pub determining: Vec<Arc<str>>,
    /// Policies that could not be evaluated, and were skipped.
    pub mismatched: Vec<Mismatch>,
    /// The policies that are only logged.
    pub log_only: LogOnly,
    /// Which set of policies decided: a later one has a greater number.
    pub generation: u64,
}

/// A policy that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mismatch {
    /// Its id.
    pub policy: Arc<str>,
    /// What Cedar says about it.
    pub error: String,
}

/// What policies that are only logged would have done, each as if it alone decided too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOnly {
    /// Those that apply.
    pub matched: Vec<Arc<str>>,
    /// Those of them that would have turned the decision.
    pub flipping: Vec<Arc<str>>,
    /// Those that could not be evaluated.
    pub mismatched: Vec<Mismatch>,
    /// Whether a list was longer than [`MOST_LOGGED`].
    pub incomplete: bool,
}

/// Policies that apply, and those that cannot be evaluated.
#[derive(Debug, Default)]
struct Found {
    permits: Vec<Arc<str>>,
    forbids: Vec<Arc<str>>,
    mismatched: Vec<Mismatch>,
}

impl Request<'_> {
    /// Decides it: of every policy whose scope holds it is asked whether it applies.
    #[must_use]
    pub fn decide(&self) -> Response {
        let evaluator =
            LazyCell::new(|| Evaluator::new(self.cedar(), &self.entities, Extensions::all_available()));
        let (mut deciding, mut logged) = (Found::default(), Found::default());
        let index = &self.snapshot.index;
        for rule in index.candidates(&self.principal, &self.tool.action, &self.tool.above) {
            let found = match rule.mode {
                Mode::Active => &mut deciding,
                Mode::LogOnly => &mut logged,
            };
            let applying = match rule.effect {
                Effect::Permit => &mut found.permits,
                Effect::Forbid => &mut found.forbids,
            };
            let known = rule.known(&self.principal, &self.context);
            match known.map_or_else(|| rule.applies(&evaluator), Ok) {
                Ok(true) => applying.push(Arc::clone(&rule.id)),
                Ok(false) => {}
                Err(error) => found.mismatched.push(Mismatch {
                    policy: Arc::clone(&rule.id),
                    error,
                }),
            }
        }
        let (decision, determining) = deciding.decision();
        Response {
            decision,
            log_only: logged.logged(decision, determining.is_empty()),
            determining,
            mismatched: sorted(deciding.mismatched),
            generation: self.snapshot.generation,
        }
    }
}

impl Found {
    /// The decision, and the policies that made it.
    fn decision(&mut self) -> (Decision, Vec<Arc<str>>) {
        let (permits, forbids) = (
            std::mem::take(&mut self.permits),
            std::mem::take(&mut self.forbids),
        );
        if forbids.is_empty() && !permits.is_empty() {
            (Decision::Allow, sorted(permits))
        } else {
            (Decision::Deny, sorted(forbids))
        }
    }

    /// What these would have done to a decision, each alone: a forbid denies what is allowed, and a permit allows what is
    /// denied by default.
    fn logged(self, decision: Decision, by_default: bool) -> LogOnly {
        let flipping = match decision {
            Decision::Allow => self.forbids.clone(),
            Decision::Deny if by_default => self.permits.clone(),
            Decision::Deny => Vec::new(),
        };
        let matched = [self.permits, self.forbids].concat();
        let mut logged = LogOnly {
            matched: sorted(matched),
            flipping: sorted(flipping),
            mismatched: sorted(self.mismatched),
            incomplete: false,
        };
        logged.incomplete =
            cut(&mut logged.matched) | cut(&mut logged.flipping) | cut(&mut logged.mismatched);
        logged
    }
}

/// In order, each once: a policy that names several groups of an action is looked at several times.
fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort_unstable();
    list.dedup();
    list
}

/// Cuts a list to its bound; whether it was longer.
fn cut<T>(list: &mut Vec<T>) -> bool {
    let longer = list.len() > MOST_LOGGED;
    list.truncate(MOST_LOGGED);
    longer
}
