//! What was read and seen, drawn together into the facts that the plan table judges.

use super::facts::{Attempt, Dependents, Facts, Hold, Intent, Owner, Phase, Seen, Wanted};
use super::kind::{Desire, Found, Hindrance, Kind, Look, View};
use super::memory::{Memory, Moment, Outcome};
use super::pace::Pace;
use super::plan::Plan;
use super::subject::Subject;
use crate::model::{Fault, client_token, sha256};
use std::time::Duration;

/// What was seen, and what follows for the plan table.
#[derive(Debug)]
pub struct Sight<'a, K: Kind> {
    /// The object, as the pass knows any object.
    pub subject: &'a Subject,
    /// Its spec in AWS's words.
    pub desire: &'a Desire<K::Desired>,
    /// What AWS has, as far as every kind has it.
    pub look: Option<Look>,
    /// Why AWS could not be looked at.
    pub fault: Option<&'a Fault>,
    /// What stands in the way of a deletion.
    pub hindrance: Hindrance,
    /// Digest of the request that makes the resource as it is wanted.
    pub payload_digest: String,
    /// Digest of the request that comes next, which may prove a resource that is there as it is.
    sent_digest: String,
    /// What tells the next write from another: verb, payload, fields.
    pub key: String,
    /// The words of the plan table.
    pub facts: Facts,
    /// Whether what stands beside the resource has changed, so that what failed is tried again.
    stirred: bool,
    /// How patient the object is.
    pub pace: Pace,
    view: View<'a, K>,
    /// How what is there can be proved to be ours.
    proof: Option<Proof<K>>,
    payload: String,
}

impl<'a, K: Kind> Sight<'a, K> {
    /// Draws the facts from what was read and seen.
    #[must_use]
    pub fn new(
        subject: &'a Subject,
        object: &'a K::Object,
        references: &'a K::References,
        desire: &'a Desire<K::Desired>,
        found: &'a Result<Found<K::Observed>, Fault>,
        memory: &'a Memory,
        pace: Pace,
    ) -> Self {
        let desired = desire.desired();
        let observed = found.as_ref().ok().and_then(Found::there);
        let digest = |payload: &str| sha256([payload]).short(32).to_owned();
        let payload = desired.map(K::payload).unwrap_or_default();
        let payload_digest = digest(&payload);
        let view = View {
            object,
            references,
            identity: &subject.identity,
            held: subject.held,
            desired,
            observed,
            applied: memory.applied(&payload_digest),
            superseded: memory.superseded(&payload_digest),
            created: memory.created.as_deref(),
        };
        let look = K::look(&view);
        let hindrance = match subject.intent() {
            Intent::Delete => K::hindrance(&view, memory.lingered(&pace)),
            Intent::Keep | Intent::Observe | Intent::Suspend | Intent::Retain | Intent::Spare => {
                Hindrance::Nothing
            }
        };
        let seen = seen(found, look.as_ref());
        let unproven = matches!(
            seen,
            Seen::There {
                owner: Owner::Unproven,
                ..
            }
        );
        let id = look.as_ref().map(|look| &look.resource.id);
        let proof = Proof::new(&view, memory, id).filter(|_| unproven);
        let payload = proof.as_ref().map_or(payload, |proof| K::payload(&proof.sent));
        let sent_digest = digest(&payload);
        let key = key(subject, seen, look.as_ref(), &sent_digest);
        let key = match proof.as_ref().map(|proof| &proof.epoch) {
            Some(Epoch::After(id)) => format!("{key}:{id}"),
            Some(Epoch::First) => format!("{key}:first"),
            Some(Epoch::Known) | None => key,
        };
        // What is wanted proves nothing of what is to be deleted, and must not be made for it.
        let mute = unproven && subject.deleting && proof.is_none();
        // The next write would hide what proves whose it is, so the status must name it first.
        let unwritten = !subject.deleting && look.as_ref().is_some_and(|look| look.unwritten);
        let failed_before = subject.mirror.applied_digest.as_deref() == Some(&payload_digest);
        let mut asked = subject.asked.iter();
        let asked = asked.any(|request| !memory.tried_for(request));
        let stirred = memory.stirred(&key, &pace) == Some(Duration::ZERO);
        let facts = Facts {
            intent: subject.intent(),
            hold: if subject.held { Hold::Held } else { Hold::Free },
            wanted: wanted(desire),
            seen,
            attempt: if mute {
                Attempt::Refused
            } else if unwritten || K::ONCE && matches!(seen, Seen::There { .. }) {
                // What is made once was made of exactly what is asked: it is not tried again.
                Attempt::Settled
            } else {
                let attempt = memory.attempt(&key, &sent_digest, seen, failed_before, &pace);
                let lost = memory.contest.starts_over(&sent_digest, seen, K::time(&view));
                let attempt = if lost && attempt == Attempt::Settled {
                    Attempt::Due
                } else if asked || stirred {
                    attempt.asked_for(seen)
                } else {
                    attempt
                };
                let noted = subject.deleting || K::is_noted(&view);
                if noted { attempt } else { attempt.to_be_noted() }
            },
            dependents: match hindrance {
                Hindrance::Nothing => Dependents::None,
                Hindrance::Dependents(_) => Dependents::Some,
                Hindrance::Successor(_) => Dependents::Successor,
                Hindrance::Heir => Dependents::Heir,
            },
        };
        let fault = found.as_ref().err();
        Self {
            subject,
            desire,
            look,
            fault,
            hindrance,
            payload_digest,
            sent_digest,
            key,
            facts,
            stirred,
            pace,
            view,
            proof,
            payload,
        }
    }

