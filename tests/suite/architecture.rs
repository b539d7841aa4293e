//! The rules of direction hold in the sources, and the check finds every way to break them.

mod rooms;
mod rules;
mod source;
mod table;

use std::path::Path;

use rules::violations;
use source::{Source, read, read_all};

#[test]
fn the_sources_keep_the_rules_of_direction() {
    let sources = read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(
        sources.iter().any(|source| source.file == "cedar/mod.rs"),
        "the sources were found"
    );
    let found = violations(&sources);
    assert!(
        found.is_empty(),
        "{} rules of ARCHITECTURE.md are broken:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn every_file_and_room_that_the_map_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let map = include_str!("../../ARCHITECTURE.md");
    let files: Vec<&str> = map
        .split(|c: char| c.is_whitespace() || "`(),;".contains(c))
        .filter(|word| word.contains('/') && Path::new(word).extension().is_some_and(|end| end == "rs"))
        .collect();
    assert!(files.len() > 30, "the walk names its files: {files:?}");
    let missing: Vec<&&str> = files
        .iter()
        .filter(|file| !root.join("src").join(file).exists() && !root.join(file).exists())
        .filter(|file| !root.join("src/operator").join(file).exists())
        .collect();
    assert!(
        missing.is_empty(),
        "ARCHITECTURE.md names what is not there: {missing:?}"
    );
}

/// What the check says of made-up files.
fn judge(files: &[(&str, &str)]) -> Vec<String> {
    violations(
        &files
            .iter()
            .map(|(file, text)| read(file, text))
            .collect::<Vec<Source>>(),
    )
}

#[test]
fn a_crate_that_keeps_the_rules_is_let_through() {
    let found = judge(&[
        (
            "main.rs",
            "fn main() -> ExitCode { agentcore_policy_operator::cli::main() }",
        ),
        ("lib.rs", "pub mod cli; pub mod operator;"),
        (
            "cli/mod.rs",
            "use clap::Parser; use std::env; use crate::operator::run; use crate::backend::Backend;",
        ),
        (
            "operator/mod.rs",
            "pub mod decide; pub mod cluster; use decide::Plan; pub async fn run() { tokio::spawn(x) }",
        ),
        (
            "operator/decide/mod.rs",
            "mod plan; pub use plan::Plan; use kube::ResourceExt; use crate::model::Lifecycle::Active;",
        ),
        (
            "operator/decide/plan.rs",
            "use super::other::X; use std::time::Duration; use crate::api::Policy;",
        ),
        (
            "operator/cluster/mod.rs",
            "use kube::{Api, Client, runtime::watcher}; use crate::operator::decide::Plan;",
        ),
        (
            "operator/controllers/mod.rs",
            "use kube::runtime::Controller; use crate::operator::cluster::read;",
        ),
        (
            "operator/agentcore/mod.rs",
            "use aws_sdk_bedrockagentcorecontrol::Client; use aws_config::Region;",
        ),
        (
            "backend/mod.rs",
            "mod wire; mod control; mod store; use wire::serve;",
        ),
        (
            "backend/wire/mod.rs",
            "use axum::Router; use crate::backend::control::Control;",
        ),
        (
            "backend/control/mod.rs",
            "use crate::backend::store::Store; use crate::cedar::parse_statement;",
        ),
        (
            "backend/store/mod.rs",
            "use sqlx::SqlitePool; use crate::model::Lifecycle;",
        ),
        ("cedar/mod.rs", "mod parse; pub use parse::parse_statement;"),
        (
            "cedar/parse.rs",
            "use cedar_policy::Policy; #[cfg(test)] mod tests { use std::time::Instant; }",
        ),
        (
            "api/mod.rs",
            "use kube::{CustomResource, KubeSchema}; use k8s_openapi::api::core;",
        ),
        (
            "model/mod.rs",
            "mod arn; pub use arn::Arn; pub enum Lifecycle { Active }",
        ),
        ("telemetry/mod.rs", "use axum::Router; pub async fn serve() {}"),
    ]);
    assert_eq!(found, [""; 0]);
}

/// That exactly one rule is found broken, with this beginning and this place.
fn broken(files: &[(&str, &str)], rule: &str, place: &str) {
    let found = judge(files);
    assert_eq!(found.len(), 1, "{files:?}: {found:?}");
    assert!(found[0].starts_with(rule), "{}", found[0]);
    assert!(found[0].contains(place), "{}", found[0]);
}

#[test]
fn rule_1_nothing_imports_cli() {
    broken(
        &[
            ("cli/mod.rs", ""),
            ("operator/mod.rs", "\nuse crate::cli::Flags;"),
        ],
        "rule 1, nothing imports cli: ",
        "src/operator/mod.rs:2 names crate::cli::Flags",
    );
}

#[test]
fn rule_1_model_imports_no_other_room() {
    broken(
        &[("model/arn.rs", "fn f() { crate::cedar::parse_statement(\"\") }")],
        "rule 1, imports point toward model and model may import no other room: ",
        "src/model/arn.rs:1 names crate::cedar::parse_statement",
    );
}

#[test]
fn rule_1_cedar_imports_model_alone() {
    broken(
        &[("cedar/mod.rs", "use crate::api::Policy;")],
        "rule 1, imports point toward model and cedar may import model: ",
        "src/cedar/mod.rs:1 names crate::api::Policy",
    );
}

#[test]
fn rule_1_no_cycle_between_rooms() {
    broken(
        &[
            (
                "operator/cluster/mod.rs",
                "use crate::operator::controllers::Wake;",
            ),
            ("operator/controllers/mod.rs", "\nuse super::agentcore::observe;"),
            ("operator/agentcore/mod.rs", "use crate::operator::cluster::read;"),
        ],
        "rule 1, no cycle between rooms: operator::agentcore imports operator::cluster ",
        "operator::controllers imports operator::agentcore (src/operator/controllers/mod.rs:2)",
    );
    broken(
        &[
            ("operator/mod.rs", "mod cluster; use cluster::read;"),
            ("operator/cluster/mod.rs", "use super::OperatorError;"),
        ],
        "rule 1, no cycle between rooms: operator imports operator::cluster ",
        "operator::cluster imports operator (src/operator/cluster/mod.rs:1)",
    );
}

#[test]
fn rule_2_pure_rooms_have_no_async_client_clock_environment_or_logging() {
    for (text, place) in [
        ("async fn f() {}", "is async"),
        ("fn f() { g().await }", "is async"),
        ("use tokio::sync::Mutex;", "names tokio::sync::Mutex"),
        ("fn f() { tracing::info!(\"x\") }", "names tracing::info"),
        (
            "use std::{fmt, time::{Duration, SystemTime}};",
            "names std::time::SystemTime",
        ),
        ("fn f() { Timestamp::now() }", "names Timestamp::now"),
        ("use std::fs;", "names std::fs"),
        ("use rand::Rng;", "names rand::Rng"),
    ] {
        let rule = "rule 2, operator::decide is pure (no async, client, clock, environment, logging): src/operator/decide/plan.rs:1 ";
        broken(&[("operator/decide/plan.rs", text)], rule, place);
    }
}

#[test]
fn rule_2_the_lifecycle_of_the_backend_is_pure_and_its_neighbours_need_not_be() {
    let text = "use tokio::time::sleep;";
    broken(
        &[("backend/control/lifecycle.rs", text)],
        "rule 2, backend::control::lifecycle is pure ",
        "tokio::time::sleep",
    );
    assert_eq!(judge(&[("backend/control/worker.rs", text)]), [""; 0]);
}

#[test]
fn rule_3_every_foreign_crate_has_its_owner() {
    for (file, text, owner) in [
        (
            "operator/controllers/mod.rs",
            "use aws_sdk_bedrockagentcorecontrol::Client;",
            "operator::agentcore",
        ),
        (
            "operator/cluster/mod.rs",
            "use aws_config::Region;",
            "operator::agentcore",
        ),
        (
            "cli/mod.rs",
            "fn f() { aws_credential_types::Credentials::x() }",
            "operator::agentcore and backend::sigv4",
        ),
        (
            "operator/cluster/mod.rs",
            "use aws_smithy_types::DateTime;",
            "operator::agentcore",
        ),
        (
            "operator/controllers/mod.rs",
            "use kube::Api;",
            "operator::cluster",
        ),
        (
            "operator/controllers/mod.rs",
            "use kube as k;",
            "operator::cluster",
        ),
        (
            "telemetry/mod.rs",
            "use kube::{self, ResourceExt as _};",
            "operator::cluster",
        ),
        (
            "operator/agentcore/mod.rs",
            "use kube::runtime::Controller;",
            "operator::cluster and operator::controllers",
        ),
        (
            "operator/controllers/mod.rs",
            "#[derive(kube::CustomResource)] struct S;",
            "api",
        ),
        (
            "backend/mod.rs",
            "use k8s_openapi::jiff::Timestamp;",
            "api and operator and cli",
        ),
        ("backend/control/mod.rs", "use cedar_policy::Policy;", "cedar"),
        (
            "backend/mod.rs",
            "fn f() { sqlx::query(\"x\") }",
            "backend::store",
        ),
        ("operator/mod.rs", "#[derive(clap::Args)] struct S;", "cli"),
        (
            "cli/mod.rs",
            "use axum::Router;",
            "backend::wire and backend::admin and backend::enforce and backend::listener and telemetry",
        ),
        ("telemetry/mod.rs", "fn f() { std::env::var(\"X\") }", "cli"),
    ] {
        let found = judge(&[(file, text)]);
        let sentence = format!("rule 3, only {owner} may name it: src/{file}:1 names ");
        assert!(
            found.iter().any(|found| found.starts_with(&sentence)),
            "{file} {text}: {found:?}"
        );
    }
}

#[test]
fn rule_4_operator_and_backend_never_import_each_other() {
    broken(
        &[("operator/agentcore/mod.rs", "use crate::backend::Backend;")],
        "rule 4, operator and backend never import each other: ",
        "src/operator/agentcore/mod.rs:1 names crate::backend::Backend",
    );
    broken(
        &[("backend/control/mod.rs", "fn f() { crate::operator::run() }")],
        "rule 4, operator and backend never import each other: ",
        "src/backend/control/mod.rs:1 names crate::operator::run",
    );
    broken(
        &[("backend/mod.rs", "use crate::api::Policy;")],
        "rule 4, the backend shares only model, cedar and telemetry with the operator: ",
        "src/backend/mod.rs:1 names crate::api::Policy",
    );
}

#[test]
fn rule_5_wire_never_sees_store_and_control_sees_neither_http_nor_sql() {
    for text in [
        "use crate::backend::store::Record;",
        "use super::super::store::Record;",
    ] {
        broken(
            &[("backend/wire/decode.rs", text)],
            "rule 5, wire never sees store: ",
            "src/backend/wire/decode.rs:1",
        );
    }
    for (text, named) in [
        ("use axum::Router;", "axum::Router"),
        ("use http::StatusCode;", "http::StatusCode"),
        ("use sqlx::Row;", "sqlx::Row"),
    ] {
        broken(
            &[("backend/control/mod.rs", text)],
            "rule 5, control sees neither HTTP nor SQL: ",
            named,
        );
    }
}

#[test]
fn rule_6_other_rooms_use_the_door() {
    let cedar = [
        ("cedar/mod.rs", "mod parse; pub use parse::Statement;"),
        ("cedar/parse.rs", ""),
    ];
    let with = |file, text| [cedar.as_slice(), &[(file, text)]].concat();
    for text in [
        "use crate::cedar::parse::Statement;",
        "use crate::{cedar::parse::{Statement, other}};",
    ] {
        let found = judge(&with("operator/decide/plan.rs", text));
        assert!(
            found[0].starts_with(
                "rule 6, other rooms use the door src/cedar/mod.rs: src/operator/decide/plan.rs:1"
            ),
            "{found:?}"
        );
    }
    broken(
        &[
            ("operator/decide/mod.rs", "pub mod plan;"),
            ("operator/decide/plan.rs", ""),
            ("operator/controllers/mod.rs", "use super::decide::plan::Plan;"),
        ],
        "rule 6, other rooms use the door src/operator/decide/mod.rs: ",
        "src/operator/controllers/mod.rs:1 names crate::operator::decide::plan::Plan",
    );
    assert_eq!(
        judge(&with("operator/decide/plan.rs", "use crate::cedar::Statement;")),
        [""; 0]
    );
}

#[test]
fn a_file_in_no_known_room_is_found() {
    broken(
        &[("helpers/mod.rs", "")],
        "architecture: src/helpers/mod.rs is in no room",
        "add the room and its rules",
    );
}
