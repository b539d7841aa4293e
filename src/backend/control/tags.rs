//! Tags of gateways, and of engines and policies (service.md section 16, `compat.tag-policy-engines`).

use super::defaults::{MOST_TAGS, text};
use super::record::{EngineBody, GatewayBody, PolicyBody, Tagged, Tags};
use super::refusal::{Reason, Refusal};
use super::{Control, until_done};
use crate::backend::switches::TagPolicyEngines;
use crate::model::Arn;
use serde::{Deserialize, Serialize};

/// Input of `TagResource`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagResource {
    resource_arn: String,
    tags: Tags,
}

/// Input of `UntagResource`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UntagResource {
    resource_arn: String,
    tag_keys: Vec<String>,
}

/// Input of `ListTagsForResource`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListTagsForResource {
    resource_arn: String,
}

/// Output of `ListTagsForResource`.
#[derive(Debug, Serialize)]
pub struct ResourceTags {
    tags: Tags,
}

/// Output without members.
#[derive(Debug, Serialize)]
pub struct Nothing {}

/// What is done to the tags.
#[derive(Debug)]
enum Change<'c> {
    Nothing,
    Add(&'c Tags),
    Remove(&'c [String]),
}

/// `TagResource`: tags that are not named stay.
pub async fn tag(control: &Control, input: TagResource) -> Result<Nothing, Refusal> {
    change(control, &input.resource_arn, &Change::Add(&input.tags)).await?;
    Ok(Nothing {})
}

/// `UntagResource`: tags that are not there are no error.
pub async fn untag(control: &Control, input: UntagResource) -> Result<Nothing, Refusal> {
    change(control, &input.resource_arn, &Change::Remove(&input.tag_keys)).await?;
    Ok(Nothing {})
}

/// `ListTagsForResource`.
pub async fn list(control: &Control, input: ListTagsForResource) -> Result<ResourceTags, Refusal> {
    Ok(ResourceTags {
        tags: change(control, &input.resource_arn, &Change::Nothing).await?,
    })
}

/// Changes the tags of the resource and gives what they are then.
async fn change(control: &Control, arn: &str, change: &Change<'_>) -> Result<Tags, Refusal> {
    let missing = || Refusal::NotFound(text::no_resource(arn));
    if let Some(gateway) = control.place.gateway_id(arn) {
        let tags = until_done(|| try_change::<GatewayBody>(control, &gateway, "", change)).await?;
        return tags.ok_or_else(missing);
    }
    let found = Arn::parse(arn)
        .ok()
        .filter(|arn| control.place.holds(arn))
        .ok_or_else(missing)?;
    if control.switches.tag_policy_engines == TagPolicyEngines::Refused {
        return Err(Refusal::validation(
            Reason::FieldValidationFailed,
            text::not_taggable(arn),
        ));
    }
    let (engine, policy) = (&found.engine_id, found.policy_id.as_ref());
    let tags = match policy {
        Some(policy) => until_done(|| try_change::<PolicyBody>(control, policy, engine, change)).await?,
        None => until_done(|| try_change::<EngineBody>(control, engine, "", change)).await?,
    };
    tags.ok_or_else(missing)
}

/// One attempt: none when it was overtaken, nothing inside when there is no such resource.
async fn try_change<B: Tagged>(
    control: &Control,
    id: &str,
    parent: &str,
    change: &Change<'_>,
) -> Result<Option<Option<Tags>>, Refusal> {
    let Some(mut found) = control
        .find::<B>(id)
        .await?
        .filter(|found| found.record.parent == parent)
    else {
        return Ok(Some(None));
    };
    let tags = found.body.tags();
    match change {
        Change::Nothing => return Ok(Some(Some(tags.clone()))),
        Change::Add(added) => tags.extend(added.iter().map(|(key, value)| (key.clone(), value.clone()))),
        Change::Remove(keys) => tags.retain(|key, _| !keys.contains(key)),
    }
    if tags.len() > MOST_TAGS {
        return Err(Refusal::Quota(text::quota(
            &control.switches,
            "tags on a resource",
            MOST_TAGS,
        )));
    }
    let after = tags.clone();
    Ok(control
        .commit(vec![found.replace()?])
        .await?
        .then_some(Some(after)))
}
