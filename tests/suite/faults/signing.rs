//! Credentials whose source is slow, fails or rotates them (F17), and clocks that differ (F37), with the real program, a
//! source of credentials on loopback, and a backend that verifies signatures.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use agentcore_policy_operator::model::{iso8601, parse_compact};
use serde_json::{Value, json};

use super::scripted::{Scripted, answered};
use crate::lifecycle::scene::{Scene, calls, engine, engine_and_policy, message, permit, policy, ready};
use crate::rig::http::{header, request, serve};
use crate::rig::wait::{wait_for, wait_until};
use crate::rig::{Operator, OperatorSetup};

/// As long as the longest pause after a few failures, and a machine under load.
const LONG: Duration = Duration::from_mins(1);

/// What a source of credentials does when it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gives {
    /// This access key, which ends so soon that every call asks anew.
    Key(&'static str),
    /// An error.
    Failure,
    /// Nothing, until it gives something else.
    Nothing,
}

/// What a container asks for its credentials (Pod Identity and ECS speak so).
struct Source {
    gives: Arc<(Mutex<Gives>, Condvar)>,
    url: String,
}

impl Source {
    fn start(gives: Gives) -> Self {
        let gives = Arc::new((Mutex::new(gives), Condvar::new()));
        let shared = Arc::clone(&gives);
        let url = serve(move |_, _| {
            let (gives, changed) = &*shared;
            let gives = gives.lock().unwrap_or_else(PoisonError::into_inner);
            let gives = changed.wait_while(gives, |gives| *gives == Gives::Nothing);
            match *gives.unwrap_or_else(PoisonError::into_inner) {
                Gives::Key(key) => (200, key_document(key).to_string(), None),
                Gives::Failure | Gives::Nothing => (500, "canary-of-the-source".to_owned(), None),
            }
        });
        Self { gives, url }
    }

    fn gives(&self, what: Gives) {
        *self.gives.0.lock().unwrap_or_else(PoisonError::into_inner) = what;
        self.gives.1.notify_all();
    }
}

fn key_document(key: &str) -> Value {
    let ends = now() + 30;
    json!({"AccessKeyId": key, "SecretAccessKey": format!("secret of {key}"), "Token": format!("token of {key}"), "Expiration": iso8601(ends * 1_000_000)})
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or_default()
}

/// An operator that has no credentials but those of the source.
fn setup<'a>(scene: &'a Scene, source: Option<&Source>) -> OperatorSetup<'a> {
    let setup = scene
        .setup()
        .env("AWS_ACCESS_KEY_ID", "")
        .env("AWS_SECRET_ACCESS_KEY", "");
    match source {
        Some(source) => setup.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &source.url),
        None => setup,
    }
}

/// A backend that takes two keys.
#[track_caller]
fn guarded(what: &str) -> Scripted {
    let keys = std::env::temp_dir().join(format!("agentcore-keys-{what}-{}.json", std::process::id()));
    let key = |name: &str| {
        json!({"accessKeyId": name, "secretAccessKey": format!("secret of {name}"), "sessionToken": format!("token of {name}"),
               "arn": format!("arn:aws:iam::123456789012:user/{name}")})
    };
    std::fs::write(&keys, json!([key("ASIAOLD"), key("ASIANEW")]).to_string()).expect("a file");
    Scripted::with_args(what, &["--credentials", &keys.to_string_lossy()])
}

/// Waits until the policy is Ready of its generation.
#[track_caller]
fn until_ready(scene: &Scene) {
    wait_until("the policy to be Ready", LONG, || {
        let object = scene.object("acpol/agents").expect("the policy");
        super::truth::says_ready(&object)
            .then_some(())
            .ok_or_else(|| object["status"].to_string())
    });
}

/// Waits until the message of `Ready` has this text.
#[track_caller]
fn until_told(scene: &Scene, which: &str, reason: &str, text: &str) {
    wait_until(&format!("{which} to be told {text}"), LONG, || {
        let object = scene.object(which).expect("the object");
        let told = ready(&object)["reason"] == reason && message(&object).contains(text);
        told.then_some(()).ok_or_else(|| object["status"].to_string())
    });
}

#[track_caller]
fn look_now(scene: &Scene, which: &str, value: &str) {
    let annotation = format!("agentcore.dev/reconcile-requested-at={value}");
    let annotate = ["annotate", "--overwrite", which, annotation.as_str()];
    scene.namespace.kubectl(&annotate).success();
}

#[test]
fn f17_a_source_of_credentials_that_fails_hangs_or_rotates_ends_nothing_and_its_next_key_is_used() {
    let scripted = guarded("f17");
    let scene = &scripted.scene;
    let source = Source::start(Gives::Failure);
    let mut operator = setup(scene, Some(&source)).start_ready();
    scene.apply(&engine_and_policy());
    until_told(
        scene,
        "acpe/refunds",
        "BackendUnavailable",
        "the source of the AWS credentials fails",
    );
    source.gives(Gives::Key("ASIAOLD"));
    until_ready(scene);
    let principals = || scripted.principals();
    assert!(
        principals().iter().all(|who| who.ends_with("ASIAOLD")),
        "{:?}",
        principals()
    );
    // The last key is good for half a minute yet; then there is none.
    source.gives(Gives::Nothing);
    scene.apply(&[policy("agents", &permit("boss"))]);
    until_ready(scene);
    wait_until("the last key to have ended", LONG, || {
        look_now(scene, "acpe/refunds", &now().to_string());
        let object = scene.object("acpe/refunds").expect("the engine");
        let told = message(&object).contains("the source of the AWS credentials does not answer");
        told.then_some(()).ok_or_else(|| object["status"].to_string())
    });
    assert_eq!(
        ready(&scene.object("acpe/refunds").expect("it"))["reason"],
        "Stale"
    );
    source.gives(Gives::Key("ASIANEW"));
    scene.apply(&[policy("agents", &permit("chief"))]);
    until_ready(scene);
    assert!(
        principals().last().is_some_and(|who| who.ends_with("ASIANEW")),
        "{:?}",
        principals()
    );
    assert!(operator.process().ended().is_none());
    let log = operator.process().stderr();
    assert!(
        !log.contains("canary-of-the-source"),
        "what a source says is nobody's"
    );
}

