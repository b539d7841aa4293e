//! How long a change of one policy takes among many, while others decide (performance.md P9), and what they take of
//! memory (P10).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use agentcore_policy_operator::cedar::{Authorizer, Change, Response};
use cedar_policy::{PolicyId, PolicySet};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::Failure;
use super::fleet::Fleet;
use super::generate::{Asked, GATEWAY};
use super::linear;
use super::speed::{loaded, principal, put, request, times};

/// Changes that are timed, of each kind.
const CHANGES: usize = 300;
/// Policies that are loaded together when memory is measured.
const TOGETHER: usize = 100;

/// What the two policies that change together are called.
const PAIR: [&str; 2] = ["pair-a", "pair-b"];

/// Measures changes among so many policies.
pub fn measure(policies: usize) -> Result<Value, Failure> {
    let fleet = Fleet::of(policies);
    let authorizer = loaded(fleet)?;
    let asked = fleet.asked(&mut StdRng::seed_from_u64(7));
    let over = AtomicBool::new(false);
    let (one, pair, read) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| read(&authorizer, &asked, &over));
        let changed = change(&authorizer, fleet, &asked);
        over.store(true, Ordering::Relaxed);
        let read = reader
            .join()
            .map_err(|_| Failure::from("the reader panicked"))??;
        let (one, pair) = changed?;
        Ok::<_, Failure>((times(one)?, times(pair)?, read))
    })?;
    Ok(json!({
        "policies": policies,
        "one_p50": one.p50, "one_p99": one.p99, "one_most": one.most,
        "pair_p50": pair.p50, "pair_p99": pair.p99, "pair_most": pair.most,
        "decisions": read.decisions, "generations": read.generations, "sides": read.sides,
    }))
}

/// Changes one policy after the other; then two at once, which never stand as one permit and one forbid.
fn change(
    authorizer: &Authorizer,
    fleet: Fleet,
    asked: &Asked,
) -> Result<(Vec<Duration>, Vec<Duration>), Failure> {
    let (mut one, mut pair) = (Vec::new(), Vec::new());
    let timed = |changes: Vec<Change>, took: &mut Vec<Duration>| -> Result<(), Failure> {
        let began = Instant::now();
        authorizer.apply(changes)?;
        took.push(began.elapsed());
        Ok(())
    };
    for change in 0..CHANGES {
        let number = change * 31 % fleet.policies;
        let statement = fleet
            .statement(number)
            .replace("when {", &format!("when {{ {change} != 7 &&"));
        timed(vec![put(Fleet::id(number), statement)], &mut one)?;
    }
    for change in 0..CHANGES {
        let effect = if change.is_multiple_of(2) {
            "permit"
        } else {
            "forbid"
        };
        let statement = format!(
            "{effect}(principal, action == AgentCore::Action::\"{}\", resource == AgentCore::Gateway::\"{GATEWAY}\");",
            asked.tool
        );
        let both = PAIR.map(|policy| put(policy.to_owned(), statement.clone()));
        timed(both.to_vec(), &mut pair)?;
    }
    Ok((one, pair))
}

/// What a reader saw.
struct Read {
    decisions: usize,
    generations: usize,
    /// Whether both ways of the pair were seen.
    sides: usize,
}

/// Decides until it is over: the generation never goes back, and of the pair either both determine or none does.
fn read(authorizer: &Authorizer, asked: &Asked, over: &AtomicBool) -> Result<Read, Failure> {
    let principal = principal(asked)?;
    let (mut decisions, mut generations, mut last) = (0, 0, 0);
    let mut sides = std::collections::BTreeSet::new();
    while !over.load(Ordering::Relaxed) {
        let snapshot = authorizer.snapshot();
        let response = request(&snapshot, &principal, asked)?.decide();
        decisions += 1;
        if response.generation < last {
            return Err(format!("generation {} after {last}", response.generation).into());
        }
        generations += usize::from(response.generation > last);
        last = response.generation;
        match of_pair(&response) {
            0 | 2 => {}
            some => return Err(format!("a mixed set: {some} of a pair that changes together").into()),
        }
        if of_pair(&response) == 2 {
            sides.insert(format!("{:?}", response.decision));
        }
    }
    Ok(Read {
        decisions,
        generations,
        sides: sides.len(),
    })
}

fn of_pair(response: &Response) -> usize {
    response
        .determining
        .iter()
        .filter(|id| PAIR.contains(&id.as_ref()))
        .count()
}

/// Memory that so many policies take, in an authorizer or in a set of Cedar's. One way a process.
pub fn memory(policies: usize, index: bool) -> Result<Value, Failure> {
    let fleet = Fleet::of(policies);
    // Whatever is read once has been read.
    let first = loaded(Fleet::of(10))?;
    let authorizer = Authorizer::new(GATEWAY)?;
    authorizer.offer(&fleet.schema()?)?;
    let mut set = PolicySet::new();
    let before = resident()?;
    let began = Instant::now();
    for start in (0..policies).step_by(TOGETHER) {
        let numbers = start..(start + TOGETHER).min(policies);
        if index {
            authorizer.apply(numbers.map(|number| put(Fleet::id(number), fleet.statement(number))))?;
        } else {
            for number in numbers {
                let policy = linear::parsed(&fleet.statement(number))?;
                set.add(policy.new_id(PolicyId::new(Fleet::id(number))))?;
            }
        }
    }
    let took = began.elapsed();
    let kib = resident()?.saturating_sub(before);
    let text: usize = (0..policies).map(|number| fleet.statement(number).len()).sum();
    drop((first, authorizer, set));
    Ok(json!({"policies": policies, "kib": kib, "load_s": took.as_secs_f64(), "text_bytes": text}))
}

/// Resident memory of this process in KiB.
fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("no VmRSS")?.parse()?)
}
