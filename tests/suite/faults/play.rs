//! Records, plans, plays, and tells how it went.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::mask::differences;
use super::matrix::table;
use super::plan::{Mode, Plan};
use super::stage::{Outcome, Stage};
use super::workloads::{self, Workload};
use crate::rig::proxy::Mutation;

/// Plans under way at once: each waits more than it works, and a debug build, which other tests run beside, works more.
pub const MANY: usize = if cfg!(debug_assertions) { 12 } else { 20 };

/// How the plans ended.
#[derive(Debug, Default)]
pub struct Report {
    /// How many there were.
    pub plans: usize,
    /// Those whose request came; a status in between is not always written.
    pub met: Vec<Played>,
}

/// A plan that ended as it must.
#[derive(Clone, Debug)]
pub struct Played {
    pub plan: Plan,
    /// How long it took.
    pub took: Duration,
    /// How long the same takes without a fault.
    pub clean: Duration,
}

impl Played {
    fn late(&self) -> Duration {
        self.took.saturating_sub(self.clean)
    }
}

/// What is known of a run without a fault.
struct Clean {
    workload: &'static Workload,
    outcome: Outcome,
    took: Duration,
}

#[derive(Default)]
struct Progress {
    next: usize,
    met: Vec<Played>,
    missed: Vec<Plan>,
    failed: Vec<(Plan, String)>,
}

/// Plays the plans that are chosen, by their workload, and by their number and what they do, so many at once; panics if one
/// of them ends otherwise than the run without a fault.
#[track_caller]
pub fn play(at_once: usize, of: impl Fn(&str) -> bool, chosen: impl Fn(usize, &Plan) -> bool) -> Report {
    static WORKLOADS: [Workload; 10] = workloads::ALL;
    let played: Vec<_> = WORKLOADS.iter().filter(|workload| of(workload.name)).collect();
    let recorded = played.chunks(at_once).flat_map(|played| {
        thread::scope(|scope| {
            let playing: Vec<_> = played
                .iter()
                .map(|workload| scope.spawn(|| record(workload)))
                .collect();
            let ended = playing.into_iter().map(thread::ScopedJoinHandle::join);
            ended
                .map(|ended| ended.expect("a run without a fault"))
                .collect::<Vec<_>>()
        })
    });
    let mut clean = BTreeMap::new();
    let mut plans = Vec::new();
    let mut number = 0;
    for (recorded, mutations) in recorded {
        let workload = recorded.workload;
        let mut of_it = Vec::new();
        for mutation in mutations {
            for mode in Mode::ALL {
                let plan = Plan {
                    workload: workload.name.to_owned(),
                    mode,
                    mutation: mutation.clone(),
                };
                if (workload.chosen)(&plan) {
                    number += 1;
                    if chosen(number, &plan) {
                        of_it.push(plan);
                    }
                }
            }
        }
        plans.push(of_it);
        clean.insert(workload.name, recorded);
    }
    let plans = mixed(plans);
    println!("{number} plans, {} of them now", plans.len());
    let progress = Mutex::new(Progress::default());
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| work(&plans, &clean, &progress));
        }
    });
    let progress = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
    tell(&progress);
    let one = |(plan, told): &(Plan, String)| format!("FAILED {plan}\n{told:.3000}\n");
    let failed: Vec<String> = progress.failed.iter().map(one).collect();
    assert!(
        failed.is_empty(),
        "{} of {} plans failed; each is played again by `make faults PLAN='...'`\n{}",
        failed.len(),
        plans.len(),
        failed.join("\n")
    );
    Report {
        plans: number,
        met: progress.met,
    }
}

/// The plans of each workload all along: some of them keep the servers busy, and others wait.
fn mixed(of_each: Vec<Vec<Plan>>) -> Vec<Plan> {
    let mut all = Vec::new();
    for plans in of_each {
        let many = plans.len();
        let placed = plans.into_iter().enumerate();
        all.extend(placed.map(|(at, plan)| (at * 10_000 / many, plan)));
    }
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, plan)| plan).collect()
}

