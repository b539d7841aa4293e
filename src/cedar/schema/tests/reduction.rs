//! A statement is judged by the part of the schema that it can match as by the whole of it.

use super::*;
use crate::cedar::parse_statement;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const ID: &str = "p-0123456789";

/// What the whole schema gives.
fn by_all(schema: &Schema, text: &str) -> String {
    let statement = parse_statement(text).expect("it parses");
    let whole = schema.understood(&schema.everything()).expect("Cedar reads it");
    format!("{:#?}", schema.errors(&whole, &statement, ID))
}

/// What the part of it gives that the statement can match.
fn by_part(schema: &Schema, text: &str) -> String {
    let statement = parse_statement(text).expect("it parses");
    let part = schema.reduced(statement.outline()).expect("Cedar reads it");
    format!("{:#?}", schema.errors(&part, &statement, ID))
}

fn properties() -> impl Strategy<Value = Value> {
    let property = select(vec![
        json!({"type": "string"}),
        json!({"type": "integer"}),
        json!({"type": "number"}),
        json!({"type": "string", "enum": ["a", "b"]}),
        json!({"type": "object", "properties": {"zip": {"type": "string"}}, "additionalProperties": {"type": "integer"}}),
        json!({"type": "object", "properties": {"zip": {"type": "string"}}, "required": ["zip"]}),
        json!({"type": "null"}),
        json!({}),
    ]);
    prop::collection::btree_map(select(vec!["amount", "mode", "addr", "as-of"]), property, 0..4)
        .prop_map(|properties| json!({"properties": properties, "required": ["amount"]}))
}

/// A tool, or what is called over HTTP.
fn called(target: &str, name: &str, input: Value) -> Tool {
    let mut tool = tool(target, name, input);
    if name.contains(':') {
        tool.protocol = Protocol::Http;
    }
    tool
}

fn schemas() -> impl Strategy<Value = Schema> {
    tools().prop_map(|tools| {
        let targets = vec![target("T", Protocol::Mcp), target("Proxied", Protocol::Http)];
        Schema::of_offer(&Offer { targets, tools }).expect("it fits")
    })
}

fn tools() -> impl Strategy<Value = Vec<Tool>> {
    let ids = vec![
        ("T", "refund"),
        ("T", "delay"),
        ("T-2", "refund"),
        ("Other", "list"),
        ("Mcp", "x"),
        ("Run", "POST:/invocations"),
        ("T", "GET:/x"),
    ];
    subsequence(ids, 0..6)
        .prop_flat_map(|ids| {
            let inputs = prop::collection::vec(properties(), ids.len());
            (Just(ids), inputs)
        })
        .prop_map(|(ids, inputs)| {
            let made = ids.iter().zip(inputs);
            made.map(|((target, name), input)| called(target, name, input))
                .collect()
        })
}

/// Actions, known and unknown.
fn action() -> impl Strategy<Value = &'static str> {
    select(vec![
        "T___refund",
        "T___delay",
        "T-2___refund",
        "Other___list",
        "Mcp___x",
        "T",
        "T-2",
        "Other",
        "Mcp",
        "CallTool",
        "UnknownTool",
        "InvokeLLM",
        "Http",
        "T___refnd",
        "",
        "refund",
        "Run___POST:/invocations",
        "T___GET:/x",
        "Run",
        "Proxied",
    ])
}

