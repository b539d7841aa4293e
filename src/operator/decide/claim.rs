//! What other objects of a kind stand for.

use super::Resource;

/// Another object's claim on a resource in AWS: its status names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// AWS id of the resource.
    pub id: String,
    /// Whether the other object is the older one, which decides when both have claimed it at once.
    pub older: bool,
    /// Namespace and name of the other object.
    pub place: (String, String),
    /// Its `spec.name`.
    pub given: Option<String>,
    /// Its `spec.adoptId`.
    pub adopts: Option<String>,
}

impl Claim {
    /// Whether the claim on a resource beats that of an object which `holds` it, or does not. A status may say anything
    /// (reliability.md 8.1), so a claim counts only where the other object's spec leads to the resource: by `name`, which is
    /// what that object calls its own in AWS, or by the id that it takes over.
    pub(super) fn beats(&self, resource: &Resource, name: &str, holds: bool) -> bool {
        let leads = name == resource.name || self.adopts.as_ref() == Some(&resource.id);
        self.id == resource.id && leads && (self.older || !holds)
    }
}
