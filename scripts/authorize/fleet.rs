//! Policies and requests as a gateway has them: most policies are of one tool, some of a target or of all tools.

use agentcore_policy_operator::cedar::{PrincipalKind, Schema};
use agentcore_policy_operator::model::{Offer, Protocol, Tool};
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

use super::Failure;
use super::generate::{Asked, GATEWAY};

/// Tools of one target.
const TARGET: usize = 20;

/// So many policies over so many tools.
#[derive(Clone, Copy, Debug)]
pub struct Fleet {
    pub policies: usize,
    pub tools: usize,
}

impl Fleet {
    /// Ten policies a tool, and twenty where there are 10,000: as in performance.md 6.3.
    pub fn of(policies: usize) -> Self {
        let of_one = if policies < 10_000 { 10 } else { 20 };
        Self {
            policies,
            tools: (policies / of_one).max(1),
        }
    }

    pub fn schema(self) -> Result<Schema, Failure> {
        let offer = Offer {
            targets: Vec::new(),
            tools: self.offered().collect(),
        };
        Ok(Schema::of_offer(&offer)?)
    }

    fn offered(self) -> impl Iterator<Item = Tool> {
        (0..self.tools).map(|tool| Tool {
            target: target(tool),
            name: format!("tool{tool}"),
            description: String::new(),
            input: json!({"properties": {"amount": {"type": "integer"}, "region": {"type": "string"}}, "required": ["amount"]}),
            output: None,
            protocol: Protocol::Mcp,
        })
    }

    /// All of it, for who sends it to a backend.
    pub fn told(self) -> Value {
        let tools = self
            .offered()
            .map(|tool| json!({"target": tool.target, "name": tool.name, "input": tool.input}));
        let statements = (0..self.policies).map(|number| self.statement(number));
        json!({
            "gateway": GATEWAY,
            "tools": tools.collect::<Vec<_>>(),
            "statements": statements.collect::<Vec<_>>(),
        })
    }

    pub fn id(number: usize) -> String {
        format!("policy_{number}-0123456789")
    }

    /// The statement of a policy. The first is of all tools, the next ones are of one target each.
    pub fn statement(self, number: usize) -> String {
        let tool = number % self.tools;
        let target = target(tool);
        let resource = format!("resource == AgentCore::Gateway::\"{GATEWAY}\"");
        let of = |action: &str, effect: &str, principal: &str, condition: &str| {
            format!("{effect}(\n  {principal},\n  {action},\n  {resource}\n) when {{\n  {condition}\n}};\n")
        };
        let one = format!("action == AgentCore::Action::\"{}\"", action(tool));
        let user = "principal is AgentCore::OAuthUser";
        let role = format!(
            "principal.hasTag(\"role\") && principal.getTag(\"role\") == \"team-{}\"",
            number % 7
        );
        let least = 100 + number % 900;
        if number == 0 {
            let early = "context.system.now < datetime(\"2020-01-01\")";
            return of("action", "forbid", "principal", early);
        }
        if number % 100 == 50 {
            let group = format!("action in AgentCore::Action::\"{target}\"");
            return of(
                &group,
                "permit",
                user,
                &format!("{role} && context.system.now > datetime(\"2030-01-01\")"),
            );
        }
        match (number / self.tools) % 10 {
            7 => of(
                &one,
                "permit",
                &format!("principal == AgentCore::OAuthUser::\"user-{number}\""),
                "context.input.amount < 50",
            ),
            8 => of(
                &one,
                "permit",
                "principal is AgentCore::IamEntity",
                &format!("context.input.amount < {least}"),
            ),
            9 => of(
                &one,
                "forbid",
                user,
                &format!("context.input.amount > 1500 && !({role})"),
            ),
            5 | 6 => of(
                &one,
                "permit",
                user,
                &format!(
                    "principal.hasTag(\"scope\") && principal.getTag(\"scope\") like \"*tool{tool}:write*\" && context.input.amount < {least}"
                ),
            ),
            _ => of(
                &one,
                "permit",
                user,
                &format!(
                    "{role} && context.input.amount < {least} && context.input has region && [\"eu\", \"us\"].contains(context.input.region)"
                ),
            ),
        }
    }

    /// A call of any tool by a user with some claims.
    pub fn asked(self, random: &mut StdRng) -> Asked {
        let tool = random.random_range(0..self.tools);
        let mut arguments = Map::new();
        arguments.insert("amount".to_owned(), json!(random.random_range(0..2_000)));
        arguments.insert(
            "region".to_owned(),
            json!(if random.random_bool(0.7) { "eu" } else { "ap" }),
        );
        let claim = |name: &str, value: String| (name.to_owned(), value);
        Asked {
            kind: PrincipalKind::OAuthUser,
            id: "user-17",
            tags: vec![
                claim("sub", "user-17".to_owned()),
                claim("iss", "https://issuer.example.com".to_owned()),
                claim("role", format!("team-{}", random.random_range(0..7))),
                claim(
                    "scope",
                    format!("tool{}:write openid", random.random_range(0..self.tools)),
                ),
            ],
            tool: action(tool),
            input: json!(arguments),
            arguments,
            now: 1_780_272_000_000_000,
        }
    }
}

fn target(tool: usize) -> String {
    format!("Target{}", tool / TARGET)
}

fn action(tool: usize) -> String {
    format!("{}___tool{tool}", target(tool))
}
