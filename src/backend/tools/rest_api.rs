//! REST APIs of Amazon API Gateway whose export is a file of this machine.
//!
//! AWS fetches the export itself (`GetExport`, OpenAPI 3.0; DOC(gateway-target-api-gateway)). Here it is fetched once
//! by hand and named by `--rest-api`.

use super::ToolsError;
use super::bucket::read_file;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

/// Files by the id of the REST API, or by `id/stage` (`--rest-api ID[/STAGE]=FILE`).
#[derive(Clone, Debug, Default)]
pub(super) struct RestApis(BTreeMap<String, PathBuf>);

/// The export of one stage, named but not read.
#[derive(Clone, Debug)]
pub(super) struct Export {
    name: String,
    file: PathBuf,
}

impl RestApis {
    /// These files.
    pub fn new(files: impl IntoIterator<Item = (String, PathBuf)>) -> Self {
        Self(files.into_iter().collect())
    }

    /// The export of a stage: the one that names the stage comes before the one of the whole API.
    pub fn locate(&self, api: &str, stage: &str) -> Result<Export, ToolsError> {
        let name = format!("{api}/{stage}");
        match self.0.get(&name).or_else(|| self.0.get(api)) {
            Some(file) => Ok(Export {
                name,
                file: file.clone(),
            }),
            None => Err(ToolsError::new(format!(
                "The REST API {name} cannot be read: the local backend has no export of it; save what `aws apigateway \
                 get-export --export-type oas30 --rest-api-id {api} --stage-name {stage} FILE` gives and start it \
                 with --rest-api {api}=FILE"
            ))),
        }
    }
}

impl Export {
    /// When it was written, and its bytes; none when it is not there.
    pub fn written(&self) -> Option<(SystemTime, u64)> {
        let file = std::fs::metadata(&self.file).ok()?;
        Some((file.modified().ok()?, file.len()))
    }

    /// Its text, UTF-8.
    pub fn read(&self) -> Result<String, ToolsError> {
        read_file(&self.file).map_err(|why| {
            ToolsError::new(format!(
                "The export of the REST API {} cannot be read: {why}",
                self.name
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_found_by_stage_then_by_api() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, name).unwrap();
            file
        };
        let apis = RestApis::new([
            ("a1".to_owned(), file("all")),
            ("a1/test".to_owned(), file("test")),
        ]);
        for (stage, expected) in [("prod", "all"), ("test", "test")] {
            assert_eq!(apis.locate("a1", stage).unwrap().read().unwrap(), expected);
        }
        let told = apis.locate("b2", "prod").unwrap_err().to_string();
        assert!(told.ends_with("start it with --rest-api b2=FILE"), "{told}");
        std::fs::remove_file(folder.path().join("all")).unwrap();
        assert_eq!(
            apis.locate("a1", "prod").unwrap().read().unwrap_err().to_string(),
            "The export of the REST API a1/prod cannot be read: there is no such file"
        );
    }
}
