//! `release-finalizers`: lets objects go when no operator is there to do it.

use super::kinds::KINDS;
use super::run::check;
use crate::operator::cluster::{Cluster, ClusterError, Edges, Glimpse, Scope};
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
    let scopes = Scope::of(namespaces);
    let cluster = Cluster::connect(kubeconfig, scopes.clone(), Metrics::new("aws", 0)).await?;
    check(&cluster, &scopes).await?;
    let mut released: usize = 0;
    for kind in KINDS.iter().rev() {
        released = released.saturating_add((kind.release)(&cluster, really, &mut tell).await?);
    }
    Ok(released)
}

/// What is told of an object that is let go.
pub(super) fn line<O: Resource<DynamicType = ()>>(object: &Glimpse<O>) -> String
where
    Glimpse<O>: Edges,
{
    let kept = object.id().map_or_else(
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
