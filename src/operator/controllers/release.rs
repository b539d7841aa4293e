//! `release-finalizers`: lets objects go when no operator is there to do it.

use crate::api::{Policy, PolicyEngine};
use crate::operator::cluster::{Cluster, ClusterError, Glimpse, Scope};
use crate::telemetry::Metrics;
use kube::{Resource, ResourceExt as _};
use std::path::Path;

/// Names every object that the operator holds in these namespaces, or in all when there are none, one line each; when it
/// is `really` meant, takes the finalizer off each. Nothing is sent to `AgentCore`.
///
/// # Errors
/// [`ClusterError`] when the API server cannot be reached or refuses.
pub async fn release_finalizers(
    kubeconfig: Option<&Path>,
    namespaces: Vec<String>,
    really: bool,
    mut tell: impl FnMut(String),
) -> Result<usize, ClusterError> {
    let cluster = Cluster::connect(kubeconfig, Scope::of(namespaces), Metrics::new("aws", 0)).await?;
    cluster.check().await?;
    let policies = cluster
        .release::<Policy>(really, |object| tell(line(object, object.policy_id.as_deref())))
        .await?;
    let engines = cluster
        .release::<PolicyEngine>(really, |object| tell(line(object, object.engine_id.as_deref())))
        .await?;
    Ok(policies.saturating_add(engines))
}

fn line<O: Resource<DynamicType = ()>>(object: &Glimpse<O>, id: Option<&str>) -> String {
    let kept = id.map_or_else(
        || "its status names nothing in AgentCore".to_owned(),
        |id| format!("{id} stays in AgentCore"),
    );
    let going = if object.metadata.deletion_timestamp.is_some() {
        "is being deleted"
    } else {
        "is not being deleted"
    };
    format!(
        "{} {}/{}: {kept}; the object {going}",
        O::kind(&()),
        object.namespace().unwrap_or_default(),
        object.name_any()
    )
}
