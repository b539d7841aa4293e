//! The rates of service.md section 13, as a token bucket for each operation of the account.
//!
//! A bucket holds what flows into it in one second and begins full. It is kept as the moment at which it is full
//! again, so that nothing is rounded.

use super::model::{Operation, Segment};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Operations that may be called once a second.
const SLOW: [&str; 4] = [
    "CreatePolicyEngine",
    "UpdatePolicyEngine",
    "DeletePolicyEngine",
    "StartPolicyGeneration",
];
/// Calls a second of each of them.
const SLOW_RATE: u32 = 1;
/// Calls a second of every other operation of Policy.
const RATE: u32 = 5;
/// Beginning of the paths of Policy. The page states no rates for gateways, targets and tags.
const POLICY: &str = "policy-engine";
const SECOND: Duration = Duration::from_secs(1);

/// The buckets, by operation.
#[derive(Debug, Default)]
pub struct Rates(Mutex<HashMap<String, Instant>>);

impl Rates {
    /// Takes a token for a call at `now`.
    ///
    /// # Errors
    /// The rate, in calls a second, when there is none left.
    pub fn take(&self, operation: &Operation, now: Instant) -> Result<(), u32> {
        let Some(rate) = rate(operation) else {
            return Ok(());
        };
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = buckets.entry(operation.name.clone()).or_insert(now);
        let after = (*full).max(now) + SECOND / rate;
        if after > now + SECOND {
            return Err(rate);
        }
        *full = after;
        Ok(())
    }
}

/// Calls a second that an operation may have.
fn rate(operation: &Operation) -> Option<u32> {
    let in_policy =
        matches!(operation.path.first(), Some(Segment::Literal(text)) if text.starts_with(POLICY));
    let slow = SLOW.contains(&operation.name.as_str());
    in_policy.then_some(if slow { SLOW_RATE } else { RATE })
}

#[cfg(test)]
mod tests {
    use super::super::model::Model;
    use super::*;

    /// Which of calls at these milliseconds are let through.
    fn let_through(operation: &str, calls: &[u64]) -> Vec<bool> {
        let model = Model::load().unwrap();
        let operation = model
            .operations()
            .iter()
            .find(|known| known.name == operation)
            .unwrap();
        let (rates, begin) = (Rates::default(), Instant::now());
        let calls = calls
            .iter()
            .map(|at| rates.take(operation, begin + Duration::from_millis(*at)));
        calls.map(|taken| taken.is_ok()).collect()
    }

    #[test]
    fn one_or_five_calls_a_second_are_let_through_exactly() {
        assert_eq!(
            let_through("CreatePolicyEngine", &[0, 0, 999, 1000, 1001, 5000, 5000]),
            [true, false, false, true, false, true, false]
        );
        assert_eq!(
            let_through(
                "GetPolicy",
                &[
                    0, 0, 0, 0, 0, 0, 199, 200, 200, 2000, 2000, 2000, 2000, 2000, 2000
                ]
            ),
            [
                true, true, true, true, true, false, false, true, false, true, true, true, true, true, false
            ]
        );
    }

    #[test]
    fn exactly_the_operations_of_policy_have_rates_and_four_of_them_are_slow() {
        let model = Model::load().unwrap();
        let of = |wanted: Option<u32>| {
            model
                .operations()
                .iter()
                .filter(move |operation| rate(operation) == wanted)
        };
        assert_eq!(of(Some(SLOW_RATE)).count(), SLOW.len());
        let without: Vec<&str> = of(None).map(|operation| operation.name.as_str()).collect();
        assert!(
            without
                .iter()
                .all(|name| name.contains("Gateway") || name.contains("Resource")),
            "{without:?}"
        );
        assert_eq!(of(Some(RATE)).count() + SLOW.len() + without.len(), 34);
    }

    #[test]
    fn operations_do_not_share_a_bucket() {
        let model = Model::load().unwrap();
        let (rates, now) = (Rates::default(), Instant::now());
        for operation in model.operations() {
            assert_eq!(rates.take(operation, now), Ok(()), "{}", operation.name);
        }
    }
}
