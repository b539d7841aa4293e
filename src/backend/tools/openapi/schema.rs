//! From the schemas of a document to JSON Schema.
//!
//! A reference is kept: what it names moves to `$defs`, so that a schema that refers to itself stays finite. Words of
//! OpenAPI that say nothing about the form of a value (`example`, `xml`, `deprecated`, `x-..`) are left out; so is
//! `nullable`, since a value that is null says as much as one that is absent.

use super::reference::last;
use crate::backend::tools::ToolsError;
use crate::backend::tools::budget::Budget;
use crate::backend::tools::definitions::Definitions;
use crate::backend::tools::document::set;
use crate::backend::tools::error::Place;
use crate::backend::tools::json_schema::{names, types};
use serde_json::{Map, Value, json};

/// Members that are taken as they stand.
const KEPT: [&str; 20] = [
    "const",
    "default",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "title",
    "type",
    "uniqueItems",
];
/// Members that AWS does not support in tools ("complex schema features").
const COMPOSED: [&str; 5] = ["oneOf", "anyOf", "allOf", "not", "if"];

/// The schemas of one tool, with what they refer to.
#[derive(Debug)]
pub(super) struct Schemas<'a, 'b> {
    document: &'a Value,
    budget: &'b mut Budget,
    referred: Definitions<'a, &'a Value>,
    /// Whether a schema that is composed of others is taken.
    composed: bool,
}

impl<'a, 'b> Schemas<'a, 'b> {
    /// Of this document.
    pub fn new(document: &'a Value, budget: &'b mut Budget) -> Self {
        Self {
            document,
            budget,
            referred: Definitions::new(),
            composed: false,
        }
    }

    /// Of this document, which describes no tools: of a schema that is composed, the forms that a value may have stay
    /// (`oneOf`, `anyOf`), and what else composes it is left out.
    pub fn of_any(document: &'a Value, budget: &'b mut Budget) -> Self {
        Self {
            composed: true,
            ..Self::new(document, budget)
        }
    }

    /// Takes what is written, or looked at, out of the budget.
    pub fn spend(&mut self, value: &Value) -> Result<(), ToolsError> {
        self.budget.spend(value)
    }

    /// A schema as JSON Schema.
    pub fn schema(&mut self, schema: &'a Value, place: &Place) -> Result<Value, ToolsError> {
        let members = match schema {
            Value::Object(members) => members,
            Value::Bool(true) => return Ok(json!({})),
            Value::Null | Value::Bool(false) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(place.refuse("must be a schema that some value fits"));
            }
        };
        if let Some(reference) = members.get("$ref") {
            let reference = reference
                .as_str()
                .ok_or_else(|| place.at("$ref").refuse("must be a string"))?;
            return self.reference(reference, members.get("description"), place);
        }
        let composed = COMPOSED.iter().find(|name| members.contains_key(**name));
        if let Some(composed) = composed.filter(|_| !self.composed) {
            return Err(place.at(composed).refuse(
                "is not supported by AgentCore: describe one form of the value, or leave out what is composed",
            ));
        }
        types(members.get("type"), place)?;
        let mut written = Map::new();
        for name in KEPT {
            if let Some(value) = members.get(name) {
                self.budget.spend(value)?;
                written.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(required) = members.get("required") {
            written.insert(
                "required".to_owned(),
                json!(names(required, &place.at("required"))?),
            );
        }
        self.parts(members, place, &mut written)?;
        Ok(Value::Object(written))
    }

    /// The schemas within a schema.
    fn parts(
        &mut self,
        members: &'a Map<String, Value>,
        place: &Place,
        written: &mut Map<String, Value>,
    ) -> Result<(), ToolsError> {
        if let Some(properties) = members.get("properties") {
            let place = place.at("properties");
            let properties = properties
                .as_object()
                .ok_or_else(|| place.refuse("must be an object"))?;
            let mut inner = Map::new();
            for (name, property) in properties {
                self.budget.spend(&json!(name))?;
                inner.insert(name.clone(), self.schema(property, &place.at(name))?);
            }
            written.insert("properties".to_owned(), Value::Object(inner));
        }
        for name in ["items", "additionalProperties"] {
            match members.get(name) {
                None => {}
                Some(Value::Bool(open)) => {
                    written.insert(name.to_owned(), json!(open));
                }
                Some(inner) => {
                    written.insert(name.to_owned(), self.schema(inner, &place.at(name))?);
                }
            }
        }
        for name in ["prefixItems", "oneOf", "anyOf"] {
            let Some(list) = members.get(name) else { continue };
            let place = place.at(name);
            let list = list.as_array().ok_or_else(|| place.refuse("must be a list"))?;
            let list = list
                .iter()
                .enumerate()
                .map(|(index, inner)| self.schema(inner, &place.at(index)));
            let list: Vec<Value> = list.collect::<Result<_, _>>()?;
            written.insert(name.to_owned(), json!(list));
        }
        Ok(())
    }

    fn reference(
        &mut self,
        reference: &'a str,
        description: Option<&Value>,
        place: &Place,
    ) -> Result<Value, ToolsError> {
        let (reference, schema) = last(self.document, reference, place)?;
        let usual = reference.rsplit('/').next().unwrap_or_default();
        let mut written = json!({"$ref": self.referred.refer(reference, usual, schema)});
        if let Some(description) = description {
            set(&mut written, "description", description.clone());
        }
        self.budget.spend(&written)?;
        Ok(written)
    }

    /// All that was referred to, for `$defs`; empty when nothing was.
    pub fn definitions(&mut self) -> Result<Map<String, Value>, ToolsError> {
        let mut written = Map::new();
        while let Some((name, reference, schema)) = self.referred.next() {
            written.insert(name, self.schema(schema, &Place::of(reference))?);
        }
        Ok(written)
    }
}
