//! `PolicyGeneration`: wishes, and how to read what AWS has. A generation is started once for what it is asked, under a name
//! that tells it, and is never changed or deleted: AWS has no operation for that (service.md 8.1).

mod assets;
mod desired;
mod manifest;
mod observed;
mod tools;

#[cfg(test)]
pub(super) mod tests;

pub use assets::{Asset, Copied, Keepsake, Written, config_map_name};
pub use desired::{DesiredGeneration, GenerationReferences};
pub use observed::{ObservedGeneration, generation_status};
pub use tools::untooled;

use super::{Desire, Found, Hindrance, Identity, Kind, Look, Note, Remark, Sought, View, tool_rooms};
use crate::api::{DeletionPolicy, Management, Mirror, PolicyGeneration, PolicyGenerationStatus, Reason};
use crate::model::{Fault, GatewayArn, Lifecycle};
use std::borrow::Cow;

/// The kind `PolicyGeneration`.
#[derive(Debug)]
pub struct GenerationKind;

impl Kind for GenerationKind {
    type Object = PolicyGeneration;
    type References = GenerationReferences;
    type Desired = DesiredGeneration;
    type Observed = ObservedGeneration;

    const NAME: &'static str = "PolicyGeneration";
    const NOUN: &'static str = "policy generation";
    const ID: &'static str = "status.generationId";
    const INVALID: Reason = Reason::InvalidSpec;
    const MAKING: Reason = Reason::Generating;
    const ONCE: bool = true;

    /// There is nothing that could be deleted in AWS, so its object goes at once.
    fn management(object: &PolicyGeneration) -> Management {
        Management {
            deletion_policy: Some(DeletionPolicy::Retain),
            ..object.spec.management.clone()
        }
    }

    fn mirror(object: &PolicyGeneration) -> Mirror {
        object
            .status
            .as_ref()
            .map(|status| status.mirror.clone())
            .unwrap_or_default()
    }

    fn known_id(object: &PolicyGeneration) -> Option<String> {
        let status = object.status.as_ref();
        status.and_then(|status| status.generation_id.clone())
    }

    fn sought(object: &PolicyGeneration, references: &GenerationReferences, identity: &Identity) -> Sought {
        let name = name(object, references, identity).unwrap_or_default();
        let status = object.status.as_ref();
        // The id of a generation of another text is that of another generation.
        let same = status.filter(|status| status.generation_name.as_ref() == Some(&name));
        let is_over = observed::outlived(object, &name).is_some();
        let to_start = desired::to_start(object, references, identity).filter(|_| !is_over);
        let gateway = to_start.and_then(|desired| GatewayArn::parse(&desired.gateway_arn));
        Sought {
            id: same.and_then(|status| status.generation_id.clone()),
            name,
            parents: desired::place(object, references).0.into_iter().collect(),
            tools_of: gateway.map(|arn| arn.gateway_id),
            ..Sought::default()
        }
    }

    fn desire(
        object: &PolicyGeneration,
        references: &GenerationReferences,
        identity: &Identity,
    ) -> Desire<DesiredGeneration> {
        desired::desire(object, references, identity)
    }

    /// It is not started before its gateway has tools.
    fn recalled(
        desire: Desire<DesiredGeneration>,
        _: &PolicyGeneration,
        _: &GenerationReferences,
        _: &Identity,
        found: &Result<Found<ObservedGeneration>, Fault>,
    ) -> Desire<DesiredGeneration> {
        match (desire, found) {
            (Desire::Known(desired), Ok(Found::Unready(text))) => Desire::Unguarded(desired, text.clone()),
            (desire, _) => desire,
        }
    }

    fn payload(desired: &DesiredGeneration) -> String {
        desired.payload()
    }

    fn outlived(object: &PolicyGeneration, sought: &Sought) -> Option<ObservedGeneration> {
        observed::outlived(object, &sought.name)
    }

    fn look(view: &View<'_, Self>) -> Option<Look> {
        view.observed.map(|observed| observed::look(view, observed))
    }

    fn hindrance(_: &View<'_, Self>, _: bool) -> Hindrance {
        Hindrance::Nothing
    }

    /// Where it waits for the tools that its text may be about.
    fn rooms(object: &PolicyGeneration, references: &GenerationReferences) -> Vec<String> {
        let own = object.metadata.namespace.clone().unwrap_or_default();
        let named = object.spec.gateway_ref.as_ref();
        let given = object.spec.resource.as_ref();
        let given = given.and_then(|resource| GatewayArn::parse(&resource.arn));
        let ids = [references.gateway.id.clone(), given.map(|arn| arn.gateway_id)];
        tool_rooms(
            named.map(|gateway| gateway.place(own)),
            ids.into_iter().flatten(),
            None,
        )
    }

    fn conflict(_: &View<'_, Self>) -> String {
        "a policy generation of this name was started before and is not there any more, and a name is never free again: \
         change spec.content, or delete the object and create it anew"
            .to_owned()
    }

    /// GENERATED is not success (service.md 8.6).
    fn remark(view: &View<'_, Self>) -> Option<Remark> {
        let assets = written(view)?;
        let (usable, all) = assets::usable(&assets);
        if usable > 0 {
            return Some(Remark::Known(Reason::Synced, in_words(view, usable, &assets)));
        }
        let told: Vec<String> = assets.iter().take(3).map(Asset::told).collect();
        let why = match all {
            0 => "there are none: AWS deletes them after 7 days".to_owned(),
            _ => format!("{}: see status.assets", told.join("; ")),
        };
        Some(Remark::Useless(
            Reason::NoUsableAsset,
            format!(
                "the policy generation is GENERATED, and none of its assets can be used; {why}. Change \
                 spec.content.rawText to have it run again: say which callers may use which tool"
            ),
        ))
    }

