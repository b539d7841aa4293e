//! Actions and the groups that they are in (service.md 10.2, 10.3).

use super::*;
use std::str::FromStr as _;

#[test]
fn a_tool_has_an_action_in_its_target_and_in_call_tool() {
    let mut with_output = tool("T", "t", json!({}));
    with_output.output = Some(json!({"properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}));
    let schema = Schema::of(&[with_output.clone(), with_output]).expect("it fits");
    let text = schema.text();
    assert_eq!(
        text.matches("type T___tOutput = { \"ok\": Bool };").count(),
        1,
        "{text}"
    );
    assert_eq!(
        text.matches(r#"action "T" in ["CallTool"] appliesTo"#).count(),
        1,
        "{text}"
    );
    assert_eq!(
        text.matches(r#"action "T___t" in ["CallTool", "T"] appliesTo"#)
            .count(),
        1,
        "{text}"
    );
    let context = r#"context: { "input": T___tInput, "output"?: T___tOutput, "system": SystemContext }"#;
    assert_eq!(text.matches(context).count(), 1, "{text}");
}

/// service.md 10.2 and 10.3: `Http` holds what is called over HTTP; every target is a group.
#[test]
fn what_is_called_over_http_is_in_its_target_and_in_http() {
    let mut invocation = tool("Run", "POST:/invocations", json!({"type": "object"}));
    invocation.protocol = Protocol::Http;
    let offer = Offer {
        targets: vec![
            target("Proxied", Protocol::Http),
            target("Empty", Protocol::Mcp),
            target("Run", Protocol::Mcp),
        ],
        tools: vec![invocation],
    };
    let text = Schema::of_offer(&offer).expect("it fits").text();
    for declared in [
        r#"action "Run___POST:/invocations" in ["Http", "Run"] appliesTo"#,
        r#"action "Proxied" in ["Http"] appliesTo"#,
        r#"action "Empty" in ["CallTool"] appliesTo"#,
        r#"action "Run" in ["CallTool", "Http"] appliesTo"#,
    ] {
        assert_eq!(text.matches(declared).count(), 1, "{declared}\n{text}");
    }
    cedar_policy::Schema::from_str(&text).expect("Cedar reads it");
}

#[test]
fn a_target_called_like_a_fixed_action_adds_no_action_of_that_name() {
    let tools: Vec<Tool> = FIXED_ACTIONS
        .iter()
        .map(|target| tool(target, "t", json!({})))
        .collect();
    let schema = Schema::of(&tools).expect("it fits");
    cedar_policy::Schema::from_str(&schema.text()).expect("Cedar reads it");
}

/// Tools of both protocols, targets of one name, a target called like a fixed action, and one without tools.
fn mixed() -> Schema {
    let http = |target: &str, name: &str| Tool {
        protocol: Protocol::Http,
        ..tool(target, name, json!({}))
    };
    let offer = Offer {
        targets: vec![target("Empty", Protocol::Http), target("Both", Protocol::Http)],
        tools: vec![
            tool("T", "t", json!({})),
            http("Run", "POST:/invocations"),
            tool("Both", "mcp", json!({})),
            tool("Http", "odd", json!({})),
            http("Mcp", "odd"),
        ],
    };
    Schema::of_offer(&offer).expect("it fits")
}

#[test]
fn the_hierarchy_is_the_one_that_cedar_reads_in_the_schema() {
    let schema = mixed();
    let read = cedar_policy::Schema::from_str(&schema.text()).expect("Cedar reads it");
    let actions = read.action_entities().expect("they are no circle");
    let id = |uid: &cedar_policy::EntityUid| uid.id().unescaped().to_owned();
    let of_cedar: BTreeMap<String, BTreeSet<String>> = actions
        .iter()
        .map(|action| {
            let uid = action.uid();
            let above = actions.ancestors(&uid).expect("it is there").map(id);
            (id(&uid), above.collect())
        })
        .collect();
    let ours: BTreeMap<String, BTreeSet<String>> = schema
        .hierarchy()
        .into_iter()
        .map(|(action, above)| (action.to_owned(), above.into_iter().map(str::to_owned).collect()))
        .collect();
    assert_eq!(ours, of_cedar);
    for (action, above) in &ours {
        for other in ours.keys() {
            let entity = |entity_type: &str| crate::cedar::scope::Entity {
                entity_type: entity_type.to_owned(),
                id: other.clone(),
            };
            let is_in = action == other || above.contains(other);
            assert_eq!(
                schema.is_in(action, &entity(ACTION)),
                is_in,
                "{action} in {other}"
            );
            assert!(!schema.is_in(action, &entity("Other::Action")));
        }
    }
    assert_eq!(
        ours["Both___mcp"],
        ["Both", "CallTool", "Http", "Mcp"].map(str::to_owned).into()
    );
}
