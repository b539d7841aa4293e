//! Buckets that are folders of this machine: where `s3` members are read.

use super::ToolsError;
use super::document::LARGEST_STORED;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Folders by the name of the bucket they stand for (`--s3-bucket NAME=FOLDER`).
#[derive(Clone, Debug, Default)]
pub(super) struct Buckets(BTreeMap<String, PathBuf>);

/// An object in a mapped bucket, named but not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    folder: PathBuf,
    /// Below the folder; made of plain names only.
    key: PathBuf,
    uri: String,
}

impl Buckets {
    /// These folders.
    pub fn new(folders: impl IntoIterator<Item = (String, PathBuf)>) -> Self {
        Self(folders.into_iter().collect())
    }

    /// What a URI such as `s3://schemas/orders/tools.json` names.
    ///
    /// The `bucketOwnerAccountId` beside it is not looked at: a folder has no account.
    pub fn locate(&self, uri: &str) -> Result<Object, ToolsError> {
        let refuse = |why: String| ToolsError::new(format!("The S3 location {uri} cannot be read: {why}"));
        let (bucket, key) = uri
            .strip_prefix("s3://")
            .and_then(|rest| rest.split_once('/'))
            .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
            .ok_or_else(|| refuse("give s3://BUCKET/KEY".to_owned()))?;
        let folder = self.0.get(bucket).ok_or_else(|| {
            refuse(format!(
                "the local backend has no folder for the bucket {bucket}; start it with --s3-bucket {bucket}=FOLDER"
            ))
        })?;
        // S3 takes any of these as part of a key; a folder does not.
        let plain = |name: &str| !matches!(name, "" | "." | "..") && !name.contains(['\\', '\0']);
        if !key.split('/').all(plain) {
            return Err(refuse(
                "the key must be names with single slashes between them, none of them `.` or `..`".to_owned(),
            ));
        }
        Ok(Object {
            folder: folder.clone(),
            key: key.into(),
            uri: uri.to_owned(),
        })
    }
}

impl Object {
    /// Its text, UTF-8.
    ///
    /// # Errors
    /// [`ToolsError`] when it is not there, is too large, is no text, or when a symbolic link leads out of the
    /// folder. The text names the location and no path of this machine.
    pub fn read(&self) -> Result<String, ToolsError> {
        read_below(&self.folder, &self.key)
            .map_err(|why| ToolsError::new(format!("The S3 location {} cannot be read: {why}", self.uri)))
    }
}

impl Object {
    /// When it was written, and its bytes; none when it is not there.
    pub fn written(&self) -> Option<(SystemTime, u64)> {
        let file = std::fs::metadata(self.folder.join(&self.key)).ok()?;
        Some((file.modified().ok()?, file.len()))
    }
}

/// The text of a file below a folder, links resolved.
fn read_below(folder: &Path, key: &Path) -> Result<String, &'static str> {
    let folder = folder
        .canonicalize()
        .map_err(|_| "the folder of the bucket is not there")?;
    let file = folder
        .join(key)
        .canonicalize()
        .map_err(|_| "there is no such object")?;
    if !file.starts_with(&folder) {
        return Err("it lies outside the folder of the bucket");
    }
    read_file(&file)
}

/// The text of a regular file of bounded size.
pub(super) fn read_file(file: &Path) -> Result<String, &'static str> {
    // A pipe would be waited for.
    if !file.metadata().map_err(|_| "there is no such file")?.is_file() {
        return Err("it is no file");
    }
    let opened = std::fs::File::open(file).map_err(|_| "it may not be read")?;
    let bound = u64::try_from(LARGEST_STORED).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    opened
        .take(bound.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|_| "it could not be read to its end")?;
    if bytes.len() > LARGEST_STORED {
        return Err("it is larger than 10 MiB");
    }
    String::from_utf8(bytes).map_err(|_| "it is no UTF-8 text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(folder: &Path) -> Buckets {
        Buckets::new([("schemas".to_owned(), folder.to_owned())])
    }

    fn told(buckets: &Buckets, uri: &str) -> String {
        match buckets.locate(uri) {
            Ok(object) => object.read().unwrap_err().to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn an_object_is_a_file_below_the_folder_of_its_bucket() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("orders")).unwrap();
        std::fs::write(folder.path().join("orders/tools.json"), "[]").unwrap();
        std::os::unix::fs::symlink("orders/tools.json", folder.path().join("inside.json")).unwrap();
        let buckets = buckets(folder.path());
        for key in ["orders/tools.json", "inside.json"] {
            let object = buckets.locate(&format!("s3://schemas/{key}")).unwrap();
            assert_eq!(object.read().unwrap(), "[]");
        }
        assert!(told(&buckets, "s3://schemas/none.json").ends_with("there is no such object"));
        assert!(told(&buckets, "s3://schemas/orders").ends_with("it is no file"));
    }

    #[test]
    fn a_bucket_without_a_folder_names_the_flag() {
        assert_eq!(
            told(&Buckets::default(), "s3://mine/a.json"),
            "The S3 location s3://mine/a.json cannot be read: the local backend has no folder for the bucket mine; \
             start it with --s3-bucket mine=FOLDER"
        );
    }

    #[test]
    fn no_key_and_no_link_leads_out_of_the_folder() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "secret").unwrap();
        let folder = outside.path().join("folder");
        std::fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), folder.join("link")).unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.join("up")).unwrap();
        let buckets = buckets(&folder);
        let absolute = format!("/{}", outside.path().join("secret").display());
        for key in [
            "../secret",
            "a/../../secret",
            "./link",
            "/etc/passwd",
            "a//b",
            "..",
            "a\\..\\b",
            &absolute,
        ] {
            let told = told(&buckets, &format!("s3://schemas/{key}"));
            assert!(told.contains("names with single slashes"), "{key}: {told}");
        }
        for key in ["link", "up/secret"] {
            let told = told(&buckets, &format!("s3://schemas/{key}"));
            assert!(
                told.ends_with("it lies outside the folder of the bucket"),
                "{key}: {told}"
            );
        }
        for uri in ["s3://schemas", "s3://schemas/", "s3:///a", "http://schemas/a"] {
            assert!(told(&buckets, uri).ends_with("give s3://BUCKET/KEY"), "{uri}");
        }
    }

    #[test]
    fn what_is_too_large_or_no_text_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let large = std::fs::File::create(folder.path().join("large")).unwrap();
        large.set_len(u64::try_from(LARGEST_STORED).unwrap() + 1).unwrap();
        std::fs::write(folder.path().join("binary"), [0xff, 0xfe]).unwrap();
        let buckets = buckets(folder.path());
        assert!(told(&buckets, "s3://schemas/large").ends_with("it is larger than 10 MiB"));
        assert!(told(&buckets, "s3://schemas/binary").ends_with("it is no UTF-8 text"));
    }
}
