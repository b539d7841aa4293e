//! The statement that a policy adopts from a generation: looked up once, and kept from then on, whatever becomes of the
//! generation (service.md 5.6, 8.10).

use super::observed::says;
use super::{DesiredPolicy, PolicyKind, PolicyRecord, PolicyReferences, Statement};
use crate::api::{Adopted, AdoptedBefore, Policy, PolicyGeneration, Reason, Timestamp};
use crate::model::{Lifecycle, sha256};
use crate::operator::decide::wording::{MOST_NAMED, list};
use crate::operator::decide::{Asset, Copied, Identity, Refusal, Remark, View, copies};
use std::time::Duration;

/// How long AWS keeps assets (service.md 8.10).
const LIFETIME: Duration = Duration::from_hours(7 * 24);

/// How many assets are told with their requirements; of more only what names them.
const FEW: usize = 5;

/// What a policy knows of the generation that it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// AWS id of what was started last.
    pub id: Option<String>,
    /// AWS id of its engine.
    pub engine_id: Option<String>,
    /// Whether AWS still has its assets.
    pub lives: bool,
    /// What was written; none: it is not over, or failed.
    pub assets: Option<Vec<Asset>>,
    /// How many assets there are, where only the first are here.
    pub count: usize,
    /// The ConfigMap that has all of them.
    pub config_map: Option<String>,
    /// Whether it does not get on by itself.
    pub stalled: bool,
}

impl Generated {
    /// What the status of an object says now, and its ConfigMap.
    #[must_use]
    pub fn of(object: &PolicyGeneration, copied: &Copied, now: Timestamp) -> Self {
        let Some(status) = &object.status else {
            return Self::default();
        };
        let over = status.usable.is_some();
        Self {
            id: status.generation_id.clone(),
            engine_id: status.policy_engine_id.clone(),
            lives: status.assets_in_aws == Some(true) && !is_old(status.mirror.updated_at.as_deref(), now),
            assets: over.then(|| copies(status, copied)),
            count: status.usable.as_deref().map_or(0, written),
            config_map: status.config_map.clone(),
            stalled: status.mirror.says(object.metadata.generation, "Stalled"),
        }
    }

    /// Whether it will have assets that nobody knows yet.
    pub(super) fn is_coming(&self) -> bool {
        self.assets.is_none() && !self.stalled
    }

    /// The statement of an asset, if it is there and whole.
    pub(super) fn statement(&self, asset_id: &str) -> Option<Statement> {
        let mut assets = self.assets.iter().flatten();
        let asset = assets.find(|asset| asset.asset_id == asset_id)?;
        asset.definition.as_ref()?.as_statement()
    }

    /// Its assets, those that can be used first; of many the first, and where all of them are.
    fn told(&self) -> String {
        let assets = self.assets.as_deref().unwrap_or_default();
        if assets.is_empty() {
            return "it has no assets".to_owned();
        }
        let mut assets: Vec<&Asset> = assets.iter().collect();
        assets.sort_by_key(|asset| !asset.is_usable());
        let tell = if assets.len() > FEW {
            Asset::named
        } else {
            Asset::told
        };
        let told: Vec<String> = assets.into_iter().map(tell).collect();
        let number = self.count.max(told.len());
        let all = match &self.config_map {
            _ if number <= MOST_NAMED => String::new(),
            Some(map) => format!(" ({number} in all: see ConfigMap {map})"),
            None => format!(" ({number} in all)"),
        };
        format!("its assets are {}{all}", list(&told))
    }
}

/// How many there are by `status.usable`, such as `2 of 3`.
fn written(usable: &str) -> usize {
    let all = usable.split(' ').next_back();
    all.and_then(|all| all.parse().ok()).unwrap_or_default()
}

/// Whether AWS has deleted by now what was written at this time, also where nobody has looked since.
fn is_old(written: Option<&str>, now: Timestamp) -> bool {
    let written = written.and_then(|time| time.parse::<Timestamp>().ok());
    written.is_some_and(|written| now.duration_since(written).unsigned_abs() >= LIFETIME && written < now)
}

/// Which asset a policy is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// AWS id of the generation.
    pub generation_id: String,
    /// AWS id of the asset.
    pub asset_id: String,
    /// Whether AWS still has it, so that it can be named.
    pub lives: bool,
}

impl Adoption {
    /// What AWS may show in the place of the statement (`compat.generated-definition-echo`).
    pub(super) fn is_shown_as(&self, found: Option<&Statement>) -> bool {
        let Some(Statement::Generation(shown)) = found else {
            return false;
        };
        *shown == format!("{}/{}", self.generation_id, self.asset_id)
    }
}

