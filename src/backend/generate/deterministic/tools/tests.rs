//! Which tools words mean.

use super::*;
use serde_json::json;

fn tools() -> Vec<Tool> {
    let tool = |target: &str, name: &str, description: &str| Tool {
        target: target.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        input: json!({"type": "object"}),
        output: None,
        protocol: crate::model::Protocol::Mcp,
    };
    vec![
        tool("RefundTool", "process_refund", "Pay money back"),
        tool("RefundTool", "view_order_history", "Show what a customer ordered"),
        tool(
            "ApplicationToolTarget",
            "create_application",
            "Create an insurance application",
        ),
        tool("lakehouse-mcp-target", "query_claims", "Look claims up"),
        tool("Backup", "delete_all", "Removes copies, not originals"),
        tool("Other", "query_claims", "Look claims of others up"),
    ]
}

fn meant(said: &str, marker: Marker) -> Result<Option<Meant>, String> {
    let found = find(&tools(), &said.split(' ').collect::<Vec<_>>(), marker, None);
    found.map(|found| found.map(|found| found.meant))
}

#[test]
fn a_tool_is_meant_by_its_id_its_name_or_its_words() {
    for (said, index) in [
        ("RefundTool___process_refund", 0),
        ("process_refund", 0),
        ("process refunds", 0),
        ("processing refunds", 0),
        ("refund processing", 0),
        ("refunds", 0),
        ("refund process", 0),
        ("refund view order history", 1),
        ("view order histories", 1),
        ("create applications", 2),
        ("lakehouse query claims", 3),
        ("pay money back", 0),
        ("get order history", 1),
        ("read order history", 1),
        ("insurance applications", 2),
        ("lakehouse-mcp-target___query_claims", 3),
    ] {
        assert_eq!(meant(said, Marker::None), Ok(Some(Meant::Tool(index))), "{said}");
    }
    assert_eq!(meant("application", Marker::One), Ok(Some(Meant::Tool(2))));
    assert_eq!(
        meant("RefundTool", Marker::Many),
        Ok(Some(Meant::Target("RefundTool".to_owned())))
    );
}

#[test]
fn what_may_mean_two_is_an_error_and_what_means_none_is_none() {
    assert!(meant("query claims", Marker::None).is_err());
    assert!(meant("query_claims", Marker::None).is_err());
    for said in [
        "delete",
        "remove copies",
        "view",
        "order",
        "money back",
        "tool",
        "history",
        "pay customer",
        "refund views",
        "create applicating",
        "update order history",
        "read order history details",
        "insurance",
    ] {
        assert_eq!(meant(said, Marker::None), Ok(None), "{said}");
    }
    assert_eq!(
        find(&tools(), &["query", "claims"], Marker::None, Some("Other")),
        Ok(Some(Found::named(Meant::Tool(5))))
    );
}

#[test]
fn one_tool_of_a_target_with_two_is_not_told() {
    assert!(meant("RefundTool", Marker::One).is_err());
    assert!(meant("refund", Marker::Many).is_err());
    assert_eq!(find_target(&tools(), &["refund"]).as_deref(), Some("RefundTool"));
    assert_eq!(find_target(&tools(), &["FinanceTarget"]), None);
}
