//! Sentences of AWS's developer guide on writing policies in natural language.
//!
//! What the page on natural language says of refunds is here, the rest in `natural`.

use super::super::{refunds, tool};
use super::Case::{self, Meant, Printed, Refused};
use super::Source;
use crate::model::Tool;
use serde_json::json;

pub(super) fn sources() -> Vec<Source> {
    let source = |from, tools, cases| Source { from, tools, cases };
    vec![
        source("devguide policy-natural-language", refund, NATURAL_REFUNDS),
        source("devguide policy-understanding-cedar", refunds, UNDERSTANDING),
        source("devguide policy-time-based", timed, TIMED),
        source("devguide policy-generation-validation", refunds, VALIDATION),
        source("devguide policy-common-patterns", refunds, PATTERNS),
    ]
}

/// The one tool of the page on getting started.
fn refund() -> Vec<Tool> {
    refunds().into_iter().take(1).collect()
}

const NATURAL_REFUNDS: &[Case] = &[
    Printed(
        "Allow principal with username \"refund-agent\" to process refunds when the refund amount is less than $500.",
        "permit(user, RefundTool___process_refund) when { has [username] && [username] == \"refund-agent\" && input.amount < 500 }",
    ),
    Meant(
        "Allow user refund-agent to process refunds",
        "permit(user, RefundTool___process_refund) when { has [username] && [username] == \"refund-agent\" }",
    ),
    Meant(
        "Allow user refund-agent to process refunds when the amount is less than $500.",
        "permit(user, RefundTool___process_refund) when { has [username] && [username] == \"refund-agent\" && input.amount < 500 }",
    ),
    Meant(
        "Permit users with username refund-agent to process refunds",
        "permit(user, RefundTool___process_refund) when { has [username] && [username] == \"refund-agent\" }",
    ),
    Meant(
        "Anyone with the refund:write scope is authorized to process refunds",
        "permit(user, RefundTool___process_refund) when { has [scope] && [scope] like \"*refund:write*\" }",
    ),
    Meant(
        "All users can process refunds",
        "permit(user, RefundTool___process_refund)",
    ),
    Meant(
        "Allow users to process refunds",
        "permit(user, RefundTool___process_refund)",
    ),
    Meant(
        "Permit refund processing",
        "permit(user, RefundTool___process_refund)",
    ),
    Meant(
        "Allow processing refunds under $500",
        "permit(user, RefundTool___process_refund) when { input.amount < 500 }",
    ),
    Meant(
        "Allow access to the refund tool",
        "permit(user, RefundTool___process_refund)",
    ),
    Meant(
        "Allow user refund-agent to access the refund tool",
        "permit(user, RefundTool___process_refund) when { has [username] && [username] == \"refund-agent\" }",
    ),
    Meant(
        "Allow users to process refunds when a reason is provided",
        "permit(user, RefundTool___process_refund) when { input has reason }",
    ),
    Refused(
        "Allow refund-agent to process refunds under $500",
        "`refund-agent` may be the name of a user",
    ),
    Refused(
        "Allow users to process refunds when the amount is small",
        "`small`",
    ),
    Refused("Allow when A or B and C", "`when A or B and C`"),
    Refused("Allow users to access data", "`data`"),
];

const UNDERSTANDING: &[Case] = &[Meant(
    "Only the user \"John\" can process refunds",
    "permit(user, RefundTool___process_refund) when { has [username] && [username] == \"John\" }",
)];

fn timed() -> Vec<Tool> {
    let amount = || json!({"amount": {"type": "integer"}});
    vec![
        tool(
            "RefundToolTarget",
            "refund",
            "Pay money back",
            &amount(),
            &["amount"],
        ),
        tool(
            "DiscountToolTarget",
            "apply_discount",
            "Apply a discount",
            &amount(),
            &["amount"],
        ),
        tool("PaymentTarget", "make_payment", "Pay", &amount(), &["amount"]),
    ]
}

const TIMED: &[Case] = &[
    Printed(
        "Allow refunds only during business hours 9am to 5pm UTC",
        "permit(any, RefundToolTarget___refund) when { duration(\"9h\") <= now.toTime() && now.toTime() <= duration(\"17h\") }",
    ),
    Printed(
        "Allow refunds only during business hours (9 AM–5 PM UTC daily).",
        "permit(any, RefundToolTarget___refund) when { duration(\"9h\") <= now.toTime() && now.toTime() <= duration(\"17h\") }",
    ),
    Meant(
        "Allow refunds only between 9am and 5pm UTC",
        "permit(user, RefundToolTarget___refund) when { duration(\"9h\") <= now.toTime() && now.toTime() <= duration(\"17h\") }",
    ),
    Meant(
        "Allow payments except between 2am and 4am UTC daily",
        "permit(user, PaymentTarget___make_payment) unless { duration(\"2h\") <= now.toTime() && now.toTime() <= duration(\"4h\") }",
    ),
    Meant(
        "Allow discounts only from 2025-02-01 to 2025-02-28",
        "permit(user, DiscountToolTarget___apply_discount) when { now >= datetime(\"2025-02-01T00:00:00Z\") && now < datetime(\"2025-03-01T00:00:00Z\") }",
    ),
    Printed(
        "Allow refunds only during January 2025.",
        "permit(any, RefundToolTarget___refund) when { now >= datetime(\"2025-01-01T00:00:00Z\") && now < datetime(\"2025-02-01T00:00:00Z\") }",
    ),
    Printed(
        "Allow discount tool only during February 2025, between 9 AM and 9 PM UTC daily.",
        "permit(any, DiscountToolTarget___apply_discount) when { now >= datetime(\"2025-02-01T00:00:00Z\") && now < datetime(\"2025-03-01T00:00:00Z\") && duration(\"9h\") <= now.toTime() && now.toTime() <= duration(\"21h\") }",
    ),
    Refused(
        "Permit high-value transactions between 8am and 8pm UTC",
        "`high-value transactions",
    ),
];

const VALIDATION: &[Case] = &[
    Refused(
        "Allow customer service agents to process refunds up to 500 dollars for orders placed within the last 30 days",
        "`customer service agents to",
    ),
    Meant(
        "Allow users to process refunds up to 500 dollars",
        "permit(user, RefundTool___process_refund) when { input.amount <= 500 }",
    ),
    Refused(
        "Allow users to process refunds up to 500 dollars for orders placed within the last 30 days",
        "`orders placed within the last",
    ),
];

const PATTERNS: &[Case] = &[
    Printed(
        "Disable all tool calls across the entire Gateway",
        "forbid(any, all)",
    ),
    Printed(
        "Disable the process_refund tool",
        "forbid(any, RefundTool___process_refund)",
    ),
    Printed(
        "Prevent user \"suspended-user\" from performing any actions",
        "forbid(user, all) when { has [username] && [username] == \"suspended-user\" }",
    ),
    Refused(
        "Prevent specific users or accounts from performing any actions",
        "`specific users or",
    ),
    Refused(
        "Allow administrative operations only for users with admin or manager roles.",
        "`administrative operations",
    ),
    Refused(
        "Disable a specific tool while keeping others operational",
        "`specific tool while",
    ),
];
