//! From a plan and its outcome to what is published: the status, the finalizer, an Event, and when to look again.

use super::Keepsake;
use super::facts::{Intent, Owner, Seen};
use super::kind::{Kind, View};
use super::memory::{Memory, Outcome};
use super::next::{Backoff, Next, next};
use super::note::{Note, note};
use super::plan::Plan;
use super::sight::Sight;
use super::subject::Subject;
use super::thought::Thought;
use super::verdict::{Lines, Truth, Verdict, verdict};
use crate::api::{Condition, ConditionType, Mirror, Reason, Time, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

/// The bounds of `statusReasons` in the CRD.
const MOST_REASONS: usize = 100;
const LONGEST_REASON: usize = 16_384;

/// What becomes of the finalizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalizerChange {
    /// It stays as it is.
    Keep,
    /// It is put on.
    Add,
    /// It is taken off.
    Remove,
}

/// What is published.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The whole status, when it is to be written.
    pub status: Option<serde_json::Value>,
    /// What is written beside the object, before the status.
    pub keepsake: Option<Keepsake>,
    /// What becomes of the finalizer.
    pub finalizer: FinalizerChange,
    /// An Event, on transitions only.
    pub note: Option<Note>,
    /// When to look again.
    pub next: Next,
}

impl Report {
    /// The conditions of the status that is to be written.
    #[must_use]
    pub fn conditions(&self) -> Vec<Condition> {
        let conditions = self.status.as_ref().and_then(|status| status.get("conditions"));
        conditions
            .and_then(|list| serde_json::from_value(list.clone()).ok())
            .unwrap_or_default()
    }
}

/// Ends a pass: what is remembered of it, given what was remembered before, and what is published.
#[must_use]
pub fn conclude<K: Kind>(
    sight: &Sight<'_, K>,
    remembered: &Memory,
    plan: Plan,
    outcome: &Outcome,
) -> (Memory, Report) {
    let token = sight.token(plan, remembered);
    let memory = remembered
        .clone()
        .after(&sight.moment(plan, outcome, token.as_deref()));
    let report = report(&Thought {
        sight,
        view: sight.view(&memory),
        refusal: remembered.refusal(&sight.key),
        plan,
        outcome,
        memory: &memory,
    });
    (memory, report)
}

/// The report of a pass. Total: there is one for every thought.
fn report<K: Kind>(thought: &Thought<'_, K>) -> Report {
    let verdict = verdict(thought);
    let finalizer = match thought.plan {
        Plan::Hold => FinalizerChange::Add,
        Plan::Release => FinalizerChange::Remove,
        Plan::Note
        | Plan::Create
        | Plan::Adopt
        | Plan::Update
        | Plan::Replace
        | Plan::Delete
        | Plan::Wait(_)
        | Plan::Rest(_)
        | Plan::Refuse(_) => FinalizerChange::Keep,
    };
    Report {
        status: status(thought, &verdict),
        keepsake: keepsake(thought, &verdict),
        finalizer,
        note: note(thought, &verdict),
        next: next(thought),
    }
}

/// What is published when a pass panicked, as the last of so many in a row that failed: S20, everything else left as it stands.
#[must_use]
pub fn internal_error<K: Kind>(
    subject: &Subject,
    object: &K::Object,
    failures: u32,
    now: Timestamp,
) -> Report {
    let references = K::References::default();
    let view = View::<K> {
        object,
        references: &references,
        identity: &subject.identity,
        held: subject.held,
        desired: None,
        observed: None,
        applied: false,
        superseded: false,
        created: None,
    };
    let text = "a fault of the operator; its log has a line about it. Tried again by itself";
    let lines = Lines::retrying(Reason::InternalError, text);
    let mut mirror = subject.mirror.clone();
    mirror.observed_generation = Some(subject.generation);
    mirror.conditions = conditions(&subject.mirror.conditions, &lines, subject.generation, now);
    let status = Some(K::status(&view, mirror));
    Report {
        status,
        keepsake: None,
        finalizer: FinalizerChange::Keep,
        note: None,
        next: Next::Backoff(Backoff {
            failures,
            operation: None,
        }),
    }
}

/// The status of an object that this version cannot read, given the one that is stored: S11, all else as it stands.
#[must_use]
pub fn unreadable(stored: &Value, generation: i64, reason: &str, now: Timestamp) -> Value {
    let before: Vec<Condition> = stored
        .get("conditions")
        .and_then(|list| Deserialize::deserialize(list).ok())
        .unwrap_or_default();
    let text = format!(
        "this version of the operator cannot read the object, so nothing is done about it: {reason}. Correct the \
         object, or run a version that knows its form"
    );
    let lines = Lines::stalled(Reason::InvalidSpec, &text);
    let mut status = stored.as_object().cloned().unwrap_or_default();
    status.insert("observedGeneration".to_owned(), generation.into());
    let conditions = conditions(&before, &lines, generation, now);
    status.insert("conditions".to_owned(), json!(conditions));
    Value::Object(status)
}