/// Why nothing can be adopted.
#[derive(Debug)]
pub(super) enum Hitch {
    /// Something is not there yet.
    Waits(String),
    /// It never will be.
    Refused(Refusal),
}

/// What a policy has adopted last, as its status says it, whatever its spec names now.
pub(super) fn in_status(object: &Policy) -> Option<(Statement, &Adopted)> {
    let status = object.status.as_ref()?;
    let adopted = status.adopted.as_ref()?;
    let text = status.effective_statement.as_deref()?;
    let statement = Statement::of(&adopted.member, text)?;
    (adopted.statement_digest == digest(text)).then_some((statement, adopted))
}

/// The same, and behind it what was in force before that, as long as it may be in force yet.
fn known(object: &Policy) -> impl Iterator<Item = (Statement, &Adopted)> {
    let status = object.status.as_ref();
    let before = status.and_then(|status| status.adopted_before.as_ref());
    let before = before.and_then(|AdoptedBefore { adopted, statement }| {
        let same = adopted.statement_digest == digest(statement);
        Statement::of(&adopted.member, statement)
            .filter(|_| same)
            .map(|statement| (statement, adopted))
    });
    in_status(object).into_iter().chain(before)
}

/// What a policy has adopted, if the spec names it.
pub(super) fn kept(object: &Policy) -> Option<(Statement, &Adopted)> {
    let wanted = object.spec.definition.generation.as_ref()?;
    known(object).find(|(_, adopted)| adopted.name == wanted.name && adopted.asset_id == wanted.asset_id)
}

/// The words of what AWS shows by its asset, if they are known.
pub(super) fn shown_as(view: &View<'_, PolicyKind>, found: &Statement) -> Option<Statement> {
    let known = known(view.object).map(|(statement, adopted)| {
        let adoption = Adoption {
            generation_id: adopted.generation_id.clone(),
            asset_id: adopted.asset_id.clone(),
            lives: false,
        };
        (statement, adoption)
    });
    let wanted = view
        .desired
        .and_then(|desired| Some((desired.statement.clone(), desired.adoption.clone()?)));
    let mut all = known.chain(wanted);
    let same = all.find(|(_, adoption)| adoption.is_shown_as(Some(found)))?;
    Some(same.0)
}

/// Whether a policy goes by what it has adopted, and not by what its generation has now.
#[must_use]
pub fn has_adopted(object: &Policy) -> bool {
    kept(object).is_some()
}

fn digest(text: &str) -> String {
    sha256([text]).as_str().to_owned()
}

/// The statement of the asset that a policy names, if it names one.
pub(super) fn adopt(
    object: &Policy,
    references: &PolicyReferences,
) -> Option<Result<(Statement, Adoption), Hitch>> {
    let wanted = object.spec.definition.generation.as_ref()?;
    let generated = references.generation.as_ref();
    if let Some((statement, adopted)) = kept(object) {
        let same = generated.filter(|generated| generated.id.as_ref() == Some(&adopted.generation_id));
        let adoption = Adoption {
            generation_id: adopted.generation_id.clone(),
            asset_id: adopted.asset_id.clone(),
            lives: same.is_some_and(|generated| generated.lives),
        };
        return Some(Ok((statement, adoption)));
    }
    Some(offered(&wanted.name, &wanted.asset_id, generated, references))
}

/// The statement of an asset of a generation.
fn offered(
    name: &str,
    asset_id: &str,
    generated: Option<&Generated>,
    references: &PolicyReferences,
) -> Result<(Statement, Adoption), Hitch> {
    let Some(generated) = generated else {
        return Err(Hitch::Waits(format!(
            "PolicyGeneration {name} is not there: create it in this namespace, or correct spec.definition.generation"
        )));
    };
    let (Some(id), Some(assets)) = (&generated.id, &generated.assets) else {
        return Err(Hitch::Waits(format!(
            "PolicyGeneration {name} is not GENERATED yet: see its conditions"
        )));
    };
    let refused = |why: String| {
        let message = format!("{why}; {}. Correct spec.definition.generation", generated.told());
        Hitch::Refused(Refusal {
            reason: Reason::InvalidSpec,
            message,
        })
    };
    let (own, other) = (references.engine.id.as_ref(), generated.engine_id.as_ref());
    if let (Some(own), Some(other)) = (own, other)
        && own != other
    {
        return Err(refused(format!(
            "PolicyGeneration {name} is for the policy engine {other}, and this policy is for {own}"
        )));
    }
    let Some(asset) = assets.iter().find(|asset| asset.asset_id == asset_id) else {
        return Err(refused(format!(
            "PolicyGeneration {name} has no asset {asset_id}"
        )));
    };
    let Some(written) = &asset.definition else {
        return Err(refused(format!(
            "asset {asset_id} of PolicyGeneration {name} has no statement: its text could not be translated"
        )));
    };
    let Some(statement) = written.as_statement() else {
        return Err(refused(format!(
            "the statement of asset {asset_id} of PolicyGeneration {name} is not here in full: its ConfigMap is gone, was \
             changed or cannot be read"
        )));
    };
    let adoption = Adoption {
        generation_id: id.clone(),
        asset_id: asset_id.to_owned(),
        lives: generated.lives,
    };
    Ok((statement, adoption))
}

