//! A rule as Cedar, in the layout of service.md 8.8: one scope element a line, then the conditions.
//!
//! An argument or claim that may be absent is asked for before it is read. A comparison of something absent does not
//! hold; a **negated** one of something absent (`is not x`) is read on the safe side, which is the one that grants less.

use super::meaning::{
    Choice, ClaimTest, Condition, Effect, FieldTest, Literal, Order, Path, Piece, Rule, Step, TimeTest, What,
    Who,
};
use super::syntax::{attribute, compares, duration, is_identifier, pattern, plain, quoted, sign};
use crate::model::Tool;

/// Writes a rule for a gateway.
pub(super) fn render(rule: &Rule, tools: &[Tool], gateway: &str) -> String {
    let ink = Ink {
        tools,
        what: &rule.what,
    };
    let grants = rule.effect == Effect::Permit;
    let effect = if grants { "permit" } else { "forbid" };
    let who = match rule.who {
        Who::Everyone if grants && rule.when.iter().any(needs_a_token) => "principal is AgentCore::OAuthUser",
        Who::Everyone => "principal",
        Who::Users => "principal is AgentCore::OAuthUser",
        Who::Iam => "principal is AgentCore::IamEntity",
    };
    let mut text = format!(
        "{effect}(\n  {who},\n  {},\n  resource == AgentCore::Gateway::{}\n)",
        ink.action(rule),
        quoted(gateway)
    );
    let when: Vec<String> = rule
        .when
        .iter()
        .flat_map(flat)
        .flat_map(|part| ink.lines(part, grants))
        .collect();
    let clause = |word: &str, lines: &[String]| format!("\n{word} {{\n  {}\n}}", lines.join(" &&\n  "));
    if !when.is_empty() {
        text += &clause("when", &when);
    }
    if let What::AllBut(choice) = &rule.what {
        text += &clause("unless", &[ink.is_one_of(choice)]);
    }
    for condition in &rule.unless {
        let all: Vec<String> = flat(condition)
            .flat_map(|part| ink.lines(part, !grants))
            .collect();
        text += &clause("unless", &all);
    }
    text.push(';');
    text
}

/// The parts of an `and`, or the condition itself.
fn flat(condition: &Condition) -> Box<dyn Iterator<Item = &Condition> + '_> {
    match condition {
        Condition::All(parts) => Box::new(parts.iter().flat_map(flat)),
        Condition::Any(_)
        | Condition::Not(_)
        | Condition::Claim(..)
        | Condition::Field(..)
        | Condition::Time(_)
        | Condition::Authenticated => Box::new(std::iter::once(condition)),
    }
}

/// Whether a condition holds only for callers with a token.
fn needs_a_token(condition: &Condition) -> bool {
    match condition {
        Condition::Claim(..) => true,
        Condition::All(parts) => parts.iter().any(needs_a_token),
        Condition::Any(parts) => parts.iter().all(needs_a_token),
        // Read on the safe side, a claim that is not so is there.
        Condition::Not(inside) => {
            matches!(inside.as_ref(), Condition::Claim(_, test) if *test != ClaimTest::Present)
        }
        Condition::Field(..) | Condition::Time(_) | Condition::Authenticated => false,
    }
}

/// Where an expression stands: what else it must not be read together with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Between `&&`.
    All,
    /// Between `||`.
    Any,
}

struct Ink<'r> {
    tools: &'r [Tool],
    what: &'r What,
}

