//! The oracle of the deterministic author, asked about a model: what a scripted endpoint writes for the printed sentences, and repairs
//! when it is told what is wrong, decides as their Cedar does.

use super::tests::{admission, author, endpoint, openai};
use super::*;
use crate::backend::generate::deterministic::tests::GATEWAY;
use crate::backend::generate::deterministic::tests::printed::{Case, Source, sources, wrong};
use serde_json::json;

/// What becomes of a sentence when the model's first answer breaks off, and its second is this.
async fn written(source: &Source, case: &Case, cedar: &str) -> String {
    let said = |statement: &str| {
        let draft = json!({"fragment": case.text(), "statement": statement});
        openai(&json!({"drafts": [draft]}).to_string())
    };
    let broken = cedar.trim_end_matches(';');
    let (url, requests) = endpoint(vec![said(broken), said(cedar)]).await;
    let request = AuthorRequest {
        gateway_arn: GATEWAY.to_owned(),
        tools: (source.tools)(),
        text: case.text().to_owned(),
        admission: admission(),
    };
    let drafts = author(Dialect::OpenAi, &url).write(&request).await.unwrap();
    assert_eq!(
        requests.lock().unwrap().len(),
        2,
        "{}: one repair round",
        case.text()
    );
    match drafts.as_slice() {
        [
            Draft {
                outcome: Outcome::Statement(statement),
                ..
            },
        ] => statement.clone(),
        other => panic!("{}: {other:?}", case.text()),
    }
}

#[tokio::test]
async fn what_a_model_repairs_decides_as_the_sentence_s_cedar() {
    let mut asked = 0;
    for source in sources() {
        // One of three: each costs a conversation.
        for case in source.cases.iter().step_by(3) {
            let Some(cedar) = case.cedar() else { continue };
            // The same in another layout: what decides is the meaning.
            let other = cedar
                .replace(" {", "\n{\n  (")
                .replace("};", ")\n};")
                .replace("principal, action", "principal,\n  action");
            let statement = written(&source, case, &other).await;
            assert_eq!(wrong(&source, case, &statement), None, "{}", case.text());
            asked += 1;
        }
    }
    println!("sentences that a model wrote: {asked}");
    assert!(asked > 30, "{asked}");
}

/// The oracle can tell: a model that means something else is noticed, though nothing else is wrong with its policy.
#[tokio::test]
async fn a_model_that_means_something_else_is_noticed() {
    let source = &sources()[0];
    let limited = source
        .cases
        .iter()
        .find(|case| case.cedar().is_some() && case.text().ends_with("under $500"));
    let (case, cedar) = limited.and_then(|case| Some((case, case.cedar()?))).unwrap();
    for (said, instead) in [
        ("< 500", "<= 500"),
        ("< 500", "< 501"),
        ("permit(", "forbid("),
        ("< 500", "> 500"),
    ] {
        let other = cedar.replace(said, instead);
        assert_ne!(other, cedar);
        let statement = written(source, case, &other).await;
        assert!(wrong(source, case, &statement).is_some(), "{statement}");
    }
}
