//! `crds`: the definitions of all kinds as YAML.

use crate::api;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;

/// One definition as a YAML document, as `crds/` holds it.
///
/// # Errors
/// When the definition cannot be written as YAML, which would be a fault of this program.
pub fn to_yaml(crd: &CustomResourceDefinition) -> Result<String, String> {
    serde_saphyr::to_string(crd).map_err(|error| format!("cannot write the CRD as YAML: {error}"))
}

/// All definitions as one multi-document YAML text.
///
/// # Errors
/// As [`to_yaml`].
pub fn all() -> Result<String, String> {
    let mut all = String::new();
    for crd in api::crds() {
        all.push_str("---\n");
        all.push_str(to_yaml(&crd)?.trim_end());
        all.push('\n');
    }
    Ok(all)
}
