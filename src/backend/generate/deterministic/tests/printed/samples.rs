//! Sentences of AWS's public samples and tools, and of public reports about them.

use super::super::{insurance, platform, refunds, tool, underwriting};
use super::Case::{self, Meant, Printed, Refused};
use super::Source;
use crate::model::Tool;
use serde_json::json;

pub(super) fn sources() -> Vec<Source> {
    let source = |from, tools, cases| Source { from, tools, cases };
    vec![
        source(
            "awslabs/amazon-bedrock-agentcore-samples 01-tutorials/08-AgentCore-policy/02-Natural-Language-Policy-Authoring/NL-Authoring-Policy.ipynb",
            underwriting,
            AUTHORING,
        ),
        source(
            "awslabs/amazon-bedrock-agentcore-samples 01-tutorials/08-AgentCore-policy/02-Natural-Language-Policy-Authoring/README.md",
            underwriting,
            AUTHORING_README,
        ),
        source(
            "awslabs/amazon-bedrock-agentcore-samples 01-tutorials/08-AgentCore-policy/04-Automated-Policy-Management/scripts/cedar_utils.py, config.json",
            platform,
            MANAGEMENT,
        ),
        source(
            "awslabs/amazon-bedrock-agentcore-samples 07-AgentCore-E2E lab 03 (gateway)",
            support,
            SUPPORT,
        ),
        source(
            "aws/bedrock-agentcore-starter-toolkit tests_integ/policy/test_policy_gateway_integration.py",
            refunds,
            TOOLKIT,
        ),
        source(
            "aws/agentcore-cli docs/commands.md, and public projects that call `add policy --generate`",
            notes,
            CLI,
        ),
        source(
            "devguide example-policies, prompts of the authoring service",
            insurance,
            INSURANCE,
        ),
        source(
            "a public guide to Policy in AgentCore, section on natural language",
            guide,
            GUIDE,
        ),
        source(
            "public reports: two assets of one generation, measured",
            platform,
            MEASURED,
        ),
    ]
}

const AUTHORING: &[Case] = &[
    Printed(
        "Allow all users to invoke the application tool when the coverage amount is under 1000000 and the applicant region is US or CA",
        "permit(any, ApplicationToolTarget___create_application) when { (input.coverage_amount < 1000000) && ((input.applicant_region == \"US\") || (input.applicant_region == \"CA\")) }",
    ),
    Meant(
        "Allow all users to invoke the risk model tool when data governance approval is true.",
        "permit(user, RiskModelToolTarget___invoke_risk_model) when { input.data_governance_approval }",
    ),
    Meant(
        "Block users from calling the application tool unless coverage amount is present",
        "forbid(user, ApplicationToolTarget___create_application) unless { input has coverage_amount }",
    ),
    Printed(
        "Allow principals with username \"test-user\" to invoke the risk model tool",
        "permit(user, RiskModelToolTarget___invoke_risk_model) when { has [username] && [username] == \"test-user\" }",
    ),
    Printed(
        "Forbid principals to access the approval tool unless they have the scope group:Controller <idp_claims>[\"scope\"]</idp_claims>",
        "forbid(any, ApprovalToolTarget) when { !(has [scope] && [scope] like \"*group:Controller*\") }",
    ),
    Printed(
        "Block principals from using risk model tool and approval tool unless the principal has role \"senior-adjuster\"",
        "forbid(any, RiskModelToolTarget or ApprovalToolTarget) when { !(has [role] && [role] == \"senior-adjuster\") }",
    ),
];

const AUTHORING_README: &[Case] = &[
    Refused(
        "Allow all users to invoke the application tool when the coverage amount is under 1 million and the application region is US or CAN",
        "`application region",
    ),
    Meant(
        "Forbid principals to access the approval tool unless they have \nthe scope group:Controller",
        "forbid(any, ApprovalToolTarget___approve_underwriting) unless { has [scope] && [scope] like \"*group:Controller*\" }",
    ),
    Meant(
        "Allow users to invoke the application tool when coverage is less than 1000000 and region is US or CA",
        "permit(user, ApplicationToolTarget___create_application) when { input.coverage_amount < 1000000 && (input.applicant_region == \"US\" || input.applicant_region == \"CA\") }",
    ),
    Meant(
        "Only allow insurance applications with coverage under $1M",
        "permit(user, ApplicationToolTarget___create_application) when { input.coverage_amount < 1000000 }",
    ),
];

