//! From a tool's arguments to `context.input`: the table of service.md 10.5, for values.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use cedar_policy_core::ast::{Entity, PartialValue, Value};
use serde_json::{Map, Value as Json};

use super::texts;
use super::words::{Words, entity_value, uid};
use crate::cedar::schema::{Fields, Shape, TypeName};

/// Deepest nesting of arguments. Ours; `serde_json` reads no deeper.
const MOST_NESTING: usize = 128;

/// An argument that is not what the tool's schema says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the argument at {place} is {found}, and must be {wanted}")]
pub struct ArgumentError {
    /// Where it is, as a JSON pointer (RFC 6901) into the arguments.
    pub place: String,
    /// What must be there.
    pub wanted: String,
    /// What is there; the words of a string are not told.
    pub found: String,
}

/// Reads the arguments of one call.
pub(super) struct Reader {
    words: &'static Words,
    /// Where it is, as a JSON pointer.
    place: String,
    depth: usize,
    /// Whether properties that must be there are asked for.
    whole: bool,
    /// Entities that stand for objects.
    pub(super) entities: Vec<Arc<Entity>>,
}

impl Reader {
    pub(super) fn new(words: &'static Words) -> Self {
        Self {
            words,
            place: String::new(),
            depth: 0,
            whole: false,
            entities: Vec::new(),
        }
    }

    /// A record of all arguments. Those that the schema does not name are there too, by what they are in JSON, and that
    /// one is missing is for policies and the tool to find: "arguments are neither stripped nor checked against the
    /// schema before evaluation" (service.md 11.1, 11.5).
    pub(super) fn arguments(
        &mut self,
        fields: &Fields,
        object: &Map<String, Json>,
    ) -> Result<Value, ArgumentError> {
        let mut pairs = Vec::with_capacity(object.len());
        for (name, value) in object {
            let read = |reader: &mut Self| match fields.get(name) {
                Some(shape) => reader.read(shape, value),
                None => reader.plain(value),
            };
            pairs.push((name.as_str(), self.below(name, read)?));
        }
        Ok(Value::record(pairs, None))
    }

    /// A value of this shape.
    fn read(&mut self, shape: &Shape, value: &Json) -> Result<Value, ArgumentError> {
        let words = self.words;
        let made = match (shape, value) {
            (Shape::Bool, Json::Bool(truth)) => Some(Value::from(*truth)),
            (Shape::Long, Json::Number(number)) => texts::long(number).map(Value::from),
            (Shape::Number, Json::Number(number)) => words.decimal.make(&texts::decimal(number)),
            (Shape::String, Json::String(text)) => Some(Value::from(text.as_str())),
            (Shape::Decimal, Json::String(text)) => words.decimal.make(text),
            (Shape::Datetime, Json::String(text)) => {
                texts::datetime(text).and_then(|text| words.datetime.make(&text))
            }
            (Shape::Duration, Json::String(text)) => {
                texts::duration(text).and_then(|text| words.duration.make(&text))
            }
            (Shape::Address, Json::String(text)) => words.address.make(&texts::address(text)),
            (Shape::Enum(of, choices), Json::String(text)) if choices.contains(text) => {
                of.entity_type().map(|of| entity_value(of, text))
            }
            (Shape::Null, Json::Null) => Some(words.null()),
            (Shape::Unknown, _) => Some(words.unknown(&self.place)),
            (Shape::Set(element), Json::Array(elements)) => {
                let read = |reader: &mut Self, value: &Json| reader.read(element, value);
                return Ok(Value::set(self.elements(elements, read)?, None));
            }
            (Shape::Tuple(shapes), Json::Array(elements)) if shapes.len() == elements.len() => {
                let mut shapes = shapes.iter();
                let read = |reader: &mut Self, value: &Json| match shapes.next() {
                    Some(shape) => reader.read(shape, value),
                    None => reader.plain(value),
                };
                let values = self.elements(elements, read)?.into_iter().enumerate();
                let pairs = values.map(|(index, value)| (format!("proj{index}"), value));
                return Ok(Value::record(pairs, None));
            }
            (Shape::Record(fields), Json::Object(object)) => {
                self.nothing_missing(fields, object)?;
                return self.arguments(fields, object);
            }
            (Shape::Tagged(of, fields, tags), Json::Object(object)) => {
                self.nothing_missing(fields, object)?;
                return self.tagged(of, fields, tags, object);
            }
            (Shape::Choices(choices), _) => self.chosen(choices, value),
            _ => None,
        };
        made.ok_or_else(|| self.refused(&shape.wanted(), value))
    }

