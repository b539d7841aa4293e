//! Questions that conditions have a say in: Cedar's symbolic compiler turns policies into terms.
//!
//! The compiler talks to its solver through a writer. Here the writer is a buffer and there is no solver: what the
//! terms decide by themselves comes back at once, and of everything else the script stays in the buffer. Nothing
//! ever waits, so the futures of its interface are ready when they are asked first.

use std::future::Future;
use std::pin::pin;
use std::str::FromStr;
use std::task::{Context, Poll, Waker};

use cedar_policy::{EntityId, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet, RequestEnv};
use cedar_policy_symcc::err::Error;
use cedar_policy_symcc::solver::WriterSolver;
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicy, CompiledPolicySet, ResetMode};

use super::super::schema::Schema;
use super::super::scope::{ACTION, GATEWAY};
use super::super::stack::with_room_for;
use super::super::statement::Sketch;
use super::{Environment, Question};

/// Most policies that are looked at together: more touch one environment only where nobody could tell anyway.
pub(super) const MOST_POLICIES: usize = 256;

/// What became of a question.
#[derive(Debug)]
pub(super) enum Proof {
    /// Yes.
    Holds,
    /// No, or it cannot be asked.
    Fails,
    /// Yes when this SMT-LIB script is answered with `unsat`.
    Open(String),
}

/// Asks about these statements, which touch the environment.
pub(super) fn prove(
    question: Question,
    environment: &Environment,
    statements: &[&Sketch],
    schema: &Schema,
) -> Proof {
    let longest = statements
        .iter()
        .map(|statement| statement.text().chars().count())
        .max();
    // A level of the term for each statement, and the levels of its conditions.
    with_room_for(longest.unwrap_or_default() + statements.len(), || {
        Compiler::new(environment, statements, schema)
            .and_then(|compiler| compiler.ask(question, environment, statements))
            .unwrap_or(Proof::Fails)
    })
}

/// Cedar's view of one environment.
struct Compiler {
    schema: cedar_policy::Schema,
    request: RequestEnv,
}

impl Compiler {
    fn new(environment: &Environment, statements: &[&Sketch], schema: &Schema) -> Option<Self> {
        let outlines = statements.iter().map(|statement| statement.outline());
        let reduced = schema.reduced_to(&environment.action, outlines).ok()?;
        let type_name = |name: &str| EntityTypeName::from_str(name).ok();
        let action = EntityUid::from_type_name_and_id(type_name(ACTION)?, EntityId::new(&environment.action));
        Some(Self {
            schema: reduced.validator.schema().clone(),
            request: RequestEnv::new(type_name(environment.principal)?, action, type_name(GATEWAY)?),
        })
    }

    fn ask(&self, question: Question, environment: &Environment, statements: &[&Sketch]) -> Option<Proof> {
        let policies: Vec<Policy> = statements
            .iter()
            .enumerate()
            .map(|(index, statement)| statement.policy_named(&format!("p{index}")))
            .collect::<Option<_>>()?;
        // All requests for the gateway, when the question is about one.
        let scope = match &environment.gateway {
            Some(gateway) => {
                let uid = EntityUid::from_type_name_and_id(
                    EntityTypeName::from_str(GATEWAY).ok()?,
                    EntityId::new(gateway),
                );
                let text = format!("permit(principal, action, resource == {uid});");
                Some(self.policy(&Policy::parse(Some(PolicyId::new("scope")), text).ok()?)?)
            }
            None => None,
        };
        let mut compiler = CedarSymCompiler::new(WriterSolver { w: Vec::new() })
            .ok()?
            .with_reset_mode(ResetMode::Comment);
        let answer = match (question, scope) {
            (Question::AlwaysAllows, None) => {
                now(compiler.check_always_allows_opt(&self.policies(policies)?))
            }
            (Question::AlwaysAllows, Some(scope)) => {
                now(compiler.check_implies_opt(&scope.into_compiled_policyset(), &self.policies(policies)?))
            }
            (Question::AlwaysDenies, None) => {
                now(compiler.check_always_denies_opt(&self.policies(policies)?))
            }
            (Question::AlwaysDenies, Some(scope)) => {
                now(compiler.check_disjoint_opt(&scope.into_compiled_policyset(), &self.policies(policies)?))
            }
            (Question::AlwaysMatches, None) => {
                now(compiler.check_always_matches_opt(&self.policy(policies.first()?)?))
            }
            (Question::AlwaysMatches, Some(scope)) => {
                now(compiler.check_matches_implies_opt(&scope, &self.policy(policies.first()?)?))
            }
            (Question::NeverMatches, _) => {
                now(compiler.check_never_matches_opt(&self.policy(policies.first()?)?))
            }
        };
        match answer? {
            Ok(true) => Some(Proof::Holds),
            Ok(false) => Some(Proof::Fails),
            Err(Error::SolverUnknown) => {
                let script = std::mem::take(&mut compiler.solver_mut().w);
                String::from_utf8(script).ok().map(Proof::Open)
            }
            Err(_) => None,
        }
    }

    fn policy(&self, policy: &Policy) -> Option<CompiledPolicy> {
        CompiledPolicy::compile(policy, &self.request, &self.schema).ok()
    }

    /// All policies that are valid here: the tool of a policy may have changed since it was found good.
    fn policies(&self, mut policies: Vec<Policy>) -> Option<CompiledPolicySet> {
        let compile = |policies: &[Policy]| {
            let set = PolicySet::from_policies(policies.iter().cloned()).ok()?;
            CompiledPolicySet::compile(&set, &self.request, &self.schema).ok()
        };
        compile(&policies).or_else(|| {
            policies.retain(|policy| self.policy(policy).is_some());
            compile(&policies)
        })
    }
}

/// The value of a future that never waits.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
