//! Tools of a file: a list of definitions as a target holds them, or what an MCP server answers to `tools/list`.

use super::ToolsError;
use super::{mcp, names};
use crate::model::{BETWEEN, Offer, Protocol, Target, Tool};
use serde_json::Value;

/// What a list may stand in: an answer of JSON-RPC, or a target's object or configuration.
const AROUND: [&str; 8] = [
    "result",
    "spec",
    "targetConfiguration",
    "mcp",
    "lambda",
    "mcpServer",
    "toolSchema",
    "inlinePayload",
];

/// What a document offers. A tool whose name has its target in it, as a gateway lists tools, is of that target; every other one is
/// of `target`.
///
/// # Errors
/// [`ToolsError`] says what cannot be used and what to do.
pub fn listed(target: Option<&str>, document: &Value) -> Result<Offer, ToolsError> {
    let of_object = document.pointer("/spec/name").and_then(Value::as_str);
    let target = target.or(of_object);
    let mut list = document;
    while let Some(inside) = AROUND.iter().find_map(|name| list.get(*name)) {
        list = inside;
    }
    let is_a_list = list.is_array() || list.get("tools").is_some();
    if !is_a_list {
        return Err(ToolsError::new(none_in(document)));
    }
    let mut offer = Offer::default();
    for tool in mcp::tools("", list)? {
        let tool = of_its_target(tool, target)?;
        if !offer.targets.iter().any(|target| target.name == tool.target) {
            offer.targets.push(Target {
                name: tool.target.clone(),
                protocol: Protocol::Mcp,
            });
        }
        offer.tools.push(tool);
    }
    for target in &offer.targets {
        let own = offer.tools.iter().filter(|tool| tool.target == target.name);
        names::distinct(own.cloned().collect())?;
    }
    if offer.tools.is_empty() {
        return Err(ToolsError::new("There is no tool in it"));
    }
    Ok(offer)
}

/// Why there are no tools in a document.
fn none_in(document: &Value) -> &'static str {
    let is_a_target = [
        "/spec/targetConfiguration",
        "/targetConfiguration",
        "/mcp",
        "/mcpServer",
        "/lambda",
    ];
    if is_a_target.iter().any(|place| document.pointer(place).is_some()) {
        "The tools of this target are not in it, but where it points to: give what the MCP server answers to tools/list, or a list \
         of the tools with the name and inputSchema of each"
    } else {
        "There is no list of tools in it: give a list with the name and inputSchema of each, as an inlinePayload has it, or what an \
         MCP server answers to tools/list"
    }
}

fn of_its_target(tool: Tool, target: Option<&str>) -> Result<Tool, ToolsError> {
    let (target, name) = match (tool.name.split_once(BETWEEN), target) {
        (Some((own, name)), given) if given.is_none_or(|given| given == own) => {
            (own.to_owned(), name.to_owned())
        }
        (_, Some(target)) => (target.to_owned(), tool.name.clone()),
        (_, None) => {
            return Err(ToolsError::new(format!(
                "The tool `{}` says no target: name the one that its gateway has it from",
                tool.name
            )));
        }
    };
    Ok(Tool { target, name, ..tool })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tool(name: &str) -> Value {
        json!({"name": name, "inputSchema": {"type": "object"}})
    }

    #[test]
    fn a_list_is_found_in_whatever_holds_it() {
        let list = json!([tool("a"), tool("b")]);
        for document in [
            list.clone(),
            json!({"tools": list}),
            json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": list}}),
            json!({"inlinePayload": list}),
            json!({"kind": "GatewayTarget", "spec": {"name": "U", "targetConfiguration": {"mcp": {"lambda": {"toolSchema": {"inlinePayload": list}}}}}}),
            json!({"mcp": {"lambda": {"lambdaArn": "arn", "toolSchema": {"inlinePayload": list}}}}),
        ] {
            let offer = listed(Some("T"), &document).unwrap();
            let ids: Vec<String> = offer.tools.iter().map(Tool::action_id).collect();
            assert_eq!(ids, ["T___a", "T___b"], "{document}");
            assert_eq!(offer.targets.len(), 1);
        }
    }

    #[test]
    fn a_target_is_in_the_name_or_given() {
        let ids = |target, names: &[&str]| {
            let list: Vec<Value> = names.iter().map(|name| tool(name)).collect();
            listed(target, &json!(list))
                .map(|offer| offer.tools.iter().map(Tool::action_id).collect::<Vec<_>>())
                .map_err(|error| error.to_string())
        };
        let object = json!({"spec": {"name": "U", "targetConfiguration": {"inlinePayload": [tool("a")]}}});
        assert_eq!(listed(None, &object).unwrap().tools[0].action_id(), "U___a");
        assert_eq!(ids(None, &["T___a", "U___a"]).unwrap(), ["T___a", "U___a"]);
        assert_eq!(ids(Some("T"), &["T___a", "a_b"]).unwrap(), ["T___a", "T___a_b"]);
        assert!(ids(None, &["a"]).unwrap_err().contains("`a` says no target"));
        assert!(
            ids(Some("T"), &["a", "a"])
                .unwrap_err()
                .contains("More than one tool")
        );
        assert_eq!(ids(Some("T"), &[]).unwrap_err(), "There is no tool in it");
    }

    #[test]
    fn what_holds_no_tools_says_where_they_are() {
        let server = json!({"mcp": {"mcpServer": {"endpoint": "https://tools.example.com/mcp"}}});
        for document in [
            json!({"kind": "GatewayTarget", "spec": {"targetConfiguration": server}}),
            server,
            json!({"mcp": {"lambda": {"lambdaArn": "arn", "toolSchema": {"s3": {"uri": "s3://a/b"}}}}}),
        ] {
            let why = listed(Some("T"), &document).unwrap_err().to_string();
            assert!(why.contains("not in it, but where it points to"), "{why}");
        }
        for document in [json!({}), json!("Allow"), json!(null), json!({"name": "a"})] {
            let why = listed(Some("T"), &document).unwrap_err().to_string();
            assert!(why.contains("There is no list of tools in it"), "{why}");
        }
    }
}
