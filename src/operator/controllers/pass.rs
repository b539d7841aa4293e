//! The pass: read, desire, observe, plan, act, status, publish. There is this one copy of it, for every kind.

use super::context::Context;
use super::remembered::Remembered;
use super::rooms::For;
use super::tell;
use crate::api::Timestamp;
use crate::model::Fault;
use crate::operator::agentcore::{AgentCore, Freshness, Remote, Turn};
use crate::operator::cluster::{Cluster, ClusterError, Following, Place, Published, References, Removal};
use crate::operator::decide::{
    Found, Intent, Memory, Next, Outcome, Pace, Plan, Refuse, Sight, Sought, Subject, Wait, conclude,
    internal_error, plan, unadopted, wanted_of,
};
use kube::Resource as _;
use std::time::Duration;
use tokio::time::Instant;
use tracing::{Instrument as _, debug_span};

/// Passes over one object before the queue gets its turn: the finalizer's, that which notes what is sent, and the write.
const AT_ONCE: usize = 3;

/// Who has begun to wait for what others come to looks once more: they may have come to it in the meantime.
const ONCE_MORE: Duration = Duration::from_secs(1);

/// When to read again what was older than what had been seen of it.
const BEHIND: Duration = Duration::from_millis(500);

/// What a pass goes by: what it has read, or what the write to the object before it left.
struct AtHand<K: References> {
    object: K::Object,
    references: K::References,
    /// What watches tell of the object since.
    following: Following,
}

impl<K: References> AtHand<K> {
    /// What a write has just answered.
    fn written(context: &Context, object: K::Object, references: K::References) -> Self {
        Self {
            following: context.cluster.follow(&object),
            object,
            references,
        }
    }

    fn parts(self) -> (K::Object, K::References, Following) {
        (self.object, self.references, self.following)
    }
}

/// Takes an object as far as it can go now.
pub(super) async fn reconcile<K>(context: &Context, namespace: &str, name: &str) -> Result<Next, ClusterError>
where
    K: Remote + References,
    K::Object: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
{
    let mut at_hand = None;
    for _ in 0..AT_ONCE {
        let (next, left) = match pass::<K>(context, namespace, name, at_hand).await {
            Err(error @ ClusterError::Behind { .. }) => {
                tracing::debug!("{error}");
                return Ok(Next::Poll(BEHIND));
            }
            ended => ended?,
        };
        if next != Next::Now {
            return Ok(next);
        }
        at_hand = left;
    }
    Ok(Next::Now)
}

