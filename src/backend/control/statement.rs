//! What a statement must be to be taken in: the rows 6 to 8 of service.md 6.0. Pure.

use super::defaults::text;
use super::record::{Definition, GeneratedAsset, StatementText};
use super::refusal::{Reason, Refusal};
use crate::backend::switches::{DogwoodExtensions, StatementAnnotations, Switches};
use crate::cedar;
use serde::{Deserialize, Serialize};

/// `PolicyDefinition` of a request.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Asked {
    /// Cedar.
    Cedar(StatementText),
    /// Dogwood, of which Cedar is a part.
    Policy(StatementText),
    /// An asset of a generation.
    PolicyGeneration(GeneratedAsset),
}

impl Asked {
    /// The asset that is asked for.
    pub fn asset(&self) -> Option<&GeneratedAsset> {
        match self {
            Self::PolicyGeneration(asset) => Some(asset),
            Self::Cedar(_) | Self::Policy(_) => None,
        }
    }
}

/// A definition that was taken in.
#[derive(Debug, PartialEq, Eq)]
pub struct Admitted {
    /// What is kept and echoed.
    pub definition: Definition,
    /// ARN of the gateway that the statement names; a statement for every gateway names none.
    pub gateway: Option<String>,
}

/// The rows of service.md 6.0 that a statement can be refused by as soon as it parses (row 6), in this order. Row 8,
/// about guardrails, has nothing to look at in plain Cedar; row 9 is about the caller, row 10 about the gateway.
const CHECKS: [Check; 3] = [
    // 7: what a scope may say.
    scope,
    principal,
    annotations,
];

/// Looks at a statement that parses.
type Check = fn(&cedar::Statement, &Switches) -> Option<Refusal>;

/// What is refused at once (service.md 6.2). The text is kept and echoed as it came.
pub fn admit(asked: &Asked, switches: &Switches) -> Result<Admitted, Refusal> {
    let (text, grammar, definition): (_, _, fn(StatementText) -> Definition) = match asked {
        Asked::Cedar(text) => (text, Grammar::Cedar, Definition::Cedar),
        Asked::Policy(text) => (text, Grammar::Dogwood, Definition::Policy),
        // Assets are resolved before (`generation::resolved`).
        Asked::PolicyGeneration(asset) => {
            return Err(Refusal::NotFound(text::no_asset(asset)));
        }
    };
    let statement = parse(&text.statement, grammar, switches)?;
    match CHECKS.iter().find_map(|check| check(&statement, switches)) {
        Some(refusal) => Err(refusal),
        None => Ok(Admitted {
            definition: definition(text.clone()),
            gateway: statement.gateway(),
        }),
    }
}

/// A bare resource; a constrained action with a resource that is not.
fn scope(statement: &cedar::Statement, _: &Switches) -> Option<Refusal> {
    let refused = statement.scope_refusal()?;
    Some(Refusal::validation(Reason::FieldValidationFailed, refused))
}

/// A type of principal that policies may not be written for (service.md 10.1). Class and text are ours: those of the
/// other rules about scopes.
fn principal(statement: &cedar::Statement, _: &Switches) -> Option<Refusal> {
    statement
        .is_for_unauthenticated()
        .then(|| Refusal::validation(Reason::FieldValidationFailed, text::UNAUTHENTICATED))
}

