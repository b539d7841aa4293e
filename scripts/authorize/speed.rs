//! How long a decision takes, by the index and by Cedar over all policies (performance.md P7).

use std::time::{Duration, Instant};

use agentcore_policy_operator::cedar::{
    Authorizer, Call, Change, Decision, Mode, Principal, Request, Snapshot,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use serde_json::{Value, json};

use super::Failure;
use super::fleet::Fleet;
use super::generate::{Asked, GATEWAY};
use super::linear::{self, Linear, Prepared};

/// Requests that are asked again and again, in another order each time.
const REQUESTS: usize = 2_000;
/// Requests of which both answers are compared first.
const COMPARED: usize = 100;
/// Measured so often; what is told is the one in the middle.
const ROUNDS: usize = 3;

/// The middle, and what one in a hundred takes longer than, in microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub p50: f64,
    pub p99: f64,
    pub most: f64,
    pub count: usize,
}

/// An authorizer with all policies of a fleet.
pub fn loaded(fleet: Fleet) -> Result<Authorizer, Failure> {
    let authorizer = Authorizer::new(GATEWAY)?;
    authorizer.offer(&fleet.schema()?)?;
    authorizer.apply((0..fleet.policies).map(|number| put(Fleet::id(number), fleet.statement(number))))?;
    Ok(authorizer)
}

pub fn put(policy: String, statement: String) -> Change {
    Change::Put {
        policy,
        statement,
        mode: Mode::Active,
    }
}

pub fn principal(asked: &Asked) -> Result<Principal, Failure> {
    Ok(Principal::new(asked.kind, asked.id, asked.tags.clone())?)
}

pub fn request<'s>(
    snapshot: &'s Snapshot,
    principal: &Principal,
    asked: &Asked,
) -> Result<Request<'s>, Failure> {
    let call = Call {
        tool: &asked.tool,
        arguments: &asked.arguments,
        now: asked.now,
    };
    Ok(snapshot.request(principal, call)?)
}

/// Measures decisions among so many policies, for so long by each way.
pub fn measure(policies: usize, time: Duration) -> Result<Value, Failure> {
    let fleet = Fleet::of(policies);
    let mut random = StdRng::seed_from_u64(7);
    let began = Instant::now();
    let authorizer = loaded(fleet)?;
    let load = began.elapsed();
    let snapshot = authorizer.snapshot();
    let asked: Vec<Asked> = (0..REQUESTS).map(|_| fleet.asked(&mut random)).collect();
    let principals = asked.iter().map(principal).collect::<Result<Vec<_>, _>>()?;
    let both = || asked.iter().zip(&principals);
    let requests: Vec<Request<'_>> = both()
        .map(|(asked, principal)| request(&snapshot, principal, asked))
        .collect::<Result<_, _>>()?;

    let actions = linear::actions(&fleet.schema()?)?;
    let prepared: Vec<Prepared> = asked
        .iter()
        .take(COMPARED)
        .map(|asked| Prepared::of(asked, &actions))
        .collect::<Result<_, _>>()?;
    let texts: Vec<(String, cedar_policy::Policy)> = (0..policies)
        .map(|number| Ok((Fleet::id(number), linear::parsed(&fleet.statement(number))?)))
        .collect::<Result<_, Failure>>()?;
    let linear = Linear::of(texts.iter().map(|(id, policy)| (id, policy, Mode::Active)))?;
    drop(texts);
    let mut allowed = 0_usize;
    for (request, prepared) in requests.iter().zip(&prepared) {
        let decision = request.decide().decision;
        if decision != decided(&linear, prepared) {
            return Err("the index and Cedar decide differently: `authorize-load compare` says where".into());
        }
        allowed += usize::from(decision == Decision::Allow);
    }

    let index = rounds(&mut random, &requests, time, |request| drop(request.decide()))?;
    let over_all = rounds(&mut random, &prepared, time, |prepared| {
        decided(&linear, prepared);
    })?;
    let pairs: Vec<(&Asked, &Principal)> = both().collect();
    let made = rounds(&mut random, &pairs, time, |(asked, principal)| {
        drop(request(&snapshot, principal, asked));
    })?;
    Ok(json!({
        "policies": policies, "tools": fleet.tools, "load_s": load.as_secs_f64(),
        "allowed": allowed, "compared": prepared.len(), "decisions": index.count,
        "index_p50": index.p50, "index_p99": index.p99,
        "linear_p50": over_all.p50, "linear_p99": over_all.p99,
        "request_p50": made.p50, "request_p99": made.p99,
    }))
}

/// Whether Cedar allows a request.
fn decided(linear: &Linear, prepared: &Prepared) -> Decision {
    let cedar = cedar_policy::Authorizer::new();
    match cedar
        .is_authorized(&prepared.request, &linear.active, &prepared.entities)
        .decision()
    {
        cedar_policy::Decision::Allow => Decision::Allow,
        cedar_policy::Decision::Deny => Decision::Deny,
    }
}

/// Does one thing after the other for so long, some times; gives the round in the middle.
fn rounds<T>(random: &mut StdRng, things: &[T], time: Duration, act: impl Fn(&T)) -> Result<Times, Failure> {
    let mut order: Vec<&T> = things.iter().collect();
    let mut all = Vec::new();
    for round in 0..=ROUNDS {
        let (began, mut took) = (Instant::now(), Vec::new());
        while began.elapsed() < time {
            order.shuffle(random);
            for thing in &order {
                let start = Instant::now();
                act(thing);
                took.push(start.elapsed());
                if took.len().is_multiple_of(64) && began.elapsed() >= time {
                    break;
                }
            }
        }
        // The first one is for warming up.
        if round > 0 {
            all.push(times(took)?);
        }
    }
    all.sort_by(|a, b| a.p50.total_cmp(&b.p50));
    all.get(ROUNDS / 2)
        .copied()
        .ok_or_else(|| "nothing was measured".into())
}

/// What these times come to.
pub fn times(mut took: Vec<Duration>) -> Result<Times, Failure> {
    took.sort_unstable();
    let at = |share: usize| {
        let place = (took.len() * share / 100).min(took.len().saturating_sub(1));
        took.get(place).map(|time| time.as_secs_f64() * 1e6)
    };
    let nothing = || Failure::from("nothing was measured");
    Ok(Times {
        p50: at(50).ok_or_else(nothing)?,
        p99: at(99).ok_or_else(nothing)?,
        most: at(100).ok_or_else(nothing)?,
        count: took.len(),
    })
}
