//! The tables of the rules: who may import whom, who is pure, and who owns which foreign crate.

/// Rule 1: which rooms these may import. Every other room may import what no rule forbids.
pub(super) const MAY_IMPORT: [(&str, &[&str]); 18] = [
    ("model", &[]),
    ("api", &["model"]),
    ("cedar", &["model"]),
    ("telemetry", &["model"]),
    ("operator::decide", &["model", "api", "cedar"]),
    ("operator::breaker", &[]),
    (
        "backend::wire",
        &[
            "model",
            "backend::control",
            "backend::listener",
            "backend::script",
            "backend::sigv4",
            "backend::switches",
            "telemetry",
        ],
    ),
    (
        "backend::control",
        &[
            "model",
            "cedar",
            "backend::generate",
            "backend::script",
            "backend::solver",
            "backend::store",
            "backend::switches",
            "backend::tools",
            "telemetry",
        ],
    ),
    (
        "backend::admin",
        &["model", "backend::listener", "backend::script", "telemetry"],
    ),
    (
        "backend::enforce",
        &[
            "model",
            "cedar",
            "backend::control",
            "backend::listener",
            "backend::sigv4",
            "backend::switches",
            "backend::tools",
            "telemetry",
        ],
    ),
    (
        "backend::generate",
        &["model", "cedar", "backend::switches", "telemetry"],
    ),
    ("backend::listener", &[]),
    ("backend::script", &["model"]),
    ("backend::sigv4", &["model", "backend::control"]),
    ("backend::solver", &["model", "telemetry"]),
    ("backend::switches", &["model"]),
    ("backend::tools", &["model", "backend::switches", "telemetry"]),
    ("backend::store", &["model", "telemetry"]),
];

/// Rule 2: rooms and files without async, client, clock, environment, logging.
pub(super) const PURE: [&str; 10] = [
    "model",
    "api",
    "cedar",
    "operator::decide",
    "operator::breaker::state",
    "backend::control::lifecycle",
    "backend::control::refusal",
    "backend::enforce::verdict",
    "backend::generate::deterministic",
    "backend::switches",
];

/// Rule 2: what a pure room may not name.
pub(super) const IMPURE: [&[&str]; 24] = [
    &["tokio"],
    &["tokio_util"],
    &["futures"],
    &["async_trait"],
    &["tracing"],
    &["tracing_subscriber"],
    &["prometheus_client"],
    &["rand"],
    &["axum"],
    &["sqlx"],
    &["kube", "Api"],
    &["kube", "Client"],
    &["kube", "Config"],
    &["kube", "client"],
    &["kube", "runtime"],
    &["std", "env"],
    &["std", "fs"],
    &["std", "io"],
    &["std", "net"],
    &["std", "process"],
    &["std", "thread"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["crate", "telemetry"],
];

/// Rule 3: each foreign crate, or part of it, and the rooms that may name it. The longest match
/// decides, so a part may have other owners than the whole.
pub(super) const OWNERS: [(&[&str], &[&str]); 27] = [
    (&["aws_config"], &["operator::agentcore"]),
    (
        &["aws_credential_types"],
        &["operator::agentcore", "backend::sigv4"],
    ),
    (&["aws_lc_rs"], &["backend::enforce"]),
    (&["aws_sigv4"], &["backend::sigv4"]),
    (&["aws_types"], &["operator::agentcore"]),
    // Clients, `Api` and all else that can speak to an API server.
    (&["kube"], &["operator::cluster"]),
    // Types and derives: they describe, they do not speak.
    (&["kube", "core"], &["api", "operator"]),
    (&["kube", "CELSchema"], &["api"]),
    (&["kube", "CustomResource"], &["api"]),
    (&["kube", "CustomResourceExt"], &["api"]),
    (&["kube", "KubeSchema"], &["api"]),
    (&["kube", "Resource"], &["api", "operator"]),
    (&["kube", "ResourceExt"], &["api", "operator"]),
    // `Controller` is the glue of the pass; what it reads and writes comes from `cluster`.
    (
        &["kube", "runtime"],
        &["operator::cluster", "operator::controllers"],
    ),
    (&["k8s_openapi"], &["api", "operator", "cli"]),
    (&["cedar_policy"], &["cedar"]),
    (&["cedar_policy_core"], &["cedar"]),
    (&["cedar_policy_symcc"], &["cedar"]),
    (&["sqlx"], &["backend::store"]),
    (&["clap"], &["cli"]),
    (
        &["axum"],
        &[
            "backend::wire",
            "backend::admin",
            "backend::enforce",
            "backend::listener",
            "telemetry",
        ],
    ),
    (
        &["hyper"],
        &["backend::wire", "backend::enforce", "backend::listener"],
    ),
    (&["hyper_util"], &["backend::listener"]),
    (
        &["reqwest"],
        &["backend::tools", "backend::generate", "backend::enforce"],
    ),
    (&["rmcp"], &["backend::tools", "backend::enforce"]),
    (&["std", "env"], &["cli"]),
    (&["stacker"], &["cedar"]),
];

/// Rule 3: crates of a family have the owner of the family.
pub(super) const FAMILIES: [(&str, &[&str]); 2] = [
    ("aws_sdk_", &["operator::agentcore"]),
    ("aws_smithy_", &["operator::agentcore"]),
];

/// Rule 5: what `backend::control` may not name, because it is HTTP or SQL.
pub(super) const HTTP_OR_SQL: [&str; 5] = ["axum", "http", "hyper", "tower", "sqlx"];
