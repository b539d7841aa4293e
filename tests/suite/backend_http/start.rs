//! What a backend needs to start.

use super::running::{ACCOUNT, Running, config, soon};
use agentcore_policy_operator::backend::{BackendConfig, Credentials, bind};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_told_in_one_line_with_what_to_do() {
    let directory = TempDir::new().unwrap();
    let taken = Running::start(&directory.path().join("one"), soon()).await;
    let data = directory.path().join("two");
    let file = directory.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let good = config(&data, soon());
    for (config, text) in [
        (
            BackendConfig {
                listen: ([0, 0, 0, 0], 0).into(),
                ..good.clone()
            },
            "give --credentials, or say --unsigned-anywhere",
        ),
        (
            BackendConfig {
                listen: taken.address,
                ..good.clone()
            },
            "choose a free address",
        ),
        (
            BackendConfig {
                account_id: "12".to_owned(),
                ..good.clone()
            },
            "give twelve digits",
        ),
        (
            BackendConfig {
                region: "US".to_owned(),
                ..good.clone()
            },
            "give one such as us-east-1",
        ),
        (
            BackendConfig {
                data_dir: file,
                ..good
            },
            "choose a directory that this process may write to",
        ),
    ] {
        let error = bind(config).await.unwrap_err().to_string();
        assert!(error.contains(text) && error.lines().count() == 1, "{error}");
    }
    taken.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_machines_may_come_when_that_is_said_or_when_requests_are_verified() {
    let directory = TempDir::new().unwrap();
    let open = BackendConfig {
        listen: ([0, 0, 0, 0], 0).into(),
        ..config(directory.path(), soon())
    };
    let keys = "- {accessKeyId: AKIA1, secretAccessKey: s, arn: 'arn:aws:iam::123456789012:root'}";
    for config in [
        BackendConfig {
            unsigned_anywhere: true,
            data_dir: directory.path().join("one"),
            ..open.clone()
        },
        BackendConfig {
            credentials: Some(Credentials::read(keys, ACCOUNT).unwrap()),
            data_dir: directory.path().join("two"),
            ..open
        },
    ] {
        assert!(bind(config).await.unwrap().local_addr().ip().is_unspecified());
    }
}
