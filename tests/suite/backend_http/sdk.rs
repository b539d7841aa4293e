//! The AWS SDK for Rust as a client.

use super::running::{ACCOUNT, Running, config, soon};
use agentcore_policy_operator::backend::{BackendConfig, Credentials, Switches};
use aws_sdk_bedrockagentcorecontrol::config::retry::RetryConfig;
use aws_sdk_bedrockagentcorecontrol::config::{BehaviorVersion, Credentials as Signer, Region};
use aws_sdk_bedrockagentcorecontrol::error::ProvideErrorMetadata as _;
use aws_sdk_bedrockagentcorecontrol::{Client, Config};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A client that signs with this secret.
fn client(address: SocketAddr, secret: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Signer::new("AKIA1", secret, None, None, "test"))
        .endpoint_url(format!("http://{address}"))
        .retry_config(RetryConfig::standard().with_max_attempts(10))
        // Proxy variables are for the way out.
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_signs_is_verified_with_encoded_paths_and_queries() {
    let directory = TempDir::new().unwrap();
    let keys = "- {accessKeyId: AKIA1, secretAccessKey: right, arn: 'arn:aws:iam::123456789012:root'}";
    let backend = Running::of(BackendConfig {
        credentials: Some(Credentials::read(keys, ACCOUNT).unwrap()),
        ..config(directory.path(), soon())
    })
    .await;
    let right = client(backend.address, "right");
    let engine = right
        .create_policy_engine()
        .name("engine")
        .tags("b c", "d")
        .send()
        .await
        .unwrap();
    let arn = engine.policy_engine_arn();
    right
        .untag_resource()
        .resource_arn(arn)
        .tag_keys("b c")
        .tag_keys("a/é")
        .send()
        .await
        .unwrap_err();
    right
        .untag_resource()
        .resource_arn(arn)
        .tag_keys("b c")
        .tag_keys("a/=")
        .send()
        .await
        .unwrap();
    let tags = right
        .list_tags_for_resource()
        .resource_arn(arn)
        .send()
        .await
        .unwrap();
    assert!(tags.tags().unwrap().is_empty());

    let wrong = client(backend.address, "wrong")
        .list_policy_engines()
        .send()
        .await
        .unwrap_err();
    assert_eq!(wrong.code(), Some("InvalidSignatureException"));
    assert_eq!(
        backend.call("GET", "/policy-engines", "").await.error().1,
        "MissingAuthenticationTokenException"
    );
    backend.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_retries_what_is_throttled_and_what_lost_its_answer_and_comes_through() {
    let directory = TempDir::new().unwrap();
    let mut switches = Switches::default();
    switches.assign("limits.enforce-rates=on").unwrap();
    let drop = r#"{"rules": [{"operation": "CreatePolicyEngine", "calls": 1, "drop": true}]}"#;
    let backend = Running::of(BackendConfig {
        switches,
        fault_script: Some(drop.to_owned()),
        ..config(directory.path(), soon())
    })
    .await;
    let client = client(backend.address, "any");
    let begin = Instant::now();
    for name in ["one", "two"] {
        client.create_policy_engine().name(name).send().await.unwrap();
    }
    // The call without an answer, its repetition, and the second create, at one a second.
    let took = begin.elapsed();
    assert!(
        took > Duration::from_millis(1900) && took < Duration::from_mins(1),
        "{took:?}"
    );
    let all = client.list_policy_engines().send().await.unwrap();
    assert_eq!(all.policy_engines().len(), 2);
    backend.stop().await;
}
