//! Phrases of AWS's page on natural language. It shows them without the tools they are about; those are made up here, by the words of
//! the phrases. A phrase such as `..when the region is US` stands behind a rule that it can belong to.

use super::super::tool;
use super::Case::{self, Meant, Refused};
use super::Source;
use crate::model::Tool;
use serde_json::json;

pub(super) fn sources() -> Vec<Source> {
    let source = |cases| Source {
        from: "devguide policy-natural-language",
        tools: natural,
        cases,
    };
    vec![source(NATURAL), source(CONDITIONS)]
}

fn natural() -> Vec<Tool> {
    let text = || json!({"type": "string"});
    let yes_or_no = || json!({"type": "boolean"});
    let number = || json!({"type": "integer"});
    let of = |name: &str, properties: serde_json::Value, required: &[&str]| {
        tool("Desk", name, "", &properties, required)
    };
    vec![
        of(
            "process_refund",
            json!({"amount": number(), "riskValidation": text(), "email": text()}),
            &["amount"],
        ),
        of(
            "approve_decision",
            json!({
                "claimAmount": number(),
                "riskLevel": {"type": "string", "description": "Risk level (low, medium, high, critical)"},
                "decisionType": text(),
            }),
            &["claimAmount", "riskLevel", "decisionType"],
        ),
        of(
            "update_coverage",
            json!({"coverageType": text(), "coverageAmount": number(), "policyActive": yes_or_no()}),
            &["coverageType", "coverageAmount", "policyActive"],
        ),
        of(
            "create_application",
            json!({
                "region": text(),
                "applicationId": text(),
                "productEligible": yes_or_no(),
                "territoryActive": yes_or_no(),
                "isRiskScoreSubmitted": yes_or_no(),
                "approvalStatus": {"type": "string", "enum": ["pending", "approved-by-manager"]},
                "classification": {"type": "string", "description": "One of public, internal or restricted"},
            }),
            &[
                "region",
                "productEligible",
                "territoryActive",
                "isRiskScoreSubmitted",
                "approvalStatus",
            ],
        ),
        of(
            "create_flight_booking",
            json!({
                "region": text(),
                "productEligible": yes_or_no(),
                "passengerCount": number(),
                "returnDate": {"type": "string", "format": "date"},
            }),
            &["region", "productEligible", "passengerCount"],
        ),
        of(
            "view_model_results",
            json!({"dataSensitivity": {"type": "string", "enum": ["low", "medium", "high"]}, "resultType": text()}),
            &["dataSensitivity", "resultType"],
        ),
        of(
            "make_transfer",
            json!({
                "amount": number(),
                "paymentMethod": text(),
                "status": text(),
                "express_shipping_requested": yes_or_no(),
            }),
            &["amount", "paymentMethod", "status"],
        ),
        of(
            "finalize_case",
            json!({
                "workflowStage": {"type": "string", "description": "Stage: draft, review-complete, approved"},
                "complianceStatus": {"type": "string", "description": "Compliance status (open, passed, failed)"},
                "authority": text(),
            }),
            &["workflowStage", "complianceStatus", "authority"],
        ),
        of("view_audit_logs", json!({}), &[]),
        of("view_patient_records", json!({}), &[]),
    ]
}

const NATURAL: &[Case] = &[
    Meant(
        "Permit users with role director to approve decisions",
        "permit(user, Desk___approve_decision) when { has [role] && [role] == \"director\" }",
    ),
    Meant(
        "Authorize users with scope admin:write to update coverage",
        "permit(user, Desk___update_coverage) when { has [scope] && [scope] like \"*admin:write*\" }",
    ),
    Refused(
        "Block users from accessing high-sensitivity models",
        "`high-sensitivity models`",
    ),
    Refused(
        "Deny junior underwriters from approving decisions",
        "`approving decisions`",
    ),
    Refused(
        "Forbid users from processing refunds when risk validation is pending",
        "`pending` may be a value or say something about one",
    ),
    Meant(
        "Forbid users from processing refunds when risk validation is \"pending\"",
        "forbid(user, Desk___process_refund) when { input has riskValidation && input.riskValidation == \"pending\" }",
    ),
    Meant(
        "Users can create applications",
        "permit(user, Desk___create_application)",
    ),
    Meant(
        "Authorize viewing audit logs",
        "permit(user, Desk___view_audit_logs)",
    ),
    Meant(
        "Allow users to view patient records",
        "permit(user, Desk___view_patient_records)",
    ),
    Refused("Allow users to access models", "`models`"),
    Refused(
        "Allow data-science team to access the analytics model",
        "`data-science team to",
    ),
    Refused("Allow transfers when the amount is reasonable", "`reasonable`"),
    Meant(
        "Allow transfers when the amount is less than $10,000",
        "permit(user, Desk___make_transfer) when { input.amount < 10000 }",
    ),
    Meant(
        "Allow users with role insurance-agent to update coverage when the coverage type is liability or collision and the policy is active.",
        "permit(user, Desk___update_coverage) when { has [role] && [role] == \"insurance-agent\" && (input.coverageType == \"liability\" || input.coverageType == \"collision\") && input.policyActive }",
    ),
    Meant(
        "Allow users with scope admin:write to update coverage when the policy is active and the coverage type is liability or collision",
        "permit(user, Desk___update_coverage) when { has [scope] && [scope] like \"*admin:write*\" && input.policyActive && (input.coverageType == \"liability\" || input.coverageType == \"collision\") }",
    ),
    Meant(
        "Allow users with scope travel:book to create flight bookings when the region is not EU and the product is eligible.",
        "permit(user, Desk___create_flight_booking) when { has [scope] && [scope] like \"*travel:book*\" && input.region != \"EU\" && input.productEligible }",
    ),
    Meant(
        "Allow all users to view model results when the data sensitivity is low or medium and the result type is risk-score.",
        "permit(user, Desk___view_model_results) when { (input.dataSensitivity == AgentCore::Desk___view_model_results_Input_dataSensitivity::\"low\" || input.dataSensitivity == AgentCore::Desk___view_model_results_Input_dataSensitivity::\"medium\") && input.resultType == \"risk-score\" }",
    ),
    Meant(
        "Allow applications when the region is US and the product is eligible and the territory is active.",
        "permit(user, Desk___create_application) when { input.region == \"US\" && input.productEligible && input.territoryActive }",
    ),
    Meant(
        "Allow users to approve decisions when the claim exceeds $10,000,000 or the risk level is high or critical.",
        "permit(user, Desk___approve_decision) when { input.claimAmount > 10000000 || input.riskLevel == \"high\" || input.riskLevel == \"critical\" }",
    ),
    Refused(
        "Allow approval when the claim exceeds $10,000,000 or the risk level is high or critical.",
        "`approval when",
    ),
    Refused(
        "Allow finalization when the workflow stage is review-complete or approved, and the compliance status is passed, and the authority is manager or director.",
        "`finalization when",
    ),
    Meant(
        "Allow users to finalize cases when the workflow stage is review-complete or approved, and the compliance status is passed, and the authority is \"manager\" or \"director\".",
        "permit(user, Desk___finalize_case) when { (input.workflowStage == \"review-complete\" || input.workflowStage == \"approved\") && input.complianceStatus == \"passed\" && (input.authority == \"manager\" || input.authority == \"director\") }",
    ),
];

