//! What the programs that send load to the API server share.

use kube::api::ApiResource;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::error::Error;
use std::path::Path;

/// A client by this kubeconfig.
pub async fn client(kubeconfig: &Path) -> Result<Client, Box<dyn Error + Send + Sync>> {
    let read = Kubeconfig::read_from(kubeconfig)?;
    let mut config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await?;
    // Everything is on loopback, whatever the proxy variables say.
    config.proxy_url = None;
    Ok(Client::try_from(config)?)
}

/// The kind `Policy`.
pub fn policies() -> ApiResource {
    ApiResource {
        group: "agentcore.dev".to_owned(),
        version: "v1alpha1".to_owned(),
        api_version: "agentcore.dev/v1alpha1".to_owned(),
        kind: "Policy".to_owned(),
        plural: "policies".to_owned(),
    }
}
