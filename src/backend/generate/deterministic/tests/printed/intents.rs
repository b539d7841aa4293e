//! The intents of AWS's authoring guide, each printed above the policy that it stands for. Many name what is in no token and in
//! no argument; those are refused.

use super::super::tool;
use super::Case::{self, Meant, Printed, Refused};
use super::Source;
use crate::model::Tool;
use serde_json::json;

pub(super) fn sources() -> Vec<Source> {
    let source = |from, cases| Source {
        from,
        tools: reference,
        cases,
    };
    vec![
        source("devguide example-policies-principal", PRINCIPALS),
        source("devguide example-policies-action-resource", ACTIONS),
        source("devguide example-policies-time-based", TIMES),
    ]
}

/// The tools of the page `example-policies-reference`.
fn reference() -> Vec<Tool> {
    let text = || json!({"type": "string"});
    let id = |name: &str| json!({name: text()});
    let of = |name: &str, description: &str, properties: serde_json::Value, required: &[&str]| {
        tool("InsuranceAPI", name, description, &properties, required)
    };
    vec![
        of(
            "get_contract",
            "Retrieve insurance contract details, such as coverage and term dates.",
            id("contractId"),
            &["contractId"],
        ),
        of(
            "file_claim",
            "File an insurance claim.",
            json!({
                "contractId": text(),
                "claimType": {"type": "string", "description": "Type of claim: health, property, or auto"},
                "amount": {"type": "number", "description": "Claim amount"},
                "policyTermMonths": {"type": "integer", "description": "Length of the policy term, in months"},
                "description": text(),
            }),
            &["contractId", "claimType", "amount", "policyTermMonths"],
        ),
        of(
            "update_coverage",
            "Update policy coverage.",
            json!({"contractId": text(), "coverageType": text(), "newLimit": {"type": "number"}}),
            &["contractId", "coverageType", "newLimit"],
        ),
        of(
            "get_claim_status",
            "Check claim status.",
            id("claimId"),
            &["claimId"],
        ),
        of(
            "calculate_premium",
            "Calculate an insurance premium.",
            json!({
                "coverageType": text(),
                "coverageAmount": {"type": "number"},
                "riskFactors": {
                    "type": "object",
                    "properties": {"region": text(), "priorClaims": {"type": "integer"}},
                },
            }),
            &["coverageType", "coverageAmount"],
        ),
        of(
            "approve_claim",
            "Approve a filed claim.",
            json!({"claimId": text(), "approved": {"type": "boolean"}, "approvedAmountCents": {"type": "integer"}}),
            &["claimId", "approved", "approvedAmountCents"],
        ),
        of(
            "disburse_payment",
            "Disburse payment for an approved claim.",
            json!({"claimId": text(), "amountCents": {"type": "integer", "description": "Amount to disburse, in cents"}}),
            &["claimId", "amountCents"],
        ),
        of(
            "delete_claim",
            "Permanently delete a claim record.",
            id("claimId"),
            &["claimId"],
        ),
    ]
}

const PRINCIPALS: &[Case] = &[
    Printed(
        "Allow filing a claim only for principals whose `scope` claim includes `insurance:claim`.",
        "permit(user, InsuranceAPI___file_claim) when { has [scope] && [scope] like \"*insurance:claim*\" }",
    ),
    Printed(
        "Allow the user `clare` to update coverage.",
        "permit(user, InsuranceAPI___update_coverage) when { has [username] && [username] == \"clare\" }",
    ),
    Refused(
        "Allow only administrators and managers to delete a claim.",
        "`administrators and managers",
    ),
    Meant(
        "Allow only users with role admin or manager to delete a claim.",
        "permit(user, InsuranceAPI___delete_claim) when { has [role] && ([role] == \"admin\" || [role] == \"manager\") }",
    ),
    Refused(
        "Block coverage updates unless the principal is a senior adjuster or a manager.",
        "`a senior adjuster or a",
    ),
    Meant(
        "Block coverage updates unless the principal has the role senior-adjuster or manager.",
        "forbid(any, InsuranceAPI___update_coverage) unless { has [role] && ([role] == \"senior-adjuster\" || [role] == \"manager\") }",
    ),
    Refused(
        "Revoke all access for a suspended account immediately.",
        "`Revoke all access",
    ),
    Printed(
        "Allow any IAM-authenticated caller to read a contract.",
        "permit(iam, InsuranceAPI___get_contract)",
    ),
    Refused(
        "Allow only the claims-processing service to disburse payments.",
        "`claims-processing service",
    ),
    Refused(
        "Allow any claims-processing role, in any account, to read claim status.",
        "`claims-processing role",
    ),
    Refused(
        "Block a vendor account from every action on the gateway.",
        "`every action on the gateway`",
    ),
    Refused(
        "Prevent a role intended for reads from reaching any tool that changes state.",
        "`role intended for",
    ),
    Refused(
        "Let a triage agent read claims while a processing agent both reads and disburses.",
        "`triage agent read",
    ),
];

