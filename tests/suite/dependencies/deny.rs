//! The part of `deny.toml` that is judged here.

use std::collections::BTreeSet;

use toml_edit::{Item, Table, Value};

use super::graph::{Graph, Package};
use super::licence;

/// Where crates.io's packages come from, as cargo spells it.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// What may be depended on.
#[derive(Debug)]
pub struct Deny {
    bans: Vec<Ban>,
    licences: BTreeSet<String>,
}

#[derive(Debug)]
struct Ban {
    name: String,
    /// Only versions below this one.
    below: Option<[u64; 3]>,
    reason: String,
}

/// Reads `deny.toml`; a form that is not judged here is refused, so that no line of it stays unheld.
pub fn read(text: &str) -> Result<Deny, String> {
    let document: toml_edit::DocumentMut = text.parse().map_err(|error| format!("deny.toml: {error}"))?;
    let table = |name: &str| {
        document
            .get(name)
            .and_then(Item::as_table)
            .ok_or_else(|| format!("deny.toml has no table [{name}]"))
    };
    only(table("bans")?, "bans", &["multiple-versions", "deny"])?;
    only(table("licenses")?, "licenses", &["allow"])?;
    let sources = table("sources")?;
    only(sources, "sources", &["unknown-registry", "unknown-git"])?;
    for key in ["unknown-registry", "unknown-git"] {
        if sources.get(key).and_then(Item::as_str) != Some("deny") {
            return Err(format!("deny.toml: [sources] {key} must be \"deny\""));
        }
    }
    let bans = list(table("bans")?, "deny")?
        .map(ban)
        .collect::<Result<Vec<Ban>, String>>()?;
    let licences = list(table("licenses")?, "allow")?
        .map(|licence| {
            licence
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| "deny.toml: [licenses] allow holds something that is no text".to_owned())
        })
        .collect::<Result<BTreeSet<String>, String>>()?;
    Ok(Deny { bans, licences })
}

fn only(table: &Table, name: &str, known: &[&str]) -> Result<(), String> {
    match table.iter().find(|(key, _)| !known.contains(key)) {
        Some((key, _)) => Err(format!(
            "deny.toml: [{name}] {key} is not judged by tests/suite/dependencies.rs"
        )),
        None => Ok(()),
    }
}

fn list<'a>(table: &'a Table, key: &str) -> Result<impl Iterator<Item = &'a Value>, String> {
    table
        .get(key)
        .and_then(Item::as_array)
        .map(|array| array.iter())
        .ok_or_else(|| format!("deny.toml has no list {key}"))
}

/// `{ crate = "name", reason = ".." }` or `{ crate = "name:<1.2.3", reason = ".." }`.
fn ban(value: &Value) -> Result<Ban, String> {
    let refuse =
        || format!("deny.toml: {value:?} is a form of ban that tests/suite/dependencies.rs does not read");
    let entry = value.as_inline_table().ok_or_else(refuse)?;
    let spec = entry.get("crate").and_then(Value::as_str).ok_or_else(refuse)?;
    let reason = entry
        .get("reason")
        .and_then(Value::as_str)
        .ok_or_else(refuse)?
        .to_owned();
    if entry.len() != 2 || spec.contains('@') {
        return Err(refuse());
    }
    let (name, below) = match spec.split_once(":<") {
        Some((name, version)) => (name, Some(numbers(version).ok_or_else(refuse)?)),
        None => (spec, None),
    };
    if name.contains(':') {
        Err(refuse())
    } else {
        Ok(Ban {
            name: name.to_owned(),
            below,
            reason,
        })
    }
}

/// Major, minor and patch of a version; what follows a `-` or `+` does not count.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let core = version.split(['-', '+']).next()?;
    let numbers: Vec<u64> = core
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    numbers.try_into().ok()
}

impl Deny {
    /// Why a package of this name and version is banned, if it is.
    pub fn ban(&self, name: &str, version: &str) -> Option<&str> {
        let version = numbers(version).unwrap_or_else(|| panic!("{name} has the version {version}"));
        let banned = |ban: &&Ban| ban.name == name && ban.below.is_none_or(|below| version < below);
        self.bans.iter().find(banned).map(|ban| ban.reason.as_str())
    }

    /// One sentence for each package that may not be depended on.
    pub fn violations(&self, graph: &Graph) -> Vec<String> {
        graph
            .packages()
            .flat_map(|package| self.judge(package, graph))
            .collect()
    }

