//! What a statement must be: the steps 6 to 9 and 12 to 14 of service.md 6.0. Pure.

use super::defaults::text;
use super::record::{Definition, GeneratedAsset, StatementText};
use super::refusal::{Reason, Refusal};
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

/// What is refused at once (service.md 6.2). The text is kept and echoed as it came, annotations included
/// (`compat.statement-annotations`).
pub fn admit(asked: &Asked) -> Result<Admitted, Refusal> {
    // 6: parse with the grammar of the member.
    let (statement, definition) = match asked {
        Asked::Cedar(text) => (
            parse(&text.statement, Grammar::Cedar)?,
            Definition::Cedar(text.clone()),
        ),
        Asked::Policy(text) => (
            parse(&text.statement, Grammar::Dogwood)?,
            Definition::Policy(text.clone()),
        ),
        // Assets are resolved before (`generation::resolved`).
        Asked::PolicyGeneration(asset) => {
            return Err(Refusal::NotFound(text::no_asset(asset)));
        }
    };
    // 7: scope rules.
    if let Some(refused) = statement.scope_refusal() {
        return Err(Refusal::validation(Reason::FieldValidationFailed, refused));
    }
    // 8: guardrail rules have nothing to look at in plain Cedar. 9: the caller may do everything.
    Ok(Admitted {
        definition,
        gateway: statement.gateway(),
    })
}

/// What is found later and fills `statusReasons` (service.md 6.3): strict validation, whatever the mode.
pub fn judge(policy_id: &str, definition: &Definition) -> Vec<String> {
    match cedar::parse_statement(definition.statement()) {
        Ok(statement) => cedar::validate(&statement, policy_id),
        // It parsed when it was taken in; a later version of the parser may think otherwise.
        Err(failure) => vec![failure.aws_text()],
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Grammar {
    Cedar,
    Dogwood,
}

fn parse(text: &str, grammar: Grammar) -> Result<cedar::Statement, Refusal> {
    cedar::parse_statement(text).map_err(|failure| {
        if grammar == Grammar::Dogwood && is_dogwood(text) {
            Refusal::validation(Reason::CannotParse, self::text::DOGWOOD)
        } else {
            Refusal::validation(Reason::CannotParse, failure.aws_text())
        }
    })
}

/// Whether a text that is no Cedar uses what only Dogwood has: `when temporal`, `when guardrails`, or the effect
/// `suppressOutput` (service.md 15.1). Strings and comments do not count.
fn is_dogwood(text: &str) -> bool {
    let words = words(text);
    let clause = words.windows(2).any(|pair| {
        matches!(pair, [when, block] if (when == "when" || when == "unless")
            && (block == "temporal" || block == "guardrails"))
    });
    clause || words.first().is_some_and(|effect| effect == "suppressOutput")
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
    fn dogwood_is_refused_by_name_where_it_could_stand_and_a_syntax_error_elsewhere() {
        for statement in [
            "permit(principal, action, resource is AgentCore::Gateway) when temporal { formerly within 1h x };",
            "@id(\"a\") suppressOutput(principal, action, resource is AgentCore::Gateway);",
            "forbid(principal, action, resource is AgentCore::Gateway) unless\n guardrails { x };",
        ] {
            assert_eq!(
                admit(&policy(statement)).unwrap_err().to_string(),
                text::DOGWOOD,
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
        ] {
            let refusal = admit(&policy(statement)).unwrap_err().to_string();
            assert!(
                refusal.starts_with("When parsing the policy statement"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn a_verdict_is_empty_or_one_text_with_the_policys_id() {
        let definition = |statement: &str| {
            Definition::Cedar(StatementText {
                statement: statement.to_owned(),
            })
        };
        assert_eq!(judge("p-0123456789", &definition(GOOD)), Vec::<String>::new());
        let wrong = GOOD.replace(';', " when { principal.nope == 1 };");
        let reasons = judge("p_c15-cnu2aihlr9", &definition(&wrong));
        assert_eq!(reasons.len(), 1);
        assert!(
            reasons[0].contains("for policy `p_c15_cnu2aihlr9_0`, "),
            "{reasons:?}"
        );
    }
}
