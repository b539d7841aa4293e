//! What becomes of sentences, as text: those that other people print, with their sources (`printed`), and more about the same tools.
//!
//! The snapshots hold what becomes of each; a change of them is a change of meaning and must be read as one.

use super::printed::{Case, Source, sources};
use super::{GATEWAY, insurance, odd_names, orders, platform, refunds, underwriting};
use crate::backend::generate::deterministic::write;
use crate::backend::generate::{Draft, Outcome};
use crate::cedar::{Schema, parse_statement};
use crate::model::Tool;

const REFUNDS: &[&str] = &[
    "Allow any user to process refunds under $500",
    "Allow all authenticated users to view order history",
    "Allow users to process refunds when the user's role is manager and amount is under 1000",
    "Block refunds during weekends",
    "Allow users to process refunds during business hours",
    "Allow users to process refunds between 9am and 5pm UTC",
    "Allow users to process refunds between 9am and 5pm",
    "Forbid everyone from using any tool after 2026-12-31T00:00:00Z",
];

/// What people write for what the sentences above say.
const PARAPHRASES: &[&str] = &[
    "When the user's role is admin and amount is under 1000, allow refunds",
    "If the amount is over 500, block users from processing refunds",
    "When the amount is over 500, only users with role manager may process refunds",
    "When the amount is over 500 users may process refunds",
    "Allow the user john to process refunds",
    "Allow the user manager to process refunds",
    "Forbid the user john from processing refunds",
    "Forbid the user jdoe_42 from processing refunds",
    "Allow users who have custom claim \"tier\" set to \"gold\" to process refunds",
    "Allow users whose tier claim is set to \"gold\" to process refunds",
    "Allow users with sub \"abc-123\" to process refunds",
    "Allow users with scopes read and write to process refunds",
    "Forbid users with scopes read and write from processing refunds",
    "Allow users with roles admin and auditor to process refunds",
    "Allow users to process refunds when amount and reason are provided",
    "Forbid users from processing refunds when amount and reason are missing",
    "Forbid users from processing refunds when the order id is empty",
    "Forbid users from processing refunds when the reason is empty",
    "Forbid users from processing refunds when the reason is unset",
    "Forbid users from processing refunds when the reason is null",
    "Forbid users from processing refunds when the reason is fraud",
    "Forbid users from processing refunds when the reason is \"fraud\"",
    "Forbid users with the right scope from processing refunds",
    "Allow users with scope refund:write to process refunds",
    "Allow users to read order history",
];

const INSURANCE: &[&str] = &[
    "Allow all users to get policy and get claim status. Only allow principals with the 'senior-adjuster' role to update coverage. Block principals from filing claims unless description is provided.",
    "Allow all users to get policy and claim status",
    "Allow all users to file claims and policies",
    "Allow principals with username \"insurance-agent\" to update coverage when the coverage type is liability or collision",
    "Allow principals with scope insurance:claim to file claims when the amount is at most 10,000 USD",
    "Block everyone from calling update_coverage unless the principal has role \"senior-adjuster\" or role \"manager\"",
    "Forbid users from filing claims when the claim type is not health, property or auto",
    "Forbid users from filing claims unless the claim type is one of health, property and auto",
];

const UNDERWRITING: &[&str] = &[
    "Allow all users to invoke the risk model tool when data governance approval is true. \nBlock users from calling the application tool unless coverage amount is present",
    "Only allow insurance applications with coverage amount under $1M",
];

const PLATFORM: &[&str] = &[
    "Allow any authenticated caller to invoke get_course. Forbid all callers from delete_course",
    "Allow all users to use all tools except delete_course",
    "Allow users in the group admins to use all catalog tools",
    "Allow users whose department is finance to execute trades up to 500k",
];

/// Sentences of our own about what the others do not have: enumerations, lists, objects, moments, odd names.
const ORDERS: &[&str] = &[
    "Allow users to ship orders when the mode is Fast or slow and the customer tier is \"gold\"",
    "Allow users to ship orders when the customer tier is gold",
    "Allow users to ship orders when the mode is rocket",
    "Block everyone from shipping orders when the tags contain \"fragile\"",
    "Block everyone from shipping orders when the tags contain fragile",
    "Allow users to ship orders when the due date is before 2026-12-24T00:00:00Z and the gift-note is provided",
    "Allow users to ship orders when the date is before 2026-12-24 UTC",
    "Allow users to ship orders when the current date is before 2026-12-24 UTC",
    "Allow users to ship orders unless the carrier code starts with \"x*\"",
    "Forbid everyone from shipping orders unless the weight is at most 20.5 kg",
    "Forbid everyone from shipping orders when the weight is over 20 pounds",
];

const ODD_NAMES: &[&str] = &[
    "Allow users to send messages when a is less than 3",
    "Allow users to send messages with a under 3 and an amount over 5",
    "Allow users to send messages when to ends with \"@example.com\" and a is 1",
    "Allow users to send messages when urgent is set",
    "Allow users to send messages with urgent",
    "Allow users to send messages when the state is missing",
    "Allow users to send messages when the state is \"missing\" or found",
];

fn told(sentences: &[&str], tools: &[Tool]) -> String {
    let draft = |draft: Draft| match draft.outcome {
        Outcome::Statement(statement) => {
            let schema = Schema::of(tools).unwrap();
            let invalid = schema.validate(&parse_statement(&statement).unwrap(), "p");
            assert_eq!(invalid, Vec::<String>::new(), "{}", draft.fragment);
            format!(
                "> {}\n{}\n\n",
                draft.fragment,
                statement.replace(GATEWAY, "<gateway>")
            )
        }
        Outcome::NotTranslatable(why) => format!("> {}\nREFUSED: {why}\n\n", draft.fragment),
    };
    let drafts = sentences
        .iter()
        .flat_map(|sentence| write(sentence, tools, GATEWAY));
    drafts.map(draft).collect()
}

#[test]
fn printed_sentences_are_translated_as_recorded() {
    let of_source = |source: &Source| {
        let sentences: Vec<&str> = source.cases.iter().map(Case::text).collect();
        let told = told(&sentences, &(source.tools)());
        ["## ", source.from, "\n\n", &told].concat()
    };
    let out: String = sources().iter().map(of_source).collect();
    insta::assert_snapshot!(out);
}

#[test]
fn the_corpus_is_translated_as_recorded() {
    let out: String = [
        (REFUNDS, refunds()),
        (PARAPHRASES, refunds()),
        (INSURANCE, insurance()),
        (UNDERWRITING, underwriting()),
        (PLATFORM, platform()),
        (ORDERS, orders()),
        (ODD_NAMES, odd_names()),
    ]
    .into_iter()
    .map(|(sentences, tools)| told(sentences, &tools))
    .collect();
    insta::assert_snapshot!(out);
}
