//! The load on the API server for the benchmark. Manifests of policies are read from standard input, one JSON object a
//! line, and one JSON object is printed.
//!
//! `cluster-load ceiling KUBECONFIG CONNECTIONS SECONDS` creates each and writes a status of usual size to it, for that time
//! at most: the writes a second that the API server can do at best.
//!
//! `cluster-load ready KUBECONFIG CONNECTIONS SECONDS` creates all, and watches until each is Ready: how long that took from
//! when the watch first showed it. Everything must be over within that time.

mod cluster;

use cluster::{client, policies};
use futures::TryStreamExt as _;
use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::{NotUsed, Object};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Client, ResourceExt as _};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

type Failure = Box<dyn Error + Send + Sync>;

/// A policy as far as is asked here.
type Policy = Object<NotUsed, Status>;

#[derive(Clone, Debug, Default, serde::Deserialize, serde::Serialize)]
struct Status {
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [command @ ("ceiling" | "ready"), kubeconfig, connections, seconds] = words.as_slice() else {
        return Err("cluster-load ceiling|ready KUBECONFIG CONNECTIONS SECONDS".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let told = runtime.block_on(async {
        let load = Load {
            client: client(Path::new(kubeconfig)).await?,
            manifests: Arc::new(manifests()?),
            connections: connections.parse()?,
            time: Duration::from_secs_f64(seconds.parse()?),
        };
        if *command == "ceiling" {
            load.ceiling().await
        } else {
            load.ready().await
        }
    })?;
    println!("{told}");
    Ok(())
}

fn manifests() -> Result<Vec<DynamicObject>, Failure> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    Ok(input
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?)
}

#[derive(Clone)]
struct Load {
    client: Client,
    manifests: Arc<Vec<DynamicObject>>,
    connections: usize,
    time: Duration,
}

impl Load {
    /// Creates the manifests, one after the other on each connection, until the time is over; how long each write took.
    async fn write(&self, with_status: bool) -> Result<Vec<Duration>, Failure> {
        let next = Arc::new(AtomicUsize::new(0));
        let end = Instant::now() + self.time;
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..self.connections {
            let (load, next) = (self.clone(), Arc::clone(&next));
            running.spawn(async move {
                let mut times = Vec::new();
                while Instant::now() < end
                    && let Some(manifest) = load.manifests.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let namespace = manifest.namespace().unwrap_or_default();
                    let api =
                        Api::<DynamicObject>::namespaced_with(load.client.clone(), &namespace, &policies());
                    let began = Instant::now();
                    api.create(&PostParams::default(), manifest).await?;
                    times.push(began.elapsed());
                    if with_status {
                        let began = Instant::now();
                        let patch = Patch::Merge(status());
                        api.patch_status(&manifest.name_any(), &PatchParams::default(), &patch)
                            .await?;
                        times.push(began.elapsed());
                    }
                }
                Ok::<_, Failure>(times)
            });
        }
        let mut times = Vec::new();
        while let Some(ended) = running.join_next().await {
            times.extend(ended??);
        }
        Ok(times)
    }

    async fn ceiling(self) -> Result<Value, Failure> {
        let began = Instant::now();
        let times = self.write(true).await?;
        let seconds = began.elapsed().as_secs_f64();
        Ok(json!({"writes": times.len(), "seconds": seconds, "write": quantiles(times)}))
    }

    async fn ready(self) -> Result<Value, Failure> {
        let began = Instant::now();
        // The first list of the watch must not miss what is created first.
        let (listed, first_list) = tokio::sync::oneshot::channel();
        let watching = tokio::spawn(self.clone().watch(listed));
        first_list.await?;
        let creating = Instant::now();
        let creates = self.write(false).await?;
        let took = creating.elapsed();
        if creates.len() < self.manifests.len() {
            return Err(format!("only {} were created in time", creates.len()).into());
        }
        let left = self.time.saturating_sub(began.elapsed());
        let (times, last) = tokio::time::timeout(left, watching)
            .await
            .map_err(|_| "not all were Ready in time")???;
        Ok(json!({
            "create_seconds": took.as_secs_f64(),
            "create": quantiles(creates),
            "seconds": last.duration_since(creating).as_secs_f64(),
            "ready": quantiles(times),
        }))
    }

    /// How long each took to be Ready from when it was first seen, and when the last one was.
    async fn watch(
        self,
        listed: tokio::sync::oneshot::Sender<()>,
    ) -> Result<(Vec<Duration>, Instant), Failure> {
        let key = |namespace: Option<String>, name: String| (namespace.unwrap_or_default(), name);
        let mut missing: HashSet<_> = self
            .manifests
            .iter()
            .map(|manifest| key(manifest.namespace(), manifest.name_any()))
            .collect();
        let (mut seen, mut times) = (HashMap::new(), Vec::new());
        let api = Api::<Policy>::all_with(self.client.clone(), &policies());
        let mut events = std::pin::pin!(watcher(api, watcher::Config::default()).default_backoff());
        let mut listed = Some(listed);
        while let Some(event) = events.try_next().await? {
            let now = Instant::now();
            let policy = match event {
                watcher::Event::Apply(policy) | watcher::Event::InitApply(policy) => policy,
                watcher::Event::InitDone => {
                    if let Some(listed) = listed.take() {
                        listed.send(()).ok();
                    }
                    continue;
                }
                watcher::Event::Init | watcher::Event::Delete(_) => continue,
            };
            let key = key(policy.namespace(), policy.name_any());
            let first = *seen.entry(key.clone()).or_insert(now);
            let ready = policy.status.iter().flat_map(|status| &status.conditions);
            if ready
                .into_iter()
                .any(|condition| condition.kind == "Ready" && condition.status == "True")
                && missing.remove(&key)
            {
                times.push(now - first);
            }
            if missing.is_empty() {
                return Ok((times, now));
            }
        }
        Err("the watch has ended".into())
    }
}

fn quantiles(mut times: Vec<Duration>) -> Value {
    times.sort_unstable();
    let at = |part: usize| {
        let index = times.len().saturating_sub(1) * part / 1000;
        times.get(index).map_or(0.0, Duration::as_secs_f64)
    };
    json!({"p50": at(500), "p99": at(990), "last": at(1000)})
}

/// About as large as the status of a policy that is Ready.
fn status() -> Value {
    json!({"status": {
        "observedGeneration": 1,
        "status": "ACTIVE",
        "policyId": "calibration-0123456789",
        "policyArn": "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/calibration/policy/calibration-0123456789",
        "policyEngineId": "calibration-0123456789",
        "effectiveStatement": "x".repeat(1000),
        "statementDigest": "0".repeat(64),
        "specDigest": "0".repeat(32),
        "appliedDigest": "0".repeat(32),
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z",
        "conditions": [{
            "type": "Ready", "status": "True", "reason": "Synced", "observedGeneration": 1,
            "lastTransitionTime": "2026-01-01T00:00:00Z",
            "message": "AgentCore has what the spec says, and it is ACTIVE",
        }],
    }})
}