    fn judge(&self, package: &Package, graph: &Graph) -> Vec<String> {
        let Package {
            name,
            version,
            licence,
            source,
            ..
        } = package;
        let mut found = Vec::new();
        let route = graph.route(package);
        if let Some(reason) = self.ban(name, version) {
            found.push(format!("{name} {version} is banned ({reason}): {route}"));
        }
        match licence {
            None => found.push(format!("{name} {version} names no licence: {route}")),
            Some(expression) => match licence::satisfied(expression, &self.licences) {
                Ok(true) => {}
                Ok(false) => found.push(format!(
                    "{name} {version} has the licence {expression}, which is not allowed: {route}"
                )),
                Err(error) => found.push(format!(
                    "{name} {version} has a licence that cannot be read, {error}: {route}"
                )),
            },
        }
        if source.as_deref().is_some_and(|source| source != CRATES_IO) {
            let source = source.as_deref().unwrap_or_default();
            found.push(format!(
                "{name} {version} comes from {source}, not from crates.io: {route}"
            ));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [bans]
        deny = [{ crate = "ring", reason = "one stack" }, { crate = "hyper:<1.0.0", reason = "old" }]
        [licenses]
        allow = ["MIT", "Apache-2.0"]
        [sources]
        unknown-registry = "deny"
        unknown-git = "deny"
    "#;

    /// A crate `own` that depends on one package.
    fn graph(name: &str, version: &str, licence: &str, source: &str) -> Graph {
        Graph::read(&format!(
            r#"{{"packages": [
                {{"id": "o", "name": "own", "version": "0.1.0", "license": "MIT", "source": null, "features": {{}},
                  "dependencies": [{{"name": "{name}", "optional": false, "rename": null}}]}},
                {{"id": "d", "name": "{name}", "version": "{version}", "license": {licence}, "source": "{source}",
                  "features": {{}}, "dependencies": []}}],
               "resolve": {{"root": "o", "nodes": [
                {{"id": "o", "features": [], "deps": [{{"pkg": "d"}}]}}, {{"id": "d", "features": [], "deps": []}}]}}}}"#
        ))
    }

    fn judge(name: &str, version: &str, licence: &str, source: &str) -> Vec<String> {
        read(GOOD)
            .expect("the file is good")
            .violations(&graph(name, version, licence, source))
    }

    #[test]
    fn a_good_dependency_is_let_through() {
        assert_eq!(
            judge("serde", "1.0.0", r#""MIT OR Apache-2.0""#, CRATES_IO),
            [""; 0]
        );
        assert_eq!(judge("hyper", "1.0.0", r#""MIT""#, CRATES_IO), [""; 0]);
    }

    #[test]
    fn a_banned_crate_is_found_with_reason_and_route() {
        assert_eq!(
            judge("ring", "0.17.14", r#""MIT""#, CRATES_IO),
            ["ring 0.17.14 is banned (one stack): own 0.1.0 -> ring 0.17.14"]
        );
    }

    #[test]
    fn a_banned_version_is_found() {
        assert_eq!(
            judge("hyper", "0.14.32", r#""MIT""#, CRATES_IO),
            ["hyper 0.14.32 is banned (old): own 0.1.0 -> hyper 0.14.32"]
        );
    }

    #[test]
    fn a_licence_that_is_not_allowed_is_found() {
        assert_eq!(
            judge("x", "1.0.0", r#""MIT AND GPL-3.0""#, CRATES_IO),
            ["x 1.0.0 has the licence MIT AND GPL-3.0, which is not allowed: own 0.1.0 -> x 1.0.0"]
        );
        assert_eq!(
            judge("x", "1.0.0", "null", CRATES_IO),
            ["x 1.0.0 names no licence: own 0.1.0 -> x 1.0.0"]
        );
        assert_eq!(judge("x", "1.0.0", r#""MIT OR""#, CRATES_IO).len(), 1);
    }

    #[test]
    fn another_source_than_crates_io_is_found() {
        for source in [
            "git+https://example.com/x#1",
            "registry+https://example.com/index",
        ] {
            assert_eq!(
                judge("x", "1.0.0", r#""MIT""#, source),
                [format!(
                    "x 1.0.0 comes from {source}, not from crates.io: own 0.1.0 -> x 1.0.0"
                )]
            );
        }
    }

    #[test]
    fn a_file_that_says_more_than_is_judged_is_refused() {
        for (from, to) in [
            ("{ crate = \"ring\", reason = \"one stack\" }", "\"ring\""),
            ("crate = \"ring\"", "crate = \"ring@0.17.14\""),
            ("crate = \"ring\"", "crate = \"ring:>1.0.0\""),
            ("{ crate = \"ring\",", "{ crate = \"ring\", wrappers = [\"x\"],"),
            ("[licenses]", "[licenses]\nexceptions = []"),
            ("[bans]", "[bans]\nskip = []"),
            ("unknown-git = \"deny\"", "unknown-git = \"warn\""),
            ("unknown-git = \"deny\"", "unknown-git = \"deny\"\nallow-git = []"),
            ("[sources]", "[other]"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            assert!(read(&GOOD.replacen(from, to, 1)).is_err(), "{to}");
        }
    }
}
