//! The index against Cedar's authorizer over all policies (performance.md P8), along a walk of changes: after each, both
//! are asked the same requests.

use std::collections::BTreeMap;

use agentcore_policy_operator::cedar::{
    Authorizer, Call, Change, Decision, Mode, Principal, Response, Schema,
};
use cedar_policy::Policy;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::Failure;
use super::generate::{self, Asked, GATEWAY};
use super::linear::{self, Answer, Linear, Prepared};

/// Statements and requests of one walk; each is read by Cedar once.
const STATEMENTS: usize = 60;
const REQUESTS: usize = 40;
/// Requests after each change.
const ASKED: usize = 20;
/// Most policies of a set.
const MOST: usize = 24;

/// What walks have seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub pairs: usize,
    pub allowed: usize,
    pub denied_by_forbid: usize,
    pub with_errors: usize,
    pub with_matches: usize,
    pub with_flips: usize,
}

/// Policies by id: which statement, and whether it decides.
type Set = BTreeMap<String, (usize, Mode)>;

/// One walk of at least so many pairs of a set and a request.
///
/// # Errors
/// The first difference, with the fewest policies that still show it.
pub fn walk(seed: u64, pairs: usize) -> Result<Seen, Failure> {
    let mut random = StdRng::seed_from_u64(seed);
    let offer = generate::offer(&mut random);
    let schema = Schema::of_offer(&offer)?;
    let actions = linear::actions(&schema)?;
    let mut statements: Vec<(String, Policy)> = Vec::new();
    for _ in 0..STATEMENTS {
        let text = generate::statement(&mut random, &offer);
        let policy = linear::parsed(&text).map_err(|error| format!("{text}: {error}"))?;
        statements.push((text, policy));
    }
    let mut requests = Vec::new();
    for _ in 0..REQUESTS {
        let asked = generate::asked(&mut random, &offer);
        requests.push((Prepared::of(&asked, &actions)?, asked));
    }
    let authorizer = Authorizer::new(GATEWAY)?;
    // Either may be there first.
    if random.random_bool(0.5) {
        authorizer.offer(&schema)?;
    } else {
        authorizer.apply([])?;
    }
    let (mut set, mut told) = (Set::new(), Seen::default());
    while told.pairs < pairs {
        let changes = change(&mut random, &mut set, &statements);
        authorizer.apply(changes)?;
        if told.pairs == 0 {
            authorizer.offer(&schema)?;
        }
        let linear = whole(&set, &statements)?;
        let snapshot = authorizer.snapshot();
        for (prepared, asked) in requests.sample(&mut random, ASKED) {
            let principal = Principal::new(asked.kind, asked.id, asked.tags.clone())?;
            let request = snapshot.request(&principal, call(asked))?;
            let (index, cedar) = (answer(&request.decide()), linear.answer(prepared)?);
            if index != cedar {
                return Err(difference(seed, &set, &statements, &schema, (prepared, asked)));
            }
            told.count(&cedar);
        }
    }
    Ok(told)
}

/// Some policies come, go, or become others.
fn change(random: &mut StdRng, set: &mut Set, statements: &[(String, Policy)]) -> Vec<Change> {
    let mut changes = Vec::new();
    for _ in 0..random.random_range(1..=MOST / 4) {
        let policy = format!("policy-{}", random.random_range(0..MOST));
        if random.random_bool(0.4) {
            set.remove(&policy);
            changes.push(Change::Remove { policy });
            continue;
        }
        let which = random.random_range(0..statements.len());
        let mode = if random.random_bool(0.25) {
            Mode::LogOnly
        } else {
            Mode::Active
        };
        if let Some((statement, _)) = statements.get(which) {
            set.insert(policy.clone(), (which, mode));
            let statement = statement.clone();
            changes.push(Change::Put {
                policy,
                statement,
                mode,
            });
        }
    }
    changes
}

fn whole(set: &Set, statements: &[(String, Policy)]) -> Result<Linear, Failure> {
    let policies = set.iter();
    Linear::of(policies.filter_map(|(id, (which, mode))| Some((id, &statements.get(*which)?.1, *mode))))
}

fn call(asked: &Asked) -> Call<'_> {
    Call {
        tool: &asked.tool,
        arguments: &asked.arguments,
        now: asked.now,
    }
}

/// What the index answered.
fn answer(response: &Response) -> Answer {
    let ids = |list: &[std::sync::Arc<str>]| list.iter().map(ToString::to_string).collect();
    let errors = |list: &[agentcore_policy_operator::cedar::Mismatch]| {
        list.iter()
            .map(|one| (one.policy.to_string(), one.error.clone()))
            .collect()
    };
    Answer {
        allowed: response.decision == Decision::Allow,
        determining: ids(&response.determining),
        mismatched: errors(&response.mismatched),
        matched: ids(&response.log_only.matched),
        flipping: ids(&response.log_only.flipping),
        logged_mismatched: errors(&response.log_only.mismatched),
    }
}

impl Seen {
    fn count(&mut self, answer: &Answer) {
        self.pairs += 1;
        self.allowed += usize::from(answer.allowed);
        self.denied_by_forbid += usize::from(!answer.allowed && !answer.determining.is_empty());
        self.with_errors += usize::from(!answer.mismatched.is_empty());
        self.with_matches += usize::from(!answer.matched.is_empty());
        self.with_flips += usize::from(!answer.flipping.is_empty());
    }

    pub fn add(&mut self, other: &Self) {
        self.pairs += other.pairs;
        self.allowed += other.allowed;
        self.denied_by_forbid += other.denied_by_forbid;
        self.with_errors += other.with_errors;
        self.with_matches += other.with_matches;
        self.with_flips += other.with_flips;
    }
}

/// A difference in words, with as few policies as still show it when they are loaded at once.
fn difference(
    seed: u64,
    set: &Set,
    statements: &[(String, Policy)],
    schema: &Schema,
    (prepared, asked): (&Prepared, &Asked),
) -> Failure {
    let both = |set: &Set| -> Result<(Answer, Answer), Failure> {
        let authorizer = Authorizer::new(GATEWAY)?;
        authorizer.offer(schema)?;
        let policies = set.iter().filter_map(|(id, (which, mode))| {
            Some(Change::Put {
                policy: id.clone(),
                statement: statements.get(*which)?.0.clone(),
                mode: *mode,
            })
        });
        authorizer.apply(policies)?;
        let principal = Principal::new(asked.kind, asked.id, asked.tags.clone())?;
        let snapshot = authorizer.snapshot();
        let index = answer(&snapshot.request(&principal, call(asked))?.decide());
        Ok((index, whole(set, statements)?.answer(prepared)?))
    };
    let differs = |set: &Set| both(set).is_ok_and(|(index, cedar)| index != cedar);
    let mut fewest = set.clone();
    if differs(set) {
        for id in set.keys() {
            let mut fewer = fewest.clone();
            fewer.remove(id);
            if differs(&fewer) {
                fewest = fewer;
            }
        }
    }
    let texts: Vec<String> = fewest
        .iter()
        .filter_map(|(id, (which, mode))| Some(format!("{id} {mode:?}: {}", statements.get(*which)?.0)))
        .collect();
    let answers = both(&fewest);
    let how = if differs(&fewest) {
        "loaded at once"
    } else {
        "only after the changes before it"
    };
    format!(
        "seed {seed}, {how}:\n{}\n{asked:?}\nindex and Cedar: {answers:#?}",
        texts.join("\n")
    )
    .into()
}
