//! What the values of a tool's Cedar types are made from: the table of service.md 10.5, for arguments.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;
use std::sync::{Arc, OnceLock};

use cedar_policy_core::ast::EntityType;

/// What a value of one Cedar type is made from.
#[derive(Debug)]
pub(in crate::cedar) enum Shape {
    /// A boolean.
    Bool,
    /// An integer.
    Long,
    /// A number, which becomes a decimal.
    Number,
    /// A string that is one.
    String,
    /// A string in the form of a decimal.
    Decimal,
    /// A string that is a date, or a date and a time.
    Datetime,
    /// A string that is a duration.
    Duration,
    /// A string that is an IP address.
    Address,
    /// A string out of a list, which becomes an entity.
    Enum(TypeName, BTreeSet<String>),
    /// Null.
    Null,
    /// Anything; policies cannot look into it.
    Unknown,
    /// An array whose elements are alike.
    Set(Arc<Shape>),
    /// An array of so many elements.
    Tuple(Vec<Arc<Shape>>),
    /// An object.
    Record(Fields),
    /// An object with properties of other names, which becomes an entity with tags.
    Tagged(TypeName, Fields, Arc<Shape>),
    /// One of these; the first that it can be.
    Choices(Vec<Arc<Shape>>),
}

/// The properties of an object.
#[derive(Debug, Default)]
pub(in crate::cedar) struct Fields {
    shapes: BTreeMap<String, Arc<Shape>>,
    required: BTreeSet<String>,
}

/// An entity type, read by Cedar when it is first needed.
#[derive(Debug)]
pub(in crate::cedar) struct TypeName {
    name: String,
    read: OnceLock<Option<EntityType>>,
}

impl Fields {
    /// One more property.
    pub(super) fn add(&mut self, name: &str, shape: Arc<Shape>, required: bool) {
        self.shapes.insert(name.to_owned(), shape);
        if required {
            self.required.insert(name.to_owned());
        }
    }

    /// What a property is made from; none of one that the schema does not name.
    pub(in crate::cedar) fn get(&self, name: &str) -> Option<&Shape> {
        self.shapes.get(name).map(Arc::as_ref)
    }

    /// The properties that must be there.
    pub(in crate::cedar) fn required(&self) -> impl Iterator<Item = &str> {
        self.required.iter().map(String::as_str)
    }
}

impl TypeName {
    /// Those of the type with this full name.
    pub(super) fn of(name: String) -> Self {
        Self {
            name,
            read: OnceLock::new(),
        }
    }

    /// The type; none when Cedar cannot read its name, which is a fault of this program.
    pub(in crate::cedar) fn entity_type(&self) -> Option<&EntityType> {
        let read = || EntityType::from_str(&self.name).ok();
        self.read.get_or_init(read).as_ref()
    }
}

impl Shape {
    /// What a value must be, for people.
    pub(in crate::cedar) fn wanted(&self) -> String {
        match self {
            Self::Bool => "a boolean".to_owned(),
            Self::Long => "an integer of 64 bits".to_owned(),
            Self::Number => "a number between -922337203685477.5808 and 922337203685477.5807".to_owned(),
            Self::String => "a string".to_owned(),
            Self::Decimal => {
                "a string with a decimal of at most 4 digits of fraction, such as \"1.5\"".to_owned()
            }
            Self::Datetime => {
                "a string with a date, or a date and a time, such as \"2026-02-24T12:00:00Z\"".to_owned()
            }
            Self::Duration => "a string with a duration, such as \"PT1H30M\"".to_owned(),
            Self::Address => "a string with an IP address".to_owned(),
            Self::Enum(_, choices) => {
                let choices: Vec<String> = choices.iter().map(|choice| format!("{choice:?}")).collect();
                format!("one of {}", choices.join(", "))
            }
            Self::Null => "null".to_owned(),
            Self::Unknown => "anything".to_owned(),
            Self::Set(_) => "an array".to_owned(),
            Self::Tuple(elements) => format!("an array of {} elements", elements.len()),
            Self::Record(_) | Self::Tagged(..) => "an object".to_owned(),
            Self::Choices(choices) => {
                let choices: Vec<String> = choices.iter().map(|choice| choice.wanted()).collect();
                choices.join(", or ")
            }
        }
    }
}
