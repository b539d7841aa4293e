//! The rules of direction, as they judge the sources.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Named, Source};
use super::table::{FAMILIES, HTTP_OR_SQL, IMPURE, MAY_IMPORT, OWNERS, PURE};

/// The rooms, each with its door; a folder inside a room that is a room of its own comes after it.
pub const ROOMS: [&str; 24] = [
    "api",
    "model",
    "cedar",
    "operator",
    "operator::decide",
    "operator::agentcore",
    "operator::breaker",
    "operator::cluster",
    "operator::controllers",
    "backend",
    "backend::admin",
    "backend::wire",
    "backend::control",
    "backend::enforce",
    "backend::generate",
    "backend::listener",
    "backend::script",
    "backend::sigv4",
    "backend::solver",
    "backend::store",
    "backend::switches",
    "backend::tools",
    "telemetry",
    "cli",
];

/// Rooms of their own that may come later; they are judged as soon as they exist.
pub const LATER_ROOMS: [&str; 0] = [];

/// Everything in which the sources break a rule: one sentence each, with file and line.
pub fn violations(sources: &[Source]) -> Vec<String> {
    let modules: BTreeSet<Vec<String>> = sources
        .iter()
        .flat_map(|source| source.declared.iter().cloned().chain([source.module.clone()]))
        .filter(|module| !module.is_empty())
        .collect();
    let mut found = Vec::new();
    let mut edges: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.module.is_empty()) {
        let Some(room) = room_of(&source.module) else {
            found.push(format!(
                "architecture: src/{} is in no room of ROOMS; add the room and its rules",
                source.file
            ));
            continue;
        };
        pure_awaits(source, &mut found);
        for named in &source.paths {
            let named = resolve(source, named, &modules);
            let place = format!("src/{}:{}", source.file, named.line);
            foreign(source, room, &named, &place, &mut found);
            if named.path.first().is_some_and(|first| first == "crate")
                && let Some(target) = room_of(&named.path[1..])
                && target != room
            {
                inward(room, target, &named, &place, &mut found);
                door(target, &named, &modules, &place, &mut found);
                edges.entry((room, target)).or_insert(place);
            }
        }
    }
    found.extend(cycles(&edges));
    found
}

/// A path that begins with a module declared beside it is a path of the crate.
fn resolve(source: &Source, named: &Named, modules: &BTreeSet<Vec<String>>) -> Named {
    let child = [source.module.as_slice(), &named.path[..1]].concat();
    if named.path[0] == "crate" || !modules.contains(&child) {
        return named.clone();
    }
    let path = ["crate".to_owned()]
        .into_iter()
        .chain(source.module.clone())
        .chain(named.path.clone())
        .collect();
    Named {
        path,
        line: named.line,
    }
}

/// The room that a module, or an item in it, is in: the innermost one.
fn room_of(path: &[String]) -> Option<&'static str> {
    ROOMS
        .into_iter()
        .chain(LATER_ROOMS)
        .filter(|room| is_below(path, room))
        .max_by_key(|room| room.len())
}

fn is_below(path: &[String], room: &str) -> bool {
    let mut segments = path.iter();
    room.split("::")
        .all(|wanted| segments.next().is_some_and(|segment| segment == wanted))
}

/// Whether a room is one of these, or inside one of them.
fn is_one_of(room: &str, owners: &[&str]) -> bool {
    owners.iter().any(|owner| {
        room == *owner
            || room
                .strip_prefix(owner)
                .is_some_and(|rest| rest.starts_with("::"))
    })
}

fn begins_with(path: &[String], prefix: &[&str]) -> bool {
    path.len() >= prefix.len() && prefix.iter().zip(path).all(|(wanted, segment)| segment == wanted)
}