const MANAGEMENT: &[Case] = &[
    Meant(
        "Allow all principals to invoke the get_financial_report tool on the FinancialReportTarget target when the classification_level is \"internal\" and the region is \"US\" or \"EU\" or \"APAC\"",
        "permit(any, FinancialReportTarget___get_financial_report) when { input.classification_level == \"internal\" && [\"US\", \"EU\", \"APAC\"].contains(input.region) }",
    ),
    Meant(
        "Allow all principals to invoke the execute_trade tool on the TradeExecutionTarget target when the amount does not exceed 500000",
        "permit(any, TradeExecutionTarget___execute_trade) when { input.amount <= 500000 }",
    ),
];

fn support() -> Vec<Tool> {
    vec![
        tool(
            "CustomerSupport",
            "check_warranty_status",
            "Check the warranty status of a product",
            &json!({"serial_number": {"type": "string"}}),
            &["serial_number"],
        ),
        tool(
            "Mail",
            "markdown_to_email",
            "Send a text as mail",
            &json!({"markdown_text": {"type": "string"}}),
            &["markdown_text"],
        ),
    ]
}

const SUPPORT: &[Case] = &[
    Refused(
        "Allow tag username == 'testuser' to perform check warranty status on the customer support gateway.",
        "`gateway`",
    ),
    Meant(
        "Allow tag username == 'testuser' to perform check warranty status on the gateway.",
        "permit(user, CustomerSupport___check_warranty_status) when { has [username] && [username] == \"testuser\" }",
    ),
    Meant(
        "Allow any user whose OAuth token scope contains 'manager' to use the markdown_to_email tool on the gateway.",
        "permit(user, Mail___markdown_to_email) when { has [scope] && [scope] like \"*manager*\" }",
    ),
    Refused(
        "Deny all other users from using the markdown_to_email tool.",
        "`other users",
    ),
];

const TOOLKIT: &[Case] = &[
    Meant(
        "Allow refunds for amounts less than $500",
        "permit(user, RefundTool___process_refund) when { input.amount < 500 }",
    ),
    Meant(
        "Allow refunds under $1000",
        "permit(user, RefundTool___process_refund) when { input.amount < 1000 }",
    ),
    Meant("allow refunds", "permit(user, RefundTool___process_refund)"),
];

fn notes() -> Vec<Tool> {
    let path = || json!({"path": {"type": "string"}});
    vec![
        tool("Files", "read_note", "", &path(), &["path"]),
        tool("Files", "write_note", "", &path(), &["path"]),
        tool("Files", "delete_note", "", &path(), &["path"]),
        tool(
            "Shell",
            "run_command",
            "",
            &json!({"command": {"type": "string"}}),
            &["command"],
        ),
        tool(
            "Weather",
            "get_weather",
            "",
            &json!({"city": {"type": "string"}}),
            &["city"],
        ),
    ]
}

const CLI: &[Case] = &[
    Refused(
        "Allow guests to read but never write or delete",
        "`guests to read",
    ),
    Refused(
        "Allow users to invoke tools only when their subscription is active",
        "`active` may be a value or say something about one",
    ),
    Meant(
        "Allow users to invoke tools only when their subscription is \"active\"",
        "permit(user, all) when { has [subscription] && [subscription] == \"active\" }",
    ),
    Meant(
        "Allow OAuth users to call the get_weather tool.",
        "permit(user, Weather___get_weather)",
    ),
    Refused("Do not permit any other tools.", "`other tools"),
    Refused("Allow KB search tool", "`KB search tool`"),
    Refused(
        "Allow run_command except for curl, wget, ssh, and sudo.",
        "`curl, wget, ssh,",
    ),
    Refused("Block file writes to /etc, /proc, /sys.", "`file writes to"),
];

