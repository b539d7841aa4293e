//! The table that drives the wire: operations and shapes of `service-model.json`, parsed once.
//!
//! Everything that differs from one operation to the next (route, status, members, bounds, patterns, enums,
//! paginator) is read from here; no other file of this room names an operation.

mod read;

use crate::backend::script::{Catalog, Facts};
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

/// Bytes that the lazy automaton of one pattern may take; beyond it matching goes on, only slower.
const PATTERN_CACHE: usize = 64 * 1024;
/// Operations after which a target may wait in a status such as `CREATE_PENDING_AUTH` (service.md 9.1).
const CONSENTED: [&str; 3] = [
    "CreateGatewayTarget",
    "UpdateGatewayTarget",
    "SynchronizeGatewayTargets",
];

/// Why the embedded model could not be read: a fault of the build, never of a request.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The JSON is not of the expected form.
    #[error("the embedded service model cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// A shape is named but not defined.
    #[error("the embedded service model names the shape `{0}` but does not define it")]
    Shape(String),
    /// A shape has a type that this program does not know.
    #[error("the embedded service model has a shape of the unknown type `{0}`")]
    Type(String),
}

/// All operations and shapes.
#[derive(Debug)]
pub struct Model {
    operations: Vec<Operation>,
    shapes: Vec<Shape>,
    ids: HashMap<String, ShapeId>,
    errors: HashMap<String, u16>,
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// Its name, such as `CreatePolicy`.
    pub name: String,
    /// HTTP method.
    pub method: String,
    /// Segments of the path, without a trailing slash.
    pub path: Vec<Segment>,
    /// HTTP status of a good answer.
    pub status: u16,
    /// Shape of the input.
    pub input: ShapeId,
    /// Shape of the output.
    pub output: ShapeId,
    /// How it pages, when it is a list.
    pub paginator: Option<Paginator>,
    /// HTTP status of each of its errors.
    pub errors: BTreeMap<String, u16>,
}

/// One segment of a path.
#[derive(Debug, PartialEq, Eq)]
pub enum Segment {
    /// This very text.
    Literal(String),
    /// A value: the member with this wire name.
    Label(String),
}

/// The members that carry the position in a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Paginator {
    /// Input member with the position.
    pub input_token: String,
    /// Output member with the next position.
    pub output_token: String,
    /// Input member with the size of a page.
    pub limit_key: String,
}

/// Where a shape is in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapeId(usize);

/// A type with its bounds.
#[derive(Debug)]
pub struct Shape {
    /// What it is made of.
    pub kind: Kind,
    /// Least length, size or value.
    pub min: Option<i64>,
    /// Greatest length, size or value.
    pub max: Option<i64>,
    /// Pattern that the whole string matches.
    pub pattern: Option<Pattern>,
    /// Pattern that this backend takes besides.
    pub also: Option<Pattern>,
    /// The only values, when not empty.
    pub values: Vec<String>,
}

/// What a shape is made of.
#[derive(Debug)]
pub enum Kind {
    /// Members by name; a union has exactly one of them.
    Structure {
        /// In the model's order.
        members: Vec<Member>,
        /// Exactly one member is set.
        union: bool,
    },
    /// Elements of one shape.
    List(ShapeId),
    /// Keys and values.
    Map {
        /// Shape of the keys.
        key: ShapeId,
        /// Shape of the values.
        value: ShapeId,
    },
    /// Text.
    String,
    /// A whole number of 32 bits.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A moment: microseconds since 1970 inside, ISO 8601 on the wire.
    Timestamp,
    /// Any JSON.
    Document,
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Its name in the model, used inside the program.
    pub name: String,
    /// Its name on the wire (differs once, service.md 2.11).
    pub wire_name: String,
    /// Its shape.
    pub shape: ShapeId,
    /// Whether it must be there.
    pub required: bool,
    /// Where it travels in a request.
    pub location: Location,
}

