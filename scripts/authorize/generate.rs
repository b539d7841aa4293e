//! Policies and requests out of a seed: every form of scope, conditions that hold, fail and error, and tools with the
//! types that arguments have.

use agentcore_policy_operator::cedar::PrincipalKind;
use agentcore_policy_operator::model::{Offer, Protocol, Target, Tool};
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use serde_json::{Map, Value, json};

/// The gateway that decides, and another.
pub const GATEWAY: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/refunds-0123456789";
const OTHER: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/other-0123456789";

/// Targets with their tools. `Both` is the name of two targets, one of each protocol.
const TOOLS: [(&str, &str, Protocol); 9] = [
    ("Refund", "pay", Protocol::Mcp),
    ("Refund", "look", Protocol::Mcp),
    ("Refund", "undo", Protocol::Mcp),
    ("lake-house", "query", Protocol::Mcp),
    ("lake-house", "drop all", Protocol::Mcp),
    ("Agent", "POST:/invocations", Protocol::Http),
    ("Both", "mcp", Protocol::Mcp),
    ("Both", "GET:/http", Protocol::Http),
    // Its target is called like a fixed action, and so is no group.
    ("CallTool", "odd", Protocol::Mcp),
];

/// A call with what Cedar is asked by another way.
#[derive(Clone, Debug)]
pub struct Asked {
    pub kind: PrincipalKind,
    pub id: &'static str,
    pub tags: Vec<(String, String)>,
    pub tool: String,
    /// As a client sends them.
    pub arguments: Map<String, Value>,
    /// The same in the JSON form of Cedar's values.
    pub input: Value,
    /// Microseconds since 1970-01-01.
    pub now: i64,
}

/// What the gateway offers: most of the tools.
pub fn offer(random: &mut StdRng) -> Offer {
    let targets = [
        ("Empty", Protocol::Mcp),
        ("Refund", Protocol::Mcp),
        ("Both", Protocol::Http),
    ];
    let targets = targets.map(|(name, protocol)| Target {
        name: name.to_owned(),
        protocol,
    });
    let some = TOOLS.into_iter().enumerate();
    let some = some.filter(|(at, _)| *at == 0 || random.random_bool(0.8));
    Offer {
        targets: targets.to_vec(),
        tools: some.map(|(_, named)| tool(named)).collect(),
    }
}

