//! From JSON Schema to Cedar types: the table of service.md 10.5.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::names::{Names, identifier, quoted};
use super::shape::{Fields, Shape, TypeName};
use super::{MAX_BYTES, SchemaError, qualified};

/// Deepest nesting that is looked into, `$ref`s followed; below it everything is [`UNKNOWN`]. Ours: the depth of
/// the service is not on record, and its parser of tools follows any.
const MAX_DEPTH: usize = 32;

/// The opaque type of what has no type.
pub(super) const UNKNOWN: &str = "Unknown";

/// The opaque type of JSON's null.
pub(super) const NULL: &str = "Null";

/// The record without fields.
const EMPTY: &str = "{}";

/// The types that one tool's input and output need.
#[derive(Debug, Default)]
pub(super) struct Declared {
    /// Their declarations, as Cedar schema text.
    pub(super) text: String,
    /// Names of the entity types among them.
    pub(super) entities: Vec<String>,
    /// Whether [`UNKNOWN`] is used.
    pub(super) unknown: bool,
    /// Whether [`NULL`] is used.
    pub(super) null: bool,
}

/// Reads one side of a tool: its input or its output.
pub(super) struct Reader<'a> {
    declared: &'a mut Declared,
    names: &'a mut Names,
    /// Bytes of schema that are left.
    room: usize,
    definitions: BTreeMap<&'a str, Definition<'a>>,
    /// What all names of types begin with, such as `RefundTool___refund_Input`.
    root: Wording,
    /// Schemas that may yet be looked at: each gives more than a byte of text.
    steps: usize,
}

/// What a type is called when it must have a name: the way to it, and the last step of the way.
#[derive(Clone)]
struct Wording {
    full: String,
    own: String,
}

impl Wording {
    fn below(&self, own: impl std::fmt::Display) -> Self {
        Self {
            full: format!("{}_{own}", self.full),
            own: own.to_string(),
        }
    }
}

/// One of `$defs`.
#[derive(Clone)]
enum Definition<'a> {
    Unread(&'a Value),
    /// Being read: whoever refers to it now closes a circle.
    Open,
    Read(Typed),
}

/// A Cedar type as text, and what its values are made from.
#[derive(Clone)]
struct Typed {
    text: String,
    shape: Arc<Shape>,
}

impl Typed {
    fn of(text: impl Into<String>, shape: Shape) -> Self {
        Self {
            text: text.into(),
            shape: Arc::new(shape),
        }
    }
}

impl<'a> Reader<'a> {
    /// A reader of this schema whose text may take `room` bytes.
    pub(super) fn new(
        schema: &'a Value,
        prefix: &str,
        room: usize,
        declared: &'a mut Declared,
        names: &'a mut Names,
    ) -> Self {
        let definitions = ["definitions", "$defs"]
            .iter()
            .filter_map(|key| schema.get(key)?.as_object())
            .flatten()
            .map(|(name, schema)| (name.as_str(), Definition::Unread(schema)))
            .collect();
        Self {
            declared,
            names,
            room,
            definitions,
            root: Wording {
                full: prefix.to_owned(),
                own: prefix.to_owned(),
            },
            steps: MAX_BYTES,
        }
    }

    /// Declares the record of all arguments, or of the whole result, under this name; and all of `$defs`. Gives what
    /// its values are made from.
    pub(super) fn declare(mut self, schema: &'a Value, name: &str) -> Result<Fields, SchemaError> {
        let definitions: Vec<&str> = self.definitions.keys().copied().collect();
        for definition in definitions {
            self.referred(definition, 0)?;
        }
        let root = self.root.clone();
        let (record, fields) = match schema.as_object() {
            Some(schema) => self.record(schema, &root, 0)?,
            None => (EMPTY.to_owned(), Fields::default()),
        };
        self.write(&format!("type {name} = {record};"))?;
        Ok(fields)
    }