/// One pass, over what is at hand or what there is now. It leaves the next one what the write to the object answered, with what
/// was read a moment before.
async fn pass<K>(
    context: &Context,
    namespace: &str,
    name: &str,
    at_hand: Option<AtHand<K>>,
) -> Result<(Next, Option<AtHand<K>>), ClusterError>
where
    K: Remote + References,
    K::Object: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
{
    // 1 read
    let reading = read::<K>(context, namespace, name, at_hand);
    let Some(at_hand) = reading.instrument(debug_span!("read")).await? else {
        return Ok((Next::Idle, None));
    };
    let (object, references, following) = at_hand.parts();
    let mut subject = Cluster::subject::<K>(&object, &context.cluster_id);
    let (now, date) = (context.clock.now(), Timestamp::now());
    let mut remembered = context
        .recall(&subject.identity.uid)
        .unwrap_or_else(|| Remembered::new(&subject, now));
    subject.asked = remembered.unanswered(&subject.requests);
    if let Some(rest) = learn_why_deleted::<K>(context, &mut subject, &mut remembered).await? {
        context.remember(&subject, remembered);
        return Ok((Next::Poll(rest), None));
    }

    // 2 desire
    let desire = debug_span!("desire").in_scope(|| K::desire(&object, &references, &subject.identity));
    tell::desired::<K>(context, &desire);

    // 3 observe
    let resync = subject.management.resync(context.resync);
    let freshness = remembered.freshness(Instant::now(), resync, subject.asked.is_some());
    let sought = K::sought(&object, &references, &subject.identity);
    let urgent = subject.deleting || subject.asked.is_some();
    let agentcore = context
        .agentcore
        .on_behalf_of(&subject.identity.namespace, urgent);
    // It goes whatever is there, also when AWS does not answer.
    let lets_go = matches!(subject.intent(), Intent::Retain | Intent::Spare);
    let found = if lets_go {
        Ok(Found::Unlocated)
    } else {
        let observing = observe::<K>(&agentcore, &object, &sought, freshness);
        observing.instrument(debug_span!("observe")).await
    };
    let desire = wanted_of::<K>(desire, &object, &references, &subject.identity, &found);

    // 4 plan
    let rooms = K::rooms(&object, &references);
    let beside = if lets_go {
        None
    } else {
        K::beside(&agentcore, &sought, freshness).await
    };
    let pace = Pace {
        now,
        date,
        resync,
        deleting: subject.deleting,
        beside: beside.map(|beside| beside.wrapping_add(context.notices.number(&rooms))),
    };
    let sight = Sight::<K>::new(
        &subject,
        &object,
        &references,
        &desire,
        &found,
        &remembered.memory,
        pace,
    );
    let planned = debug_span!("plan").in_scope(|| plan(sight.facts));

    // 5 act
    if !context.may_begin() {
        return Ok((Next::Idle, None));
    }
    let turn = context.turn(following);
    let acting = act::<K>(&agentcore, &turn, planned, &sight, &remembered.memory);
    let Some(outcome) = acting.instrument(debug_span!("act")).await else {
        return Ok((Next::Now, None));
    };

    // 6 status
    let (memory, mut report) =
        debug_span!("status").in_scope(|| conclude(&sight, &remembered.memory, planned, &outcome));
    report.next = spared(report.next, K::rest(&agentcore, &sought));
    tracing::debug!(plan = ?planned, facts = ?sight.facts, next = ?report.next, "pass");

    // 7 publish
    let wrote = planned.writes_remotely();
    context.remember(
        &subject,
        remembered.after(memory, report.next, wrote, Instant::now()),
    );
    let waits = waits(planned, subject.deleting, K::waits_in_rooms(&references));
    let is_new = context.rooms.wait(&rooms, &place::<K>(&subject), waits) && waits == Some(For::Standing);
    tell::acted(planned, &outcome);
    if !context.lead.holds() {
        return Ok((Next::Idle, None));
    }
    let publishing = context.cluster.publish::<K>(&object, &report);
    match publishing.instrument(debug_span!("publish")).await? {
        Published::Done(written) => {
            tell::published::<K>(context, &object, &subject, &report, date);
            context.published(&subject, report.status.is_some());
            if let (true, Next::Poll(after)) = (is_at_work(planned, &outcome), report.next) {
                context.rest(object.meta(), Instant::now() + after);
            }
            let next = if is_new {
                Next::Poll(ONCE_MORE)
            } else {
                report.next
            };
            let left = written.map(|object| AtHand::written(context, *object, references));
            Ok((next, left.filter(|_| matches!(planned, Plan::Hold | Plan::Note))))
        }
        // What failed is not called again at once for that; a change starts a pass of its own.
        Published::Overtaken if matches!(report.next, Next::Backoff(_)) => Ok((report.next, None)),
        Published::Overtaken => Ok((context.overtaken(&subject.identity.uid), None)),
    }
}

/// An object, as those it waits with know it.
fn place<K: Remote>(subject: &Subject) -> Place {
    Place {
        kind: K::NAME,
        namespace: subject.identity.namespace.clone(),
        name: subject.identity.name.clone(),
    }
}

/// Learns whether an object is being deleted with its kind; how long to wait when discovery may not tell yet.
async fn learn_why_deleted<K>(
    context: &Context,
    subject: &mut Subject,
    remembered: &mut Remembered,
) -> Result<Option<Duration>, ClusterError>
where
    K: Remote + References,
    K::Object: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
{
    if subject.intent() != Intent::Delete || !subject.held {
        return Ok(None);
    }
    let removal = context.cluster.removal::<K::Object>().await?;
    subject.kind_removed = removal == Removal::Yes;
    Ok(match removal {
        Removal::Unseen => remembered.too_early(Instant::now()),
        Removal::Yes | Removal::No => None,
    })
}

