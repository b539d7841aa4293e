//! The author against a scripted endpoint on loopback.

use super::*;
use crate::backend::generate::Admission;
use crate::model::{Protocol, Tool};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const GATEWAY: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/g-0123456789";
const TEXT: &str = "Allow users to process refunds under 500.\nMake everybody happy.";

/// What came: head and body.
pub(super) type Requests = Arc<Mutex<Vec<(String, Value)>>>;

/// An endpoint that gives these answers (status and body), one a connection, and keeps what came. A status of 0 keeps
/// the connection open without an answer.
pub(super) async fn endpoint(answers: Vec<(u16, String)>) -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/", listener.local_addr().unwrap());
    let requests = Requests::default();
    let kept = Arc::clone(&requests);
    tokio::spawn(async move {
        let mut silent = Vec::new();
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = Vec::new();
            let (head, length) = loop {
                let mut chunk = [0; 4096];
                let read = stream.read(&mut chunk).await.unwrap();
                bytes.extend_from_slice(&chunk[..read]);
                if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
                    let length = head.split("content-length: ").nth(1).unwrap();
                    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
                    if bytes.len() >= end + 4 + length {
                        kept.lock()
                            .unwrap()
                            .push((head, serde_json::from_slice(&bytes[end + 4..]).unwrap()));
                        break ((), length);
                    }
                }
            };
            let ((), _) = (head, length);
            if status == 0 {
                silent.push(stream);
                continue;
            }
            let answer = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\nlocation: http://127.0.0.1:1/\r\n\r\n{body}",
                body.len()
            );
            // A client that has read enough may be gone.
            drop(stream.write_all(answer.as_bytes()).await);
        }
        std::future::pending::<()>().await;
    });
    (url, requests)
}

pub(super) fn author(dialect: Dialect, url: &str) -> ModelAuthor {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let config = ModelConfig {
        dialect,
        url: url.to_owned(),
        model: "m:1".to_owned(),
        key: Some(Secret::new("top-secret".to_owned())),
        patience: Duration::from_secs(2),
    };
    assert!(!format!("{config:?}").contains("top-secret"));
    ModelAuthor::new(config).unwrap()
}

