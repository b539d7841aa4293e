//! What was written: as AWS shows it, as it is copied, and in plain words.

use super::manifest::manifest;
use crate::api::{GenerationAsset, GenerationFinding, PolicyGeneration, PolicyGenerationStatus};
use crate::model::{CandidateFinding, sha256, sha256_of};
use crate::operator::decide::message::LONGEST;
use crate::operator::decide::{Statement, one_line, shorten};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The member of the ConfigMap from which a Policy adopts.
const WHOLE: &str = "assets.json";
/// How many assets the status shows.
const MOST_SHOWN: usize = 20;
/// How many findings of each.
const MOST_FINDINGS: usize = 10;
/// How much of a requirement, a statement and a finding, in characters.
pub(super) const FRAGMENT: usize = 500;
const STATEMENT: usize = 1000;
const FINDING: usize = 1000;
/// How much of why a ConfigMap cannot be had.
const CAUSE: usize = 300;
/// How many bytes of assets a ConfigMap holds, which may have 1 MiB.
const MOST_BYTES: usize = 400_000;
/// How a statement ends that was cut; none ends so by itself.
pub(super) const CUT: &str = "..";
/// The longest name of an object.
const LONGEST_NAME: usize = 253;

/// What was written from one requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asset {
    /// AWS id.
    pub asset_id: String,
    /// The requirement.
    pub fragment: String,
    /// The statement, with the member of AWS's definition that carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Written>,
    /// What AWS found.
    pub findings: Vec<CandidateFinding>,
}

/// A statement, under the member of AWS's definition that carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// `cedar` or `policy`.
    pub member: String,
    /// The text.
    pub statement: String,
}

impl Written {
    /// As AWS has it.
    #[must_use]
    pub fn of(statement: &Statement) -> Self {
        Self {
            member: statement.member().to_owned(),
            statement: statement.text().to_owned(),
        }
    }

    /// As it is sent to AWS; `None`: it is not whole, or under a member that this version does not know.
    #[must_use]
    pub fn as_statement(&self) -> Option<Statement> {
        let whole = !self.statement.ends_with(CUT);
        Statement::of(&self.member, &self.statement).filter(|_| whole)
    }
}

impl Asset {
    /// Whether it can be adopted to any purpose: it is a statement, it is valid, and it does something (service.md 8.7).
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.definition.is_some() && !self.findings.iter().any(CandidateFinding::spoils)
    }

    /// Whether nothing was found that a person must have read before it is applied.
    pub(super) fn is_clear(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.finding_type == "VALID")
    }

    /// Its id and whether it can be used, for a message.
    #[must_use]
    pub fn named(&self) -> String {
        let state = if self.definition.is_none() {
            ", not translatable"
        } else if self.is_usable() {
            ""
        } else {
            ", not usable"
        };
        format!("{}{state}", self.asset_id)
    }

    /// The same with its requirement.
    #[must_use]
    pub fn told(&self) -> String {
        format!("{} ('{}')", self.named(), shorten(&self.fragment, 60))
    }
}

/// AWS's finding about an asset in plain words (service.md 8.7), with its own sentence.
pub(super) fn plainly(asset: &Asset, finding: &CandidateFinding) -> GenerationFinding {
    let meaning = finding.meaning(asset.definition.is_some()).unwrap_or("AWS says");
    let said = finding.description.as_deref().map(one_line);
    let said = said.filter(|said| !said.is_empty());
    let message = said.map_or_else(|| meaning.to_owned(), |said| format!("{meaning}: {said}"));
    GenerationFinding {
        kind: shorten(&finding.finding_type, 60),
        message: shorten(&message, FINDING),
    }
}

/// How many of how many can be adopted.
pub(super) fn usable(assets: &[Asset]) -> (usize, usize) {
    (
        assets.iter().filter(|asset| asset.is_usable()).count(),
        assets.len(),
    )
}

