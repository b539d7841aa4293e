//! The rooms that the rules name are those of the sources and of the map.

use std::path::Path;

use super::rules::{LATER_ROOMS, ROOMS};

#[test]
fn every_room_of_the_rules_is_there_and_in_the_map() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let is_there = |room: &str| src.join(room.replace("::", "/")).join("mod.rs").exists();
    let map = include_str!("../../../ARCHITECTURE.md");
    for room in ROOMS {
        assert!(
            is_there(room),
            "{room} is a room of the rules and not of the sources"
        );
        let folder = room.rsplit("::").next().unwrap_or(room);
        let line = format!("{folder}/ ");
        assert!(
            map.lines().any(|shown| shown.trim_start().starts_with(&line)),
            "the map of ARCHITECTURE.md lacks {room}"
        );
    }
    for room in LATER_ROOMS {
        assert!(!is_there(room), "{room} is there; it belongs into ROOMS");
    }
}