/// `compat.statement-annotations`.
fn annotations(statement: &cedar::Statement, switches: &Switches) -> Option<Refusal> {
    let refused = switches.statement_annotations == StatementAnnotations::Refused && statement.is_annotated();
    refused.then(|| Refusal::validation(Reason::FieldValidationFailed, text::ANNOTATED))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Grammar {
    Cedar,
    Dogwood,
}

/// Row 6 of service.md 6.0: parse with the grammar of the union's member.
fn parse(text: &str, grammar: Grammar, switches: &Switches) -> Result<cedar::Statement, Refusal> {
    let named = grammar == Grammar::Dogwood && switches.dogwood_extensions == DogwoodExtensions::Named;
    cedar::parse_statement(text).map_err(|failure| {
        let extensions = if named { extensions(text) } else { Vec::new() };
        let told = self::text::dogwood(&extensions).unwrap_or_else(|| failure.aws_text());
        Refusal::validation(Reason::CannotParse, told)
    })
}

/// What a text that is no Cedar uses of what only Dogwood has, each by its name, as it is written: `when temporal`,
/// `when guardrails`, the effect `suppressOutput` (service.md 15.1), and calls of a guardrail, which need no tag (15.4).
/// Strings and comments do not count.
fn extensions(text: &str) -> Vec<String> {
    let words = words(text);
    let mut found: Vec<String> = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let rest = words.get(place + 1..).unwrap_or_default();
        let name = match (word.as_str(), rest) {
            (effect @ "suppressOutput", _) if place == 0 => effect.to_owned(),
            (when @ ("when" | "unless"), [block, ..]) if block == "temporal" || block == "guardrails" => {
                format!("{when} {block}")
            }
            ("BedrockGuardrails", [one, other, name, open, ..])
                if (one.as_str(), other.as_str(), open.as_str()) == (":", ":", "(") =>
            {
                format!("{word}::{name}")
            }
            _ => continue,
        };
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// The tokens of a text, as far as they matter here: words, and one token for any run of anything else.
/// Annotations (`@id("x")`) before the effect are left out.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '/' && rest.peek() == Some(&'/') {
            rest.by_ref().find(|c| *c == '\n');
        } else if c == '"' {
            while let Some(inside) = rest.next() {
                match inside {
                    '"' => break,
                    '\\' => drop(rest.next()),
                    _ => {}
                }
            }
            words.push("\"".to_owned());
        } else if c.is_alphanumeric() || c == '_' {
            let mut word = c.to_string();
            while let Some(next) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                word.push(next);
            }
            words.push(word);
        } else if !c.is_whitespace() {
            words.push(c.to_string());
        }
    }
    while let [at, _, open, _, close, ..] = words.as_slice()
        && (at.as_str(), open.as_str(), close.as_str()) == ("@", "(", ")")
    {
        words.drain(..5);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With the defaults.
    fn admit(asked: &Asked) -> Result<Admitted, Refusal> {
        super::admit(asked, &Switches::default())
    }

    fn switched(assignment: &str) -> Switches {
        let mut switches = Switches::default();
        switches.assign(assignment).unwrap();
        switches
    }

    const GOOD: &str = "permit(principal, action, resource is AgentCore::Gateway);";

    fn cedar(statement: &str) -> Asked {
        Asked::Cedar(StatementText {
            statement: statement.to_owned(),
        })
    }

    fn policy(statement: &str) -> Asked {
        Asked::Policy(StatementText {
            statement: statement.to_owned(),
        })
    }

    #[test]
    fn plain_cedar_is_admitted_under_both_members_and_echoed_as_it_came() {
        let text = StatementText {
            statement: GOOD.to_owned(),
        };
        for (asked, definition) in [
            (cedar(GOOD), Definition::Cedar(text.clone())),
            (policy(GOOD), Definition::Policy(text.clone())),
        ] {
            let gateway = None;
            assert_eq!(admit(&asked).unwrap(), Admitted { definition, gateway });
        }
    }

    #[test]
    fn a_syntax_error_has_the_recorded_first_line() {
        let Err(Refusal::Validation { reason, message, .. }) =
            admit(&cedar("permit(principal, action, resource) oops;"))
        else {
            panic!("admitted")
        };
        assert_eq!(reason, Reason::CannotParse);
        assert!(
            message.starts_with("When parsing the policy statement, the following errors occurred:\n* "),
            "{message}"
        );
    }

    #[test]
    fn scope_rules_are_told_in_their_words() {
        for (statement, text) in [
            (
                "permit(principal, action, resource);",
                "a wildcard resource was detected",
            ),
            (
                r#"permit(principal, action == AgentCore::Action::"T___a", resource is AgentCore::Gateway);"#,
                "a constrained action scope was encountered",
            ),
        ] {
            let refusal = admit(&cedar(statement)).unwrap_err().to_string();
            assert!(refusal.contains(text), "{refusal}");
        }
    }

    #[test]
    fn a_gateway_that_is_named_is_told() {
        let statement = r#"permit(principal, action, resource == AgentCore::Gateway::"arn:aws:x");"#;
        let admitted = admit(&cedar(statement)).unwrap();
        assert_eq!(admitted.gateway.as_deref(), Some("arn:aws:x"));
    }

    #[test]
    fn dogwood_is_refused_by_the_name_of_what_was_used_and_a_syntax_error_elsewhere() {
        let call =
            r#"BedrockGuardrails::ContentFilter(["HATE"], [context.input.text])["HATE"].confidenceScore"#;
        let over = format!("{call}.greaterThan(decimal(\"0.4\"))");
        for (statement, names) in [
            (
                "permit(principal, action, resource is AgentCore::Gateway) when temporal { formerly within 1h x };",
                "`when temporal` is a Dogwood extension",
            ),
            (
                "@id(\"a\") suppressOutput(principal, action, resource is AgentCore::Gateway);",
                "`suppressOutput` is a Dogwood extension",
            ),
            (
                "forbid(principal, action, resource is AgentCore::Gateway) unless\n guardrails { x };",
                "`unless guardrails` is a Dogwood extension",
            ),
            // service.md 15.4: the tag may be left out.
            (
                &format!("forbid(principal, action, resource is AgentCore::Gateway) when {{ {over} }};"),
                "`BedrockGuardrails::ContentFilter` is a Dogwood extension",
            ),
            (
                &format!(
                    "suppressOutput(principal, action, resource is AgentCore::Gateway) when guardrails {{ {over} || {over} }};"
                ),
                "`suppressOutput`, `when guardrails` and `BedrockGuardrails::ContentFilter` are Dogwood extensions",
            ),
        ] {
            assert_eq!(
                admit(&policy(statement)).unwrap_err().to_string(),
                format!("{names} that this backend does not support; write the statement in plain Cedar"),
                "{statement}"
            );
            let refusal = admit(&cedar(statement)).unwrap_err().to_string();
            assert!(
                refusal.starts_with("When parsing the policy statement"),
                "{refusal}"
            );
        }
        for statement in [
            "permit(principal, action, resource is AgentCore::Gateway) when { \"when temporal\" == };",
            "permit(principal, action, resource is AgentCore::Gateway) // when guardrails",
            "permit(principal, action, resource is AgentCore::Gateway) when { \"BedrockGuardrails::A(\" == };",
        ] {
            let refusal = admit(&policy(statement)).unwrap_err().to_string();
            assert!(
                refusal.starts_with("When parsing the policy statement"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn callers_without_an_identity_get_no_policies() {
        let statement = GOOD.replace("principal", "principal is AgentCore::UnauthenticatedUser");
        assert_eq!(
            admit(&cedar(&statement)).unwrap_err().to_string(),
            text::UNAUTHENTICATED
        );
    }

    #[test]
    fn annotations_are_kept_or_refused() {
        let annotated = format!("@id(\"x\") {GOOD}");
        assert_eq!(
            admit(&cedar(&annotated)).unwrap().definition.statement(),
            annotated
        );
        let refusal = super::admit(
            &cedar(&annotated),
            &switched("compat.statement-annotations=refused"),
        )
        .unwrap_err();
        assert_eq!(refusal.to_string(), text::ANNOTATED);
        super::admit(&cedar(GOOD), &switched("compat.statement-annotations=refused")).unwrap();
    }

    #[test]
    fn dogwood_can_be_a_syntax_error_like_any_other() {
        let statement = "permit(principal, action, resource is AgentCore::Gateway) when temporal { x };";
        let refusal = super::admit(
            &policy(statement),
            &switched("compat.dogwood-extensions=syntax-error"),
        )
        .unwrap_err();
        assert!(
            refusal
                .to_string()
                .starts_with("When parsing the policy statement"),
            "{refusal}"
        );
    }
}
