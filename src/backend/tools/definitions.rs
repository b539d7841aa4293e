//! Names in `$defs` of what schemas refer to.

use std::collections::{HashMap, HashSet};

/// The name of each thing that is referred to, and which of them are not written yet.
#[derive(Debug)]
pub(super) struct Definitions<'a, T> {
    names: HashMap<&'a str, String>,
    taken: HashSet<String>,
    /// The next number to try for a name that is taken.
    numbers: HashMap<String, usize>,
    waiting: Vec<(String, &'a str, T)>,
}

impl<'a, T> Definitions<'a, T> {
    /// Nothing is referred to yet.
    pub fn new() -> Self {
        Self {
            names: HashMap::new(),
            taken: HashSet::new(),
            numbers: HashMap::new(),
            waiting: Vec::new(),
        }
    }

    /// The reference to the thing with this key: by its usual name, with a number when another one has that.
    pub fn refer(&mut self, key: &'a str, usual: &str, thing: T) -> String {
        let name = if let Some(name) = self.names.get(key) {
            name.clone()
        } else {
            let name = self.free(usual);
            self.names.insert(key, name.clone());
            self.taken.insert(name.clone());
            self.waiting.push((name.clone(), key, thing));
            name
        };
        format!("#/$defs/{}", name.replace('~', "~0").replace('/', "~1"))
    }

    fn free(&mut self, usual: &str) -> String {
        let mut name = usual.to_owned();
        while self.taken.contains(&name) {
            let number = self.numbers.entry(usual.to_owned()).or_insert(1);
            *number += 1;
            name = format!("{usual}_{number}");
        }
        name
    }

    /// Name, key and thing of one that is not written yet.
    pub fn next(&mut self) -> Option<(String, &'a str, T)> {
        self.waiting.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_one_name_and_each_name_one_key() {
        let mut definitions = Definitions::new();
        for (key, usual, expected) in [
            ("a", "Pet", "#/$defs/Pet"),
            ("b", "Pet", "#/$defs/Pet_2"),
            ("a", "Pet", "#/$defs/Pet"),
            ("c", "Pet_3", "#/$defs/Pet_3"),
            ("d", "Pet", "#/$defs/Pet_4"),
            ("e", "x/~", "#/$defs/x~1~0"),
        ] {
            assert_eq!(definitions.refer(key, usual, ()), expected);
        }
        let waiting: Vec<_> = std::iter::from_fn(|| definitions.next())
            .map(|(name, key, ())| (name, key))
            .collect();
        assert_eq!(waiting.len(), 5);
        assert_eq!(waiting[0], ("x/~".to_owned(), "e"));
    }
}