/// The assets as the status shows them.
pub(super) fn shown(object: &PolicyGeneration, assets: &[Asset]) -> Vec<GenerationAsset> {
    let shown = assets.iter().enumerate().take(MOST_SHOWN);
    shown
        .map(|(place, asset)| GenerationAsset {
            asset_id: asset.asset_id.clone(),
            usable: asset.is_usable(),
            fragment: shorten(&asset.fragment, FRAGMENT),
            statement: asset
                .definition
                .as_ref()
                .map(|written| cut(&written.statement, STATEMENT)),
            member: asset.definition.as_ref().map(|written| written.member.clone()),
            findings: asset
                .findings
                .iter()
                .take(MOST_FINDINGS)
                .map(|finding| plainly(asset, finding))
                .collect(),
            manifest: manifest(object, asset, place, STATEMENT),
        })
        .collect()
}

/// The assets as far as the status shows them: a statement that was cut there is one that cannot be adopted.
pub(super) fn of_status(status: &PolicyGenerationStatus) -> Vec<Asset> {
    let asset = |shown: &GenerationAsset| Asset {
        asset_id: shown.asset_id.clone(),
        fragment: shown.fragment.clone(),
        definition: shown.statement.as_ref().map(|statement| Written {
            member: shown.member.clone().unwrap_or_default(),
            statement: statement.clone(),
        }),
        findings: shown
            .findings
            .iter()
            .map(|finding| CandidateFinding {
                finding_type: finding.kind.clone(),
                description: None,
            })
            .collect(),
    };
    status.assets.iter().map(asset).collect()
}

/// A statement with its lines, or as much of it as there is room for.
fn cut(statement: &str, longest: usize) -> String {
    match statement.char_indices().nth(longest) {
        None => statement.to_owned(),
        Some((end, _)) => format!("{}{CUT}", &statement[..end]),
    }
}

/// Name of an object's ConfigMap.
#[must_use]
pub fn config_map_name(name: &str) -> String {
    let whole = format!("{name}-assets");
    if whole.len() <= LONGEST_NAME {
        return whole;
    }
    let stem = name
        .get(..LONGEST_NAME - 16)
        .unwrap_or(name)
        .trim_end_matches(['-', '.']);
    format!("{stem}-{}-assets", sha256([name]).short(8))
}

/// What is written beside an object: a ConfigMap that it owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keepsake {
    /// Its name.
    pub name: String,
    /// Whether it is there already.
    pub there: bool,
    /// Its data; nothing where something is to be taken away.
    pub data: BTreeMap<String, Option<String>>,
    /// What the condition says of it.
    told: String,
}

impl Keepsake {
    /// All assets of an object, in full; `None`: they are there, or there is no place for them.
    pub(super) fn of(object: &PolicyGeneration, assets: &[Asset], copied: &Copied) -> Option<Self> {
        let wanted = data(object, assets);
        let before = match copied {
            Copied::Foreign | Copied::Unread(_) => return None,
            Copied::Nothing => None,
            Copied::Data(data) if *data == wanted => return None,
            Copied::Data(data) | Copied::Inherited(data) => Some(data),
        };
        let stale = before.into_iter().flat_map(BTreeMap::keys);
        let stale = stale.filter(|key| !wanted.contains_key(*key));
        let stale: Vec<_> = stale.map(|key| (key.clone(), None)).collect();
        let name = config_map_name(object.metadata.name.as_deref().unwrap_or_default());
        Some(Self {
            told: copied.told(&name, assets),
            name,
            there: before.is_some(),
            data: stale
                .into_iter()
                .chain(wanted.into_iter().map(|(key, text)| (key, Some(text))))
                .collect(),
        })
    }

    /// The status that speaks of it, when the API server refuses to keep it.
    #[must_use]
    pub fn missing(&self, mut status: Value, why: &str) -> Value {
        let gone = unkept(&self.name, "written", why);
        if let Some(members) = status.as_object_mut() {
            members.insert("configMap".to_owned(), Value::Null);
            members.insert("assetsDigest".to_owned(), Value::Null);
        }
        let conditions = status.get_mut("conditions").and_then(Value::as_array_mut);
        for condition in conditions.into_iter().flatten() {
            if let Some(Value::String(said)) = condition.get_mut("message") {
                *said = shorten(&said.replace(&self.told, &gone), LONGEST);
            }
        }
        status
    }
}