/// The object and what it refers to, if it is there.
async fn read<K>(
    context: &Context,
    namespace: &str,
    name: &str,
    at_hand: Option<AtHand<K>>,
) -> Result<Option<AtHand<K>>, ClusterError>
where
    K: Remote + References,
    K::Object: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
{
    if at_hand.is_some() {
        return Ok(at_hand);
    }
    let object = match context.cluster.read::<K::Object>(namespace, name).await {
        Ok(Some(object)) => object,
        Ok(None) => return Ok(None),
        Err(error) => return Err(told::<K>(context, error).await?),
    };
    let following = context.cluster.follow(&object);
    let references = K::read(&context.cluster, &object).await?;
    Ok(Some(AtHand {
        object,
        references,
        following,
    }))
}

/// A poll before the next look at a collection is due would wait for it, and keep another pass from beginning.
fn spared(next: Next, rest: Duration) -> Next {
    match next {
        Next::Poll(after) => Next::Poll(after.max(rest)),
        Next::Now | Next::Later(_) | Next::Backoff(_) | Next::Idle => next,
    }
}

/// Whether the service is at work on the object's resource.
fn is_at_work(plan: Plan, outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Accepted { .. }) || matches!(plan, Plan::Wait(Wait::InFlight | Wait::Effect))
}

/// What an object waits for that another may come to.
fn waits(plan: Plan, deleting: bool, in_rooms: bool) -> Option<For> {
    match plan {
        Plan::Wait(Wait::Successor) | Plan::Refuse(Refuse::Dependents) => Some(For::Anything),
        Plan::Wait(Wait::Guard) => Some(For::Standing),
        Plan::Wait(Wait::Dependency) if in_rooms => Some(For::Standing),
        Plan::Refuse(Refuse::Failed | Refuse::Answer | Refuse::Conflict) if !deleting => Some(For::Standing),
        Plan::Hold
        | Plan::Release
        | Plan::Note
        | Plan::Create
        | Plan::Adopt
        | Plan::Update
        | Plan::Replace
        | Plan::Delete
        | Plan::Wait(_)
        | Plan::Rest(_)
        | Plan::Refuse(_) => None,
    }
}

/// Says on an object that it cannot be read, if that is what is wrong; the pass has failed all the same.
async fn told<K>(context: &Context, error: ClusterError) -> Result<ClusterError, ClusterError>
where
    K: Remote + References,
    K::Object: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
{
    if let ClusterError::Unreadable {
        reason,
        object: Some(object),
        ..
    } = &error
        && context.lead.holds()
    {
        let now = Timestamp::now();
        context
            .cluster
            .publish_unreadable::<K>(object, reason, now)
            .await?;
    }
    Ok(error)
}

/// Says on the object that its pass panicked, as the last of so many in a row that failed (S20).
pub(super) async fn panicked<K>(
    context: &Context,
    namespace: &str,
    name: &str,
    failures: u32,
) -> Result<Next, ClusterError>
where
    K: Remote + References,
    K::Object: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
{
    let Some(object) = context.cluster.read::<K::Object>(namespace, name).await? else {
        return Ok(Next::Idle);
    };
    let subject = Cluster::subject::<K>(&object, &context.cluster_id);
    let report = internal_error::<K>(&subject, &object, failures, Timestamp::now());
    context.cluster.publish::<K>(&object, &report).await?;
    Ok(report.next)
}

/// What AWS has. What is to be taken over by its id may have been made since the last listing, so absence is told by a new one.
async fn observe<K: Remote>(
    agentcore: &AgentCore,
    object: &K::Object,
    sought: &Sought,
    freshness: Freshness,
) -> Result<Found<K::Observed>, Fault> {
    let now = Instant::now();
    let mut found = K::observe(agentcore, sought, freshness).await;
    if unadopted::<K>(object, &found).is_some() {
        let anew = Freshness {
            listing: now,
            ..freshness
        };
        found = K::observe(agentcore, sought, anew).await;
    }
    Found::or_outlived(found, || K::outlived(object, sought))
}

/// What the plan's write comes to; nothing when it was given up before its turn came.
async fn act<K: Remote>(
    agentcore: &AgentCore,
    turn: &Turn,
    plan: Plan,
    sight: &Sight<'_, K>,
    memory: &Memory,
) -> Option<Outcome> {
    let Some(write) = sight.write(plan, memory) else {
        return Some(Outcome::Nothing);
    };
    let performed = K::perform(&agentcore.in_turn(turn), write).await;
    (!turn.is_given_up()).then(|| Outcome::of(plan, performed))
}