fn request() -> AuthorRequest {
    AuthorRequest {
        gateway_arn: GATEWAY.to_owned(),
        tools: vec![Tool {
            target: "T".to_owned(),
            name: "process_refund".to_owned(),
            description: "Pay back".to_owned(),
            input: json!({"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]}),
            output: None,
            protocol: Protocol::Mcp,
        }],
        text: TEXT.to_owned(),
        admission: admission(),
    }
}

/// Takes in what parses and is not for callers that nobody knows.
pub(super) fn admission() -> Admission {
    Admission::new(|text| match cedar::parse_statement(text) {
        Err(failure) => Some(failure.aws_text()),
        Ok(statement) => statement
            .is_for_unauthenticated()
            .then(|| "no policy is for such callers".to_owned()),
    })
}

fn statement(condition: &str) -> String {
    format!(
        "permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::\"T___process_refund\", resource == AgentCore::Gateway::\"{GATEWAY}\") when {{ {condition} }};"
    )
}

fn answer(statement: &str) -> String {
    json!({"drafts": [
        {"fragment": "Allow users to process refunds under 500.", "statement": statement},
        {"fragment": "Make everybody happy.", "statement": null, "reason": "Happiness is no argument."},
    ]})
    .to_string()
}

pub(super) fn openai(text: &str) -> (u16, String) {
    (
        200,
        json!({"choices": [{"message": {"role": "assistant", "content": text}}]}).to_string(),
    )
}

pub(super) fn converse(text: &str) -> (u16, String) {
    let message = json!({"role": "assistant", "content": [{"text": text}]});
    (200, json!({"output": {"message": message}}).to_string())
}

fn good() -> Vec<Draft> {
    vec![
        Draft {
            fragment: "Allow users to process refunds under 500.".to_owned(),
            outcome: Outcome::Statement(statement("context.input.amount < 500")),
        },
        Draft {
            fragment: "Make everybody happy.".to_owned(),
            outcome: Outcome::NotTranslatable("Happiness is no argument.".to_owned()),
        },
    ]
}

#[tokio::test]
async fn a_good_answer_needs_one_request_in_either_dialect() {
    let text = answer(&statement("context.input.amount < 500"));
    let fenced = format!("Here you are:\n```json\n{text}\n```");
    for (dialect, said, path, messages) in [
        (Dialect::OpenAi, openai(&fenced), "post /v1/chat/completions ", 2),
        (
            Dialect::Converse,
            converse(&text),
            "post /v1/model/m:1/converse ",
            1,
        ),
    ] {
        let (url, requests) = endpoint(vec![said]).await;
        assert_eq!(author(dialect, &url).write(&request()).await.unwrap(), good());
        let requests = requests.lock().unwrap();
        let [(head, body)] = requests.as_slice() else {
            panic!("{requests:?}")
        };
        assert!(head.starts_with(path), "{head}");
        assert!(head.contains("authorization: bearer top-secret"), "{head}");
        assert_eq!(body["messages"].as_array().unwrap().len(), messages);
        let whole = body.to_string();
        assert!(
            !whole.contains("//") && !whole.contains("service.md"),
            "comments of ours are no matter of the model's: {whole}"
        );
        for part in [
            "process refunds under 500",
            "T___process_refund",
            "Pay back",
            GATEWAY,
            "amount",
        ] {
            assert!(whole.contains(part), "{part} is not in {whole}");
        }
    }
}

#[tokio::test]
async fn errors_are_shown_to_the_model_once() {
    for (bad, shown) in [
        (
            answer(&statement("context.input.amont < 500")),
            "attribute `input.amont` in context",
        ),
        (
            answer(&statement("context.input.amount < ")),
            "When parsing the policy statement",
        ),
        (
            answer(&statement("true").replace("gateway/g-0123456789", "gateway/other-0123456789")),
            "the resource must be",
        ),
        (
            answer(&statement("true")).replace("Make everybody happy.", "Something else."),
            "the fragment is not copied",
        ),
        (
            answer("permit(principal, action, resource is AgentCore::Gateway);"),
            "the resource must be",
        ),
        (
            answer(&statement("true").replace("OAuthUser", "UnauthenticatedUser")),
            "no policy is for such callers",
        ),
        (answer("short"), "35 to 10000 characters"),
        ("I would rather not.".to_owned(), "no JSON object"),
        ("{\"drafts\": []}".to_owned(), "1 to 100 drafts"),
    ] {
        let (url, requests) = endpoint(vec![
            openai(&bad),
            openai(&answer(&statement("context.input.amount < 500"))),
        ])
        .await;
        assert_eq!(
            author(Dialect::OpenAi, &url).write(&request()).await.unwrap(),
            good(),
            "{bad}"
        );
        let requests = requests.lock().unwrap();
        let repair = requests[1].1["messages"][3]["content"].as_str().unwrap();
        assert!(repair.contains(shown), "{shown} is not in {repair}");
        assert_eq!(requests[1].1["messages"][2]["content"], *bad);
    }
}

#[tokio::test]
async fn what_is_wrong_after_the_repair_is_no_policy_of_ours() {
    let invalid = statement("context.input.amont < 500");
    let (url, _) = endpoint(vec![openai(&answer(&invalid)), openai(&answer(&invalid))]).await;
    let drafts = author(Dialect::OpenAi, &url).write(&request()).await.unwrap();
    assert_eq!(
        drafts[0].outcome,
        Outcome::Statement(invalid.clone()),
        "the validator finds it INVALID later"
    );

    let elsewhere = statement("true").replace("gateway/g-0123456789", "gateway/other-0123456789");
    let (url, _) = endpoint(vec![openai(&answer(&elsewhere)), openai(&answer(&elsewhere))]).await;
    let drafts = author(Dialect::OpenAi, &url).write(&request()).await.unwrap();
    assert_eq!(
        drafts[0].outcome,
        Outcome::NotTranslatable("the model wrote a statement for another gateway".to_owned())
    );

    for resource in ["resource is AgentCore::Gateway", "resource"] {
        let everywhere = format!("permit(principal, action, {resource}) when {{ true }};");
        let (url, _) = endpoint(vec![openai(&answer(&everywhere)), openai(&answer(&everywhere))]).await;
        let drafts = author(Dialect::OpenAi, &url).write(&request()).await.unwrap();
        assert_eq!(
            drafts[0].outcome,
            Outcome::NotTranslatable(
                "the model wrote a statement that does not name the gateway it is for".to_owned()
            )
        );
    }

    // A repair that cannot be read leaves the first answer.
    let (url, _) = endpoint(vec![openai(&answer(&invalid)), openai("sorry")]).await;
    let drafts = author(Dialect::OpenAi, &url).write(&request()).await.unwrap();
    assert_eq!(drafts[0].outcome, Outcome::Statement(invalid));
}

#[tokio::test]
async fn an_endpoint_that_fails_is_a_failure_that_tells_no_secret() {
    for (answers, told) in [
        (
            vec![(500, "top-secret".to_owned())],
            "the model's endpoint answered 500",
        ),
        (vec![(307, String::new())], "the model's endpoint answered 307"),
        (
            vec![(200, "no json".to_owned())],
            "the model's endpoint did not answer with JSON",
        ),
        (
            vec![(200, "{}".to_owned())],
            "the model's endpoint answered without a text",
        ),
        (
            vec![(200, format!("\"{}\"", "x".repeat(1_100_000)))],
            "the model's answer is longer than 1048576 bytes",
        ),
        (vec![(0, String::new())], "the model did not answer in time"),
        (
            vec![openai("no"), openai("never")],
            "the answer holds no JSON object",
        ),
    ] {
        let (url, _) = endpoint(answers).await;
        let error = author(Dialect::OpenAi, &url).write(&request()).await.unwrap_err();
        assert_eq!(error.to_string(), told);
    }
    let gone = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let error = author(Dialect::OpenAi, &format!("http://{gone}"))
        .write(&request())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "the model's endpoint cannot be reached");
}

#[test]
fn what_is_no_url_of_an_endpoint_is_refused() {
    for url in [
        "",
        "host",
        "ftp://host/",
        "file:///x",
        "https://host/?key=1",
        "data:x",
    ] {
        let config = ModelConfig {
            dialect: Dialect::OpenAi,
            url: url.to_owned(),
            model: "m".to_owned(),
            key: None,
            patience: Duration::from_secs(1),
        };
        assert!(ModelAuthor::new(config).is_err(), "{url}");
    }
}