impl Ink<'_> {
    fn action(&self, rule: &Rule) -> String {
        let What::These(choice) = &rule.what else {
            return "action".to_owned();
        };
        let choice = if rule.when.iter().chain(&rule.unless).any(reads_input) {
            self.spelled_out(choice)
        } else {
            choice.clone()
        };
        let ids = self.ids(&choice);
        match (ids.as_slice(), choice.targets.is_empty()) {
            ([one], true) => format!("action == {one}"),
            ([one], false) => format!("action in {one}"),
            (several, _) => format!("action in [\n    {}\n  ]", several.join(",\n    ")),
        }
    }

    /// Targets as their tools: only those have input (service.md 6.3).
    fn spelled_out(&self, choice: &Choice) -> Choice {
        let mut tools: Vec<usize> = Vec::new();
        for (index, tool) in self.tools.iter().enumerate() {
            if choice.targets.contains(&tool.target) || choice.tools.contains(&index) {
                tools.push(index);
            }
        }
        Choice {
            targets: Vec::new(),
            tools,
        }
    }

    fn ids(&self, choice: &Choice) -> Vec<String> {
        let tools = choice
            .tools
            .iter()
            .filter_map(|index| self.tools.get(*index))
            .map(Tool::action_id);
        let all = choice.targets.iter().cloned().chain(tools);
        all.map(|id| format!("AgentCore::Action::{}", quoted(&id)))
            .collect()
    }

    fn is_one_of(&self, choice: &Choice) -> String {
        match (self.ids(choice).as_slice(), choice.targets.is_empty()) {
            ([one], true) => format!("action == {one}"),
            ([one], false) => format!("action in {one}"),
            (several, _) => format!("action in [{}]", several.join(", ")),
        }
    }

    /// A condition as lines that `&&` joins.
    fn lines(&self, condition: &Condition, grants: bool) -> Vec<String> {
        match condition {
            Condition::Claim(tag, test) => {
                let (guard, test) = claim(tag, test);
                [Some(guard), test].into_iter().flatten().collect()
            }
            Condition::Field(path, test) => self.asked(path, test),
            Condition::Not(inside) => self.negated(inside, grants),
            Condition::Time(TimeTest::Window(first, second)) if first < second => {
                vec![of_day(Order::AtLeast, *first), of_day(Order::AtMost, *second)]
            }
            Condition::All(_) | Condition::Any(_) | Condition::Time(_) | Condition::Authenticated => {
                vec![self.condition(condition, grants, Place::All)]
            }
        }
    }

    /// `grants`: whether access is granted where the condition holds.
    fn condition(&self, condition: &Condition, grants: bool, place: Place) -> String {
        match condition {
            Condition::All(parts) => joined(
                &self.parts(parts, grants, Place::All),
                " && ",
                place == Place::Any,
            ),
            Condition::Any(parts) => joined(
                &self.parts(parts, grants, Place::Any),
                " || ",
                place == Place::All,
            ),
            Condition::Not(inside) => joined(&self.negated(inside, grants), " && ", place == Place::Any),
            Condition::Authenticated => "!(principal is AgentCore::UnauthenticatedUser)".to_owned(),
            Condition::Time(test) => time(test, place),
            Condition::Claim(tag, test) => {
                let (guard, test) = claim(tag, test);
                joined(
                    &[Some(guard), test].into_iter().flatten().collect::<Vec<_>>(),
                    " && ",
                    place == Place::Any,
                )
            }
            Condition::Field(path, test) => joined(&self.asked(path, test), " && ", place == Place::Any),
        }
    }

    /// That an argument is there, where it may be absent or that is the question, and what is asked of it.
    fn asked(&self, path: &Path, test: &FieldTest) -> Vec<String> {
        guards(path, *test == FieldTest::Present)
            .into_iter()
            .chain(self.field(path, test, true))
            .collect()
    }

    fn parts(&self, parts: &[Condition], grants: bool, place: Place) -> Vec<String> {
        parts
            .iter()
            .map(|part| self.condition(part, grants, place))
            .collect()
    }

    /// The negation of a condition, as parts that `&&` joins.
    fn negated(&self, inside: &Condition, grants: bool) -> Vec<String> {
        let (guards, test) = match inside {
            Condition::Claim(tag, test) => {
                let (guard, test) = claim(tag, test);
                (vec![guard], test)
            }
            Condition::Field(path, test) => (
                guards(path, *test == FieldTest::Present),
                self.field(path, test, false),
            ),
            Condition::All(_)
            | Condition::Any(_)
            | Condition::Not(_)
            | Condition::Time(_)
            | Condition::Authenticated => {
                return vec![format!("!({})", self.condition(inside, !grants, Place::All))];
            }
        };
        // Of an argument that is there, what is not over a number is at most that.
        let turned = if let Condition::Field(path, FieldTest::Compares(order, against)) = inside
            && (grants || guards.is_empty())
        {
            self.field(path, &FieldTest::Compares(order.turned(), against.clone()), true)
        } else {
            None
        };
        if turned.is_some() {
            return guards.into_iter().chain(turned).collect();
        }
        match test {
            Some(test) if grants => guards.into_iter().chain([format!("!({test})")]).collect(),
            test => {
                let test = if let Condition::Field(path, several) = inside
                    && !guards.is_empty()
                {
                    self.field(path, several, true)
                } else {
                    test
                };
                let all: Vec<String> = guards.into_iter().chain(test).collect();
                vec![format!("!({})", all.join(" && "))]
            }
        }
    }

    /// What is asked of an argument that is there; none when it is only its presence.
    fn field(&self, path: &Path, test: &FieldTest, bracketed: bool) -> Option<String> {
        let value = read(path);
        let literal = |literal: &Literal| self.literal(path, literal);
        let any = |texts: Vec<String>| joined(&texts, " || ", bracketed);
        Some(match test {
            FieldTest::Present => return None,
            FieldTest::Is(values) => any(values
                .iter()
                .map(|one| format!("{value} == {}", literal(one)))
                .collect()),
            FieldTest::Holds(values) => any(values
                .iter()
                .map(|one| format!("{value}.contains({})", literal(one)))
                .collect()),
            FieldTest::Compares(order, against) => compares(&value, *order, against),
            FieldTest::Between(low, high, exclusive) => {
                let (first, second) = if *exclusive {
                    (Order::More, Order::Less)
                } else {
                    (Order::AtLeast, Order::AtMost)
                };
                format!(
                    "{} && {}",
                    compares(&value, first, low),
                    compares(&value, second, high)
                )
            }
            FieldTest::Like(pieces) => format!("{value} like {}", pattern(pieces)),
        })
    }

    fn literal(&self, path: &Path, literal: &Literal) -> String {
        match literal {
            Literal::Word(word) => {
                let tool = super::actions::chosen(self.tools, self.what).into_iter().next();
                let names: Vec<&str> = path.0.iter().map(|step| step.name.as_str()).collect();
                let of_type = tool
                    .map(|tool| enumeration_type(tool, &names))
                    .unwrap_or_default();
                format!("{of_type}::{}", quoted(word))
            }
            Literal::Long(_)
            | Literal::Decimal(_)
            | Literal::Bool(_)
            | Literal::Text(_)
            | Literal::Moment(_) => plain(literal),
        }
    }
}

