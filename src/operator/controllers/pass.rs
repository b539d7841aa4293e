//! The pass: read, desire, observe, plan, act, status, publish. There is this one copy of it, for every kind.

use super::context::{Context, Remembered};
use crate::api::Timestamp;
use crate::model::{Fault, FaultClass, client_token, sha256};
use crate::operator::agentcore::{Remote, Write};
use crate::operator::cluster::{Cluster, ClusterError, Published, References};
use crate::operator::decide::{
    Dependents, Desire, Facts, Found, Hold, Intent, Look, Memory, Next, Outcome, Owner, Pace, Phase, Plan,
    Seen, Subject, Thought, View, Wanted, epoch, plan, report, seen,
};
use tokio::time::Instant;

/// Passes over one object before the queue gets its turn: the finalizer's, and the write that follows it.
const AT_ONCE: usize = 3;

/// Takes an object as far as it can go now.
pub(super) async fn reconcile<K>(context: &Context, namespace: &str, name: &str) -> Result<Next, ClusterError>
where
    K: Remote + References,
    K::Object: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
{
    for _ in 0..AT_ONCE {
        match pass::<K>(context, namespace, name).await? {
            Next::Now => {}
            next => return Ok(next),
        }
    }
    Ok(Next::Now)
}

async fn pass<K>(context: &Context, namespace: &str, name: &str) -> Result<Next, ClusterError>
where
    K: Remote + References,
    K::Object: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
{
    // 1 read
    let Some(object) = context.cluster.read::<K::Object>(namespace, name).await? else {
        return Ok(Next::Idle);
    };
    let references = K::read(&context.cluster, &object).await?;
    let subject = Cluster::subject::<K>(&object, &context.cluster_id);
    let now = Timestamp::now();
    let mut remembered = context
        .recall(&subject.identity.uid)
        .unwrap_or_else(|| Remembered {
            memory: Memory::new(now),
            not_before: None,
            answered: subject.mirror.last_handled_reconcile_at.clone(),
        });

    // 2 desire
    let desire = K::desire(&object, &references, &subject.identity);

    // 3 observe
    let asked = subject.requested_at.is_some() && subject.requested_at != remembered.answered;
    let resync = subject.management.resync(context.resync);
    let freshness = remembered.freshness(Instant::now(), resync, asked);
    let sought = K::sought(&object, &references, &subject.identity);
    let found = K::observe(&context.agentcore, &sought, freshness).await;

    // 4 plan
    let pace = Pace {
        now,
        resync,
        deleting: subject.deleting,
    };
    let sight = Sight::<K>::new(
        &subject,
        &object,
        &references,
        &desire,
        &found,
        &remembered.memory,
        &pace,
    );
    let planned = plan(&sight.facts);

    // 5 act
    let outcome = act::<K>(context, planned, &sight, &subject, &remembered.memory).await;

    // 6 status
    let memory = remembered.memory.clone().after(
        planned,
        &sight.key,
        &sight.payload_digest,
        sight.facts.seen,
        &outcome,
        now,
    );
    let thought = Thought::<K> {
        subject: &subject,
        desire: &desire,
        view: sight.view(memory.applied(&sight.payload_digest)),
        look: sight.look.as_ref(),
        fault: found.as_ref().err(),
        refusal: remembered.memory.refusal(&sight.key),
        dependents: &sight.dependents,
        facts: sight.facts,
        plan: planned,
        outcome: &outcome,
        memory: &memory,
        payload_digest: &sight.payload_digest,
        spec_digest: &subject.spec_digest(),
        now,
        pace,
    };
    let report = report(&thought);
    tracing::debug!(plan = ?planned, facts = ?sight.facts, next = ?report.next, "pass");

    // 7 publish
    remembered.after(report.next, planned.writes_remotely(), Instant::now());
    remembered.memory = memory;
    remembered.answered.clone_from(&subject.requested_at);
    context.remember(&subject.identity.uid, remembered);
    log(planned, &outcome);
    match context.cluster.publish::<K>(&object, &report).await? {
        Published::Done => Ok(report.next),
        Published::Overtaken => Ok(Next::Now),
    }
}

/// What was seen, and what follows for the plan table.
struct Sight<'a, K: Remote> {
    object: &'a K::Object,
    subject: &'a Subject,
    desired: Option<&'a K::Desired>,
    observed: Option<&'a K::Observed>,
    created: Option<&'a str>,
    look: Option<Look>,
    dependents: Vec<String>,
    payload: String,
    payload_digest: String,
    /// What the next write would be: verb, payload, fields.
    key: String,
    facts: Facts,
}

