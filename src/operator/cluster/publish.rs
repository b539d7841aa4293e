//! Step 7 of the pass: finalizer, status, Event and what is kept beside the object, each written only when it changes something.

use super::generations::Kept;
use super::{Cluster, ClusterError, Glimpse};
use crate::api::{FINALIZER, Timestamp};
use crate::operator::decide::{FinalizerChange, Kind, Note, Report, changes, unreadable};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{DynamicObject, Patch, PatchParams};
use kube::{Resource, ResourceExt as _};
use serde_json::{Value, json};
use std::sync::Arc;

/// What came of publishing.
#[derive(Clone, Debug)]
pub enum Published<O> {
    /// It is written, or there was nothing to write; the object as the last write left it.
    Done(Option<Box<O>>),
    /// The object has changed since it was read: the pass must begin anew.
    Overtaken,
}

impl Cluster {
    /// Publishes a report about the object as it was read.
    ///
    /// # Errors
    /// [`ClusterError::Write`]. An Event that cannot be written is logged and fails nothing: a namespace that is being
    /// deleted refuses new ones.
    pub async fn publish<K: Kind>(
        &self,
        object: &K::Object,
        report: &Report,
    ) -> Result<Published<K::Object>, ClusterError>
    where
        K::Object: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
    {
        let mut now = None;
        let mut status = report.status.clone();
        // Before the status, which speaks of it.
        if let Some(keepsake) = &report.keepsake {
            match self.keep::<K>(object, keepsake).await? {
                Kept::Written => {}
                Kept::Overtaken => return Ok(Published::Overtaken),
                Kept::Refused(why) => status = status.map(|status| keepsake.missing(status, &why)),
            }
        }
        if let Some(patch) = status.and_then(|status| status_patch(object, &status)) {
            let api = self.namespaced::<K::Object>(&object.namespace().unwrap_or_default());
            let written = api
                .patch_status(&object.name_any(), &as_us(), &Patch::Merge(&patch))
                .await;
            now = self.written::<K, _>(object.meta(), "status", written)?;
            if now.is_none() {
                return Ok(Published::Overtaken);
            }
        }
        // After the status: what is thought of an object that has changed meanwhile is told nobody.
        if let Some(note) = &report.note {
            self.record::<K>(object, note).await;
        }
        let finalizers = object.finalizers();
        let wanted: Vec<&str> = match report.finalizer {
            FinalizerChange::Keep => return Ok(Published::Done(now)),
            FinalizerChange::Add => finalizers.iter().map(String::as_str).chain([FINALIZER]).collect(),
            FinalizerChange::Remove => finalizers
                .iter()
                .map(String::as_str)
                .filter(|f| *f != FINALIZER)
                .collect(),
        };
        // The list is replaced whole, so only if nobody else has touched it since.
        let patch = json!({"metadata": {
            "uid": object.meta().uid,
            "resourceVersion": object.meta().resource_version,
            "finalizers": wanted,
        }});
        let api = self.namespaced::<K::Object>(&object.namespace().unwrap_or_default());
        let written = api
            .patch(&object.name_any(), &as_us(), &Patch::Merge(&patch))
            .await;
        let now = self.written::<K, _>(object.meta(), "finalizer", written)?;
        Ok(now.map_or(Published::Overtaken, |now| Published::Done(Some(now))))
    }

    /// What was written; `None`: it has changed since it was read.
    fn written<K: Kind, T: Resource>(
        &self,
        object: &ObjectMeta,
        what: &'static str,
        written: Result<T, kube::Error>,
    ) -> Result<Option<Box<T>>, ClusterError> {
        match written {
            Ok(now) => {
                // One that has no finalizer any more may be gone.
                if now.finalizers().iter().any(|finalizer| finalizer == FINALIZER) {
                    self.seen.note::<K::Object>(&now);
                }
                self.metrics.object_write(K::NAME, what);
                Ok(Some(Box::new(now)))
            }
            // Gone, or another object under the same name: this report is about neither.
            Err(kube::Error::Api(status)) if status.is_conflict() || status.is_not_found() => Ok(None),
            Err(source) => Err(ClusterError::Write {
                what: format!(
                    "the {what} of {} {}/{}",
                    K::NAME,
                    object.namespace.as_deref().unwrap_or_default(),
                    object.name.as_deref().unwrap_or_default()
                ),
                source: Arc::new(source),
            }),
        }
    }

    /// Says on an object of whatever form that this version cannot read it.
    ///
    /// # Errors
    /// [`ClusterError::Write`].
    pub async fn publish_unreadable<K: Kind>(
        &self,
        object: &DynamicObject,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), ClusterError>
    where
        K::Object: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
    {
        let stored = object.data.get("status").cloned().unwrap_or_default();
        let status = unreadable(
            &stored,
            object.metadata.generation.unwrap_or_default(),
            reason,
            now,
        );
        let Some(patch) = guarded(&object.metadata, &stored, &status) else {
            return Ok(());
        };
        // The answer is of the same form as the object.
        let api = self.namespaced::<Glimpse<K::Object>>(&object.namespace().unwrap_or_default());
        let written = api
            .patch_status(&object.name_any(), &as_us(), &Patch::Merge(&patch))
            .await;
        self.written::<K, _>(&object.metadata, "status", written)?;
        Ok(())
    }

    async fn record<K: Kind>(&self, object: &K::Object, note: &Note)
    where
        K::Object: Resource<Scope = k8s_openapi::NamespaceResourceScope>,
    {
        match self.tell::<K>(object, note).await {
            Ok(()) => self.metrics.object_write(K::NAME, "event"),
            Err(error) => tracing::debug!(%error, "an Event could not be written"),
        }
    }
}

/// Under the operator's name, which `kubectl get --show-managed-fields` tells.
pub(super) fn as_us() -> PatchParams {
    PatchParams {
        field_manager: Some(env!("CARGO_PKG_NAME").to_owned()),
        ..PatchParams::default()
    }
}

/// The merge patch that turns the stored status into this one; `None` when they agree.
///
/// Guarded by the version that was read: a process that was overtaken would put its older look over a newer one, and
/// what was said when last seen (S5) holds only of the status that it was said in (reliability.md I3, F36).
fn status_patch<O: Resource<DynamicType = ()> + serde::Serialize>(
    object: &O,
    status: &Value,
) -> Option<Value> {
    let whole = serde_json::to_value(object).ok()?;
    guarded(object.meta(), whole.get("status").unwrap_or(&Value::Null), status)
}

fn guarded(meta: &ObjectMeta, stored: &Value, status: &Value) -> Option<Value> {
    let changes = changes(stored, status);
    if changes.is_empty() {
        return None;
    }
    let metadata = json!({"uid": meta.uid, "resourceVersion": meta.resource_version});
    Some(json!({"metadata": metadata, "status": changes}))
}