const ACTIONS: &[Case] = &[
    Printed(
        "Allow reading contract details and claim status.",
        "permit(any, InsuranceAPI___get_contract or InsuranceAPI___get_claim_status)",
    ),
    Refused("Allow invoking the claims assistant.", "`claims assistant"),
    Refused(
        "Allow all three inference APIs the gateway exposes.",
        "`three inference APIs",
    ),
    Refused(
        "Allow chat completions only against an approved model family.",
        "`chat completions",
    ),
    Refused(
        "Allow filing a claim only for the claim types the business supports.",
        "`business supports`",
    ),
    Printed(
        "Allow filing a claim only when the claim type is health, property or auto.",
        "permit(any, InsuranceAPI___file_claim) when { [\"health\", \"property\", \"auto\"].contains(input.claimType) }",
    ),
    Refused(
        "Allow premium calculation for any automotive coverage type.",
        "`automotive coverage type`",
    ),
    Printed(
        "Allow premium calculation when the coverage type starts with \"auto\".",
        "permit(any, InsuranceAPI___calculate_premium) when { input.coverageType like \"auto*\" }",
    ),
    Refused(
        "Allow filing a claim only against a policy term of at least twelve months.",
        "`against a policy term",
    ),
    Printed(
        "Allow filing a claim only when the policy term is at least 12 months.",
        "permit(any, InsuranceAPI___file_claim) when { input.policyTermMonths >= 12 }",
    ),
    Refused(
        "Allow a claim to be filed only for amounts below 1,000.",
        "`claim to be filed",
    ),
    Printed(
        "Allow filing a claim only for amounts below 1,000.",
        "permit(any, InsuranceAPI___file_claim) when { input.amount.lessThan(decimal(\"1000.00\")) }",
    ),
    Refused(
        "Allow an approval to be recorded only when it is affirmative.",
        "`approval to be recorded",
    ),
    Printed(
        "Allow users to approve claims only when approved is true.",
        "permit(any, InsuranceAPI___approve_claim) when { input.approved }",
    ),
    Refused(
        "Allow premium calculation only for policies with no prior claims in a supported region.",
        "`policies with no prior claims",
    ),
    Printed(
        "Allow premium calculation only when prior claims are 0 and the region is us-west or us-east.",
        "permit(any, InsuranceAPI___calculate_premium) when { input has riskFactors && input.riskFactors has priorClaims && input.riskFactors.priorClaims == 0 && input.riskFactors has region && (input.riskFactors.region == \"us-west\" || input.riskFactors.region == \"us-east\") }",
    ),
    Refused(
        "Require a description on every filed claim, even though the tool schema makes it optional.",
        "`every filed claim, even",
    ),
    Printed(
        "Block filing a claim unless a description is provided.",
        "forbid(any, InsuranceAPI___file_claim) unless { input has description }",
    ),
    Refused(
        "Halt every action on the gateway during an incident.",
        "`an incident`",
    ),
    Printed("Halt every action on the gateway.", "forbid(any, all)"),
    Refused(
        "Deny access to a single tool without affecting the rest of the gateway.",
        "`single tool without",
    ),
    Printed(
        "Deny access to the disburse payment tool.",
        "forbid(any, InsuranceAPI___disburse_payment)",
    ),
    Refused(
        "Let adjusters disburse small amounts and managers disburse large ones.",
        "`adjusters disburse",
    ),
    Printed(
        "Allow users with role adjuster to disburse payments when the amount cents is at most 100000.",
        "permit(user, InsuranceAPI___disburse_payment) when { has [role] && [role] == \"adjuster\" && input.amountCents <= 100000 }",
    ),
    Refused(
        "Allow users with role adjuster to disburse payments when the amount is at most $1,000.",
        "`amount is at most $1,000`",
    ),
    Printed(
        "Allow users with role senior-adjuster to update coverage when the coverage type is liability or collision and the new limit is at most 50,000.",
        "permit(user, InsuranceAPI___update_coverage) when { has [role] && [role] == \"senior-adjuster\" && [\"liability\", \"collision\"].contains(input.coverageType) && input.newLimit.lessThanOrEqual(decimal(\"50000.00\")) }",
    ),
];

const TIMES: &[Case] = &[
    Refused(
        "Quote premiums only during the January 2025 open-enrollment window.",
        "`Quote premiums only",
    ),
    Printed(
        "Allow premium calculation only during January 2025.",
        "permit(any, InsuranceAPI___calculate_premium) when { now >= datetime(\"2025-01-01T00:00:00Z\") && now < datetime(\"2025-02-01T00:00:00Z\") }",
    ),
    Refused(
        "Disburse payments only during business hours (9 AM–5 PM UTC daily).",
        "`only during business hours",
    ),
    Refused(
        "Allow coverage changes only during February 2025, between 9 AM and 9 PM UTC daily.",
        "`coverage changes only",
    ),
    Printed(
        "Allow coverage updates only during February 2025, between 9 AM and 9 PM UTC daily.",
        "permit(any, InsuranceAPI___update_coverage) when { now >= datetime(\"2025-02-01T00:00:00Z\") && now < datetime(\"2025-03-01T00:00:00Z\") && duration(\"9h\") <= now.toTime() && now.toTime() <= duration(\"21h\") }",
    ),
];