#[test]
fn f17_a_key_that_aws_takes_no_longer_is_a_denial_and_the_next_call_uses_the_one_that_replaced_it() {
    let scripted = guarded("f17-refused");
    let scene = &scripted.scene;
    let source = Source::start(Gives::Key("ASIAGONE"));
    let _operator = setup(scene, Some(&source)).start_ready();
    scene.apply(&engine_and_policy());
    until_told(
        scene,
        "acpe/refunds",
        "AccessDenied",
        "security token included in the request is invalid",
    );
    source.gives(Gives::Key("ASIANEW"));
    look_now(scene, "acpe/refunds", "now");
    until_ready(scene);
}

#[test]
fn ack12_f17_without_any_credentials_the_operator_starts_and_its_objects_say_what_to_do() {
    let scene = Scene::new("f17-none");
    let mut operator = setup(&scene, None).start_ready();
    scene.apply(&engine_and_policy());
    until_told(
        &scene,
        "acpe/refunds",
        "AccessDenied",
        "give the ServiceAccount a role",
    );
    let object = scene.object("acpe/refunds").expect("the engine");
    assert!(
        !message(&object).contains("AgentCore answered"),
        "{}",
        message(&object)
    );
    assert!(operator.process().ended().is_none());
}

/// A service whose clock is so many seconds ahead: it refuses what is signed at another time, and has a backend behind it.
fn ahead(backend: &str, seconds: i64) -> String {
    let backend = backend.to_owned();
    serve(move |head, body| {
        let theirs = now() + seconds;
        let date = Some(http_date(theirs));
        let signed = header(head, "x-amz-date")
            .and_then(parse_compact)
            .unwrap_or_default();
        if (signed - theirs).abs() > 300 {
            let said = json!({"message": "Signature expired: it is of another time"});
            return (403, said.to_string(), date);
        }
        let mut words = head[0].split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let answer = request(method, &format!("{backend}{path}"), body).expect("the backend answers");
        (answer.status, answer.body, date)
    })
}

/// `Tue, 14 Nov 2023 22:13:20 GMT`
fn http_date(seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let text = iso8601(seconds * 1_000_000);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let month: usize = part(5, 7).parse().expect("a month");
    let day = usize::try_from(seconds / 86_400 % 7).expect("a day");
    format!(
        "{}, {} {} {} {} GMT",
        DAYS[day],
        part(8, 10),
        MONTHS[month - 1],
        part(0, 4),
        part(11, 19)
    )
}

fn behind<'a>(scene: &'a Scene, url: &str) -> OperatorSetup<'a> {
    OperatorSetup::aws(&scene.namespace, url)
}

fn all_calls(operator: &Operator) -> u64 {
    ["ListPolicyEngines", "CreatePolicyEngine"]
        .iter()
        .map(|operation| calls(operator, operation))
        .sum()
}

#[test]
fn f37_a_service_whose_clock_is_400_s_ahead_is_signed_for_with_its_own_time_after_the_first_refusal() {
    let scene = Scene::new("f37");
    let operator = behind(&scene, &ahead(&scene.backend.url, 400)).start_ready();
    scene.apply(&[engine("refunds", json!({}))]);
    until_told(
        &scene,
        "acpe/refunds",
        "ClockSkew",
        "Set the clock of the operator's machine",
    );
    assert_eq!(all_calls(&operator), 1, "no loop");
    look_now(&scene, "acpe/refunds", "now");
    scene.until_ready("acpe/refunds");
    scene.apply(&[policy("agents", &permit("agent"))]);
    until_ready(&scene);
}

#[test]
fn f37_a_clock_that_stays_wrong_is_told_and_is_not_tried_in_a_loop() {
    let scripted = Scripted::new("f37-stays");
    let mut skewed = answered("CreatePolicyEngine", &json!("every"), "RequestTimeTooSkewed");
    skewed["answer"]["status"] = json!(403);
    scripted.rules(&json!([skewed]));
    let scene = &scripted.scene;
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    let object = scene.until_reason("acpe/refunds", "ClockSkew");
    assert!(
        message(&object).contains("the script says so"),
        "{}",
        message(&object)
    );
    // Other passes of it change nothing of that.
    scene.apply(&[engine("others", json!({"managementPolicy": "Observe"}))]);
    let annotate = ["annotate", "acpe/refunds", "looked=yes"];
    scene.namespace.kubectl(&annotate).success();
    wait_for("another engine to be looked at", LONG, || {
        scene
            .object("acpe/others")
            .is_some_and(|object| ready(&object)["status"] == "False")
    });
    assert_eq!(calls(&operator, "CreatePolicyEngine"), 1, "no loop");
    scripted.rules(&json!([]));
    look_now(scene, "acpe/refunds", "now");
    scene.until_ready("acpe/refunds");
    until_ready(scene);
}