/// That a ConfigMap could not be read or written.
fn unkept(name: &str, done: &str, why: &str) -> String {
    format!(
        "ConfigMap {name} could not be {done} ({}), so what is not in status.assets is in AWS alone, for 7 days",
        shorten(why, CAUSE)
    )
}

/// All assets of an object, in full, as a ConfigMap has them.
fn data(object: &PolicyGeneration, assets: &[Asset]) -> BTreeMap<String, String> {
    let mut data = BTreeMap::from([(WHOLE.to_owned(), whole(assets))]);
    let mut size = 0;
    for (place, asset) in assets.iter().enumerate() {
        let Some(written) = &asset.definition else {
            continue;
        };
        // Twice: by itself, and in the manifest.
        size += 2 * written.statement.len();
        if size > MOST_BYTES {
            break;
        }
        let id = &asset.asset_id;
        data.insert(format!("{id}.cedar"), written.statement.clone());
        if let Some(manifest) = manifest(object, asset, place, usize::MAX) {
            data.insert(format!("{id}.yaml"), manifest);
        }
    }
    data
}

/// The assets that there is room for.
fn fitting(assets: &[Asset]) -> Vec<&Asset> {
    let mut size = 0;
    let fitting = assets.iter().take_while(|asset| {
        size += serde_json::to_string(asset).map_or(0, |text| text.len());
        size <= MOST_BYTES
    });
    fitting.collect()
}

/// The assets as they are adopted from.
fn whole(assets: &[Asset]) -> String {
    serde_json::to_string_pretty(&fitting(assets)).unwrap_or_default()
}

/// The digest by which the status knows what was copied.
pub(super) fn digest(assets: &[Asset]) -> String {
    sha256_of(whole(assets).as_bytes()).as_str().to_owned()
}

/// An object's ConfigMap, as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Copied {
    /// It is not there.
    #[default]
    Nothing,
    /// There is one of its name that is not the object's.
    Foreign,
    /// The API server does not let it be read, for this reason.
    Unread(String),
    /// It has this.
    Data(BTreeMap<String, String>),
    /// It has this, and goes with an earlier object of the same name.
    Inherited(BTreeMap<String, String>),
}

impl Copied {
    /// The assets in it, if they are what the object has put there.
    #[must_use]
    pub fn assets(&self, digest: Option<&str>) -> Option<Vec<Asset>> {
        let (Self::Data(data) | Self::Inherited(data)) = self else {
            return None;
        };
        let text = data.get(WHOLE)?;
        let same = Some(sha256_of(text.as_bytes()).as_str()) == digest;
        serde_json::from_str(text).ok().filter(|_| same)
    }

    /// Where all assets are in full.
    pub(super) fn told(&self, name: &str, assets: &[Asset]) -> String {
        let fitting = fitting(assets).len();
        match self {
            Self::Foreign => format!(
                "ConfigMap {name} is not this object's, so what is not in status.assets is in AWS alone, for 7 days"
            ),
            Self::Unread(why) => unkept(name, "read", why),
            Self::Nothing | Self::Data(_) | Self::Inherited(_) if fitting < assets.len() => format!(
                "see status.assets, and ConfigMap {name} for the first {fitting}, which is all that it has room for"
            ),
            Self::Nothing | Self::Data(_) | Self::Inherited(_) => {
                format!("see status.assets, and ConfigMap {name} for all of it")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_config_map_is_one_however_long_the_object_s_is() {
        assert_eq!(config_map_name("draft"), "draft-assets");
        let long = config_map_name(&"a".repeat(253));
        assert!(long.len() <= 253 && long.ends_with("-assets"), "{long}");
        assert_ne!(long, config_map_name(&format!("{}b", "a".repeat(252))));
    }
}