/// Where a member travels in a request.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Location {
    /// A label of the path.
    Uri,
    /// The query string.
    #[serde(rename = "querystring")]
    Query,
    /// The JSON body.
    #[default]
    Body,
}

/// A pattern, compiled when first used: most of the model's patterns are never needed by one process.
#[derive(Debug)]
pub struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    fn new(text: String) -> Self {
        Self {
            text,
            compiled: OnceLock::new(),
        }
    }

    /// The pattern as the model has it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the **whole** of `value` matches: the model leaves the anchors out (service.md 2.5).
    pub fn matches(&self, value: &str) -> bool {
        // A pattern that does not compile is a fault of the build, found by a test; it refuses nothing.
        self.regex().is_none_or(|regex| regex.is_match(value))
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled
            .get_or_init(|| {
                let whole = format!(r"\A(?:{})\z", self.text);
                RegexBuilder::new(&whole)
                    .dfa_size_limit(PATTERN_CACHE)
                    .build()
                    .ok()
            })
            .as_ref()
    }
}

impl Model {
    /// All operations, by name.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// What a fault script may name.
    pub fn catalog(&self) -> Catalog {
        Catalog::new(self.operations.iter().map(|operation| {
            let facts = Facts {
                errors: operation.errors.clone(),
                changes: operation.status == 202,
                consents: CONSENTED.contains(&operation.name.as_str()),
                lists: operation.paginator.is_some(),
            };
            (operation.name.clone(), facts)
        }))
    }

    /// The shape with this id.
    pub fn shape(&self, id: ShapeId) -> Option<&Shape> {
        self.shapes.get(id.0)
    }

    /// The shape of this name.
    pub fn shape_named(&self, name: &str) -> Option<&Shape> {
        self.shape(*self.ids.get(name)?)
    }

    /// Takes strings of the shape of this name that match the pattern, beside those that match the model's. The text
    /// of a violation names the model's pattern still.
    pub fn take(&mut self, shape: &str, pattern: String) {
        if let Some(ShapeId(at)) = self.ids.get(shape)
            && let Some(shape) = self.shapes.get_mut(*at)
        {
            shape.also = Some(Pattern::new(pattern));
        }
    }

    /// The members of a structure; none for any other shape.
    pub fn members(&self, id: ShapeId) -> &[Member] {
        match self.shape(id).map(|shape| &shape.kind) {
            Some(Kind::Structure { members, .. }) => members,
            _ => &[],
        }
    }

    /// The HTTP status of a modelled error.
    pub fn error_status(&self, name: &str) -> Option<u16> {
        self.errors.get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_model_is_read_whole() {
        let model = Model::load().unwrap();
        assert_eq!(model.operations().len(), 34);
        assert_eq!(model.error_status("ServiceQuotaExceededException"), Some(402));
        let create = model
            .operations()
            .iter()
            .find(|o| o.name == "CreatePolicy")
            .unwrap();
        assert_eq!(create.status, 202);
        let names: Vec<_> = model
            .members(create.input)
            .iter()
            .map(|m| m.name.as_str())
            .collect();
        assert_eq!(
            names[..3],
            ["name", "definition", "description"],
            "members keep the order of the model, so that violations do"
        );
    }

    #[test]
    fn every_pattern_of_the_model_compiles() {
        let model = Model::load().unwrap();
        let patterns: Vec<_> = model.shapes.iter().filter_map(|s| s.pattern.as_ref()).collect();
        assert!(patterns.len() > 50);
        for pattern in patterns {
            assert!(pattern.regex().is_some(), "{}", pattern.as_str());
        }
    }

    #[test]
    fn a_pattern_judges_the_whole_string() {
        let pattern = Pattern::new("a|bc".to_owned());
        assert!(pattern.matches("bc") && pattern.matches("a"));
        for other in ["xbc", "ax", "a\n", "bcd", ""] {
            assert!(!pattern.matches(other), "{other:?}");
        }
    }
}
