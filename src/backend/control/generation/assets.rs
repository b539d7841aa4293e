//! Assets of a generation: listed, and adopted by a policy.

use super::{NamedGeneration, existing};
use crate::backend::control::defaults::text;
use crate::backend::control::record::{AssetBody, AssetView, Definition, Stored};
use crate::backend::control::refusal::{Reason, Refusal};
use crate::backend::control::statement::Asked;
use crate::backend::control::{Control, engine, list};
use serde::{Deserialize, Serialize};

/// Input of `ListPolicyGenerationAssets`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListAssets {
    #[serde(flatten)]
    named: NamedGeneration,
    next_token: Option<String>,
    max_results: Option<u32>,
}

/// Output of `ListPolicyGenerationAssets`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assets {
    policy_generation_assets: Vec<AssetView>,
    next_token: Option<String>,
}

/// `ListPolicyGenerationAssets`: in the order of the fragments; empty after seven days
/// (`compat.generation-retention`).
pub async fn list_assets(control: &Control, input: ListAssets) -> Result<Assets, Refusal> {
    let engine = engine::existing(control, &input.named.policy_engine_id).await?;
    let generation = existing(control, engine.id(), &input.named.policy_generation_id).await?;
    if generation
        .body
        .expires
        .is_none_or(|expires| expires <= control.clocks.service.now())
    {
        return Ok(Assets {
            policy_generation_assets: Vec::new(),
            next_token: None,
        });
    }
    let limit = input
        .max_results
        .unwrap_or_else(|| control.switches.policy_page_size.get());
    let scope = Some(generation.id());
    let page =
        list::page::<AssetBody>(control, engine.id(), scope, limit, input.next_token.as_deref()).await?;
    Ok(Assets {
        policy_generation_assets: page.items.into_iter().map(AssetView::from).collect(),
        next_token: page.next,
    })
}

/// The statement of an asset, under its member, when a definition asks for one (service.md 5.6,
/// `compat.generated-definition-echo`); none when it is a statement itself.
///
/// # Errors
/// [`Refusal::NotFound`] for a generation or asset that this engine does not have, or no longer has;
/// [`Refusal::Validation`] for an asset without a statement.
pub async fn resolved(control: &Control, engine: &str, asked: &Asked) -> Result<Option<Asked>, Refusal> {
    let Asked::PolicyGeneration(asset) = asked else {
        return Ok(None);
    };
    let generation = existing(control, engine, &asset.policy_generation_id).await?;
    let now = control.clocks.service.now();
    let found: Option<Stored<AssetBody>> = control.find(&asset.policy_generation_asset_id).await?;
    let found = found
        .filter(|found| found.record.scope.as_deref() == Some(generation.id()) && found.body.expires > now)
        .ok_or_else(|| Refusal::NotFound(text::no_asset(asset)))?;
    match found.body.definition {
        Some(Definition::Cedar(text)) => Ok(Some(Asked::Cedar(text))),
        Some(Definition::Policy(text)) => Ok(Some(Asked::Policy(text))),
        None => Err(Refusal::validation(
            Reason::FieldValidationFailed,
            text::asset_without_definition(asset),
        )),
    }
}
