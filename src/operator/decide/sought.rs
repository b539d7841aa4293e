//! Where a resource is to be found.

use super::{Statement, Tags};

/// What to look for in AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// AWS id, when the spec names the resource to take over by its id.
    pub id: Option<String>,
    /// AWS name.
    pub name: String,
    /// AWS ids of what it may be in, the likeliest first; none when that is not known, or when it is in nothing.
    pub parents: Vec<String>,
    /// The mark of what it is in, where absence must be proved and an id of that is not known, or may be wrong.
    pub mark: Option<Mark>,
    /// The mark of the engine that is attached, where that may tell whose it is.
    pub engine_mark: Option<Tags>,
    /// What it is expected to say, when it says something.
    pub statement: Option<Statement>,
    /// AWS id of the gateway whose tools must be there before it may be made, when it is to be made of them.
    pub tools_of: Option<String>,
    /// Whether absence must be proved and everything that stands in the way found, since the object is being deleted.
    pub thorough: bool,
}

/// A mark that the object which the spec names leaves on its resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its tags.
    pub tags: Tags,
    /// Whether the object that leaves it is gone, so that what does not carry it by now never will.
    pub is_last: bool,
}

impl Sought {
    /// The one that is sought: by the id that the spec names, else by name.
    pub fn among<'a, T>(&self, all: &'a [T], id_and_name: impl Fn(&T) -> (&str, &str)) -> Option<&'a T> {
        self.place(all, id_and_name).and_then(|place| all.get(place))
    }

    /// Its place.
    pub fn place<T>(&self, all: &[T], id_and_name: impl Fn(&T) -> (&str, &str)) -> Option<usize> {
        let by_id = self
            .id
            .as_deref()
            .and_then(|id| all.iter().position(|one| id_and_name(one).0 == id));
        by_id.or_else(|| all.iter().position(|one| id_and_name(one).1 == self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_looked_for_before_a_name_and_an_id_that_is_not_there_hides_no_name() {
        let all = [("id-1", "ours"), ("id-2", "other")];
        let found = |id: Option<&str>| {
            let sought = Sought {
                id: id.map(str::to_owned),
                name: "ours".into(),
                ..Sought::default()
            };
            sought.among(&all, |one| (one.0, one.1)).map(|one| one.0)
        };
        assert_eq!(found(Some("id-2")), Some("id-2"));
        assert_eq!(found(Some("id-3")), Some("id-1"));
        assert_eq!(found(None), Some("id-1"));
    }
}
