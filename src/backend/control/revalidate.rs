//! Policies are judged again when the tools change that they are judged by (service.md section 18,
//! `compat.revalidate-on-tool-change`), by the mode of the last request that asked for findings.
//!
//! A target that changes tools, and a gateway that changes engines, stays in its transition until that is done. So its
//! record, which is due again when nobody works on it any more, is the mark that no crash takes away. The new tools are
//! in the store before policies are listed, and whatever is judged by the old ones after that is overtaken:
//!
//! - a policy that a request is changing is written again as it is: a judgement of it that is under way is refused when
//!   it is to be kept, and repeated;
//! - a policy that is judged here is written even when nothing about it is new: of two changes of tools that go on at
//!   the same time, the later one has the last word.

use super::judge::{self, Engine};
use super::lifecycle::judged_again;
use super::record::{Body, GatewayBody, PolicyBody, Stored};
use super::refusal::Refusal;
use super::{Control, list};
use crate::backend::store::{Kind, Record, Write};
use crate::backend::switches::{DynamicListingSchema, RevalidateOnToolChange, SchemaSource};
use crate::cedar::changed_actions;
use crate::model::{Lifecycle, Tool};
use futures::FutureExt as _;
use futures::future::join_all;
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

/// How long a record belongs to whoever judges for it; renewed as long as that goes on.
pub const LEASE: Duration = Duration::from_secs(10);
/// Policies that are written together.
const TOGETHER: usize = 64;

/// The actions and groups by which policies are to be judged again when the tools of a target become others; none when
/// they never are. A target without tools is a group all the same, and where it has none nothing tells whether the group
/// is as it was.
pub fn changed(control: &Control, target: &str, before: &[Tool], after: &[Tool]) -> BTreeSet<String> {
    let switches = &control.switches;
    let group = (before.is_empty() || after.is_empty()).then(|| target.to_owned());
    let mut changed = match switches.revalidate_on_tool_change {
        RevalidateOnToolChange::Never => return BTreeSet::new(),
        // Whether the tools of before counted is not known any more: the listing mode may have been another one.
        RevalidateOnToolChange::Always
            if switches.dynamic_listing_schema == DynamicListingSchema::Nothing =>
        {
            let mut all = changed_actions(before, &[]);
            all.extend(changed_actions(&[], after));
            all
        }
        RevalidateOnToolChange::Always => changed_actions(before, after),
    };
    changed.extend(group);
    changed
}

/// Judges the policies again that these actions of a gateway matter to: those of the engine that decides for it, and
/// those of other engines that name it (service.md 6.4, `compat.schema-source`).
pub async fn of_gateway(control: &Control, id: &str, changed: &BTreeSet<String>) -> Result<(), Refusal> {
    let found = control.find::<GatewayBody>(id).await?;
    let attached = found.as_ref().and_then(super::gateway::engine_of);
    if let Some(engine) = attached {
        of_engine(control, engine, None, Some(changed)).await?;
    }
    if control.switches.schema_source == SchemaSource::NamedAndAttached {
        let arn = control.place.gateway_arn(id);
        for engine in list::records(control, Kind::Engine, "", None).await? {
            if attached != Some(engine.key.id.as_str()) {
                of_engine(control, &engine.key.id, Some(&arn), Some(changed)).await?;
            }
        }
    }
    Ok(())
}

/// Judges all policies of these engines again.
pub async fn of_engines(control: &Control, engines: &BTreeSet<String>) -> Result<(), Refusal> {
    for engine in engines {
        of_engine(control, engine, None, None).await?;
    }
    Ok(())
}

/// Judges policies of an engine again: of those that name a gateway, or of all, those that a change touches, or all.
async fn of_engine(
    control: &Control,
    engine: &str,
    naming: Option<&str>,
    changed: Option<&BTreeSet<String>>,
) -> Result<(), Refusal> {
    if control.switches.revalidate_on_tool_change == RevalidateOnToolChange::Never {
        // The mark is of a process before, which had another switch.
        return Ok(());
    }
    let mut waiting = list::records(control, Kind::Policy, engine, naming).await?;
    waiting.retain(|policy| naming.is_none() || policy.scope.is_some());
    while !waiting.is_empty() {
        // Whoever was overtaken looks at everything anew.
        let (mut known, mut overtaken) = (Engine::default(), Vec::new());
        for some in waiting.chunks(TOGETHER) {
            let mut writes = Vec::new();
            for policy in some {
                let write = kept(control, &mut known, policy, changed).await?;
                writes.extend(write.map(|write| (&policy.key, write)));
            }
            let commits = writes
                .into_iter()
                .map(async |(key, write)| Ok::<_, Refusal>((key, control.commit(vec![write]).await?)));
            for commit in join_all(commits).await {
                let (key, done) = commit?;
                if !done {
                    overtaken.extend(control.store.get(key).await?);
                }
            }
        }
        waiting = overtaken;
    }
    Ok(())
}