/// Rules 1, 4 and 5 between rooms of the crate.
fn inward(room: &str, target: &str, named: &Named, place: &str, found: &mut Vec<String>) {
    let path = named.path.join("::");
    if target == "cli" {
        found.push(format!("rule 1, nothing imports cli: {place} names {path}"));
    }
    let sides = ["operator", "backend"];
    if sides
        .iter()
        .all(|side| is_one_of(room, &[side]) || is_one_of(target, &[side]))
    {
        found.push(format!(
            "rule 4, operator and backend never import each other: {place} names {path}"
        ));
    } else if is_one_of(room, &["backend"]) && target == "api" {
        found.push(format!("rule 4, the backend shares only model, cedar and telemetry with the operator: {place} names {path}"));
    } else if room == "backend::wire" && target == "backend::store" {
        found.push(format!("rule 5, wire never sees store: {place} names {path}"));
    } else if let Some((_, allowed)) = MAY_IMPORT.iter().find(|(of, _)| *of == room)
        && !is_one_of(target, allowed)
    {
        let allowed = if allowed.is_empty() {
            "no other room".to_owned()
        } else {
            allowed.join(", ")
        };
        found.push(format!(
            "rule 1, imports point toward model and {room} may import {allowed}: {place} names {path}"
        ));
    }
}

/// Rule 6: past the door stands a module of the other room.
fn door(target: &str, named: &Named, modules: &BTreeSet<Vec<String>>, place: &str, found: &mut Vec<String>) {
    let inside = target.split("::").count() + 1;
    if named.path.len() > inside + 1 && modules.contains(&named.path[1..=inside]) {
        let (path, door) = (named.path.join("::"), target.replace("::", "/"));
        found.push(format!(
            "rule 6, other rooms use the door src/{door}/mod.rs: {place} names {path}"
        ));
    }
}

/// Rules 2, 3 and 5 about foreign crates.
fn foreign(source: &Source, room: &str, named: &Named, place: &str, found: &mut Vec<String>) {
    let path = named.path.join("::");
    if let Some(pure) = pure(source) {
        let impure = IMPURE.iter().any(|impure| begins_with(&named.path, impure))
            || (named.path.len() > 1 && named.path.last().is_some_and(|last| last == "now"));
        if impure {
            found.push(format!(
                "rule 2, {pure} is pure (no async, client, clock, environment, logging): {place} names {path}"
            ));
        }
    }
    if room == "backend::control" && HTTP_OR_SQL.contains(&named.path[0].as_str()) {
        found.push(format!(
            "rule 5, control sees neither HTTP nor SQL: {place} names {path}"
        ));
        return;
    }
    let owners = OWNERS
        .iter()
        .filter(|(owned, _)| begins_with(&named.path, owned))
        .max_by_key(|(owned, _)| owned.len())
        .map(|(_, owners)| *owners)
        .or_else(|| {
            FAMILIES
                .iter()
                .find(|(family, _)| named.path[0].starts_with(family))
                .map(|(_, owners)| *owners)
        });
    if let Some(owners) = owners
        && !is_one_of(room, owners)
    {
        found.push(format!(
            "rule 3, only {} may name it: {place} names {path}",
            owners.join(" and ")
        ));
    }
}

/// The pure room or file that a source belongs to.
fn pure(source: &Source) -> Option<&'static str> {
    PURE.into_iter().find(|pure| is_below(&source.module, pure))
}

/// Rule 2: no async.
fn pure_awaits(source: &Source, found: &mut Vec<String>) {
    if let (Some(pure), Some(line)) = (pure(source), source.awaits.first()) {
        let file = &source.file;
        found.push(format!("rule 2, {pure} is pure (no async, client, clock, environment, logging): src/{file}:{line} is async"));
    }
}

/// Rule 1: rooms that reach themselves by imports, each cycle once.
fn cycles(edges: &BTreeMap<(&str, &str), String>) -> Vec<String> {
    let mut found = Vec::new();
    let rooms: BTreeSet<&str> = edges.keys().map(|(from, _)| *from).collect();
    for start in rooms {
        // Only rooms after the first of the cycle, so that each comes up once.
        let mut routes = vec![vec![start]];
        let mut seen = BTreeSet::new();
        while let Some(route) = routes.pop() {
            let at = *route.last().expect("a route has a start");
            for (_, to) in edges.keys().filter(|(from, _)| *from == at) {
                if *to == start {
                    let steps = route.iter().zip(route.iter().skip(1).chain([&start]));
                    let told: Vec<String> = steps
                        .map(|step| format!("{} imports {} ({})", step.0, step.1, edges[&(*step.0, *step.1)]))
                        .collect();
                    found.push(format!("rule 1, no cycle between rooms: {}", told.join(", ")));
                } else if *to > start && seen.insert(*to) {
                    routes.push([route.as_slice(), &[*to]].concat());
                }
            }
        }
    }
    found
}
