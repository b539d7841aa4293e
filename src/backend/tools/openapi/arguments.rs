//! The arguments of an operation: its parameters and the members of its body, side by side.

use super::call::{Body, Part, Within};
use super::operation::{is_object, json_schema, with_definitions};
use super::reference::resolve;
use super::schema::Schemas;
use crate::backend::tools::ToolsError;
use crate::backend::tools::document::set;
use crate::backend::tools::error::Place;
use crate::backend::tools::json_schema::names;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Headers that OpenAPI says are no parameters.
const NO_PARAMETERS: [&str; 3] = ["accept", "content-type", "authorization"];
/// The argument that a body is, when it has no named members.
const BODY: &str = "body";

/// Arguments as they are collected.
#[derive(Debug)]
pub(super) struct Arguments<'a, 'b> {
    document: &'a Value,
    schemas: Schemas<'a, 'b>,
    properties: Map<String, Value>,
    required: BTreeSet<String>,
    /// Name and place (`in`) of each parameter.
    parameters: BTreeSet<(&'a str, &'a str)>,
    /// Where each of them goes when the operation is called.
    parts: Vec<Part>,
    body: Option<Body>,
}

/// What the arguments of an operation are, and where they go.
#[derive(Debug)]
pub(super) struct Formed {
    /// The schema of one object.
    pub schema: Value,
    pub parts: Vec<Part>,
    pub body: Option<Body>,
}

impl<'a, 'b> Arguments<'a, 'b> {
    /// None yet.
    pub fn new(document: &'a Value, schemas: Schemas<'a, 'b>) -> Self {
        Self {
            document,
            schemas,
            properties: Map::new(),
            required: BTreeSet::new(),
            parameters: BTreeSet::new(),
            parts: Vec::new(),
            body: None,
        }
    }

    /// A parameter; one that is there already, by name and place, stays.
    pub fn parameter(&mut self, parameter: &'a Value, place: &Place) -> Result<(), ToolsError> {
        let text = |name: &str| parameter.get(name).and_then(Value::as_str);
        let name = text("name").ok_or_else(|| place.refuse("must have a name"))?;
        self.schemas.spend(&json!([name, text("description")]))?;
        let place_of = |within| Some((within, Within::of_parameter(within)?));
        let (within, goes) = text("in").and_then(place_of).ok_or_else(|| {
            place
                .at("in")
                .refuse("must be one of path, query, header, cookie")
        })?;
        let lower = name.to_ascii_lowercase();
        if within == "header" && NO_PARAMETERS.contains(&lower.as_str()) {
            return Ok(());
        }
        if !self.parameters.insert((name, within)) {
            return Ok(());
        }
        plain(parameter, within, place)?;
        let schema = parameter
            .get("schema")
            .ok_or_else(|| place.refuse("must have a schema"))?;
        let required = within == "path" || parameter.get("required") == Some(&json!(true));
        self.part(name, goes, required);
        self.argument(name, schema, text("description"), required, &place.at("schema"))
    }

    fn part(&mut self, name: &str, within: Within, required: bool) {
        self.parts.push(Part {
            name: name.to_owned(),
            within,
            required,
        });
    }

    /// The body: its members are arguments of their own; a body without named members is the argument `body`.
    ///
    /// A member is required when the body is and says so.
    pub fn body(&mut self, body: &'a Value, place: &Place) -> Result<(), ToolsError> {
        let content = body
            .get("content")
            .ok_or_else(|| place.refuse("must have a content"))?;
        let (media, schema) = json_schema(content).ok_or_else(|| {
            place
                .at("content")
                .refuse("has no schema of application/json: other media types are not supported")
        })?;
        let required = body.get("required") == Some(&json!(true));
        let at = place.at("content").at(media).at("schema");
        let (described, described_at) = resolve(self.document, schema, at.clone())?;
        let others = described.get("additionalProperties");
        self.body = Some(Body {
            media: media.to_owned(),
            required,
            open: others.is_some_and(|others| *others != json!(false)),
        });
        let Some(properties) = described
            .get("properties")
            .and_then(Value::as_object)
            .filter(|_| is_object(described))
        else {
            let description = body.get("description").and_then(Value::as_str);
            self.part(BODY, Within::Body, required);
            return self.argument(BODY, schema, description, required, &at);
        };
        // For what else the schema says, such as that it is composed.
        self.schemas.schema(described, &described_at)?;
        let needed = match described.get("required") {
            Some(list) => names(list, &described_at.at("required"))?,
            None => Vec::new(),
        };
        for (name, property) in properties {
            let required = required && needed.contains(&name.as_str());
            let place = described_at.at("properties").at(name);
            self.part(name, Within::Member, required);
            self.argument(name, property, None, required, &place)?;
        }
        Ok(())
    }

    fn argument(
        &mut self,
        name: &str,
        schema: &'a Value,
        description: Option<&str>,
        required: bool,
        place: &Place,
    ) -> Result<(), ToolsError> {
        let mut written = self.schemas.schema(schema, place)?;
        if let (Some(description), None) = (description, written.get("description")) {
            set(&mut written, "description", json!(description));
        }
        if required {
            self.required.insert(name.to_owned());
        }
        match self.properties.get(name) {
            None => {
                self.properties.insert(name.to_owned(), written);
                Ok(())
            }
            // `PUT /users/{name}` with a body that has the name too: one argument fills both.
            Some(known) if known.get("type") == written.get("type") && known.get("$ref") == written.get("$ref") => Ok(()),
            Some(_) => Err(place.refuse(format!(
                "is of another type than the parameter {name}: arguments of one name must have one type; rename one"
            ))),
        }
    }

    /// All of them.
    pub fn formed(mut self) -> Result<Formed, ToolsError> {
        let mut schema = json!({"type": "object", "properties": self.properties});
        if !self.required.is_empty() {
            set(&mut schema, "required", json!(self.required));
        }
        let definitions = self.schemas.definitions()?;
        with_definitions(&mut schema, definitions);
        Ok(Formed {
            schema,
            parts: self.parts,
            body: self.body,
        })
    }
}

/// Refuses a parameter with a serializer: `content`, or another `style` or `explode` than the usual one.
fn plain(parameter: &Value, within: &str, place: &Place) -> Result<(), ToolsError> {
    let usual = match within {
        "query" | "cookie" => "form",
        _ => "simple",
    };
    let refuse = |name: &str| {
        Err(place.at(name).refuse(format!(
            "is a parameter serializer, which AgentCore does not support: leave it out and use the style {usual}"
        )))
    };
    if parameter.get("content").is_some() {
        return refuse("content");
    }
    if parameter.get("style").is_some_and(|style| style != usual) {
        return refuse("style");
    }
    if parameter
        .get("explode")
        .is_some_and(|explode| *explode != json!(usual == "form"))
    {
        return refuse("explode");
    }
    Ok(())
}