fn tool((target, name, protocol): (&str, &str, Protocol)) -> Tool {
    Tool {
        target: target.to_owned(),
        name: name.to_owned(),
        description: String::new(),
        input: json!({
            "type": "object",
            "properties": {
                "amount": {"type": "integer"},
                "price": {"type": "number"},
                "reason": {"type": "string"},
                "urgent": {"type": "boolean"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "mode": {"type": "string", "enum": ["fast", "slow"]},
                "when": {"type": "string", "format": "date-time"},
                "from": {"type": "string", "format": "ipv4"},
                "address": {"type": "object", "properties": {"zip": {"type": "string"}}},
                "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            },
            "required": ["amount"],
        }),
        output: None,
        protocol,
    }
}

/// A statement, valid against a schema or not: the authorizer judges what it is given.
pub fn statement(random: &mut StdRng, offer: &Offer) -> String {
    let effect = pick(random, &["permit", "permit", "permit", "forbid"]);
    let (principal, action, resource) = (principal(random), action(random, offer), resource(random));
    let conditions: Vec<String> = (0..random.random_range(0..3))
        .map(|_| {
            let word = pick(random, &["when", "when", "unless"]);
            format!(" {word} {{ {} }}", condition(random, offer, 2))
        })
        .collect();
    format!(
        "{effect}({principal}, {action}, {resource}){};",
        conditions.concat()
    )
}

fn principal(random: &mut StdRng) -> String {
    let kind = |random: &mut StdRng| {
        let kinds = [
            "OAuthUser",
            "OAuthUser",
            "IamEntity",
            "UnauthenticatedUser",
            "Group",
        ];
        format!("AgentCore::{}", pick(random, &kinds))
    };
    let id = pick(random, &["u1", "u2", "u3"]);
    let (a, b) = (kind(random), kind(random));
    match random.random_range(0..8) {
        0..3 => "principal".to_owned(),
        3 | 4 => format!("principal is {a}"),
        5 => format!("principal == {a}::\"{id}\""),
        6 => format!("principal in {a}::\"{id}\""),
        _ => format!(
            "principal is {a} in {}::\"{id}\"",
            if random.random_bool(0.7) { &a } else { &b }
        ),
    }
}

fn action(random: &mut StdRng, offer: &Offer) -> String {
    match random.random_range(0..10) {
        0..2 => "action".to_owned(),
        2..5 => format!("action == {}", action_entity(random, offer)),
        5..7 => format!("action in {}", action_entity(random, offer)),
        _ => {
            let count = random.random_range(0..5);
            let list: Vec<String> = (0..count).map(|_| action_entity(random, offer)).collect();
            format!("action in [{}]", list.join(", "))
        }
    }
}

/// A tool, a target, a fixed action, one that is not there, or one of another type that is one of actions too.
fn action_entity(random: &mut StdRng, offer: &Offer) -> String {
    let id = match random.random_range(0..12) {
        0..6 => offer
            .tools
            .choose(random)
            .map_or_else(String::new, Tool::action_id),
        6..8 => pick(
            random,
            &["Refund", "lake-house", "Agent", "Both", "Empty", "CallTool"],
        )
        .to_owned(),
        8..10 => pick(random, &["CallTool", "Mcp", "Http", "UnknownTool", "InvokeAgent"]).to_owned(),
        10 => "Gone___tool".to_owned(),
        _ => return "Other::Action::\"Refund___pay\"".to_owned(),
    };
    format!("AgentCore::Action::\"{id}\"")
}

fn resource(random: &mut StdRng) -> String {
    let here = format!("AgentCore::Gateway::\"{GATEWAY}\"");
    let there = format!("AgentCore::Gateway::\"{OTHER}\"");
    match random.random_range(0..12) {
        0..2 => "resource".to_owned(),
        2..5 => "resource is AgentCore::Gateway".to_owned(),
        5..8 => format!("resource == {here}"),
        8 => format!("resource in {here}"),
        9 => format!("resource is AgentCore::Gateway in {here}"),
        10 => format!("resource == {there}"),
        _ => pick(
            random,
            &[
                "resource is AgentCore::Group",
                "resource == AgentCore::Group::\"g\"",
                "resource is AgentCore::Group in AgentCore::Gateway::\"g\"",
            ],
        )
        .to_owned(),
    }
}

/// An expression; some are of no boolean, and some can never be evaluated.
fn condition(random: &mut StdRng, offer: &Offer, depth: usize) -> String {
    if depth > 0 && random.random_bool(0.5) {
        let (a, b) = (
            condition(random, offer, depth - 1),
            condition(random, offer, depth - 1),
        );
        return match random.random_range(0..5) {
            0..2 => format!("({a}) && ({b})"),
            2 | 3 => format!("({a}) || ({b})"),
            _ => format!("if ({a}) then ({b}) else !({a})"),
        };
    }
    let action = action_entity(random, offer);
    let tool = offer
        .tools
        .choose(random)
        .map_or_else(String::new, Tool::action_id);
    let mode = format!(
        "AgentCore::{}_Input_mode::\"fast\"",
        tool.replace(['-', ' ', ':', '/'], "_")
    );
    let named = [
        format!("action in {action}"),
        format!("action in [{action}, AgentCore::Action::\"Refund\"]"),
        format!("action == {action}"),
        format!("AgentCore::Action::\"{tool}\" in {action}"),
        format!("context.input has mode && context.input.mode == {mode}"),
        format!("resource == AgentCore::Gateway::\"{GATEWAY}\""),
    ];
    let fixed = [
        "principal.hasTag(\"role\") && principal.getTag(\"role\") == \"admin\"",
        "principal.hasTag(\"scope\") && principal.getTag(\"scope\") like \"*write*\"",
        "principal.getTag(\"role\") == \"admin\"",
        "principal.id == \"u1\"",
        "principal has id && principal.id != \"u2\"",
        "principal is AgentCore::OAuthUser",
        "principal in AgentCore::IamEntity::\"u1\"",
        "AgentCore::OAuthUser::\"u1\".id == \"u1\"",
        "AgentCore::OAuthUser::\"u2\" has id",
        "context.input.amount < 1000",
        "context.input.amount > 100 && context.input.amount <= 2000",
        "context.input has amount && context.input.amount + 9223372036854775000 > 0",
        "context.input.amount",
        "context.input.price.lessThan(decimal(\"1000.0\"))",
        "context.input has price && context.input.price.greaterThan(decimal(\"5.5\"))",
        "context.input has reason && context.input.reason like \"*late*\"",
        "context.input.reason < 3",
        "context.input has urgent && context.input.urgent",
        "context.input has tags && context.input.tags.contains(\"vip\")",
        "context.input.tags.containsAny([\"vip\", \"new\"])",
        "context.input has when && context.input.when < context.system.now",
        "context.input has from && context.input.from.isInRange(ip(\"10.0.0.0/8\"))",
        "context.input has address.zip && context.input.address.zip == \"8001\"",
        "context.input has either.typeChoice0 && context.input.either.typeChoice0 == 7",
        "context.input has extra && context.input.extra == \"x\"",
        "context.system.now > datetime(\"2026-06-01\")",
        "context.system.now.toTime() >= duration(\"9h\")",
        "context has output",
        "context.missing",
        "decimal(\"no\") == decimal(\"1.0\")",
        "true",
        "false",
    ];
    if random.random_bool(0.25) {
        named.choose(random).cloned().unwrap_or_default()
    } else {
        pick(random, &fixed).to_owned()
    }
}

/// A call of a tool that is there.
pub fn asked(random: &mut StdRng, offer: &Offer) -> Asked {
    let kinds = [
        PrincipalKind::OAuthUser,
        PrincipalKind::OAuthUser,
        PrincipalKind::IamEntity,
        PrincipalKind::UnauthenticatedUser,
    ];
    let kind = kinds.choose(random).copied().unwrap_or(PrincipalKind::OAuthUser);
    let mut tags = Vec::new();
    for (name, values) in [("role", ["admin", "clerk"]), ("scope", ["read write", "read"])] {
        if kind == PrincipalKind::OAuthUser && random.random_bool(0.6) {
            tags.push((name.to_owned(), pick(random, &values).to_owned()));
        }
    }
    let tool = offer
        .tools
        .choose(random)
        .map_or_else(String::new, Tool::action_id);
    let (mut arguments, mut input) = (Map::new(), Map::new());
    for (name, sent, meant) in values(random, &tool) {
        if random.random_bool(0.6) {
            arguments.insert(name.to_owned(), sent);
            input.insert(name.to_owned(), meant);
        }
    }
    Asked {
        kind,
        id: pick(random, &["u1", "u2"]),
        tags,
        tool,
        arguments,
        input: Value::Object(input),
        // Two days of 2026, at any time of day.
        now: 1_780_272_000_000_000 + random.random_range(0..2 * 86_400_000) * 1_000,
    }
}

/// Arguments, as they are sent and as Cedar has them.
fn values(random: &mut StdRng, tool: &str) -> Vec<(&'static str, Value, Value)> {
    let function = |name: &str, text: &str| json!({"__extn": {"fn": name, "arg": text}});
    let amount = json!([0, 7, 500, 2000, 9_000_000_000_i64].choose(random));
    let price = pick(random, &["5.5", "1000.25", "-3.1"]);
    let number: Value = price.parse::<f64>().map_or(Value::Null, Value::from);
    let reason = pick(random, &["too late", "broken"]);
    let mode = pick(random, &["fast", "slow"]);
    let mode_type = format!(
        "AgentCore::{}_Input_mode",
        tool.replace(['-', ' ', ':', '/'], "_")
    );
    let when = pick(random, &["2026-05-31T23:00:00Z", "2026-06-02T06:00:00.250Z"]);
    let from = pick(random, &["10.1.2.3", "192.168.0.1"]);
    let (choice, either) = if random.random_bool(0.5) {
        ("typeChoice0", json!(7))
    } else {
        ("typeChoice1", json!("7"))
    };
    let tags = json!([["vip"].as_slice(), &["old", "new", "old"], &[]].choose(random));
    let plain = |name, value: Value| (name, value.clone(), value);
    vec![
        plain("amount", amount),
        ("price", number, function("decimal", price)),
        plain("reason", json!(reason)),
        plain("urgent", json!(random.random_bool(0.5))),
        plain("tags", tags),
        (
            "mode",
            json!(mode),
            json!({"__entity": {"type": mode_type, "id": mode}}),
        ),
        ("when", json!(when), function("datetime", when)),
        ("from", json!(from), function("ip", from)),
        plain("address", json!({"zip": pick(random, &["8001", "9000"])})),
        ("either", either.clone(), json!({choice: either})),
        plain("extra", json!(pick(random, &["x", "y"]))),
    ]
}

fn pick<'a>(random: &mut StdRng, of: &[&'a str]) -> &'a str {
    of.choose(random).copied().unwrap_or_default()
}