const INSURANCE: &[Case] = &[
    Meant(
        "Allow all users to get policy and get claim status.",
        "permit(user, InsuranceAPI___get_policy or InsuranceAPI___get_claim_status)",
    ),
    Meant(
        "Only allow principals with the 'senior-adjuster' role to update coverage.",
        "permit(user, InsuranceAPI___update_coverage) when { has [role] && [role] == \"senior-adjuster\" }",
    ),
    Meant(
        "Block principals from filing claims unless description is provided.",
        "forbid(any, InsuranceAPI___file_claim) unless { input has description }",
    ),
    Meant(
        "Allow all users to read policy details and claim status.",
        "permit(user, InsuranceAPI___get_policy or InsuranceAPI___get_claim_status)",
    ),
    Meant(
        "Only allow users with 'senior-adjuster' role to update coverage.",
        "permit(user, InsuranceAPI___update_coverage) when { has [role] && [role] == \"senior-adjuster\" }",
    ),
    Meant(
        "Block all claim filings unless a description is provided.",
        "forbid(any, InsuranceAPI___file_claim) unless { input has description }",
    ),
];

fn guide() -> Vec<Tool> {
    let mut tools = refunds();
    tools[0].input["properties"]["customer"] =
        json!({"type": "object", "properties": {"tier": {"type": "string"}}, "required": ["tier"]});
    tools[0].input["properties"]["status"] =
        json!({"type": "string", "description": "One of pending or done"});
    tools.push(tool(
        "StatusTool",
        "check_status",
        "Check a status",
        &json!({}),
        &[],
    ));
    tools
}

const GUIDE: &[Case] = &[
    Meant(
        "Allow users with the username 'john' to process refunds under $500",
        "permit(user, RefundTool___process_refund) when { has [username] && [username] == \"john\" && input.amount < 500 }",
    ),
    Meant(
        "Allow users with the manager role to process refunds of any amount",
        "permit(user, RefundTool___process_refund) when { has [role] && [role] == \"manager\" }",
    ),
    Meant(
        "Allow all authenticated users to use the check_status tool",
        "permit(user, StatusTool___check_status)",
    ),
    Meant(
        "Allow any user to process refunds when the amount is less than $1000\nand the customer tier is 'standard'",
        "permit(user, RefundTool___process_refund) when { input.amount < 1000 && input has customer && input.customer.tier == \"standard\" }",
    ),
    Refused(
        "Allow finance department users to process refunds under $5000 OR allow any manager to process refunds of any amount",
        "`finance department users",
    ),
    Meant(
        "Allow any authenticated user to process refunds under $1000",
        "permit(user, RefundTool___process_refund) when { input.amount < 1000 }",
    ),
    Meant(
        "Never allow refunds over $10,000",
        "forbid(any, RefundTool___process_refund) when { input.amount > 10000 }",
    ),
    Meant(
        "Users with the admin role can process refunds when amount < $500 AND status = pending",
        "permit(user, RefundTool___process_refund) when { has [role] && [role] == \"admin\" && input.amount < 500 && input has status && input.status == \"pending\" }",
    ),
    Refused("Use the process_refund tool", "`Use the process_refund tool`"),
    Refused("Some users can process refunds", "`Some users can"),
    Refused("Access the system", "`system`"),
    Refused("Allow refunds for reasonable amounts", "`reasonable amounts`"),
    Refused("Managers can do refunds", "`Managers can"),
    Refused("Maybe allow if the amount is small", "`Maybe allow"),
    Refused(
        "Allow the greenhouse agent to check weather and control actuators",
        "`greenhouse agent",
    ),
];

const MEASURED: &[Case] = &[
    Printed(
        "Allow any authenticated caller to invoke get_course.",
        "permit(user, catalogTools___get_course)",
    ),
    Printed(
        "Forbid all callers from delete_course",
        "forbid(any, catalogTools___delete_course)",
    ),
];