/// A run without a fault.
fn record(workload: &'static Workload) -> (Clean, Vec<Mutation>) {
    let stage = Stage::new();
    let setup = stage.setup();
    let began = Instant::now();
    let outcome = stage.play(&setup, workload.script, None);
    let took = began.elapsed();
    let mut mutations = stage.mutations();
    // Events are told after the fact and change no object.
    mutations.retain(|mutation| !mutation.what.contains("/apis/events.k8s.io/"));
    println!(
        "{}: {} requests in {took:?}, {} looks",
        workload.name,
        mutations.len(),
        outcome.looks
    );
    let clean = Clean {
        workload,
        outcome,
        took,
    };
    (clean, mutations)
}

/// Plays plans until there are none left, on one stage as long as they pass.
fn work(plans: &[Plan], clean: &BTreeMap<&str, Clean>, progress: &Mutex<Progress>) {
    let lock = || progress.lock().unwrap_or_else(PoisonError::into_inner);
    let next = || {
        let mut progress = lock();
        progress.next += 1;
        if progress.next.is_multiple_of(100) {
            println!("plan {} of {}", progress.next, plans.len());
        }
        plans.get(progress.next - 1)
    };
    while let Some(mut plan) = next() {
        let stage = Stage::new();
        let setup = stage.setup();
        loop {
            let clean = &clean[plan.workload.as_str()];
            let began = Instant::now();
            let played = catch_unwind(AssertUnwindSafe(|| {
                let outcome = stage.play(&setup, clean.workload.script, Some(plan));
                compare(&clean.outcome, &outcome, plan);
                outcome
            }));
            let took = began.elapsed();
            let mut progress = lock();
            match played {
                Ok(outcome) if outcome.met => progress.met.push(Played {
                    plan: plan.clone(),
                    took,
                    clean: clean.took,
                }),
                Ok(_) => progress.missed.push(plan.clone()),
                Err(panic) => {
                    let told = panic.downcast_ref::<String>().cloned();
                    println!("FAILED {plan}");
                    progress.failed.push((plan.clone(), told.unwrap_or_default()));
                    // What it left behind is not the next one's.
                    break;
                }
            }
            drop(progress);
            match next() {
                Some(following) => plan = following,
                None => return,
            }
        }
    }
}

/// The oracles of reliability.md 5.7 that need the whole run; the others were asserted while it went.
#[track_caller]
fn compare(clean: &Outcome, faulted: &Outcome, plan: &Plan) {
    for ((when, expected), (then, found)) in clean.captured.iter().zip(&faulted.captured) {
        let differ = differences(expected, found, "");
        assert!(
            when == then && differ.is_empty(),
            "{plan}: {when}, {then}: {differ:#?}"
        );
    }
    assert_eq!(clean.captured.len(), faulted.captured.len(), "{plan}");
    for (what, times) in &faulted.done {
        let expected = clean.done.get(what).copied().unwrap_or_default();
        // A process that died has forgotten what each object's last request was; otherwise it is the one request.
        let again = if plan.mode.kills() {
            expected.max(1)
        } else {
            usize::from(*what == plan.mutation.what)
        };
        assert!(
            *times <= expected + again,
            "{plan}: the backend did {what} {times} times, and {expected} times without a fault"
        );
    }
    let unknown = faulted.written.iter().find(|what| !clean.written.contains(what));
    assert_eq!(
        unknown, None,
        "{plan}: a write to Kubernetes that there is not without a fault"
    );
}

fn tell(progress: &Progress) {
    let mut rows: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for played in &progress.met {
        rows.entry(played.plan.row()).or_default().0 += 1;
    }
    for (plan, _) in &progress.failed {
        rows.entry(plan.row()).or_default().1 += 1;
    }
    println!("{}", table(&rows));
    let mut late: Vec<&Played> = progress.met.iter().collect();
    late.sort_by_key(|played| played.late());
    let at = |percent| {
        percentile(&late, percent).map_or_else(String::new, |played| {
            format!("{:.1?} ({})", played.late(), played.plan)
        })
    };
    println!(
        "{} requests did not come again; later than without a fault: p50 {}, p99 {}, at most {}",
        progress.missed.len(),
        at(50),
        at(99),
        at(100),
    );
}

/// One that this many percent of a sorted list stand before.
pub fn percentile<T>(sorted: &[T], percent: usize) -> Option<&T> {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1)))
}
