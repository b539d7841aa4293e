//! From the shapes of a model to JSON Schema.
//!
//! Structures and unions are named in `$defs`, so that one that contains itself stays finite; the others are written
//! where they are used. A timestamp is a `date-time` unless `timestampFormat` says otherwise; a map is an object of its
//! values; a union is an object with one of its members; a set is a list.

use super::ast::{Ast, Member, name_of, place_of};
use crate::backend::tools::ToolsError;
use crate::backend::tools::budget::Budget;
use crate::backend::tools::definitions::Definitions;
use crate::backend::tools::document::set;
use serde_json::{Map, Value, json};

/// Lists and maps within one another that have no structure between them.
const DEEPEST: usize = 32;

/// The schemas of one structure, with what they refer to.
#[derive(Debug)]
pub(super) struct Schemas<'a, 'b> {
    ast: Ast<'a>,
    budget: &'b mut Budget,
    /// Structures and unions, by the id of the shape.
    referred: Definitions<'a, ()>,
}

impl<'a, 'b> Schemas<'a, 'b> {
    /// Of this model.
    pub fn new(ast: Ast<'a>, budget: &'b mut Budget) -> Self {
        Self {
            ast,
            budget,
            referred: Definitions::new(),
        }
    }

    /// The schema of a structure, complete with `$defs`. `Unit` has no members.
    pub fn whole(mut self, id: &'a str) -> Result<Value, ToolsError> {
        let mut schema = match self.ast.shape(id)? {
            ("unit", None) => json!({"type": "object", "properties": {}}),
            ("structure", Some(shape)) => self.structure(id, shape)?,
            (kind, _) => {
                return Err(
                    place_of(id).refuse(format!("is of the type {kind}: input and output are structures"))
                );
            }
        };
        let mut definitions = Map::new();
        while let Some((name, id, ())) = self.referred.next() {
            if let (kind, Some(shape)) = self.ast.shape(id)? {
                let definition = match kind {
                    "union" => self.union(id, shape)?,
                    _ => self.structure(id, shape)?,
                };
                definitions.insert(name, definition);
            }
        }
        if !definitions.is_empty() {
            set(&mut schema, "$defs", Value::Object(definitions));
        }
        Ok(schema)
    }

    fn structure(&mut self, id: &'a str, shape: &'a Value) -> Result<Value, ToolsError> {
        let members = self.ast.members(id, shape)?;
        let needed = |member: &&Member<'a>| self.ast.trait_of(&member.id, member.shape, "required").is_some();
        let required: Vec<&str> = members.iter().filter(needed).map(|member| member.name).collect();
        let mut schema = self.object(id, shape, &members)?;
        if !required.is_empty() {
            set(&mut schema, "required", json!(required));
        }
        Ok(schema)
    }

    fn union(&mut self, id: &'a str, shape: &'a Value) -> Result<Value, ToolsError> {
        let members = self.ast.members(id, shape)?;
        let mut schema = self.object(id, shape, &members)?;
        set(&mut schema, "minProperties", json!(1));
        set(&mut schema, "maxProperties", json!(1));
        Ok(schema)
    }

    fn object(&mut self, id: &str, shape: &'a Value, members: &[Member<'a>]) -> Result<Value, ToolsError> {
        let mut properties = Map::new();
        for member in members {
            let mut schema = self.member(member, DEEPEST)?;
            if let Some(text) = self.ast.documentation(&member.id, member.shape) {
                set(&mut schema, "description", json!(text));
            }
            self.budget.spend(&json!([member.name, schema]))?;
            properties.insert(member.name.to_owned(), schema);
        }
        let mut schema = json!({"type": "object", "properties": properties});
        if let Some(text) = self.ast.documentation(id, shape) {
            self.budget.spend(&json!(text))?;
            set(&mut schema, "description", json!(text));
        }
        Ok(schema)
    }

    /// The schema of what a member holds; traits of the member come before those of its shape.
    fn member(&mut self, member: &Member<'a>, levels: usize) -> Result<Value, ToolsError> {
        let (kind, shape) = self.ast.shape(member.target)?;
        let of_shape = |name: &str| shape.and_then(|shape| self.ast.trait_of(member.target, shape, name));
        Ok(match kind {
            "boolean" => json!({"type": "boolean"}),
            "byte" | "short" | "integer" | "long" | "bigInteger" | "intEnum" => json!({"type": "integer"}),
            "float" | "double" | "bigDecimal" => json!({"type": "number"}),
            "blob" => json!({"type": "string", "contentEncoding": "base64"}),
            "document" => json!({}),
            "unit" => json!({"type": "object", "properties": {}}),
            "timestamp" => {
                let format = self.ast.trait_of(&member.id, member.shape, "timestampFormat");
                match format
                    .or_else(|| of_shape("timestampFormat"))
                    .and_then(Value::as_str)
                {
                    Some("epoch-seconds") => json!({"type": "number"}),
                    Some("http-date") => json!({"type": "string"}),
                    _ => json!({"type": "string", "format": "date-time"}),
                }
            }
            "string" => match of_shape("enum").and_then(Value::as_array) {
                Some(values) => {
                    let values: Vec<&Value> = values.iter().filter_map(|value| value.get("value")).collect();
                    json!({"type": "string", "enum": values})
                }
                None => json!({"type": "string"}),
            },
            "enum" => json!({"type": "string", "enum": self.values(member.target, shape)?}),
            "list" | "set" => {
                let element = self.element(member.target, shape, "member", levels)?;
                json!({"type": "array", "items": element})
            }
            "map" => {
                let value = self.element(member.target, shape, "value", levels)?;
                json!({"type": "object", "additionalProperties": value})
            }
            "structure" | "union" => {
                json!({"$ref": self.referred.refer(member.target, name_of(member.target), ())})
            }
            other => {
                return Err(
                    place_of(member.target).refuse(format!("is of the type {other}, which no value has"))
                );
            }
        })
    }

    /// The schema of the elements of a list, or of the values of a map.
    fn element(
        &mut self,
        id: &'a str,
        shape: Option<&'a Value>,
        name: &'static str,
        levels: usize,
    ) -> Result<Value, ToolsError> {
        let place = place_of(id);
        let levels = levels.checked_sub(1).ok_or_else(|| {
            place.refuse("contains itself, or is nested too deep, with no structure between")
        })?;
        let element = shape.and_then(|shape| shape.get(name));
        let element = element.ok_or_else(|| place.refuse(format!("must have a {name}")))?;
        let target = element.get("target").and_then(Value::as_str);
        let member = Member {
            name,
            target: target.ok_or_else(|| place.at(name).refuse("must have a target"))?,
            id: format!("{id}${name}"),
            shape: element,
        };
        self.member(&member, levels)
    }

    /// The values of an enum: each member's `enumValue`, or its name.
    fn values(&self, id: &'a str, shape: Option<&'a Value>) -> Result<Vec<Value>, ToolsError> {
        let members = match shape {
            Some(shape) => self.ast.members(id, shape)?,
            None => Vec::new(),
        };
        let value = |member: &Member<'a>| {
            let value = self.ast.trait_of(&member.id, member.shape, "enumValue");
            value.cloned().unwrap_or_else(|| json!(member.name))
        };
        Ok(members.iter().map(value).collect())
    }
}