fn status<K: Kind>(thought: &Thought<'_, K>, verdict: &Verdict) -> Option<serde_json::Value> {
    let subject = thought.sight.subject;
    let mut mirror = match verdict {
        Verdict::Silent => return None,
        // Nothing is said anew, so nothing of what Ready speaks of may change either.
        Verdict::Kept { .. } => subject.mirror.clone(),
        Verdict::Says(_) => mirrored(thought),
    };
    match verdict {
        Verdict::Silent => return None,
        Verdict::Kept { advance } => {
            if *advance {
                mirror.observed_generation = Some(subject.generation);
                for condition in &mut mirror.conditions {
                    condition.observed_generation = Some(subject.generation);
                }
            }
        }
        Verdict::Says(lines) => {
            mirror.observed_generation = Some(subject.generation);
            mirror.spec_digest = Some(subject.spec_digest());
            mirror.conditions = conditions(
                &subject.mirror.conditions,
                lines,
                subject.generation,
                thought.sight.pace.date,
            );
        }
    }
    if subject.asked.is_some() {
        mirror.last_handled_reconcile_at.clone_from(&subject.asked);
    }
    let kept = matches!(verdict, Verdict::Kept { .. });
    let view = if kept { thought.view.blind() } else { thought.view };
    Some(K::status(&view, mirror))
}

/// What the status that is written is to find beside its object.
fn keepsake<K: Kind>(thought: &Thought<'_, K>, verdict: &Verdict) -> Option<Keepsake> {
    let ours = thought.sight.look.as_ref().map(|look| look.owner) == Some(Owner::Mine);
    let keeps = thought.sight.facts.intent == Intent::Keep && matches!(verdict, Verdict::Says(_));
    K::keepsake(&thought.view).filter(|_| ours && keeps)
}

/// The service's own words, taken over as they are; what is not this object's is not shown.
fn mirrored<K: Kind>(thought: &Thought<'_, K>) -> Mirror {
    let mut mirror = thought.sight.subject.mirror.clone();
    let ours = thought
        .sight
        .look
        .as_ref()
        .filter(|look| look.owner == Owner::Mine || thought.sight.facts.intent == Intent::Observe);
    match (ours, thought.sight.facts.seen) {
        (Some(look), _) => {
            mirror.status = Some(look.resource.word().to_owned());
            mirror.status_reasons = look
                .resource
                .status_reasons
                .iter()
                .take(MOST_REASONS)
                .map(|r| cut(r))
                .collect();
            mirror.created_at = Some(look.resource.created_at.clone());
            mirror.updated_at = Some(look.resource.updated_at.clone());
        }
        (None, Seen::Absent | Seen::There { .. }) => {
            mirror.status = None;
            mirror.status_reasons.clear();
            mirror.created_at = None;
            mirror.updated_at = None;
        }
        (None, Seen::Unseen | Seen::Unlocated) => {}
    }
    let agrees = ours.is_some_and(|look| look.differences.is_empty());
    if thought.view.desired.is_some() && (agrees || thought.memory.applied(&thought.sight.payload_digest)) {
        mirror.applied_digest = Some(thought.sight.payload_digest.clone());
    }
    mirror
}

fn cut(reason: &str) -> String {
    reason.chars().take(LONGEST_REASON).collect()
}

/// The list of conditions: `Ready` always, the others only while they are True; a time changes only with a status.
fn conditions(before: &[Condition], lines: &Lines, generation: i64, now: Timestamp) -> Vec<Condition> {
    let make = |kind: ConditionType, truth: Truth, reason: Reason| {
        let status = match truth {
            Truth::True => "True",
            Truth::False => "False",
            Truth::Unknown => "Unknown",
        };
        let same = before
            .iter()
            .find(|c| c.type_ == kind.as_str() && c.status == status);
        Condition {
            type_: kind.as_str().to_owned(),
            status: status.to_owned(),
            reason: reason.as_str().to_owned(),
            message: lines.message.clone(),
            observed_generation: Some(generation),
            last_transition_time: same.map_or(Time(now), |c| c.last_transition_time.clone()),
        }
    };
    let mut list = vec![make(ConditionType::Ready, lines.ready, lines.reason)];
    list.extend(
        lines
            .reconciling
            .map(|reason| make(ConditionType::Reconciling, Truth::True, reason)),
    );
    list.extend(
        lines
            .stalled
            .then(|| make(ConditionType::Stalled, Truth::True, lines.reason)),
    );
    list.extend(
        lines
            .drifted
            .then(|| make(ConditionType::Drifted, Truth::True, lines.reason)),
    );
    list
}
