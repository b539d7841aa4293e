//! The JSON AST of a Smithy model: shapes by id, traits, and the operations of its service.

use crate::backend::tools::ToolsError;
use crate::backend::tools::error::Place;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// What the prelude of every model has: `smithy.api#String` and so on.
const PRELUDE: &str = "smithy.api#";
/// The members of a resource that name one operation.
const LIFECYCLE: [&str; 6] = ["create", "put", "read", "update", "delete", "list"];
/// The members of a service or resource that name several.
const LISTS: [&str; 2] = ["operations", "collectionOperations"];

/// Mixins of one structure, those of mixins included.
const MOST_MIXINS: usize = 100;

/// A model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ast<'a> {
    shapes: &'a Map<String, Value>,
}

impl<'a> Ast<'a> {
    /// The model in this document, version 1.0 or 2.0.
    pub fn read(document: &'a Value) -> Result<Self, ToolsError> {
        let place = Place::root();
        match document.get("smithy").and_then(Value::as_str) {
            Some("1.0" | "2.0" | "1" | "2") => {}
            Some(version) => {
                return Err(place
                    .at("smithy")
                    .refuse(format!("is {version}: Smithy 1.0 and 2.0 are supported")));
            }
            None => {
                return Err(place.refuse(
                    "is no Smithy model: it must be the JSON AST (`smithy ast`), which has the member smithy, such as \
                     2.0",
                ));
            }
        }
        let shapes = document.get("shapes").and_then(Value::as_object).ok_or_else(|| {
            place
                .at("shapes")
                .refuse("must be an object with the shapes of the model")
        })?;
        Ok(Self { shapes })
    }

    /// The type of a shape, and the shape itself when it is not one of the prelude's.
    pub fn shape(self, id: &str) -> Result<(&'a str, Option<&'a Value>), ToolsError> {
        if let Some(shape) = self.shapes.get(id) {
            let kind = shape.get("type").and_then(Value::as_str);
            return kind
                .map(|kind| (kind, Some(shape)))
                .ok_or_else(|| place_of(id).refuse("must have a type"));
        }
        match id.strip_prefix(PRELUDE).and_then(prelude) {
            Some(kind) => Ok((kind, None)),
            None => Err(place_of(id).refuse("is named and is not defined: add the shape to the model")),
        }
    }