/// What AWS has of a policy whose status was lost, by the name that only this object's can have. A generation that is run anew
/// has other assets (service.md 8.4), so what was adopted is nowhere else.
pub(super) fn recall(
    object: &Policy,
    references: &PolicyReferences,
    identity: &Identity,
    record: &PolicyRecord,
) -> Option<(Statement, Adoption)> {
    let wanted = object.spec.definition.generation.as_ref()?;
    let known = object.status.as_ref();
    let is_lost = known.is_none_or(|status| status.effective_statement.is_none());
    let is_ours = object.spec.name.is_none() && record.resource.name == identity.default_name();
    let stays = !matches!(
        record.resource.status,
        Lifecycle::CreateFailed | Lifecycle::Deleting
    );
    let generated = references.generation.as_ref()?;
    let assets = generated.assets.as_ref()?;
    let offered = assets.iter().any(|asset| asset.asset_id == wanted.asset_id);
    if !(is_lost && is_ours && stays) || offered || generated.engine_id.as_ref() != Some(&record.engine_id) {
        return None;
    }
    let statement = record.statement.clone()?;
    let adoption = Adoption {
        // Nothing tells which one it was, and AWS has it no more.
        generation_id: String::new(),
        asset_id: wanted.asset_id.clone(),
        lives: false,
    };
    (!matches!(statement, Statement::Generation(_))).then_some((statement, adoption))
}

/// What is adopted by what is wanted.
fn adopts(object: &Policy, desired: &DesiredPolicy) -> Option<Adopted> {
    let wanted = object.spec.definition.generation.as_ref()?;
    let adoption = desired.adoption.as_ref()?;
    Some(Adopted {
        name: wanted.name.clone(),
        generation_id: adoption.generation_id.clone(),
        asset_id: adoption.asset_id.clone(),
        member: desired.statement.member().to_owned(),
        statement_digest: digest(desired.statement.text()),
    })
}

/// What the status keeps of what was adopted: the last of it, and until AWS enforces what is wanted now, what was in force
/// before.
pub(super) fn noted(view: &View<'_, PolicyKind>) -> (Option<Adopted>, Option<AdoptedBefore>) {
    let Some(desired) = view.desired else {
        let status = view.object.status.clone().unwrap_or_default();
        return (status.adopted, status.adopted_before);
    };
    let now = adopts(view.object, desired);
    let enforces =
        |record: &PolicyRecord| record.resource.status == Lifecycle::Active && says(record, desired);
    if view.observed.is_some_and(enforces) {
        return (now, None);
    }
    let others = known(view.object).filter(|(_, adopted)| now.as_ref() != Some(*adopted));
    // Of two, the later one was never seen in force.
    let before = others.last().map(|(statement, adopted)| AdoptedBefore {
        adopted: adopted.clone(),
        statement: statement.text().to_owned(),
    });
    (now, before)
}

/// Whether the status says what is adopted: what AWS has been sent is of an asset that may be gone by the next look.
pub(super) fn is_noted(view: &View<'_, PolicyKind>) -> bool {
    let wanted = view.desired.and_then(|desired| adopts(view.object, desired));
    let noted = in_status(view.object).map(|(_, adopted)| adopted);
    wanted.is_none() || wanted.as_ref() == noted
}

/// That a generation has been run again since: what was adopted stays.
pub(super) fn remark(view: &View<'_, PolicyKind>) -> Option<Remark> {
    let adoption = view.desired?.adoption.as_ref()?;
    let generated = view.references.generation.as_ref()?;
    let name = &view.object.spec.definition.generation.as_ref()?.name;
    let changed = generated
        .id
        .as_ref()
        .is_some_and(|id| *id != adoption.generation_id);
    changed.then(|| {
        let now = match &generated.assets {
            Some(_) => generated.told(),
            None => "it has no assets yet".to_owned(),
        };
        Remark::Known(
            Reason::GenerationChanged,
            format!(
                "the policy is ACTIVE in AgentCore as it was adopted from asset {}; PolicyGeneration {name} has been run again \
                 since, and the policy does not follow by itself: {now}. To adopt one of those, name it in \
                 spec.definition.generation.assetId",
                adoption.asset_id
            ),
        )
    })
}