    /// The Cedar type of a schema; `wording` is what a type that must be named is called.
    fn read(&mut self, schema: &'a Value, wording: &Wording, depth: usize) -> Result<Typed, SchemaError> {
        self.steps = self.steps.checked_sub(1).ok_or(SchemaError::TooLarge)?;
        let Some(schema) = schema.as_object().filter(|_| depth < MAX_DEPTH) else {
            return Ok(self.unknown());
        };
        match schema.get("type") {
            Some(Value::String(name)) => self.named(name, schema, wording, depth, true),
            Some(Value::Array(choices)) => {
                self.choices(choices.iter(), wording, |reader, choice, wording| {
                    match choice.as_str() {
                        Some(name) => reader.named(name, schema, wording, depth + 1, false),
                        None => reader.read(choice, wording, depth + 1),
                    }
                })
            }
            Some(_) => Ok(self.unknown()),
            None => {
                let choices = schema.get("anyOf").or(schema.get("oneOf"));
                if let Some(choices) = choices.and_then(Value::as_array) {
                    return self.choices(choices.iter(), wording, |reader, choice, wording| {
                        reader.read(choice, wording, depth + 1)
                    });
                }
                let reference = schema
                    .get("$ref")
                    .and_then(Value::as_str)
                    .filter(|_| choices.is_none());
                let name = reference.and_then(|reference| {
                    reference
                        .strip_prefix("#/$defs/")
                        .or(reference.strip_prefix("#/definitions/"))
                });
                match name {
                    Some(name) => self.referred(name, depth),
                    None => Ok(self.unknown()),
                }
            }
        }
    }

    /// The type with a name of JSON Schema. In a list of types, `enum` and `format` are not looked at.
    fn named(
        &mut self,
        name: &str,
        schema: &'a Map<String, Value>,
        wording: &Wording,
        depth: usize,
        alone: bool,
    ) -> Result<Typed, SchemaError> {
        Ok(match name {
            "boolean" => Typed::of("Bool", Shape::Bool),
            "integer" => Typed::of("Long", Shape::Long),
            "number" | "float" => Typed::of("decimal", Shape::Number),
            "string" if alone => self.string(schema, wording)?,
            "string" => Typed::of("String", Shape::String),
            "null" => {
                self.declared.null = true;
                Typed::of(NULL, Shape::Null)
            }
            "array" => self.array(schema, wording, depth)?,
            "object" => self.object(schema, wording, depth)?,
            _ => self.unknown(),
        })
    }

    fn string(&mut self, schema: &Map<String, Value>, wording: &Wording) -> Result<Typed, SchemaError> {
        let choices: Option<Vec<&str>> = schema
            .get("enum")
            .and_then(Value::as_array)
            .and_then(|choices| choices.iter().map(Value::as_str).collect());
        if let Some(choices) = choices.filter(|choices| !choices.is_empty()) {
            let name = self.names.fresh(&wording.full);
            let mut seen = BTreeSet::new();
            let choices: Vec<&str> = choices
                .into_iter()
                .filter(|choice| seen.insert(*choice))
                .collect();
            let texts: Vec<String> = choices.iter().copied().map(quoted).collect();
            self.write(&format!("entity {name} enum [{}];", texts.join(", ")))?;
            self.declared.entities.push(name.clone());
            let shape = Shape::Enum(
                TypeName::of(qualified(&name)),
                choices.into_iter().map(str::to_owned).collect(),
            );
            return Ok(Typed::of(name, shape));
        }
        Ok(match schema.get("format").and_then(Value::as_str) {
            Some("date" | "date-time") => Typed::of("datetime", Shape::Datetime),
            Some("duration") => Typed::of("duration", Shape::Duration),
            Some("ipv4" | "ipv6") => Typed::of("ipaddr", Shape::Address),
            Some("decimal") => Typed::of("decimal", Shape::Decimal),
            _ => Typed::of("String", Shape::String),
        })
    }

    fn array(
        &mut self,
        schema: &'a Map<String, Value>,
        wording: &Wording,
        depth: usize,
    ) -> Result<Typed, SchemaError> {
        let items = schema.get("items");
        let element = match (schema.get("prefixItems").and_then(Value::as_array), items) {
            (Some(prefix), Some(Value::Bool(false))) => {
                let (mut fields, mut shapes) = (Vec::new(), Vec::new());
                for (index, schema) in prefix.iter().enumerate() {
                    let field = self.read(schema, &wording.below(format_args!("Proj{index}")), depth + 1)?;
                    fields.push(format!("\"proj{index}\": {}", field.text));
                    shapes.push(field.shape);
                }
                let text = format!("{{ {} }}", fields.join(", "));
                return Ok(Typed::of(text, Shape::Tuple(shapes)));
            }
            // More may follow the tuple: a set only when all are of one type.
            (Some(prefix), Some(items)) if prefix.iter().all(|schema| schema == items) => {
                self.read(items, wording, depth + 1)?
            }
            (None, Some(items)) => self.read(items, wording, depth + 1)?,
            (Some(_), _) | (None, None) => self.unknown(),
        };
        Ok(Typed::of(
            format!("Set<{}>", element.text),
            Shape::Set(element.shape),
        ))
    }

