//! Programs that stand for Lambda functions.

use super::*;
use std::path::Path;
use tempfile::TempDir;

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:refund";

fn target() -> Value {
    json!({"mcp": {"lambda": {"lambdaArn": ARN, "toolSchema": {"inlinePayload": []}}}})
}

/// Calls tools with a shell script as the function; `$1` is the folder.
fn script(script: &str, folder: &Path, limits: Limits) -> Forward {
    let command = shlex::try_join(["sh", "-c", script, "sh", folder.to_str().unwrap()]).unwrap();
    forward(&[&format!("*=exec:{command}")], limits)
}

async fn run(text: &str, limits: Limits) -> ToolResult {
    let folder = TempDir::new().unwrap();
    let forward = script(text, folder.path(), limits);
    call(
        &forward,
        &target(),
        &tool("process_refund"),
        &json!({"amount": 500}),
    )
    .await
}

/// The number in a file, once it is whole.
async fn number(file: &Path) -> i32 {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    loop {
        ticks.tick().await;
        let text = std::fs::read_to_string(file).unwrap_or_default();
        if let Some(line) = text.strip_suffix('\n') {
            return line.parse().unwrap();
        }
    }
}

/// Waits until a process is gone, or dead and not yet collected.
async fn gone(id: i32) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    loop {
        ticks.tick().await;
        let state = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        match state.rsplit(") ").next() {
            Some(rest) if !rest.is_empty() && !rest.starts_with(['Z', 'X']) => {}
            _ => return,
        }
    }
}

#[tokio::test]
async fn a_program_has_the_event_on_its_input_and_the_context_in_a_variable() {
    let text = r#"printf '{"event": %s, "context": %s, "arn": "%s", "hidden": "%s"}' "$(cat)" "$AGENTCORE_CLIENT_CONTEXT" \
        "$AGENTCORE_FUNCTION_ARN" "$CARGO_MANIFEST_DIR""#;
    let said: Value = serde_json::from_str(&answered(&run(text, Limits::default()).await)).unwrap();
    assert_eq!(said["event"], json!({"amount": 500}));
    assert_eq!(
        said["context"]["custom"]["bedrockAgentCoreToolName"],
        "Refunds___process_refund"
    );
    assert_eq!(
        (said["arn"].as_str(), said["hidden"].as_str()),
        (Some(ARN), Some(""))
    );
}

#[tokio::test]
async fn arguments_are_words_and_no_shell_sees_them() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("made");
    let command = format!("printf '\"%s\"' '$(touch {0})' ';' touch {0}", file.display());
    let forward = forward(&[&format!("{ARN}=exec:{command}")], Limits::default());
    let told = failed(&call(&forward, &target(), &tool("t"), &json!({"x": "`touch y`"})).await);
    // The words of printf, one after the other, are no JSON.
    assert!(told.ends_with("something else than JSON"), "{told}");
    assert!(!file.exists());
}

#[tokio::test]
async fn a_program_that_fails_is_told_with_its_last_words() {
    for (text, expected) in [
        (
            "echo 'no order 7' >&2; exit 3",
            "The program sh of the Lambda function ended with exit status: 3: no order 7",
        ),
        (
            "echo 1; exit 1",
            "The program sh of the Lambda function ended with exit status: 1",
        ),
        (
            "kill -9 $$",
            "The program sh of the Lambda function ended with signal: 9 (SIGKILL)",
        ),
        (
            "echo no",
            "The Lambda function arn:aws:lambda:us-east-1:123456789012:function:refund answered with something else than JSON",
        ),
    ] {
        assert_eq!(failed(&run(text, Limits::default()).await), expected);
    }
    let long = failed(
        &run(
            "head -c 9000000 /dev/zero | tr '\\0' x >&2; printf end >&2; exit 1",
            Limits::default(),
        )
        .await,
    );
    assert!(long.len() < 2200 && long.ends_with("xxend"), "{long}");
    let nowhere = forward(&["*=exec:/nowhere/at/all"], Limits::default());
    let told = failed(&call(&nowhere, &target(), &tool("t"), &json!({})).await);
    assert!(
        told.starts_with(
            "The program /nowhere/at/all of the Lambda function cannot be started: No such file"
        ),
        "{told}"
    );
}

