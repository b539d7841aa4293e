//! The sentences that AWS's documentation, samples and quickstart print, and a few that public reports measured.
//!
//! The snapshot holds what becomes of each; a change of it is a change of meaning and must be read as one.

use super::{GATEWAY, insurance, orders, platform, refunds, underwriting};
use crate::backend::generate::deterministic::write;
use crate::backend::generate::{Draft, Outcome};
use crate::cedar::{Schema, parse_statement};
use crate::model::Tool;

const REFUNDS: &[&str] = &[
    "Allow principal with username \"refund-agent\" to process refunds when the refund amount is less than $500.",
    "Only the user \"John\" can process refunds",
    "Allow any user to process refunds under $500",
    "Allow users with the username 'john' to process refunds under $500",
    "Allow users with the manager role to process refunds of any amount",
    "Allow any authenticated user to process refunds under $1000",
    "Allow all authenticated users to view order history",
    "Never allow refunds over $10,000",
    "Allow refunds under $1000",
    "Allow users to process refunds when the user's role is manager and amount is under 1000",
    "Allow finance department users to process refunds under $5000 OR allow any manager to process refunds of any amount",
    "Managers can do refunds",
    "Some users can process refunds",
    "Access the system",
    "Allow refunds for reasonable amounts",
    "Maybe allow if the amount is small",
    "Block refunds during weekends",
    "Allow users to process refunds during business hours",
    "Allow users to process refunds between 9am and 5pm UTC",
    "Allow users to process refunds between 9am and 5pm",
    "Forbid everyone from using any tool after 2026-12-31T00:00:00Z",
];

const INSURANCE: &[&str] = &[
    "Allow all users to get policy and get claim status. Only allow principals with the 'senior-adjuster' role to update coverage. Block principals from filing claims unless description is provided.",
    "Allow all users to read policy details and claim status",
    "Only allow users with 'senior-adjuster' role to update coverage",
    "Block all claim filings unless a description is provided",
    "Allow principals with username \"insurance-agent\" to update coverage when the coverage type is liability or collision",
    "Allow principals with scope insurance:claim to file claims when the amount is at most 10,000 USD",
    "Block everyone from calling update_coverage unless the principal has role \"senior-adjuster\" or role \"manager\"",
    "Forbid users from filing claims when the claim type is not health, property or auto",
    "Forbid users from filing claims unless the claim type is one of health, property and auto",
];

const UNDERWRITING: &[&str] = &[
    "Allow all users to invoke the application tool when the coverage amount is under 1000000 and the applicant region is US or CA",
    "Allow all users to invoke the risk model tool when data governance approval is true. \nBlock users from calling the application tool unless coverage amount is present",
    "Allow principals with username \"test-user\" to invoke the risk model tool",
    "Forbid principals to access the approval tool unless they have the scope group:Controller <idp_claims>[\"scope\"]</idp_claims>",
    "Block principals from using risk model tool and approval tool unless the principal has role \"senior-adjuster\"",
    "Only allow insurance applications with coverage under $1M",
    "Only allow insurance applications with coverage amount under $1M",
];

const PLATFORM: &[&str] = &[
    "Allow all principals to invoke the get_financial_report tool on the FinancialReportTarget target when the classification_level is \"internal\" and the region is \"US\" or \"EU\" or \"APAC\"",
    "Allow all principals to invoke the execute_trade tool on the TradeExecutionTarget target when the amount does not exceed 500000",
    "Allow any authenticated caller to invoke get_course. Forbid all callers from delete_course",
    "Allow all users to use all tools except delete_course",
    "Allow users in the group admins to use all catalog tools",
    "Allow users whose department is finance to execute trades up to 500k",
];

/// Sentences of our own about what the others do not have: enumerations, lists, objects, moments, odd names.
const ORDERS: &[&str] = &[
    "Allow users to ship orders when the mode is fast or slow and the customer tier is gold",
    "Allow users to ship orders when the mode is rocket",
    "Block everyone from shipping orders when the tags contain fragile",
    "Allow users to ship orders when the due date is before 2026-12-24T00:00:00Z and the gift-note is provided",
    "Allow users to ship orders unless the carrier code starts with \"x*\"",
    "Forbid everyone from shipping orders unless the weight is at most 20.5 kg",
    "Forbid everyone from shipping orders when the weight is over 20 pounds",
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
fn the_corpus_is_translated_as_recorded() {
    let out: String = [
        (REFUNDS, refunds()),
        (INSURANCE, insurance()),
        (UNDERWRITING, underwriting()),
        (PLATFORM, platform()),
        (ORDERS, orders()),
    ]
    .into_iter()
    .map(|(sentences, tools)| told(sentences, &tools))
    .collect();
    insta::assert_snapshot!(out);
}