impl<'a, K: Remote> Sight<'a, K> {
    fn new(
        subject: &'a Subject,
        object: &'a K::Object,
        references: &K::References,
        desire: &'a Desire<K::Desired>,
        found: &'a Result<Found<K::Observed>, Fault>,
        memory: &'a Memory,
        pace: &Pace,
    ) -> Self {
        let desired = desire.desired();
        let observed = found.as_ref().ok().and_then(Found::there);
        let payload = desired.map(K::payload).unwrap_or_default();
        let payload_digest = sha256([payload.as_str()]).short(32).to_owned();
        let created = memory.created.as_deref();
        let view = View {
            object,
            identity: &subject.identity,
            held: subject.held,
            desired,
            observed,
            applied: memory.applied(&payload_digest),
            created,
        };
        let look = K::look(&view);
        let dependents = K::dependents(references, observed);
        let seen = match (found, &look) {
            (Err(_), _) => seen(None),
            (Ok(Found::Unlocated), _) => seen(Some(&Found::Unlocated)),
            (Ok(Found::There(_)), Some(look)) => seen(Some(&Found::There(look.clone()))),
            (Ok(Found::Absent | Found::There(_)), _) => seen(Some(&Found::Absent)),
        };
        let key = key(subject, seen, look.as_ref(), &payload_digest);
        let failed_before = subject.mirror.applied_digest.as_deref() == Some(&payload_digest);
        let facts = Facts {
            intent: subject.intent(),
            hold: if subject.held { Hold::Held } else { Hold::Free },
            wanted: match desire {
                Desire::Known(_) => Wanted::Known,
                Desire::Waiting(..) => Wanted::Waiting,
                Desire::Refused(_) => Wanted::Refused,
            },
            seen,
            attempt: memory.attempt(&key, seen, failed_before, pace),
            dependents: if dependents.is_empty() {
                Dependents::None
            } else {
                Dependents::Some
            },
        };
        Self {
            object,
            subject,
            desired,
            observed,
            created,
            look,
            dependents,
            payload,
            payload_digest,
            key,
            facts,
        }
    }

    fn view(&self, applied: bool) -> View<'_, K> {
        View {
            object: self.object,
            identity: &self.subject.identity,
            held: self.subject.held,
            desired: self.desired,
            observed: self.observed,
            applied,
            created: self.created,
        }
    }
}

/// What tells one write from another: a write that was answered is not made again under the same key too soon.
fn key(subject: &Subject, seen: Seen, look: Option<&Look>, digest: &str) -> String {
    let deleting = matches!(subject.intent(), Intent::Delete | Intent::Retain);
    match (seen, look) {
        (
            Seen::There {
                owner: Owner::Mine, ..
            },
            Some(look),
        ) if deleting => format!("delete:{}", look.id),
        (
            Seen::There {
                owner: Owner::Adoptable,
                ..
            },
            Some(look),
        ) => format!("adopt:{}:{digest}", look.id),
        (
            Seen::There {
                owner: Owner::Mine,
                phase: Phase::CreateFailed,
                ..
            },
            _,
        ) => {
            format!("create:{digest}")
        }
        (
            Seen::There {
                owner: Owner::Mine, ..
            },
            Some(look),
        ) => {
            let fields: Vec<&str> = look
                .differences
                .iter()
                .map(|difference| difference.field)
                .collect();
            format!("update:{digest}:{}", fields.join(","))
        }
        (Seen::There { .. } | Seen::Absent | Seen::Unseen | Seen::Unlocated, _) => format!("create:{digest}"),
    }
}

async fn act<K: Remote>(
    context: &Context,
    plan: Plan,
    sight: &Sight<'_, K>,
    subject: &Subject,
    memory: &Memory,
) -> Outcome {
    if !plan.writes_remotely() {
        return Outcome::Nothing;
    }
    // The id that our status names has disappeared if it is not the one that is seen.
    let known =
        K::known_id(sight.object).filter(|known| sight.look.as_ref().is_none_or(|look| look.id != *known));
    let epoch = epoch(memory, sight.facts.attempt, known.as_deref());
    let identity = &subject.identity;
    let token = client_token(
        &identity.cluster_id,
        &identity.uid,
        &sight.payload,
        epoch.as_deref(),
    );
    let write = Write {
        plan,
        desired: sight.desired,
        observed: sight.observed,
        look: sight.look.as_ref(),
        client_token: &token,
    };
    match K::perform(&context.agentcore, &write).await {
        Ok(id) => Outcome::Accepted { id },
        Err(fault) if fault.class == FaultClass::Gone && matches!(plan, Plan::Delete | Plan::Replace) => {
            // Gone is what was wanted; the next look must show it.
            Outcome::Accepted { id: None }
        }
        Err(fault) => Outcome::Failed(fault),
    }
}

/// One line for what changed something, so that a log tells the story of an object.
fn log(plan: Plan, outcome: &Outcome) {
    match outcome {
        Outcome::Accepted { id } => {
            tracing::info!(plan = ?plan, id = id.as_deref().unwrap_or_default(), "AgentCore accepted");
        }
        Outcome::Failed(fault) => {
            tracing::warn!(plan = ?plan, operation = fault.operation, error.code = fault.code, "{}", fault.message);
        }
        Outcome::Nothing if matches!(plan, Plan::Hold | Plan::Release) => {
            tracing::info!(plan = ?plan, "finalizer")
        }
        Outcome::Nothing => {}
    }
}