fn reads_input(condition: &Condition) -> bool {
    match condition {
        Condition::Field(..) => true,
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(reads_input),
        Condition::Not(inside) => reads_input(inside),
        Condition::Claim(..) | Condition::Time(_) | Condition::Authenticated => false,
    }
}

fn joined(all: &[String], by: &str, bracketed: bool) -> String {
    match all {
        [one] => one.clone(),
        _ if bracketed => format!("({})", all.join(by)),
        _ => all.join(by),
    }
}

/// That a claim is there, and what is asked of it.
fn claim(tag: &str, test: &ClaimTest) -> (String, Option<String>) {
    let tag = quoted(tag);
    let value = format!("principal.getTag({tag})");
    let any = |texts: Vec<String>| joined(&texts, " || ", true);
    let test = match test {
        ClaimTest::Present => None,
        ClaimTest::Is(values) => Some(any(values
            .iter()
            .map(|one| format!("{value} == {}", quoted(one)))
            .collect())),
        ClaimTest::Like(pieces) => Some(format!("{value} like {}", pattern(pieces))),
        ClaimTest::Holds(values) => {
            let like = |one: &String| {
                let pieces = [Piece::Anything, Piece::Text(one.clone()), Piece::Anything];
                format!("{value} like {}", pattern(&pieces))
            };
            Some(any(values.iter().map(like).collect()))
        }
    };
    (format!("principal.hasTag({tag})"), test)
}

/// That each argument of a path is there which may be absent, and the last one when that is the question: a call may
/// come without what its tool requires, too (service.md 11.1).
fn guards(path: &Path, asked: bool) -> Vec<String> {
    let mut before = "context.input".to_owned();
    let mut found = Vec::new();
    let last = path.0.len().saturating_sub(1);
    for (at, Step { name, optional }) in path.0.iter().enumerate() {
        if *optional || (asked && at == last) {
            let name = if is_identifier(name) {
                name.clone()
            } else {
                quoted(name)
            };
            found.push(format!("{before} has {name}"));
        }
        before.push_str(&attribute(name));
    }
    found
}

fn read(path: &Path) -> String {
    path.0.iter().fold("context.input".to_owned(), |before, step| {
        before + &attribute(&step.name)
    })
}

fn time(test: &TimeTest, place: Place) -> String {
    match test {
        TimeTest::Moment(order, moment) => {
            format!("context.system.now {} datetime({})", sign(*order), quoted(moment))
        }
        TimeTest::TimeOfDay(order, minutes) => of_day(*order, *minutes),
        TimeTest::Window(first, second) => {
            let both = vec![of_day(Order::AtLeast, *first), of_day(Order::AtMost, *second)];
            if first < second {
                joined(&both, " && ", place == Place::Any)
            } else {
                joined(&both, " || ", place == Place::All)
            }
        }
    }
}

fn of_day(order: Order, minutes: u32) -> String {
    format!(
        "context.system.now.toTime() {} duration({})",
        sign(order),
        quoted(&duration(minutes))
    )
}

/// Type of the entities of an enumeration (service.md 10.5).
fn enumeration_type(tool: &Tool, path: &[&str]) -> String {
    format!("AgentCore::{}_Input_{}", tool.action_id(), path.join("_"))
}