    /// That it is over is told once.
    fn caution(view: &View<'_, Self>) -> Option<Note> {
        let id = &view.observed?.resource.id;
        let before = view.object.status.as_ref();
        let told = before.is_some_and(|status| {
            status.generation_id.as_ref() == Some(id)
                && (status.usable.is_some() || !status.assets.is_empty())
        });
        let (usable, all) = assets::usable(&written(view).filter(|_| !told)?);
        Some(Note {
            warning: usable == 0,
            reason: "GenerationCompleted",
            action: "Generate",
            note: format!("AgentCore has written {all} assets, of which {usable} can be used"),
        })
    }

    fn keepsake(view: &View<'_, Self>) -> Option<Keepsake> {
        let assets = view.observed.map(|observed| observed.assets.as_slice());
        let assets = assets.filter(|assets| !assets.is_empty())?;
        Keepsake::of(view.object, assets, &view.references.copied)
    }

    fn status(view: &View<'_, Self>, mirror: Mirror) -> serde_json::Value {
        let before = view.object.status.as_ref();
        let ours = view.observed.filter(|_| mirror.status.is_some());
        let Some(ours) = ours else {
            let status = PolicyGenerationStatus {
                mirror,
                ..before.cloned().unwrap_or_default()
            };
            return serde_json::to_value(status).unwrap_or_default();
        };
        let same = before.filter(|before| before.generation_id.as_ref() == Some(&ours.resource.id));
        let over = ours.resource.status == Lifecycle::Active;
        let assets = if ours.assets.is_empty() {
            kept(same, over)
        } else {
            copied(view, &ours.assets)
        };
        let status = PolicyGenerationStatus {
            generation_id: Some(ours.resource.id.clone()),
            generation_arn: Some(ours.resource.arn.clone()),
            generation_name: Some(ours.resource.name.clone()),
            policy_engine_id: Some(ours.engine_id.clone()),
            gateway_arn: Some(ours.gateway_arn.clone()),
            assets_in_aws: over.then_some(!ours.assets.is_empty()),
            mirror,
            ..assets
        };
        serde_json::to_value(status).unwrap_or_default()
    }
}

/// AWS name of the generation that the spec asks for; as it was, while that is not known.
fn name(object: &PolicyGeneration, references: &GenerationReferences, identity: &Identity) -> Option<String> {
    let wanted = desired::wanted(object, references, identity).map(|desired| desired.name);
    let known = object.status.as_ref();
    wanted.or_else(|| known.and_then(|status| status.generation_name.clone()))
}

/// What was written by the generation that was found: as AWS shows it, or as it was copied. `None`: it is not over.
fn written<'a>(view: &View<'a, GenerationKind>) -> Option<Cow<'a, [Asset]>> {
    let observed = view.observed?;
    if observed.resource.status != Lifecycle::Active {
        return None;
    }
    if !observed.assets.is_empty() {
        return Some(Cow::Borrowed(&observed.assets));
    }
    let before = view.object.status.as_ref();
    let same = before.filter(|status| status.generation_id.as_ref() == Some(&observed.resource.id));
    Some(Cow::Owned(same.map_or_else(Vec::new, |status| {
        copies(status, &view.references.copied)
    })))
}

/// All that is kept of a generation's assets: in full as long as its ConfigMap has them, else as the status shows them.
#[must_use]
pub fn copies(status: &PolicyGenerationStatus, copied: &Copied) -> Vec<Asset> {
    copied
        .assets(status.assets_digest.as_deref())
        .unwrap_or_else(|| assets::of_status(status))
}

/// The part of the status that is about assets, as AWS has them now.
fn copied(view: &View<'_, GenerationKind>, assets: &[Asset]) -> PolicyGenerationStatus {
    let (usable, all) = assets::usable(assets);
    let digest = assets::digest(assets);
    let before = view.object.status.as_ref();
    let is_there = match view.references.copied {
        Copied::Foreign => false,
        // It is as it was, as far as anybody knows.
        Copied::Unread(_) => before.is_some_and(|status| status.assets_digest.as_ref() == Some(&digest)),
        Copied::Nothing | Copied::Data(_) | Copied::Inherited(_) => true,
    };
    PolicyGenerationStatus {
        usable: Some(format!("{usable} of {all}")),
        assets: assets::shown(view.object, assets),
        config_map: is_there.then(|| config_map_name(&view.identity.name)),
        assets_digest: is_there.then_some(digest),
        ..PolicyGenerationStatus::default()
    }
}

/// The same, as it was copied before.
fn kept(same: Option<&PolicyGenerationStatus>, over: bool) -> PolicyGenerationStatus {
    match same {
        Some(same) if same.usable.is_some() => PolicyGenerationStatus {
            usable: same.usable.clone(),
            assets: same.assets.clone(),
            config_map: same.config_map.clone(),
            assets_digest: same.assets_digest.clone(),
            ..PolicyGenerationStatus::default()
        },
        Some(_) | None => PolicyGenerationStatus {
            usable: over.then(|| "0 of 0".to_owned()),
            ..PolicyGenerationStatus::default()
        },
    }
}

fn in_words(view: &View<'_, GenerationKind>, usable: usize, assets: &[Asset]) -> String {
    let name = config_map_name(&view.identity.name);
    let (copy, all) = (view.references.copied.told(&name, assets), assets.len());
    format!("the policy generation is GENERATED: {usable} of {all} assets can be adopted by a Policy; {copy}")
}
