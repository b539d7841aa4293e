//! Whether a kind itself is being removed: then its objects are marked as deleted though nobody has asked for that, and
//! their resources must stay (reliability.md 4, F30).

use super::{Cluster, ClusterError};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{Api, Resource};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Whether a kind's `CustomResourceDefinition` is being removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is not.
    No,
    /// It is, or it is gone.
    Yes,
    /// It may not be read; what the server says of its kinds shows nothing of a removal yet, and may lag.
    Unseen,
}

impl Cluster {
    /// Reads whether the definition of this kind is being removed, fresh: it is marked before its objects are, so this
    /// tells of every object that was read as deleted *before*, why it is.
    ///
    /// Who may not read the definition is told by discovery, which every account may read: a kind whose definition is
    /// being removed can be created no more. The server draws that up a moment after the mark.
    ///
    /// # Errors
    /// [`ClusterError::Read`]: then nothing is known, and nothing may be deleted.
    pub async fn removal<O: Resource<DynamicType = ()>>(&self) -> Result<Removal, ClusterError> {
        let name = format!("{}.{}", O::plural(&()), O::group(&()));
        if !self.definitions_denied.load(Ordering::Relaxed) {
            let definitions: Api<CustomResourceDefinition> = Api::all(self.client.clone());
            match definitions.get_metadata_opt(&name).await {
                Ok(Some(definition)) if definition.metadata.deletion_timestamp.is_none() => {
                    return Ok(Removal::No);
                }
                Ok(_) => return Ok(Removal::Yes),
                Err(kube::Error::Api(status)) if status.code == 403 => self.denied(&status.message),
                Err(source) => return Err(unread(&name, source)),
            }
        }
        let listed = self.client.list_api_group_resources(&O::api_version(&())).await;
        let kinds = match listed {
            Ok(list) => list.resources,
            Err(kube::Error::Api(status)) if status.code == 404 => Vec::new(),
            Err(source) => return Err(unread(&name, source)),
        };
        let creatable = |verbs: &[String]| verbs.iter().any(|verb| verb == "create");
        let stays = kinds
            .iter()
            .any(|kind| kind.name == O::plural(&()) && creatable(&kind.verbs));
        Ok(if stays { Removal::Unseen } else { Removal::Yes })
    }

    /// Says so once.
    fn denied(&self, message: &str) {
        if !self.definitions_denied.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "{message}. Whether a CRD is being removed, with its objects, is read from discovery from now on, which \
                 lags: deletions wait a moment. Let this account get the CRDs of agentcore.dev by name, as the \
                 chart does, and restart"
            );
        }
    }
}

fn unread(name: &str, source: kube::Error) -> ClusterError {
    ClusterError::Read {
        what: format!("CustomResourceDefinition {name}"),
        source: Arc::new(source),
    }
}
