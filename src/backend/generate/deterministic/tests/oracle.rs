//! Sentences put together from phrases whose meaning is known, decided by Cedar over a grid of requests: a refusal is
//! no failure, a wrong meaning is.

use super::GATEWAY;
use super::phrases::{CLAUSES, CONDITIONS, Call, FRAMES, WHAT, WHO, grid, tools};
use crate::backend::generate::Outcome;
use crate::backend::generate::deterministic::write;
use crate::cedar::decide::{Prepared, matches, prepare};
use crate::cedar::{Schema, parse_statement};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;

/// A sentence and whether it matches a request.
pub(super) struct Sentence<'s> {
    pub text: String,
    pub means: Box<dyn Fn(&Call) -> bool + 's>,
}

thread_local! {
    static TRANSLATED: Cell<u32> = const { Cell::new(0) };
    static REFUSED: Cell<u32> = const { Cell::new(0) };
    static SCHEMA: Schema = Schema::of(&tools()).unwrap();
    static GRID: (Vec<Call>, Vec<Prepared>) = {
        let calls = grid();
        let prepared = calls.iter().map(|call| prepare(&call.asked())).collect();
        (calls, prepared)
    };
}

/// Holds a sentence to its meaning on every request of the grid; a refusal passes.
pub(super) fn held(sentence: &Sentence<'_>) -> Result<(), TestCaseError> {
    let drafts = write(&sentence.text, &tools(), GATEWAY);
    prop_assert_eq!(drafts.len(), 1, "{}", sentence.text);
    let Outcome::Statement(statement) = &drafts[0].outcome else {
        REFUSED.set(REFUSED.get() + 1);
        return Ok(());
    };
    TRANSLATED.set(TRANSLATED.get() + 1);
    let parsed = parse_statement(statement).unwrap();
    let invalid = SCHEMA.with(|schema| schema.validate(&parsed, "p"));
    prop_assert!(invalid.is_empty(), "{}\n{:?}", sentence.text, invalid);
    GRID.with(|(calls, prepared)| {
        for (call, matched) in calls.iter().zip(matches(statement, prepared)) {
            prop_assert_eq!(
                matched,
                (sentence.means)(call),
                "{}\n{}\n{:?}",
                sentence.text,
                statement,
                call
            );
        }
        Ok(())
    })
}

fn framed(frame: usize, who: usize, what: usize) -> (String, bool) {
    let (frame, grants) = FRAMES[frame % FRAMES.len()];
    let (do_, doing, _) = WHAT[what % WHAT.len()];
    let text = frame
        .replace("{who}", WHO[who % WHO.len()].0)
        .replace("{doing}", doing)
        .replace("{do}", do_);
    (text, grants)
}

/// The sentences of one run, and what became of them.
fn report(what: &str, wrong: usize) {
    println!(
        "{what}: {} translated, {} refused, {wrong} wrong",
        TRANSLATED.get(),
        REFUSED.get()
    );
}

