//! Every class of error (reliability.md section 3): what the object says at first and when it lasts, and when the call is
//! made again.

use super::scene::{Scene, fault, row, synced};
use crate::model::FaultClass;
use crate::operator::decide::{Backoff, Found, Next, Outcome};
use std::time::Duration;

/// Longer than everything that waits before it says something else.
const LASTING: Duration = Duration::from_mins(20);

fn backoff() -> Next {
    Next::Backoff(Backoff {
        failures: 1,
        operation: Some("CreatePolicy"),
    })
}

#[test]
fn every_class_of_error_has_its_condition_and_its_pace() {
    let minutes = |minutes| Next::Later(Duration::from_mins(minutes));
    let retried = |reason: &str| format!("Ready=False/{reason} Reconciling/ProgressingWithRetry");
    let stalled = |reason: &str| format!("Ready=False/{reason} Stalled/{reason}");
    let table = [
        (
            FaultClass::Throttled,
            retried("Throttled"),
            stalled("RetriesExhausted"),
            backoff(),
        ),
        (
            FaultClass::Unavailable,
            retried("BackendUnavailable"),
            stalled("RetriesExhausted"),
            backoff(),
        ),
        // The resync of the scene.
        (
            FaultClass::Invalid,
            stalled("InvalidPolicy"),
            stalled("InvalidPolicy"),
            minutes(5),
        ),
        (
            FaultClass::TokenMismatch,
            String::new(),
            "Ready=Unknown/Creating Reconciling/Creating".to_owned(),
            backoff(),
        ),
        (
            FaultClass::Quota,
            stalled("QuotaExceeded"),
            stalled("QuotaExceeded"),
            minutes(10),
        ),
        (
            FaultClass::Denied,
            retried("AccessDenied"),
            stalled("AccessDenied"),
            minutes(1),
        ),
        (
            FaultClass::Clock,
            stalled("ClockSkew"),
            stalled("ClockSkew"),
            minutes(1),
        ),
        (
            FaultClass::Gone,
            retried("DependencyNotReady"),
            retried("DependencyNotReady"),
            backoff(),
        ),
        (
            FaultClass::Conflict,
            "Ready=Unknown/Creating Reconciling/Creating".to_owned(),
            stalled("Conflict"),
            Next::Poll(Duration::from_secs(1)),
        ),
    ];
    assert_eq!(table.each_ref().map(|(class, ..)| *class), FaultClass::ALL);
    for (class, first, lasting, next) in table {
        let scene = || Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(class)));
        let report = scene().report().1;
        let said = report.status.as_ref().map(row).unwrap_or_default();
        assert_eq!(said, first, "{class:?} at first");
        assert_eq!(report.next, next, "{class:?}");
        assert_eq!(
            row(&scene().failing_for(LASTING).status()),
            lasting,
            "{class:?} when it lasts"
        );
        let look = Scene::new(Err(fault(class))).after(synced()).report().1;
        let stale = matches!(class, FaultClass::Throttled | FaultClass::Unavailable);
        let said = row(&look.status.expect("a status"));
        assert_eq!(
            said == "Ready=True/Stale",
            stale,
            "{class:?}: what was in sync says {said}"
        );
    }
}

#[test]
fn without_credentials_an_object_says_so_at_once_and_not_that_aws_did() {
    let mut none = fault(FaultClass::Denied);
    none.code = String::new();
    none.message = "no AWS credentials: give the ServiceAccount a role".to_owned();
    let status = Scene::new(Err(none)).status();
    assert_eq!(row(&status), "Ready=False/AccessDenied Stalled/AccessDenied");
    let told = "no AWS credentials: give the ServiceAccount a role; tried again every minute";
    let conditions = status["conditions"].to_string();
    assert!(conditions.contains(&format!("\"{told}\"")), "{conditions}");
}