const CONDITIONS: &[Case] = &[
    Meant(
        "Allow users to create applications if the region is US, CA, or UK",
        "permit(user, Desk___create_application) when { [\"US\", \"CA\", \"UK\"].contains(input.region) }",
    ),
    Meant(
        "Allow users to create applications only when approval status is approved-by-manager",
        "permit(user, Desk___create_application) when { input.approvalStatus == AgentCore::Desk___create_application_Input_approvalStatus::\"approved-by-manager\" }",
    ),
    Meant(
        "Allow users to create applications provided that the risk score has been submitted",
        "permit(user, Desk___create_application) when { input.isRiskScoreSubmitted }",
    ),
    Meant(
        "Allow users to create applications when the risk score is not submitted",
        "permit(user, Desk___create_application) when { !input.isRiskScoreSubmitted }",
    ),
    Meant(
        "Allow users to update coverage when the coverage amount is under 5 million",
        "permit(user, Desk___update_coverage) when { input.coverageAmount < 5000000 }",
    ),
    Meant(
        "Forbid users from approving decisions when the claim exceeds $10,000,000",
        "forbid(user, Desk___approve_decision) when { input.claimAmount > 10000000 }",
    ),
    Meant(
        "Allow users to create flight bookings when the passenger count is exactly 2",
        "permit(user, Desk___create_flight_booking) when { input.passengerCount == 2 }",
    ),
    Refused(
        "Allow users to update coverage when the coverage is high",
        "`high`",
    ),
    Meant(
        "Allow users to create applications when the region is US",
        "permit(user, Desk___create_application) when { input.region == \"US\" }",
    ),
    Meant(
        "Allow transfers when the payment method is credit-card",
        "permit(user, Desk___make_transfer) when { input.paymentMethod == \"credit-card\" }",
    ),
    Refused(
        "Allow transfers when the status is approved",
        "`approved` may be a value or say something about one",
    ),
    Meant(
        "Allow users to create applications when the region is US or CA or UK",
        "permit(user, Desk___create_application) when { [\"US\", \"CA\", \"UK\"].contains(input.region) }",
    ),
    Meant(
        "Allow users to approve decisions when the decision type is approve or refer",
        "permit(user, Desk___approve_decision) when { input.decisionType == \"approve\" || input.decisionType == \"refer\" }",
    ),
    Meant(
        "Allow users to approve decisions when the scope contains admin:write",
        "permit(user, Desk___approve_decision) when { has [scope] && [scope] like \"*admin:write*\" }",
    ),
    Meant(
        "Allow users to approve decisions when the email contains @example.com",
        "permit(user, Desk___approve_decision) when { has [email] && [email] like \"*@example.com*\" }",
    ),
    Refused(
        "Allow users to process refunds when the email contains @example.com",
        "an argument of the tool or about a claim of the caller",
    ),
    Meant(
        "Allow users to create flight bookings when the region is not EU",
        "permit(user, Desk___create_flight_booking) when { input.region != \"EU\" }",
    ),
    Meant(
        "Allow users to create applications when the classification is not restricted",
        "permit(user, Desk___create_application) when { input has classification && input.classification != \"restricted\" }",
    ),
    Meant(
        "Allow users to create applications when the product is eligible",
        "permit(user, Desk___create_application) when { input.productEligible }",
    ),
    Meant(
        "Allow users to create applications when the product is not eligible",
        "permit(user, Desk___create_application) when { !input.productEligible }",
    ),
    Meant(
        "Allow transfers when express shipping is requested",
        "permit(user, Desk___make_transfer) when { input has express_shipping_requested && input.express_shipping_requested }",
    ),
    Meant(
        "Allow users to create applications when an application ID exists",
        "permit(user, Desk___create_application) when { input has applicationId }",
    ),
    Meant(
        "Allow users to create flight bookings when the return date is specified",
        "permit(user, Desk___create_flight_booking) when { input has returnDate }",
    ),
];