    /// The first choice that a value can be.
    fn chosen(&mut self, choices: &[Arc<Shape>], value: &Json) -> Option<Value> {
        let (whole, entities) = (self.whole, self.entities.len());
        self.whole = true;
        let mut choices = choices.iter().enumerate();
        let chosen = choices.find_map(|(index, shape)| {
            let read = self.read(shape, value).ok();
            if read.is_none() {
                self.entities.truncate(entities);
            }
            Some((format!("typeChoice{index}"), read?))
        });
        self.whole = whole;
        chosen.map(|chosen| Value::record([chosen], None))
    }

    /// An entity whose attributes are the properties that the schema names, and whose tags are the others.
    fn tagged(
        &mut self,
        of: &TypeName,
        fields: &Fields,
        tag: &Shape,
        object: &Map<String, Json>,
    ) -> Result<Value, ArgumentError> {
        let (mut attributes, mut tags) = (Vec::new(), Vec::new());
        for (name, value) in object {
            let named = fields.get(name);
            let read = self.below(name, |reader| reader.read(named.unwrap_or(tag), value))?;
            let list = if named.is_some() {
                &mut attributes
            } else {
                &mut tags
            };
            list.push((name.into(), PartialValue::from(read)));
        }
        let Some(entity_type) = of.entity_type() else {
            return Err(self.told("of a type that Cedar can read", "of no such type"));
        };
        // Of one call, every place is another: no two objects are the same entity.
        let uid = uid(entity_type, &self.place);
        let none = HashSet::new;
        let entity = Entity::new_with_attr_partial_value(uid, attributes, none(), none(), tags);
        self.entities.push(Arc::new(entity));
        Ok(entity_value(entity_type, &self.place))
    }

    /// A value of which no schema says anything.
    fn plain(&mut self, value: &Json) -> Result<Value, ArgumentError> {
        Ok(match value {
            Json::Null => self.words.null(),
            Json::Bool(truth) => Value::from(*truth),
            Json::Number(number) => match number.as_i64() {
                Some(long) => Value::from(long),
                None => self.read(&Shape::Number, value)?,
            },
            Json::String(text) => Value::from(text.as_str()),
            Json::Array(elements) => Value::set(self.elements(elements, Self::plain)?, None),
            Json::Object(object) => self.arguments(&Fields::default(), object)?,
        })
    }

    fn elements(
        &mut self,
        elements: &[Json],
        mut read: impl FnMut(&mut Self, &Json) -> Result<Value, ArgumentError>,
    ) -> Result<Vec<Value>, ArgumentError> {
        let numbered = elements.iter().enumerate();
        let read =
            numbered.map(|(index, value)| self.below(&index.to_string(), |reader| read(reader, value)));
        read.collect()
    }

    /// Inside a choice, an object without what must be there is another choice.
    fn nothing_missing(&self, fields: &Fields, object: &Map<String, Json>) -> Result<(), ArgumentError> {
        let mut required = fields.required();
        match required.find(|name| self.whole && !object.contains_key(*name)) {
            Some(missing) => Err(self.told(&format!("an object with {missing:?}"), "one without")),
            None => Ok(()),
        }
    }

    /// Goes one step down.
    fn below(
        &mut self,
        step: &str,
        read: impl FnOnce(&mut Self) -> Result<Value, ArgumentError>,
    ) -> Result<Value, ArgumentError> {
        let length = self.place.len();
        self.place.push('/');
        if step.contains(['~', '/']) {
            self.place.push_str(&step.replace('~', "~0").replace('/', "~1"));
        } else {
            self.place.push_str(step);
        }
        self.depth += 1;
        let read = if self.depth > MOST_NESTING {
            Err(self.told(&format!("nested at most {MOST_NESTING} levels deep"), "deeper"))
        } else {
            read(self)
        };
        self.depth -= 1;
        self.place.truncate(length);
        read
    }

    fn refused(&self, wanted: &str, found: &Json) -> ArgumentError {
        self.told(wanted, &Found(found).to_string())
    }

    fn told(&self, wanted: &str, found: &str) -> ArgumentError {
        ArgumentError {
            place: self.place.clone(),
            wanted: wanted.to_owned(),
            found: found.to_owned(),
        }
    }
}

/// What a value is, for people.
struct Found<'v>(&'v Json);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Json::Null => f.write_str("null"),
            Json::Bool(truth) => write!(f, "{truth}"),
            Json::Number(number) => write!(f, "the number {number}"),
            Json::String(_) => f.write_str("a string"),
            Json::Array(elements) => write!(f, "an array of {} elements", elements.len()),
            Json::Object(_) => f.write_str("an object"),
        }
    }
}