#[test]
fn a_rule_with_one_clause_means_what_its_phrases_mean() {
    let sentences = (
        (0..FRAMES.len(), 0..WHO.len(), 0..WHAT.len()),
        proptest::option::of((0..CLAUSES.len(), 0..CONDITIONS.len())),
        proptest::option::of((any::<bool>(), 0..CONDITIONS.len())),
    );
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(192)
    };
    let result = TestRunner::new(config).run(&sentences, |((frame, who, what), clause, more)| {
        let (mut text, grants) = framed(frame, who, what);
        if let Some((clause, condition)) = clause {
            text += CLAUSES[clause].0;
            text += CONDITIONS[condition].0;
            if let Some((and, condition)) = more {
                text += if and { " and " } else { " or " };
                text += CONDITIONS[condition].0;
            }
        }
        let only = text.split(' ').any(|word| word.eq_ignore_ascii_case("only"));
        if only && clause.is_some_and(|(clause, _)| CLAUSES[clause].1) {
            // The exception may be one from what is granted or from `only`.
            let outcome = write(&text, &tools(), GATEWAY).remove(0).outcome;
            prop_assert!(
                matches!(outcome, Outcome::NotTranslatable(_)),
                "{text}: {outcome:?}"
            );
            return Ok(());
        }
        let means = move |call: &Call| {
            let scope = (WHO[who].1)(call, grants) && (WHAT[what].2)(call, grants);
            let Some((clause, condition)) = clause else {
                return scope;
            };
            let exception = CLAUSES[clause].1;
            let first = (CONDITIONS[condition].1)(call, grants != exception);
            let holds = match more {
                None => first,
                Some((and, other)) => {
                    let second = (CONDITIONS[other].1)(call, grants != exception);
                    if and { first && second } else { first || second }
                }
            };
            scope && holds != exception
        };
        held(&Sentence {
            text,
            means: Box::new(means),
        })
    });
    report("random sentences", usize::from(result.is_err()));
    result.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// No word is dropped: one that means nothing is refused wherever it stands, and `not` is refused or counts.
    #[test]
    fn every_word_of_a_sentence_counts(
        frame in 0..FRAMES.len(), who in 0..WHO.len(), what in 0..WHAT.len(), condition in 0..CONDITIONS.len(),
        clause in 0..CLAUSES.len(), at in any::<prop::sample::Index>(),
    ) {
        let (text, _) = framed(frame, who, what);
        let text = text + CLAUSES[clause].0 + CONDITIONS[condition].0;
        let words: Vec<&str> = text.split(' ').collect();
        let at = at.index(words.len() + 1);
        let with = |word: &str| [&words[..at], &[word], &words[at..]].concat().join(" ");
        let outcome = |text: &str| write(text, &tools(), GATEWAY).remove(0).outcome;
        let senseless = with("zorgle");
        prop_assert!(matches!(outcome(&senseless), Outcome::NotTranslatable(_)), "{senseless}: {:?}", outcome(&senseless));
        let negated = with("not");
        if let (Outcome::Statement(before), Outcome::Statement(after)) = (outcome(&text), outcome(&negated)) {
            let turned = before.starts_with("permit") != after.starts_with("permit");
            let (was, is) = GRID.with(|(_, prepared)| (matches(&before, prepared), matches(&after, prepared)));
            // A claim of callers who have none says nothing, negated or not: both match no request at all.
            let nothing = was.iter().chain(&is).all(|matched| !matched);
            prop_assert!(turned || nothing || was != is, "{negated}\n{before}\n{after}");
        }
    }
}

/// What names an argument is no further value of what stands before it.
#[test]
fn a_word_that_names_an_argument_is_not_taken_for_one_more_value() {
    let outcome = |text: &str| write(text, &tools(), GATEWAY).remove(0).outcome;
    let said = "Allow everyone to process refunds when the user's role is admin or";
    let both = outcome(&format!("{said} amount and note are provided"));
    let Outcome::Statement(statement) = both else {
        panic!("{both:?}")
    };
    assert!(!statement.contains("\"amount\""), "{statement}");
    assert!(statement.contains("context.input has amount"), "{statement}");
    let alone = outcome(&format!("{said} amount"));
    assert!(matches!(alone, Outcome::NotTranslatable(_)), "{alone:?}");
    let quoted = outcome(&format!("{said} \"amount\""));
    assert!(matches!(quoted, Outcome::Statement(_)), "{quoted:?}");
}