    /// The shape of this id and type.
    pub fn shape_of(self, id: &str, kind: &str) -> Result<&'a Value, ToolsError> {
        match self.shape(id)? {
            (found, Some(shape)) if found == kind => Ok(shape),
            (found, _) => Err(place_of(id).refuse(format!("is of the type {found} and must be of {kind}"))),
        }
    }

    /// A trait of a shape or member, which may also be applied from outside.
    pub fn trait_of(self, id: &str, shape: &'a Value, name: &str) -> Option<&'a Value> {
        let name = format!("{PRELUDE}{name}");
        let applied = || {
            self.shapes
                .get(id)
                .filter(|it| it.get("type").is_some_and(|kind| kind == "apply"))
        };
        let within = |shape: &'a Value| shape.get("traits").and_then(|traits| traits.get(&name));
        within(shape).or_else(|| applied().and_then(within))
    }

    /// What the model says a shape or member is for.
    pub fn documentation(self, id: &str, shape: &'a Value) -> Option<&'a str> {
        self.trait_of(id, shape, "documentation").and_then(Value::as_str)
    }

    /// The ids of the operations that the one service has, alone and through its resources.
    pub fn operations(self) -> Result<Vec<&'a str>, ToolsError> {
        let is_service =
            |(_, shape): &(&String, &Value)| shape.get("type").is_some_and(|kind| kind == "service");
        let mut services = self.shapes.iter().filter(is_service);
        let place = Place::root().at("shapes");
        let (id, service) = match (services.next(), services.next()) {
            (Some(service), None) => service,
            (None, _) => return Err(place.refuse("has no service: a target is one service")),
            (Some((first, _)), Some((second, _))) => {
                return Err(place.refuse(format!(
                    "has more than one service ({first}, {second}): a target is one service, split the model"
                )));
            }
        };
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut open = vec![(id.as_str(), service)];
        while let Some((id, owner)) = open.pop() {
            let one = LIFECYCLE.iter().filter_map(|name| owner.get(name));
            let many = LISTS
                .iter()
                .filter_map(|name| owner.get(name)?.as_array())
                .flatten();
            for reference in one.chain(many) {
                let operation = target(reference, id)?;
                if seen.insert(operation) {
                    found.push(operation);
                }
            }
            for reference in owner
                .get("resources")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let resource = target(reference, id)?;
                if seen.insert(resource) {
                    open.push((resource, self.shape_of(resource, "resource")?));
                }
            }
        }
        Ok(found)
    }

    /// The members of a structure or union with those of its mixins; its own stand for a mixin's.
    pub fn members(self, id: &'a str, shape: &'a Value) -> Result<Vec<Member<'a>>, ToolsError> {
        let mut found: Vec<Member<'a>> = Vec::new();
        let mut names = HashSet::new();
        let mut seen = HashSet::from([id]);
        let mut open = vec![(id, shape)];
        while let Some((owner, shape)) = open.pop() {
            for (name, member) in shape
                .get("members")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                if names.insert(name.as_str()) {
                    let target = member.get("target").and_then(Value::as_str);
                    let target = target.ok_or_else(|| {
                        place_of(owner)
                            .at("members")
                            .at(name)
                            .refuse("must have a target")
                    })?;
                    found.push(Member {
                        name,
                        target,
                        id: format!("{owner}${name}"),
                        shape: member,
                    });
                }
            }
            for reference in shape
                .get("mixins")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let mixin = target(reference, owner)?;
                if seen.len() > MOST_MIXINS {
                    return Err(place_of(id).refuse(format!("has more than {MOST_MIXINS} mixins")));
                }
                if seen.insert(mixin)
                    && let (_, Some(shape)) = self.shape(mixin)?
                {
                    open.push((mixin, shape));
                }
            }
        }
        Ok(found)
    }
}

/// A member of a structure, union or enum.
#[derive(Debug)]
pub(super) struct Member<'a> {
    /// Its name.
    pub name: &'a str,
    /// The id of its shape.
    pub target: &'a str,
    /// Its own id, such as `example#Pet$name`.
    pub id: String,
    /// What the model says of it.
    pub shape: &'a Value,
}

/// The name in a shape's id: `GetPet` of `example.pets#GetPet`.
pub(super) fn name_of(id: &str) -> &str {
    id.rsplit('#').next().unwrap_or(id)
}

/// Where a shape stands.
pub(super) fn place_of(id: &str) -> Place {
    Place::root().at("shapes").at(id)
}

fn target<'a>(reference: &'a Value, owner: &str) -> Result<&'a str, ToolsError> {
    let target = reference.get("target").and_then(Value::as_str);
    target.ok_or_else(|| place_of(owner).refuse("has a reference without a target"))
}

/// The type of a shape of the prelude.
fn prelude(name: &str) -> Option<&'static str> {
    Some(match name {
        "Blob" => "blob",
        "Boolean" | "PrimitiveBoolean" => "boolean",
        "String" => "string",
        "Byte" | "PrimitiveByte" => "byte",
        "Short" | "PrimitiveShort" => "short",
        "Integer" | "PrimitiveInteger" => "integer",
        "Long" | "PrimitiveLong" => "long",
        "Float" | "PrimitiveFloat" => "float",
        "Double" | "PrimitiveDouble" => "double",
        "BigInteger" => "bigInteger",
        "BigDecimal" => "bigDecimal",
        "Timestamp" => "timestamp",
        "Document" => "document",
        "Unit" => "unit",
        _ => return None,
    })
}