#[tokio::test]
async fn a_program_need_not_read_its_input_and_may_print_while_it_does() {
    let large = json!({"x": "y".repeat(1_000_000)});
    let folder = TempDir::new().unwrap();
    let deaf = script("echo true", folder.path(), Limits::default());
    assert_eq!(
        answered(&call(&deaf, &target(), &tool("t"), &large).await),
        "true"
    );
    let echo = script("cat", folder.path(), Limits::default());
    assert_eq!(
        answered(&call(&echo, &target(), &tool("t"), &large).await),
        large.to_string()
    );
}

#[tokio::test]
async fn a_program_that_prints_without_end_is_killed() {
    let limits = Limits {
        answer: 100_000,
        ..within(Duration::from_mins(5))
    };
    let folder = TempDir::new().unwrap();
    let forward = script("echo $$ > $1/id; exec cat /dev/zero", folder.path(), limits);
    let told = failed(&call(&forward, &target(), &tool("t"), &json!({})).await);
    assert_eq!(told, "The answer of the tool is larger than 100000 bytes");
    gone(number(&folder.path().join("id")).await).await;
}

#[tokio::test]
async fn the_time_limit_ends_a_program_and_all_that_it_started() {
    let folder = TempDir::new().unwrap();
    // The second process would go on by itself.
    let text = "sh -c 'trap \"\" TERM; echo $$ > $1/second; sleep 1000' sh $1 & echo $$ > $1/first; wait";
    let forward = script(text, folder.path(), within(Duration::from_millis(500)));
    let told = failed(&call(&forward, &target(), &tool("t"), &json!({})).await);
    assert_eq!(told, "The tool did not answer within 500 ms");
    gone(number(&folder.path().join("first")).await).await;
    gone(number(&folder.path().join("second")).await).await;
}

#[tokio::test]
async fn a_call_that_is_cancelled_or_dropped_ends_its_program() {
    for drop_it in [false, true] {
        let folder = TempDir::new().unwrap();
        let forward = script(
            "echo $$ > $1/id; exec sleep 1000",
            folder.path(),
            within(Duration::from_mins(5)),
        );
        let cancelled = CancellationToken::new();
        let (target, tool, arguments) = (target(), tool("t"), json!({}));
        let calling = call_until(&forward, &target, &tool, &arguments, &cancelled);
        let file = folder.path().join("id");
        if drop_it {
            let id = tokio::select! {
                _ = calling => panic!("it sleeps"),
                id = number(&file) => id,
            };
            gone(id).await;
        } else {
            let (result, id) = tokio::join!(calling, async {
                let id = number(&file).await;
                cancelled.cancel();
                id
            });
            assert_eq!(failed(&result), "The call was cancelled");
            gone(id).await;
        }
    }
}

#[tokio::test]
async fn what_a_program_leaves_behind_is_ended_and_does_not_hold_up_its_answer() {
    let folder = TempDir::new().unwrap();
    let text = "sleep 1000 & echo $! > $1/id; echo 7";
    let forward = script(text, folder.path(), within(Duration::from_mins(5)));
    assert_eq!(
        answered(&call(&forward, &target(), &tool("t"), &json!({})).await),
        "7"
    );
    gone(number(&folder.path().join("id")).await).await;
}

#[tokio::test]
async fn who_leaves_the_group_and_holds_the_output_open_is_not_waited_for() {
    let folder = TempDir::new().unwrap();
    let text =
        "setsid sh -c 'echo $$ > $1/id; exec sleep 1000' sh $1 & while ! [ -s $1/id ]; do :; done; echo 7";
    let forward = script(text, folder.path(), within(Duration::from_mins(5)));
    assert_eq!(
        answered(&call(&forward, &target(), &tool("t"), &json!({})).await),
        "7"
    );
    let id = number(&folder.path().join("id")).await;
    let id = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn only_so_many_programs_run_at_once() {
    let limits = Limits {
        programs: 1,
        ..within(Duration::from_mins(5))
    };
    let folder = TempDir::new().unwrap();
    // Two of them at a time would find the folder that the other has made.
    let forward = script(
        "mkdir $1/alone && sleep 0.05 && rmdir $1/alone && echo 1",
        folder.path(),
        limits,
    );
    let (target, tool, arguments) = (target(), tool("t"), json!({}));
    let calls = (0..4).map(|_| call(&forward, &target, &tool, &arguments));
    for result in futures::future::join_all(calls).await {
        assert_eq!(answered(&result), "1");
    }
}
