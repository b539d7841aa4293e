//! The oracle of the deterministic author, asked about a model: what a scripted endpoint writes for the printed sentences, and repairs
//! when it is told what is wrong, decides as their Cedar does.

use super::tests::{admission, author, converse, endpoint, openai};
use super::*;
use crate::backend::generate::deterministic::tests::GATEWAY;
use crate::backend::generate::deterministic::tests::printed::{Case, Source, sources, wrong};
use serde_json::json;

/// What becomes of a sentence when the model's first answer breaks off, and its second is this statement, or that there is
/// none.
async fn written(dialect: Dialect, source: &Source, case: &Case, cedar: Option<&str>) -> Outcome {
    let says = match dialect {
        Dialect::OpenAi => openai,
        Dialect::Converse => converse,
    };
    let said = |statement: Option<&str>| {
        let reason = statement.is_none().then_some("nothing says so");
        let draft = json!({"fragment": case.text(), "statement": statement, "reason": reason});
        says(&json!({"drafts": [draft]}).to_string())
    };
    let broken = cedar.map_or("permit(", |cedar| cedar.trim_end_matches(';'));
    let (url, requests) = endpoint(vec![said(Some(broken)), said(cedar)]).await;
    let request = AuthorRequest {
        gateway_arn: GATEWAY.to_owned(),
        tools: (source.tools)(),
        text: case.text().to_owned(),
        admission: admission(),
    };
    let drafts = author(dialect, &url).write(&request).await.unwrap();
    assert_eq!(
        requests.lock().unwrap().len(),
        2,
        "{}: one repair round",
        case.text()
    );
    match drafts.as_slice() {
        [Draft { outcome, .. }] => outcome.clone(),
        other => panic!("{}: {other:?}", case.text()),
    }
}

#[tokio::test]
async fn what_a_model_repairs_decides_as_the_sentence_s_cedar_or_is_refused() {
    let (mut translated, mut refused, mut wrongs) = (0, 0, Vec::new());
    let dialects = [Dialect::OpenAi, Dialect::Converse].into_iter().cycle();
    let sources = sources();
    let cases = sources
        .iter()
        .flat_map(|source| source.cases.iter().map(move |case| (source, case)));
    for ((source, case), dialect) in cases.zip(dialects) {
        // The same in another layout: what decides is the meaning.
        let other = case.cedar().map(|cedar| {
            cedar
                .replace(" {", "\n{\n  (")
                .replace("};", ")\n};")
                .replace("principal, action", "principal,\n  action")
        });
        match written(dialect, source, case, other.as_deref()).await {
            Outcome::Statement(statement) => {
                translated += 1;
                wrongs.extend(wrong(source, case, &statement));
            }
            Outcome::NotTranslatable(why) => {
                refused += 1;
                assert!(case.cedar().is_none() && why.contains("nothing says so"), "{why}");
            }
        }
    }
    println!(
        "sentences that a model wrote: {translated} translated, {refused} refused, {} wrong",
        wrongs.len()
    );
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n\n"));
    assert!(translated > 100 && refused > 10, "{translated} {refused}");
}

/// What the oracle says of a statement that a model writes.
async fn judged(source: &Source, case: &Case, cedar: &str) -> Option<String> {
    match written(Dialect::OpenAi, source, case, Some(cedar)).await {
        Outcome::Statement(statement) => wrong(source, case, &statement),
        Outcome::NotTranslatable(why) => panic!("{why}"),
    }
}

/// The oracle can tell: a model that means something else is noticed, though nothing else is wrong with its policy.
#[tokio::test]
async fn a_model_that_means_something_else_is_noticed() {
    let sources = sources();
    let source = &sources[0];
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
        assert!(judged(source, case, &other).await.is_some(), "{other}");
    }
    // Also where there is no right one: what must be refused was not.
    let cases = sources
        .iter()
        .flat_map(|source| source.cases.iter().map(move |case| (source, case)));
    let (source, refused) = cases
        .into_iter()
        .find(|(_, case)| case.cedar().is_none())
        .unwrap();
    let found = judged(source, refused, &cedar).await.unwrap();
    assert!(found.starts_with("translated, not refused"), "{found}");
}