/// Sentences that can be read in two ways.
#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    for text in [
        "Allow users to process refunds and void payments under $500",
        "Allow users to process refunds when amount is under 500 and region is US or rush is true",
        "Allow users with role admin or role auditor and scope x to process refunds",
        "Allow users to process refunds when the region is not US or EU",
        "Allow users to process refunds when their amount is 500",
        "Allow users to process refunds unless rush is true when region is US",
        "Allow users to process refunds unless rush is true unless region is US",
        "Allow users to process refunds after 2026-01-31 UTC",
        "Allow users to process refunds until 2026-01-31 UTC",
        "Allow users to process refunds when amount is under 1.000",
        "Allow users to process refunds when amount is under 500 cents",
        "Allow users to process refunds when amount is under 500 per day",
        "Allow users to process refunds when amount is 10.5",
        "Allow users to process refunds when amount is under 5%",
        "Allow users to process refunds when amount is between 500 and 100",
        "Allow users to process refunds when amount is over 500 and under 100",
        "Allow users to process refunds when amount is over 100 and over 500",
        "Allow users to process refunds when amount is over 500 and under 500",
        "Allow users to process refunds when price is over 2.25 and under 1.5",
        "Allow users to process refunds when price is between 2.25 and 1.5",
        "Allow users to process refunds over $100 and under 500 euros",
        "Allow users to process refunds when amount is between $100 and 500 euros",
        "Allow users to process refunds when copies are over 10 and under $500",
        "Allow users to process refunds when amount is over 1 and under 2 million",
        "Allow users to process refunds when amount is between 1 and 2 million",
        "Forbid users from processing refunds under 10, over 500",
        "Forbid users from processing refunds when the amount is under 10 and when the amount is over 500",
        "Forbid users from processing refunds when the amount is under 10 and the amount is over 500",
        "Allow users to process refunds not over 500, under 100",
        "Allow users to process refunds without a note over 10 and under 500",
        "Allow users to process refunds when the region is US or rush is true with amount over 10",
        "Allow users to process refunds when amount is not under 100 and under 500",
        "Allow users to process refunds when amount is over 100 and under 500 or region is US",
        "Allow users to process refunds when region is US or amount is over 100 and under 500",
        "Allow users to process refunds when region is US, rush is true",
        "Allow users to process refunds but block void_payment",
        "Allow users to process refunds and forbid void_payment",
        "Only users with role admin cannot process refunds",
        "Restrict refunds to admins",
        "Users must have role admin to process refunds",
        "Allow unauthenticated users to process refunds",
        "Allow users to process refunds when it is a weekday",
        "Allow IAM callers with role admin to process refunds",
        "Forbid refunds to users with role admin",
        "Allow refunds from users with role admin",
        "Allow users to process refunds with rush",
        "Allow users to process refunds when rush is set",
        "Allow users to void payments and refunds",
        "Allow users to process refunds when the note is empty",
        "Allow users to process refunds when the note contains PII",
        "Allow users to process refunds when the region is U*",
        "Allow users to process refunds when the region is $500",
        "Allow users to process refunds when note and region are missing",
        "Allow users with 2 roles to process refunds",
        "Allow users with a finance role to process refunds",
        "Allow users with admin roles to process refunds",
        "Allow users with an IAM role to process refunds",
        "Forbid users with scopes a and b from processing refunds",
        "Forbid the user john from processing refunds",
        "ALLOW USERS TO PROCESS REFUNDS WHEN THE REGION IS SUSPECTED",
        "Allow users to pay",
        "",
        "Allow",
        "Allow users",
        "Allow users to",
    ] {
        let drafts = write(text, &tools(), GATEWAY);
        let refused = drafts
            .iter()
            .all(|draft| matches!(draft.outcome, Outcome::NotTranslatable(_)));
        assert!(refused, "{text}: {drafts:?}");
    }
}

/// Each phrase once, in the plainest frame: none may be refused, so that the properties above are about something.
#[test]
fn every_phrase_is_translated_and_means_what_it_says() {
    // `not .. all` is refused: not all of them, or none of them.
    let is_doubtful = |text: &str| {
        let text = text.to_lowercase();
        let says = |words: &[&str]| text.split(' ').any(|word| words.contains(&word));
        says(&["not", "never", "cannot"]) && says(&["all", "every", "everyone", "each"])
    };
    let plain = |text: String, means: Box<dyn Fn(&Call) -> bool>| {
        if is_doubtful(&text) {
            return;
        }
        let before = REFUSED.get();
        held(&Sentence {
            text: text.clone(),
            means,
        })
        .unwrap();
        assert_eq!(
            REFUSED.get(),
            before,
            "refused: {text}: {:?}",
            write(&text, &tools(), GATEWAY)
        );
    };
    // Without `to`, a list of values and the verb behind it cannot be told apart.
    let told = |frame: &&(usize, &(&str, bool))| !frame.1.0.contains("{who} {do}");
    for (frame, (_, grants)) in FRAMES.iter().enumerate().collect::<Vec<_>>().iter().filter(told) {
        let (frame, grants) = (*frame, *grants);
        for (who, (_, is_meant)) in WHO.into_iter().enumerate() {
            let (text, _) = framed(frame, who, 0);
            plain(
                text,
                Box::new(move |call| is_meant(call, grants) && (WHAT[0].2)(call, grants)),
            );
        }
        for (what, (.., is_meant)) in WHAT.into_iter().enumerate() {
            let (text, _) = framed(frame, 3, what);
            plain(text, Box::new(move |call| call.user() && is_meant(call, true)));
        }
    }
    for (effect, grants) in [("Allow all users to", true), ("Never allow all users to", false)] {
        for (at, (joint, exception)) in CLAUSES.into_iter().enumerate() {
            // `when` and `unless` with every condition, the others with a few.
            for (condition, holds) in CONDITIONS
                .into_iter()
                .step_by(if at == 0 || at == 5 { 1 } else { 9 })
            {
                let text = format!("{effect} process refunds{joint}{condition}");
                let means = move |call: &Call| {
                    call.user()
                        && call.tool == "process_refund"
                        && holds(call, grants != exception) != exception
                };
                plain(text, Box::new(means));
            }
        }
    }
    report("each phrase", 0);
}
