//! All claims about one policy, and what becomes of them.

use std::collections::HashSet;

use super::super::schema::Schema;
use super::super::scope::Effect;
use super::super::statement::{Sketch, Statement};
use super::symbolic::{self, Proof};
use super::{Claim, Environment, Finding, Question, sample, shape};

/// Most claims about one policy that conditions have a say in. Further ones are dropped: each costs a few
/// milliseconds here, and a solver.
const MOST_PROOFS: usize = 200;

/// The claims about one policy.
#[derive(Debug)]
pub struct Analysis {
    claims: Vec<Claimed>,
    /// Whether findings of a claim count only when it holds in every environment.
    whole: &'static [Claim],
}

#[derive(Debug)]
struct Claimed {
    claim: Claim,
    environment: Environment,
    proof: Proof,
}

impl Analysis {
    /// What `changed` makes of an engine whose other policies are `others` (service.md 6.6): for a permit, whether
    /// everything is allowed where it applies; for a forbid, whether everything is denied there.
    ///
    /// The statements are valid against `schema`; one that is not any more, because its tool is gone or takes other
    /// arguments, is left out where that shows.
    #[must_use]
    pub fn of_engine(schema: &Schema, changed: &Statement, others: &[&Sketch]) -> Self {
        let changed = changed.sketch();
        let (claim, question) = match changed.outline().effect {
            Effect::Permit => (Claim::AllowAll, Question::AlwaysAllows),
            Effect::Forbid => (Claim::DenyAll, Question::AlwaysDenies),
        };
        // Two that say the same decide the same.
        let mut said = HashSet::from([changed.digest()]);
        let others: Vec<&Sketch> = others
            .iter()
            .copied()
            .filter(|other| said.insert(other.digest()))
            .collect();
        let statements: Vec<&Sketch> = std::iter::once(changed).chain(others.iter().copied()).collect();
        let mut proofs = Proofs::new(schema);
        let claims = Environment::touched_by(changed, others.iter().copied(), schema)
            .into_iter()
            .map(|environment| proofs.claimed(claim, question, environment, &statements))
            .collect();
        Self { claims, whole: &[] }
    }

    /// What a generated statement does alone (service.md 6.7, 6.8 and 8.7): applies to everything in its scope, or
    /// to nothing.
    #[must_use]
    pub fn of_asset(schema: &Schema, statement: &Statement) -> Self {
        let statement = statement.sketch();
        let (all, none) = match statement.outline().effect {
            Effect::Permit => (Claim::AllowAll, Claim::AllowNone),
            Effect::Forbid => (Claim::DenyAll, Claim::DenyNone),
        };
        let mut proofs = Proofs::new(schema);
        let claims = Environment::touched_by(statement, std::iter::empty(), schema)
            .into_iter()
            .flat_map(|environment| {
                [
                    proofs.claimed(all, Question::AlwaysMatches, environment.clone(), &[statement]),
                    proofs.claimed(none, Question::NeverMatches, environment, &[statement]),
                ]
            })
            .collect();
        Self {
            claims,
            whole: &[Claim::AllowNone, Claim::DenyNone],
        }
    }

    /// What is left for a solver: SMT-LIB scripts that each end in `(check-sat)`. The claim behind a script holds
    /// when the answer is `unsat`.
    #[must_use]
    pub fn scripts(&self) -> Vec<&str> {
        self.claims
            .iter()
            .filter_map(|claimed| match &claimed.proof {
                Proof::Open(script) => Some(script.as_str()),
                Proof::Holds | Proof::Fails => None,
            })
            .collect()
    }

    /// The findings, given for each of the [`scripts`](Self::scripts) in their order whether it was answered with
    /// `unsat`. A script without an answer proves nothing.
    #[must_use]
    pub fn findings(&self, unsat: &[bool]) -> Vec<Finding> {
        let mut answers = unsat.iter();
        let holds: Vec<(&Claimed, bool)> = self
            .claims
            .iter()
            .map(|claimed| match claimed.proof {
                Proof::Holds => (claimed, true),
                Proof::Fails => (claimed, false),
                Proof::Open(_) => (claimed, answers.next().copied().unwrap_or(false)),
            })
            .collect();
        let partly = |claim: Claim| holds.iter().any(|(other, holds)| other.claim == claim && !holds);
        let general = |claimed: &Claimed| {
            holds.iter().any(|(other, holds)| {
                *holds
                    && other.claim == claimed.claim
                    && other.environment.principal == claimed.environment.principal
                    && other.environment.is_general()
            })
        };
        holds
            .iter()
            .filter(|(claimed, holds)| {
                *holds && !(self.whole.contains(&claimed.claim) && partly(claimed.claim))
            })
            .map(|(claimed, _)| *claimed)
            // What holds of all tools is not said again of one.
            .filter(|claimed| claimed.environment.is_general() || !general(claimed))
            .map(|claimed| Finding::of(claimed.claim, &claimed.environment))
            .collect()
    }
}

/// Proves claims, as many as are allowed.
struct Proofs<'a> {
    schema: &'a Schema,
    left: usize,
}

impl<'a> Proofs<'a> {
    fn new(schema: &'a Schema) -> Self {
        Self {
            schema,
            left: MOST_PROOFS,
        }
    }

    fn claimed(
        &mut self,
        claim: Claim,
        question: Question,
        environment: Environment,
        statements: &[&Sketch],
    ) -> Claimed {
        let touching: Vec<&Sketch> = statements
            .iter()
            .copied()
            .filter(|statement| environment.is_touched_by(statement.outline(), self.schema))
            .collect();
        let proof = match shape::decide(question, &environment, &touching) {
            Some(true) => Proof::Holds,
            Some(false) => Proof::Fails,
            // A claim is refuted or dropped: where it would be dropped, nobody need look.
            None if touching.len() > symbolic::MOST_POLICIES => Proof::Fails,
            None if sample::refutes(question, &environment, &touching, self.schema) => Proof::Fails,
            None => match self.left.checked_sub(1) {
                Some(left) => {
                    self.left = left;
                    symbolic::prove(question, &environment, &touching, self.schema)
                }
                None => Proof::Fails,
            },
        };
        Claimed {
            claim,
            environment,
            proof,
        }
    }
}
