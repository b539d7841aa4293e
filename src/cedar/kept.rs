//! What was read once: statements and schemas by the digest of what they were read from.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::bounded::{Bounded, lock};
use super::parse::parse_statement;
use super::refusal::ParseFailure;
use super::schema::{Schema, SchemaError};
use super::statement::{Outline, Sketch, Statement};
use crate::model::{Digest, Offer, sha256};

/// Most characters of statements that are kept. Ours: parsed, a statement takes some 20 bytes a character, so this is
/// about 20 MB, and twice the statements of the largest engine (1,000 of some 500 characters).
const MOST_CHARACTERS: usize = 1_000_000;

/// Most outlines of statements that are kept. Ours: one takes less than 1 KB, and ten of the largest engines fit.
const MOST_OUTLINES: usize = 16_384;

/// Most schemas that are kept.
const MOST_SCHEMAS: usize = 32;

/// Statements and schemas that are kept, as many as fit.
#[derive(Debug, Default)]
pub struct Kept {
    statements: Mutex<Statements>,
    outlines: Bounded<Digest, Arc<Outline>, MOST_OUTLINES>,
    schemas: Bounded<Digest, Arc<Schema>, MOST_SCHEMAS>,
}

#[derive(Debug, Default)]
struct Statements {
    by_digest: HashMap<Digest, Arc<Statement>>,
    characters: usize,
}

impl Kept {
    /// A statement; parsed when it is not there.
    ///
    /// # Errors
    /// As [`parse_statement`].
    pub fn statement(&self, text: &str) -> Result<Arc<Statement>, ParseFailure> {
        let digest = sha256([text]);
        if let Some(statement) = lock(&self.statements).by_digest.get(&digest) {
            return Ok(Arc::clone(statement));
        }
        let statement = Arc::new(parse_statement(text)?);
        self.keep_outline(statement.sketch());
        let mut kept = lock(&self.statements);
        let characters = text.chars().count();
        if kept.characters + characters > MOST_CHARACTERS {
            *kept = Statements::default();
        }
        if kept.by_digest.insert(digest, Arc::clone(&statement)).is_none() {
            kept.characters += characters;
        }
        Ok(statement)
    }

    /// A statement without its parsed form; parsed when its outline is not there.
    ///
    /// # Errors
    /// As [`parse_statement`].
    pub fn sketch(&self, text: &str) -> Result<Sketch, ParseFailure> {
        let digest = sha256([text]);
        if let Some(outline) = self.outlines.get(&digest) {
            return Ok(Sketch::again(text, digest, outline));
        }
        let statement = parse_statement(text)?;
        self.keep_outline(statement.sketch());
        Ok(statement.sketch().clone())
    }

    fn keep_outline(&self, sketch: &Sketch) {
        self.outlines
            .keep(sketch.digest().clone(), sketch.shared_outline());
    }

    /// The schema of what gateways offer; made when it is not there.
    ///
    /// # Errors
    /// As [`Schema::of_offer`].
    pub fn schema(&self, offer: &Offer) -> Result<Arc<Schema>, SchemaError> {
        let targets = offer.targets.iter().map(|target| serde_json::json!(target));
        let tools = offer.tools.iter().map(|tool| serde_json::json!(tool));
        let parts: Vec<String> = targets.chain(tools).map(|part| part.to_string()).collect();
        let digest = sha256(parts.iter().map(String::as_str));
        if let Some(schema) = self.schemas.get(&digest) {
            return Ok(schema);
        }
        let schema = Arc::new(Schema::of_offer(offer)?);
        self.schemas.keep(digest, Arc::clone(&schema));
        Ok(schema)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Protocol, Tool};
    use serde_json::json;

    fn tool(name: String) -> Offer {
        let tool = Tool {
            target: "T".to_owned(),
            name,
            description: String::new(),
            input: json!({}),
            output: None,
            protocol: Protocol::Mcp,
        };
        Offer {
            targets: Vec::new(),
            tools: vec![tool],
        }
    }

    #[test]
    fn what_was_read_is_read_once() {
        let kept = Kept::default();
        let text = "permit(principal, action, resource is AgentCore::Gateway);";
        let first = kept.statement(text).expect("it parses");
        assert!(Arc::ptr_eq(&first, &kept.statement(text).expect("it parses")));
        assert!(!Arc::ptr_eq(
            &first,
            &kept.statement(&format!("{text} ")).expect("it parses")
        ));
        kept.statement("oops").expect_err("it does not parse");
        let tools = |name: &str| tool(name.to_owned());
        let first = kept.schema(&tools("a")).expect("it fits");
        assert!(Arc::ptr_eq(&first, &kept.schema(&tools("a")).expect("it fits")));
        assert!(!Arc::ptr_eq(&first, &kept.schema(&tools("b")).expect("it fits")));
    }

    #[test]
    fn a_sketch_outlives_the_parsed_form() {
        let kept = Kept::default();
        let text = "permit(principal, action, resource is AgentCore::Gateway);";
        let outline = kept.statement(text).expect("it parses").sketch().shared_outline();
        *lock(&kept.statements) = Statements::default();
        let sketch = kept.sketch(text).expect("it parsed");
        assert!(
            Arc::ptr_eq(&outline, &sketch.shared_outline()),
            "nothing was parsed again"
        );
        assert_eq!((sketch.text(), sketch.digest()), (text, &sha256([text])));
        let other = kept.sketch(&format!("{text} ")).expect("it parses");
        assert!(!Arc::ptr_eq(&outline, &other.shared_outline()));
        assert_ne!(sketch.digest(), other.digest());
        kept.sketch("oops").expect_err("it does not parse");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let kept = Kept::default();
        let padding = " ".repeat(9_900);
        for number in 0..150 {
            let text =
                format!("permit(principal, action, resource is AgentCore::Gateway);{padding}//{number}");
            kept.statement(&text).expect("it parses");
            let statements = lock(&kept.statements);
            assert!(statements.characters <= MOST_CHARACTERS && !statements.by_digest.is_empty());
        }
        for number in 0..40 {
            kept.schema(&tool(number.to_string())).expect("it fits");
        }
        assert!(kept.schemas.len() <= MOST_SCHEMAS);
    }
}
