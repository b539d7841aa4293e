//! Names and constructors of Cedar that requests are made with, read once.

use std::str::FromStr as _;
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwapOption;
use cedar_policy_core::ast::{
    Eid, EntityType, EntityUID, ExtensionFunction, Literal, Name, PartialValue, Value,
};
use cedar_policy_core::extensions::Extensions;

use super::principal::PrincipalKind;
use crate::cedar::scope::{ACTION, GATEWAY};
use crate::model::iso8601_micros;

/// Types of entities, and functions that make values of Cedar's extension types.
pub(super) struct Words {
    pub(super) action: EntityType,
    pub(super) gateway: EntityType,
    principals: [(PrincipalKind, EntityType); 3],
    null: EntityType,
    unknown: EntityType,
    pub(super) datetime: Constructor,
    pub(super) decimal: Constructor,
    pub(super) duration: Constructor,
    pub(super) address: Constructor,
    /// The moment that was asked for last, in milliseconds since 1970, as requests of one millisecond have the same.
    moment: ArcSwapOption<(i64, Value)>,
}

/// A function that makes a value from a text.
pub(super) struct Constructor(&'static ExtensionFunction);

static WORDS: LazyLock<Result<Words, String>> = LazyLock::new(Words::read);

impl Words {
    /// They, or what Cedar says when it cannot read one; a fault of this program.
    pub(super) fn get() -> Result<&'static Self, String> {
        WORDS.as_ref().map_err(Clone::clone)
    }

    fn read() -> Result<Self, String> {
        let entity_type = |name: &str| EntityType::from_str(name).map_err(|error| error.to_string());
        let principal = |kind: PrincipalKind| Ok::<_, String>((kind, entity_type(kind.type_name())?));
        let [user, entity, nobody] = PrincipalKind::ALL;
        Ok(Self {
            action: entity_type(ACTION)?,
            gateway: entity_type(GATEWAY)?,
            principals: [principal(user)?, principal(entity)?, principal(nobody)?],
            null: entity_type("AgentCore::Null")?,
            unknown: entity_type("AgentCore::Unknown")?,
            datetime: Constructor::named("datetime")?,
            decimal: Constructor::named("decimal")?,
            duration: Constructor::named("duration")?,
            address: Constructor::named("ip")?,
            moment: ArcSwapOption::empty(),
        })
    }

    /// The moment so many microseconds after 1970-01-01, as Cedar has it: in milliseconds. None when it knows no such moment.
    pub(super) fn moment(&self, micros: i64) -> Option<Value> {
        const MILLIS: usize = "2026-02-24T12:00:00.123".len();
        let millis = micros.div_euclid(1_000);
        let last = self.moment.load();
        if let Some((_, value)) = last.as_deref().filter(|(of, _)| *of == millis) {
            return Some(value.clone());
        }
        let text = format!("{}Z", iso8601_micros(micros).get(..MILLIS)?);
        let value = self.datetime.make(&text)?;
        self.moment.store(Some(Arc::new((millis, value.clone()))));
        Some(value)
    }

    /// The type of a kind of principals.
    pub(super) fn principal(&self, kind: PrincipalKind) -> Option<&EntityType> {
        let mut all = self.principals.iter();
        all.find_map(|(of, entity_type)| (*of == kind).then_some(entity_type))
    }

    /// JSON's null; one value, as in `cedar-policy-mcp-schema-generator`.
    pub(super) fn null(&self) -> Value {
        entity_value(&self.null, "null")
    }

    /// A value that policies cannot look into: the one at this place, equal to no other.
    pub(super) fn unknown(&self, place: &str) -> Value {
        entity_value(&self.unknown, place)
    }
}

impl Constructor {
    fn named(name: &str) -> Result<Self, String> {
        let name = Name::from_str(name).map_err(|error| error.to_string())?;
        let function = Extensions::all_available().func(&name);
        function.map(Self).map_err(|error| error.to_string())
    }

    /// The value that a text stands for; none when it stands for none.
    pub(super) fn make(&self, text: &str) -> Option<Value> {
        match self.0.call(&[Value::from(text)]) {
            Ok(PartialValue::Value(value)) => Some(value),
            Ok(PartialValue::Residual(_)) | Err(_) => None,
        }
    }
}

/// The entity of this type with this id.
pub(super) fn uid(entity_type: &EntityType, id: &str) -> EntityUID {
    EntityUID::from_components(entity_type.clone(), Eid::new(id), None)
}

/// The same, as a value.
pub(super) fn entity_value(entity_type: &EntityType, id: &str) -> Value {
    Value::from(Literal::from(uid(entity_type, id)))
}