    /// A record, or, when there may be properties of other names, an entity with tags.
    fn object(
        &mut self,
        schema: &'a Map<String, Value>,
        wording: &Wording,
        depth: usize,
    ) -> Result<Typed, SchemaError> {
        let name = self.names.fresh(&wording.full);
        let tags = match schema.get("additionalProperties") {
            Some(others @ Value::Object(_)) => {
                let tag = wording.below(format_args!("{}Tag", wording.own));
                Some(self.read(others, &tag, depth + 1)?)
            }
            _ => None,
        };
        let (record, fields) = self.record(schema, wording, depth)?;
        let shape = if let Some(tags) = tags {
            self.write(&format!("entity {name} = {record} tags {};", tags.text))?;
            self.declared.entities.push(name.clone());
            Shape::Tagged(TypeName::of(qualified(&name)), fields, tags.shape)
        } else {
            self.write(&format!("type {name} = {record};"))?;
            Shape::Record(fields)
        };
        Ok(Typed::of(name, shape))
    }

    fn record(
        &mut self,
        schema: &'a Map<String, Value>,
        wording: &Wording,
        depth: usize,
    ) -> Result<(String, Fields), SchemaError> {
        let required: BTreeSet<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let (mut fields, mut texts) = (Fields::default(), BTreeMap::new());
        for (name, schema) in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let optional = if required.contains(name.as_str()) { "" } else { "?" };
            let field = self.read(schema, &wording.below(name), depth + 1)?;
            texts.insert(name, format!("{}{optional}: {}", quoted(name), field.text));
            fields.add(name, field.shape, optional.is_empty());
        }
        let texts: Vec<String> = texts.into_values().collect();
        let text = if texts.is_empty() {
            EMPTY.to_owned()
        } else {
            format!("{{ {} }}", texts.join(", "))
        };
        Ok((text, fields))
    }

    /// A record with one optional field a choice.
    fn choices(
        &mut self,
        choices: impl Iterator<Item = &'a Value>,
        wording: &Wording,
        read: impl Fn(&mut Self, &'a Value, &Wording) -> Result<Typed, SchemaError>,
    ) -> Result<Typed, SchemaError> {
        let (mut fields, mut shapes) = (Vec::new(), Vec::new());
        for (index, choice) in choices.enumerate() {
            let field = read(self, choice, &wording.below(format_args!("TypeChoice{index}")))?;
            fields.push(format!("\"typeChoice{index}\"?: {}", field.text));
            shapes.push(field.shape);
        }
        let text = format!("{{ {} }}", fields.join(", "));
        Ok(Typed::of(text, Shape::Choices(shapes)))
    }

    /// A definition, declared under a name of its own. A circle of definitions is cut where it closes: Cedar's
    /// types end.
    fn referred(&mut self, name: &'a str, depth: usize) -> Result<Typed, SchemaError> {
        let Some(definition) = self.definitions.get(name).cloned() else {
            return Ok(self.unknown());
        };
        match definition {
            Definition::Read(declared) => Ok(declared),
            Definition::Unread(schema) if depth < MAX_DEPTH => {
                self.definitions.insert(name, Definition::Open);
                let wording = self.root.below(name);
                let read = self.read(schema, &wording, depth + 1)?;
                // What has a name of its own needs no second one.
                let declared = if read.text.starts_with(&identifier(&self.root.full)) {
                    read
                } else {
                    let text = self.names.fresh(&wording.full);
                    self.write(&format!("type {text} = {};", read.text))?;
                    Typed { text, ..read }
                };
                self.definitions.insert(name, Definition::Read(declared.clone()));
                Ok(declared)
            }
            Definition::Unread(_) | Definition::Open => Ok(self.unknown()),
        }
    }

    fn unknown(&mut self) -> Typed {
        self.declared.unknown = true;
        Typed::of(UNKNOWN, Shape::Unknown)
    }

    fn write(&mut self, declaration: &str) -> Result<(), SchemaError> {
        self.declared.text.push_str("  ");
        self.declared.text.push_str(declaration);
        self.declared.text.push('\n');
        self.room = self
            .room
            .checked_sub(declaration.len())
            .ok_or(SchemaError::TooLarge)?;
        Ok(())
    }
}