/// As [`again`]; a policy that cannot be judged must not hold up the others.
async fn kept(
    control: &Control,
    known: &mut Engine,
    policy: &Record,
    changed: Option<&BTreeSet<String>>,
) -> Result<Option<Write>, Refusal> {
    let judging = AssertUnwindSafe(again(control, known, policy.clone(), changed));
    let error = match judging.catch_unwind().await {
        Ok(Err(error @ Refusal::Store(_))) => return Err(error),
        Ok(Ok(write)) => return Ok(write),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "judging it panicked".to_owned(),
    };
    tracing::error!(%error, id = policy.key.id, "a policy could not be judged again; it stays as it is");
    Ok(None)
}

/// What is to be written of a policy, if it is concerned at all. Judged is what is in force; a request that was rejected
/// stays rejected.
async fn again(
    control: &Control,
    known: &mut Engine,
    record: Record,
    changed: Option<&BTreeSet<String>>,
) -> Result<Option<Write>, Refusal> {
    let mut policy = Stored::<PolicyBody>::read(record)?;
    if matches!(policy.status, Lifecycle::Creating | Lifecycle::Updating) {
        return policy.replace().map(Some);
    }
    let in_force = policy.body.in_force.as_ref() == Some(&policy.body.asked);
    if !in_force || judged_again(&policy.status, true).is_none() {
        return Ok(None);
    }
    if policy.status == Lifecycle::Active && is_untouched(control, known, &policy, changed).await? {
        return Ok(None);
    }
    policy.body.keeps_findings = false;
    let reasons = judge::reasons(control, known, &policy).await?;
    if let Some(status) = judged_again(&policy.status, reasons.is_empty())
        && (status != policy.status || reasons != policy.body.status_reasons)
    {
        policy.status = status;
        policy.body.changed(control.clocks.service.now(), reasons);
    }
    policy.replace().map(Some)
}

/// Whether a policy that is good can only be good still: the change does not touch it, and there is a schema at all.
async fn is_untouched(
    control: &Control,
    known: &mut Engine,
    policy: &Stored<PolicyBody>,
    changed: Option<&BTreeSet<String>>,
) -> Result<bool, Refusal> {
    let statement = control.kept.statement(policy.body.asked.definition.statement());
    let (Some(changed), Ok(statement)) = (changed, statement) else {
        return Ok(false);
    };
    if statement.is_touched_by(changed) {
        return Ok(false);
    }
    let schema = known.schema(control, &policy.record.parent, statement.gateway());
    Ok(schema.await?.is_ok())
}

/// Does work that takes its time for a record that is leased, and renews the lease; false when somebody else has taken
/// the record over.
pub async fn meanwhile<B: Body>(
    control: &Control,
    held: &mut Stored<B>,
    work: impl Future<Output = Result<(), Refusal>>,
) -> Result<bool, Refusal> {
    renewing(control, held, LEASE / 3, work).await
}

/// As [`meanwhile`], with a lease that is renewed so often.
pub(super) async fn renewing<B: Body>(
    control: &Control,
    held: &mut Stored<B>,
    every: Duration,
    work: impl Future<Output = Result<(), Refusal>>,
) -> Result<bool, Refusal> {
    let mut work = pin!(work);
    loop {
        match tokio::time::timeout(every, &mut work).await {
            Ok(done) => return done.map(|()| true),
            Err(_) if held.lease(control, LEASE).await? => {}
            Err(_) => return Ok(false),
        }
    }
}

/// Tells how the service's own work on a record ended.
pub fn told(id: &str, ended: Result<bool, Refusal>) {
    match ended {
        Ok(true) => {}
        Ok(false) => tracing::debug!(id, "a record was settled by somebody else"),
        Err(error) => {
            tracing::error!(%error, id, "a record could not be settled; it is due again after its lease");
        }
    }
}
