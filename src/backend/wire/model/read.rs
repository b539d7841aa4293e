//! From the embedded JSON to the table.

use super::{
    Kind, Location, Member, Model, ModelError, Operation, Paginator, Pattern, Segment, Shape, ShapeId,
};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// The public API model, as data (service.md appendix A).
const MODEL: &str = include_str!("../service-model.json");

impl Model {
    /// Reads the embedded model.
    ///
    /// # Errors
    /// [`ModelError`] when it is not what this program expects; a test holds that it is.
    pub fn load() -> Result<Self, ModelError> {
        let raw: RawModel = serde_json::from_str(MODEL)?;
        let ids: HashMap<String, ShapeId> = raw
            .shapes
            .keys()
            .enumerate()
            .map(|(at, name)| (name.clone(), ShapeId(at)))
            .collect();
        let errors = raw
            .shapes
            .iter()
            .filter_map(|(name, shape)| Some((name.clone(), shape.error?)))
            .collect();
        let shapes = raw
            .shapes
            .into_values()
            .map(|shape| shape.read(&ids))
            .collect::<Result<Vec<_>, _>>()?;
        let operations = raw
            .operations
            .into_iter()
            .map(|(name, operation)| operation.read(name, &ids))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            operations,
            shapes,
            ids,
            errors,
        })
    }
}

#[derive(Deserialize)]
struct RawModel {
    operations: BTreeMap<String, RawOperation>,
    shapes: BTreeMap<String, RawShape>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawOperation {
    method: String,
    uri: String,
    status: u16,
    input_shape: String,
    output_shape: String,
    paginator: Option<Paginator>,
    errors: BTreeMap<String, u16>,
}

impl RawOperation {
    fn read(self, name: String, ids: &HashMap<String, ShapeId>) -> Result<Operation, ModelError> {
        let path = self.uri.trim_matches('/').split('/').map(|segment| {
            match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(label) => Segment::Label(label.to_owned()),
                None => Segment::Literal(segment.to_owned()),
            }
        });
        Ok(Operation {
            name,
            method: self.method,
            path: path.collect(),
            status: self.status,
            input: find(ids, &self.input_shape)?,
            output: find(ids, &self.output_shape)?,
            paginator: self.paginator,
            errors: self.errors,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawShape {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    members: Ordered,
    member: Option<String>,
    key: Option<String>,
    value: Option<String>,
    #[serde(default)]
    union: bool,
    #[serde(default)]
    document: bool,
    error: Option<u16>,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<String>,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
}

impl RawShape {
    fn read(self, ids: &HashMap<String, ShapeId>) -> Result<Shape, ModelError> {
        let named = |name: &Option<String>| find(ids, name.as_deref().unwrap_or_default());
        let kind = match self.kind.as_str() {
            "structure" if self.document => Kind::Document,
            "structure" => Kind::Structure {
                members: self
                    .members
                    .0
                    .into_iter()
                    .map(|(name, member)| member.read(name, ids))
                    .collect::<Result<_, _>>()?,
                union: self.union,
            },
            "list" => Kind::List(named(&self.member)?),
            "map" => Kind::Map {
                key: named(&self.key)?,
                value: named(&self.value)?,
            },
            "string" => Kind::String,
            "integer" => Kind::Integer,
            "boolean" => Kind::Boolean,
            "timestamp" => Kind::Timestamp,
            other => return Err(ModelError::Type(other.to_owned())),
        };
        let pattern = self.pattern.map(Pattern::new);
        Ok(Shape {
            kind,
            min: self.min,
            max: self.max,
            pattern,
            also: None,
            values: self.values,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMember {
    shape: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    location: Location,
    location_name: Option<String>,
}

impl RawMember {
    fn read(self, name: String, ids: &HashMap<String, ShapeId>) -> Result<Member, ModelError> {
        Ok(Member {
            wire_name: self.location_name.unwrap_or_else(|| name.clone()),
            name,
            shape: find(ids, &self.shape)?,
            required: self.required,
            location: self.location,
        })
    }
}

/// Members in the order of the file, which is the order in which violations are told.
#[derive(Default)]
struct Ordered(Vec<(String, RawMember)>);

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> serde::de::Visitor<'de> for Entries {
            type Value = Ordered;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("members by name")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut entries = Vec::with_capacity(map.size_hint().unwrap_or(0));
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn find(ids: &HashMap<String, ShapeId>, name: &str) -> Result<ShapeId, ModelError> {
    ids.get(name)
        .copied()
        .ok_or_else(|| ModelError::Shape(name.to_owned()))
}