fn policies() -> impl Strategy<Value = String> {
    let principal = select(vec![
        "principal",
        "principal is AgentCore::OAuthUser",
        "principal == AgentCore::IamEntity::\"x\"",
        "principal in Foo::Group::\"a\"",
        "principal is AgentCore::T___refund_Input_mode",
    ]);
    let scope = prop_oneof![
        Just("action".to_owned()),
        action().prop_map(|id| format!("action == AgentCore::Action::\"{id}\"")),
        action().prop_map(|id| format!("action in AgentCore::Action::\"{id}\"")),
        prop::collection::vec(action(), 0..4).prop_map(|ids| {
            let ids: Vec<String> = ids
                .iter()
                .map(|id| format!("AgentCore::Action::\"{id}\""))
                .collect();
            format!("action in [{}]", ids.join(", "))
        }),
        Just("action == Foo::Action::\"T___refund\"".to_owned()),
    ];
    let condition = prop_oneof![
        select(vec![
            "context.input.amount < 500",
            "context.input has amount && context.input.amount < 500",
            "context.input has mode && context.input.mode == AgentCore::T___refund_Input_mode::\"a\"",
            "context.input has mode && context.input.mode == AgentCore::T_2___refund_Input_mode::\"c\"",
            "context.input has addr && context.input.addr.zip like \"1*\"",
            "context.input has addr && context.input.addr.hasTag(\"x\") && context.input.addr.getTag(\"x\") == 1",
            "context.input[\"as-of\"] == \"x\"",
            "context has output && context.output == {}",
            "principal.id == \"x\"",
            "principal.hasTag(\"a\") && principal.getTag(\"a\") == \"b\"",
            "principal.getTag(\"a\") == \"b\"",
            "resource is AgentCore::Unknown",
            "context.input has mode && context.input.mode == AgentCore::Null::\"x\"",
            "principal is AgentCore::T___delay_Input_mode",
            "principal is Foo::Bar in Foo::Baz::\"x\"",
            "1 < \"a\"",
            "false",
        ])
        .prop_map(str::to_owned),
        action().prop_map(|id| format!("action == AgentCore::Action::\"{id}\"")),
        action().prop_map(|id| format!("action in AgentCore::Action::\"{id}\" && context.input.amount == 1")),
        action().prop_map(|id| format!("[AgentCore::Action::\"{id}\", action].contains(action)")),
    ];
    let clause =
        (select(vec!["when", "unless"]), condition).prop_map(|(word, is)| format!("\n{word} {{ {is} }}"));
    (
        select(vec!["permit", "forbid"]),
        principal,
        scope,
        prop::collection::vec(clause, 0..3),
    )
        .prop_map(|(effect, principal, scope, clauses)| {
            let resource = "resource == AgentCore::Gateway::\"g\"";
            format!("{effect}({principal}, {scope}, {resource}){};", clauses.concat())
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_part_gives_what_the_whole_gives(schema in schemas(), texts in prop::collection::vec(policies(), 1..4)) {
        for text in texts {
            prop_assert_eq!(by_part(&schema, &text), by_all(&schema, &text), "{}\n{}", text, schema.text());
        }
    }
}

/// Tools, and what becomes of them: some stay, others go, come, or take other arguments.
fn changes() -> impl Strategy<Value = (Vec<Tool>, Vec<Tool>)> {
    (tools(), tools()).prop_flat_map(|(before, other)| {
        let all: Vec<Tool> = before.iter().cloned().chain(other).collect();
        (Just(before), subsequence(all.clone(), 0..=all.len()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_a_change_does_not_touch_stays_as_good_as_it_was(
        (before, after) in changes(), texts in prop::collection::vec(policies(), 1..4),
    ) {
        let changed = changed_actions(&before, &after);
        let (old, new) = (Schema::of(&before).expect("it fits"), Schema::of(&after).expect("it fits"));
        for text in texts {
            let statement = parse_statement(&text).expect("it parses");
            if !statement.is_touched_by(&changed) && old.validate(&statement, ID).is_empty() {
                prop_assert_eq!(new.validate(&statement, ID), [""; 0], "{}\n{:?}\n{}", text, changed, new.text());
            }
        }
    }
}

#[test]
fn a_statement_is_touched_by_its_actions_and_by_what_else_it_names() {
    let input = |json_type: &str| json!({"properties": {"amount": {"type": json_type}}});
    let before = [
        tool("T", "refund", input("integer")),
        tool("T-2", "list", input("integer")),
    ];
    let described = Tool {
        description: "other words".to_owned(),
        ..before[0].clone()
    };
    assert_eq!(
        changed_actions(&before, &[described, before[1].clone()]),
        BTreeSet::new()
    );
    let with_output = Tool {
        output: Some(input("integer")),
        ..before[0].clone()
    };
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(
        changed_actions(&before, &[with_output, before[1].clone()]),
        ids(&["T", "T___refund"])
    );
    assert_eq!(
        changed_actions(&before, &before[..1]),
        ids(&["T-2", "T-2___list"])
    );
    // Of two tools with one id the first counts.
    let twice = [
        before[0].clone(),
        before[1].clone(),
        tool("T", "refund", input("number")),
    ];
    assert_eq!(changed_actions(&before, &twice), BTreeSet::new());

    let changed = changed_actions(
        &before,
        &[tool("T", "refund", input("number")), before[1].clone()],
    );
    for (scope, condition, touched) in [
        ("action == AgentCore::Action::\"T___refund\"", "true", true),
        ("action in AgentCore::Action::\"T\"", "true", true),
        (
            "action in [AgentCore::Action::\"T-2\", AgentCore::Action::\"T___refund\"]",
            "true",
            true,
        ),
        ("action in AgentCore::Action::\"CallTool\"", "true", true),
        ("action in AgentCore::Action::\"Mcp\"", "true", true),
        ("action in []", "true", true),
        ("action", "true", true),
        (
            "action == AgentCore::Action::\"T-2___list\"",
            "context.input.amount == 1",
            false,
        ),
        (
            "action in AgentCore::Action::\"T-2\"",
            "principal is AgentCore::OAuthUser",
            false,
        ),
        (
            "action == AgentCore::Action::\"T-2___list\"",
            "action in AgentCore::Action::\"T\"",
            true,
        ),
        (
            "action == AgentCore::Action::\"T-2___list\"",
            "resource is AgentCore::T___refund_Input_mode",
            true,
        ),
    ] {
        let text = format!(
            "permit(principal, {scope}, resource == AgentCore::Gateway::\"g\") when {{ {condition} }};"
        );
        let statement = parse_statement(&text).expect("it parses");
        assert_eq!(statement.is_touched_by(&changed), touched, "{text}");
    }
}

/// So many tools of ten targets.
fn many(count: usize) -> Schema {
    let tools: Vec<Tool> = (0..count)
        .map(|number| {
            let input = json!({"properties": {"amount": {"type": "integer"}}, "required": ["amount"]});
            tool(&format!("T{}", number % 10), &format!("tool{number}"), input)
        })
        .collect();
    let offer = Offer {
        targets: Vec::new(),
        tools,
    };
    Schema::built(&offer, usize::MAX).expect("there is no bound")
}

#[test]
fn the_work_for_one_tool_does_not_grow_with_the_tools() {
    let text = "permit(principal, action == AgentCore::Action::\"T3___tool3\", resource == AgentCore::Gateway::\"g\")\n\
                when { context.input.amount < 500 };";
    let statement = parse_statement(text).expect("it parses");
    let (few, all) = (many(10), many(10_000));
    let read = |schema: &Schema| schema.text_of(&schema.selection(statement.outline()));
    assert_eq!(
        read(&few),
        read(&all),
        "the same text is read, and the same actions are looked at"
    );
    assert_eq!(all.validate(&statement, ID), [""; 0]);
    assert_eq!(all.validate(&statement, ID), [""; 0]);
    assert_eq!(all.reduced.len(), 1, "it is read once");
}

#[test]
fn a_group_stands_for_its_tools_and_no_others() {
    let schema = many(30);
    let statement = parse_statement(
        "permit(principal, action in AgentCore::Action::\"T3\", resource == AgentCore::Gateway::\"g\");",
    )
    .expect("it parses");
    let selection = schema.selection(statement.outline());
    assert_eq!(selection.tools, BTreeSet::from([3, 13, 23]));
    assert_eq!(selection.groups, BTreeSet::from(["T3".to_owned()]));
}

#[test]
fn suggestions_come_from_all_names() {
    let schema = many(30);
    let text = "permit(principal, action == AgentCore::Action::\"AgentCore::Action::T7___tool7\", resource == AgentCore::Gateway::\"g\");";
    assert!(
        by_part(&schema, text).contains("did you mean `AgentCore::Action::\\\"T7___tool7\\\"`?"),
        "{}",
        by_part(&schema, text)
    );
}

#[test]
fn schemas_that_are_kept_are_bounded() {
    let schema = many(140);
    for number in 0..140 {
        let text = format!(
            "permit(principal, action == AgentCore::Action::\"T{}___tool{number}\", resource == AgentCore::Gateway::\"g\");",
            number % 10
        );
        assert_eq!(
            schema.validate(&parse_statement(&text).expect("it parses"), ID),
            [""; 0]
        );
    }
    assert!(schema.reduced.len() <= 128);
}