    /// What the pass comes to, for memory to keep.
    #[must_use]
    pub fn moment<'m>(&'m self, plan: Plan, outcome: &'m Outcome, token: Option<&'m str>) -> Moment<'m> {
        let (key, digest) = (&self.key, &self.sent_digest);
        let ours = self.look.as_ref().filter(|look| look.owner == Owner::Mine);
        let named = K::known_id(self.view.object);
        Moment {
            plan,
            outcome,
            key,
            digest,
            token,
            seen: self.facts.seen,
            time: K::time(&self.view),
            unnamed: ours
                .map(|look| look.resource.id.as_str())
                .filter(|id| named.as_deref() != Some(*id)),
            unproven: self.proof.as_ref().map(|proof| proof.contents.as_str()),
            fault: self.fault,
            stirred: self.stirred,
            asked: self.subject.asked.as_deref(),
            pace: self.pace,
        }
    }

    /// What the kind needs to judge the resource, given what is remembered by now.
    #[must_use]
    pub fn view(&self, memory: &Memory) -> View<'a, K> {
        View {
            applied: memory.applied(&self.payload_digest),
            superseded: memory.superseded(&self.payload_digest),
            ..self.view
        }
    }

    /// The write that the plan asks for, when it asks for one.
    #[must_use]
    pub fn write(&self, plan: Plan, memory: &Memory) -> Option<Write<'_, K>> {
        let View {
            desired, observed, ..
        } = self.view;
        let both = desired.zip(observed);
        match plan {
            Plan::Create => self
                .proof
                .as_ref()
                .map(|proof| &proof.sent)
                .or(desired)
                .map(|desired| Write::Create {
                    desired,
                    client_token: self.client_token(memory),
                }),
            Plan::Adopt => both.map(|(desired, observed)| Write::Adopt { desired, observed }),
            Plan::Update => both.map(|(desired, observed)| Write::Update { desired, observed }),
            Plan::Replace | Plan::Delete => observed.map(|observed| Write::Delete { observed }),
            Plan::Hold | Plan::Release | Plan::Note | Plan::Wait(_) | Plan::Rest(_) | Plan::Refuse(_) => None,
        }
    }

    /// The client token of the write that the plan asks for, if it is a create.
    #[must_use]
    pub fn token(&self, plan: Plan, memory: &Memory) -> Option<String> {
        if let Some(Write::Create { client_token, .. }) = self.write(plan, memory) {
            Some(client_token)
        } else {
            None
        }
    }

    /// The client token of the create that comes next.
    fn client_token(&self, memory: &Memory) -> String {
        let identity = &self.subject.identity;
        client_token(
            &identity.cluster_id,
            &identity.uid,
            &self.payload,
            self.epoch(memory).as_deref(),
        )
    }

    /// The epoch in the client token of the create that comes next: the last id that was seen to disappear.
    #[must_use]
    pub fn epoch(&self, memory: &Memory) -> Option<String> {
        // The id that our status names has disappeared if it is not the one that is seen.
        let seen = self.look.as_ref().map(|look| &look.resource.id);
        let gone = K::known_id(self.view.object).filter(|known| Some(known) != seen);
        match self.proof.as_ref().map(|proof| &proof.epoch) {
            Some(Epoch::After(id)) => Some(id.clone()),
            Some(Epoch::First) => None,
            Some(Epoch::Known) | None => memory.epoch(self.facts.attempt, seen, gone),
        }
    }
}

