//! Sentences and what they mean: a corpus of other people's, and an oracle over a grid of requests.

mod alike;
mod anew;
mod belongs;
mod beside;
mod corpus;
mod counts_otherwise;
mod doubtful;
mod exceptions;
mod fewer;
mod forms;
mod misread;
mod oracle;
mod otherwise;
mod paraphrases;
mod phrases;
mod presence_otherwise;
pub(in crate::backend::generate) mod printed;
mod readings;
mod times_otherwise;
mod values_otherwise;
mod wholes;

use crate::model::{Protocol, Tool};
use serde_json::{Value, json};

pub(in crate::backend::generate) const GATEWAY: &str =
    "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/refund-gateway-ayvwaddm2z";

/// At most so many of the numbers below `total`, spread over all of them in no order.
fn spread(total: usize, most: usize) -> impl Iterator<Item = usize> {
    fn divisor(one: usize, other: usize) -> usize {
        if other == 0 {
            one
        } else {
            divisor(other, one % other)
        }
    }
    let step = (total * 5 / 8..=total + 1)
        .find(|step| divisor(*step, total) == 1)
        .unwrap();
    (0..total.min(most)).map(move |turn| turn * step % total)
}

fn tool(target: &str, name: &str, description: &str, properties: &Value, required: &[&str]) -> Tool {
    Tool {
        target: target.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        input: json!({"type": "object", "properties": properties, "required": required}),
        output: None,
        protocol: Protocol::Mcp,
    }
}

/// The tool of the getting-started page and of the page on natural language.
fn refunds() -> Vec<Tool> {
    vec![
        tool(
            "RefundTool",
            "process_refund",
            "Process a customer refund",
            &json!({"orderId": {"type": "string"}, "amount": {"type": "integer", "description": "Refund amount in US dollars"}, "reason": {"type": "string"}}),
            &["orderId", "amount"],
        ),
        tool(
            "RefundTool",
            "view_order_history",
            "View the orders of a customer",
            &json!({"customer": {"type": "string"}}),
            &["customer"],
        ),
    ]
}

/// The five tools of the page of example policies.
fn insurance() -> Vec<Tool> {
    let text = || json!({"type": "string"});
    let number = || json!({"type": "number"});
    vec![
        tool(
            "InsuranceAPI",
            "get_policy",
            "Retrieve insurance policy details.",
            &json!({"policyId": text()}),
            &["policyId"],
        ),
        tool(
            "InsuranceAPI",
            "file_claim",
            "File an insurance claim.",
            &json!({"policyId": text(), "claimType": text(), "amount": number(), "description": text()}),
            &["policyId", "claimType", "amount"],
        ),
        tool(
            "InsuranceAPI",
            "update_coverage",
            "Update policy coverage.",
            &json!({"policyId": text(), "coverageType": text(), "newLimit": number()}),
            &["policyId", "coverageType", "newLimit"],
        ),
        tool(
            "InsuranceAPI",
            "get_claim_status",
            "Check claim status.",
            &json!({"claimId": text()}),
            &["claimId"],
        ),
        tool(
            "InsuranceAPI",
            "calculate_premium",
            "Calculate insurance premium.",
            &json!({"coverageType": text(), "coverageAmount": number(), "riskFactors": {"type": "object"}}),
            &["coverageType", "coverageAmount"],
        ),
    ]
}

/// The three targets of the sample on natural-language authoring.
fn underwriting() -> Vec<Tool> {
    vec![
        tool(
            "ApplicationToolTarget",
            "create_application",
            "Creates insurance applications with applicant region and coverage amount",
            &json!({"applicant_region": {"type": "string"}, "coverage_amount": {"type": "integer"}}),
            &["applicant_region", "coverage_amount"],
        ),
        tool(
            "RiskModelToolTarget",
            "invoke_risk_model",
            "Invokes risk scoring model and returns assessment",
            &json!({"API_classification": {"type": "string"}, "data_governance_approval": {"type": "boolean"}}),
            &["API_classification", "data_governance_approval"],
        ),
        tool(
            "ApprovalToolTarget",
            "approve_underwriting",
            "Approves underwriting decisions and claim amounts",
            &json!({"claim_amount": {"type": "integer"}, "risk_level": {"type": "string"}}),
            &["claim_amount", "risk_level"],
        ),
    ]
}

/// The two targets of the sample on automated policy management, and a course catalogue of public measurements.
fn platform() -> Vec<Tool> {
    vec![
        tool(
            "FinancialReportTarget",
            "get_financial_report",
            "Retrieve a financial report",
            &json!({"report_type": {"type": "string"}, "classification_level": {"type": "string"}, "region": {"type": "string"}}),
            &["report_type", "classification_level", "region"],
        ),
        tool(
            "TradeExecutionTarget",
            "execute_trade",
            "Execute a trade",
            &json!({"symbol": {"type": "string"}, "amount": {"type": "integer"}}),
            &["symbol", "amount"],
        ),
        tool(
            "catalogTools",
            "get_course",
            "Get a course",
            &json!({"id": {"type": "string"}}),
            &["id"],
        ),
        tool(
            "catalogTools",
            "delete_course",
            "Delete a course",
            &json!({"id": {"type": "string"}}),
            &["id"],
        ),
    ]
}

/// A tool whose arguments are named like words of a sentence.
fn odd_names() -> Vec<Tool> {
    vec![tool(
        "Odd",
        "send_message",
        "Send a message",
        &json!({
            "a": {"type": "integer"},
            "to": {"type": "string"},
            "amount": {"type": "integer"},
            "urgent": {"type": "boolean"},
            "state": {"type": "string", "enum": ["missing", "Found"]},
        }),
        &["a", "amount", "state", "urgent"],
    )]
}

/// A tool whose arguments have all the types that are told apart.
fn orders() -> Vec<Tool> {
    vec![tool(
        "OrderTarget",
        "ship_order",
        "Ship an order",
        &json!({
            "mode": {"type": "string", "enum": ["fast", "slow"]},
            "customer": {"type": "object", "properties": {"tier": {"type": "string"}}},
            "tags": {"type": "array", "items": {"type": "string"}},
            "dueDate": {"type": "string", "format": "date-time"},
            "gift-note": {"type": "string"},
            "carrier": {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]},
            "weight": {"type": "number", "description": "Weight in kg"},
        }),
        &["mode", "customer"],
    )]
}
