//! Where a resource is to be found.

/// What to look for in AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// AWS id, when the spec names the resource to take over by its id.
    pub id: Option<String>,
    /// AWS name.
    pub name: String,
    /// AWS ids of what it may be in, the likeliest first; none when that is not known, or when it is in nothing.
    pub parents: Vec<String>,
    /// Whether absence must be proved and everything that stands in the way found, since the object is being deleted.
    pub thorough: bool,
}

impl Sought {
    /// Whether a resource with this id and name is the one.
    #[must_use]
    pub fn is(&self, id: &str, name: &str) -> bool {
        match &self.id {
            Some(wanted) => wanted == id,
            None => self.name == name,
        }
    }
}