/// The create that would prove a resource to be this object's: its likeliest form first, then what else may have made it.
#[derive(Debug)]
struct Proof<K: Kind> {
    sent: K::Desired,
    epoch: Epoch,
    /// Digest of the likeliest form: a resource that changes is tried anew.
    contents: String,
}

/// Which epoch a create that proves something is sent with.
#[derive(Debug)]
enum Epoch {
    /// The one that is known now.
    Known,
    /// None: it may be the object's first resource, made before another one of it disappeared.
    First,
    /// This id, which a create was answered with and which is not there.
    After(String),
}

impl<K: Kind> Proof<K> {
    /// `None`: nothing but what is wanted can be sent.
    fn new(view: &View<'_, K>, memory: &Memory, id: Option<&String>) -> Option<Self> {
        let payload = K::payload(&K::remake(view, false)?);
        let contents = sha256([payload.as_str()]).short(32).to_owned();
        // A create that was answered with another id has told the epoch: that id has disappeared.
        let replayed = memory.created.clone().filter(|created| Some(created) != id);
        let (other, epoch) = match (memory.disproved(&contents), replayed) {
            (tried, Some(replayed)) => (tried > 0, Epoch::After(replayed)),
            (0, None) => (false, Epoch::Known),
            (1, None) => (true, Epoch::Known),
            (tried, None) => (tried > 2, Epoch::First),
        };
        Some(Self {
            sent: K::remake(view, other)?,
            epoch,
            contents,
        })
    }
}

/// One write to AWS.
#[derive(Debug)]
pub enum Write<'a, K: Kind> {
    /// Create the resource; sent again, the same token answers with the same id.
    Create {
        /// What AWS should have.
        desired: &'a K::Desired,
        /// The deterministic client token.
        client_token: String,
    },
    /// Write the owner's mark.
    Adopt {
        /// What AWS should have.
        desired: &'a K::Desired,
        /// What it has.
        observed: &'a K::Observed,
    },
    /// Bring the resource to the spec.
    Update {
        /// What AWS should have.
        desired: &'a K::Desired,
        /// What it has.
        observed: &'a K::Observed,
    },
    /// Delete the resource.
    Delete {
        /// What AWS has.
        observed: &'a K::Observed,
    },
}

fn wanted<D>(desire: &Desire<D>) -> Wanted {
    match desire {
        Desire::Known(_) => Wanted::Known,
        Desire::Waiting(..) => Wanted::Waiting,
        Desire::Unguarded(..) => Wanted::Unguarded,
        Desire::Barred(_) => Wanted::Barred,
        Desire::Refused(_) => Wanted::Refused,
    }
}

fn seen<O>(found: &Result<Found<O>, Fault>, look: Option<&Look>) -> Seen {
    match (found, look) {
        (Err(_), _) => Seen::Unseen,
        (Ok(Found::Unlocated), _) => Seen::Unlocated,
        (Ok(Found::There(_)), Some(look)) => Seen::There {
            owner: look.owner,
            phase: look.phase,
            differs: !look.differences.is_empty(),
        },
        (Ok(Found::Absent | Found::Unready(_) | Found::There(_)), _) => Seen::Absent,
    }
}

/// What tells one write from another: a write that was answered is not made again under the same key too soon.
fn key(subject: &Subject, seen: Seen, look: Option<&Look>, digest: &str) -> String {
    let deleting = matches!(subject.intent(), Intent::Delete | Intent::Retain | Intent::Spare);
    let update = |look: &Look| {
        let fields: Vec<&str> = look
            .differences
            .iter()
            .map(|difference| difference.field.as_ref())
            .collect();
        format!("update:{digest}:{}", fields.join(","))
    };
    let Seen::There { owner, phase, .. } = seen else {
        return format!("create:{digest}");
    };
    match (owner, phase, look) {
        (Owner::Mine, _, Some(look)) if deleting => format!("delete:{}", look.resource.id),
        (
            Owner::Mine,
            Phase::InFlight | Phase::Active | Phase::UpdateFailed | Phase::DeleteFailed,
            Some(look),
        ) => update(look),
        (Owner::Adoptable, _, Some(look)) => format!("adopt:{}:{digest}", look.resource.id),
        (Owner::Mine | Owner::Adoptable | Owner::Unproven | Owner::Foreign, _, _) => {
            format!("create:{digest}")
        }
    }
}
