//! From text to one static policy, or to the reasons why it is none.

use cedar_policy::{Policy, PolicyId};

use super::refusal::{ParseFailure, ParseProblem};
use super::stack::with_room;
use super::statement::Statement;

/// Most characters of a statement (service.md 5.10).
pub const MAX_STATEMENT_CHARS: usize = 10_000;

/// Deepest nesting of `(`, `[` and `{` in a statement. Ours: Cedar has no limit but the stack.
pub const MAX_NESTING: usize = 100;

/// Parses exactly one static policy (service.md 5.9).
///
/// # Errors
/// [`ParseFailure`] when the text is no policy, more than one, or a template; when it is longer
/// than [`MAX_STATEMENT_CHARS`]; when it nests deeper than [`MAX_NESTING`].
pub fn parse_statement(text: &str) -> Result<Statement, ParseFailure> {
    parsed(text, |policy| Statement::of(text, policy))
}

/// As [`parse_statement`]; what becomes of the policy is done with room on the stack.
pub(super) fn parsed<R>(text: &str, then: impl FnOnce(Policy) -> R) -> Result<R, ParseFailure> {
    if let Some(problem) = too_much(text) {
        return Err(ParseFailure::from(problem));
    }
    with_room(text, || {
        Policy::parse(Some(PolicyId::new("statement")), text)
            .map(then)
            .map_err(|errors| ParseFailure::read(text, &errors))
    })
}

/// What makes a text too much for the parser, whatever it says.
fn too_much(text: &str) -> Option<ParseProblem> {
    if let Some((offset, _)) = text.char_indices().nth(MAX_STATEMENT_CHARS) {
        let message = format!("statement is longer than {MAX_STATEMENT_CHARS} characters");
        return Some(ParseProblem::at(text, offset, message).with_help("split it into several policies"));
    }
    let offset = first_too_deep(text)?;
    let message = format!("expression is nested more than {MAX_NESTING} levels deep");
    Some(ParseProblem::at(text, offset, message).with_help("split it into several policies or conditions"))
}

/// Byte offset of the first bracket that opens a level too many; strings and comments are skipped.
fn first_too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut characters = text.char_indices().peekable();
    while let Some((offset, character)) = characters.next() {
        match character {
            '(' | '[' | '{' if depth == MAX_NESTING => return Some(offset),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '"' => {
                while let Some((_, inside)) = characters.next() {
                    match inside {
                        '"' => break,
                        '\\' => drop(characters.next()),
                        _ => {}
                    }
                }
            }
            '/' if characters.peek().is_some_and(|(_, next)| *next == '/') => {
                characters.by_ref().find(|(_, inside)| *inside == '\n');
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cedar::validate;

    const SCOPE: &str = "permit(principal, action, resource is AgentCore::Gateway)";

    /// A statement of at most the allowed length with `open` and `close` repeated around `middle`.
    fn repeated(open: &str, middle: &str, close: &str) -> String {
        let room = MAX_STATEMENT_CHARS - SCOPE.len() - middle.len() - " when { };".len();
        let count = room / (open.len() + close.len());
        format!(
            "{SCOPE} when {{ {}{middle}{}}};",
            open.repeat(count),
            close.repeat(count)
        )
    }

    #[test]
    fn the_longest_statement_parses_and_one_character_more_does_not() {
        let terms = r#"principal.getTag("sub") == "é" || "#;
        let mut text = format!("{SCOPE} when {{ ");
        while text.chars().count() + terms.len() + 10 < MAX_STATEMENT_CHARS {
            text.push_str(terms);
        }
        text.push_str("false };");
        text.push_str(&" ".repeat(MAX_STATEMENT_CHARS - text.chars().count()));
        assert!(
            text.len() > MAX_STATEMENT_CHARS,
            "characters are counted, not bytes"
        );
        parse_statement(&text).expect("10,000 characters are allowed");
        let failure = parse_statement(&format!("{text} ")).expect_err("10,001 characters are not");
        assert_eq!(
            failure.to_string(),
            "line 1, column 10001: statement is longer than 10000 characters; split it into several policies"
        );
    }

    #[test]
    fn brackets_nest_up_to_the_limit_and_no_deeper() {
        // The braces of the clause are one level.
        let nested = |levels: usize| {
            format!(
                "{SCOPE} when {{ {}true{} }};",
                "(".repeat(levels - 1),
                ")".repeat(levels - 1)
            )
        };
        parse_statement(&nested(MAX_NESTING)).expect("the limit is allowed");
        let failure = parse_statement(&nested(MAX_NESTING + 1)).expect_err("deeper is not");
        assert_eq!(
            failure.to_string(),
            "line 1, column 165: expression is nested more than 100 levels deep; split it into several policies or \
             conditions"
        );
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_nest() {
        let brackets = "([{".repeat(200);
        let text = format!("// {brackets}\n{SCOPE}\nwhen {{ \"\\\"{brackets}\" == \"\" }}; // {brackets}");
        parse_statement(&text).expect("only brackets of the grammar count");
    }

    /// Runs on the 2 MiB that a worker thread has.
    #[test]
    fn hostile_depth_neither_overflows_the_stack_nor_passes_unseen() {
        let deep = |open: &str, middle: &str, close: &str| repeated(open, middle, close);
        for (name, text) in [
            ("parentheses", deep("(", "true", ")")),
            ("sets", deep("[", "1", "]")),
            ("records", deep("{a:", "1", "}")),
            ("negations", deep("!!(", "true", ")")),
            ("calls", deep("ip(", "\"1\"", ")")),
            ("open brackets", "permit(".repeat(1_400)),
            ("open strings", "\"(".repeat(3_333)),
        ] {
            assert!(parse_statement(&text).is_err(), "{name}");
        }
        for (name, text) in [
            ("attributes", deep("", "context", ".a")),
            ("indexes", deep("", "context", "[\"a\"]")),
            ("sums", deep("1+", "1", "")),
            ("products", deep("1*", "1", "")),
            ("methods", deep("", "context", ".isIpv4()")),
            ("conditionals", deep("if ", "1", " then 1 else 2")),
            ("branches", deep("if true then 1 else ", "1", "")),
        ] {
            let statement = parse_statement(&text).unwrap_or_else(|failure| panic!("{name}: {failure}"));
            let reasons = validate(&statement, "p-0123456789");
            assert_eq!(reasons.len(), 1, "{name} must not pass");
            assert!(
                reasons.concat().len() < 200_000,
                "{name}: {} bytes",
                reasons.concat().len()
            );
        }
    }
}
