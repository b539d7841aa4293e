//! The statement that a policy adopts from a generation: looked up once, and kept from then on, whatever becomes of the
//! generation (service.md 5.6, 8.10).

use super::{DesiredPolicy, PolicyKind, PolicyReferences, Statement};
use crate::api::{Adopted, Policy, PolicyGeneration, Reason};
use crate::model::sha256;
use crate::operator::decide::wording::list;
use crate::operator::decide::{Asset, Copied, Refusal, Remark, View, copies};

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
}

impl Generated {
    /// What the status of an object says, and its ConfigMap.
    #[must_use]
    pub fn of(object: &PolicyGeneration, copied: &Copied) -> Self {
        let Some(status) = &object.status else {
            return Self::default();
        };
        let over = status.usable.is_some();
        Self {
            id: status.generation_id.clone(),
            engine_id: status.policy_engine_id.clone(),
            lives: status.assets_in_aws == Some(true),
            assets: over.then(|| copies(status, copied)),
        }
    }

    fn told(&self) -> String {
        let assets = self.assets.as_deref().unwrap_or_default();
        if assets.is_empty() {
            return "it has no assets".to_owned();
        }
        let told: Vec<String> = assets.iter().map(Asset::told).collect();
        format!("its assets are {}", list(&told))
    }
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

/// What a policy has adopted, as its status says it.
pub(super) fn kept(object: &Policy) -> Option<(Statement, &Adopted)> {
    let wanted = object.spec.definition.generation.as_ref()?;
    let status = object.status.as_ref()?;
    let adopted = status.adopted.as_ref()?;
    let text = status.effective_statement.as_deref()?;
    let same = adopted.asset_id == wanted.asset_id && adopted.statement_digest == digest(text);
    let statement = Statement::of(&adopted.member, text)?;
    same.then_some((statement, adopted))
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
            "the statement of asset {asset_id} of PolicyGeneration {name} is not here in full: its ConfigMap is gone or was \
             changed"
        )));
    };
    let adoption = Adoption {
        generation_id: id.clone(),
        asset_id: asset_id.to_owned(),
        lives: generated.lives,
    };
    Ok((statement, adoption))
}

/// What the status keeps of what was adopted.
pub(super) fn noted(object: &Policy, desired: Option<&DesiredPolicy>) -> Option<Adopted> {
    object.spec.definition.generation.as_ref()?;
    let before = || object.status.as_ref().and_then(|status| status.adopted.clone());
    let Some(desired) = desired else {
        return before();
    };
    let adoption = desired.adoption.as_ref()?;
    Some(Adopted {
        generation_id: adoption.generation_id.clone(),
        asset_id: adoption.asset_id.clone(),
        member: desired.statement.member().to_owned(),
        statement_digest: digest(desired.statement.text()),
    })
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

#[cfg(test)]
mod tests {
    use super::super::{PolicyRecord, Statement};
    use super::*;
    use crate::model::Lifecycle;
    use crate::operator::decide::report_tests::scene::{Scene, record, row};
    use crate::operator::decide::{AssetFinding, Found, Plan, Rest, Written};
    use serde_json::{Value, json};

    const ASSET: &str = "asset-1234567890";
    const STATEMENT: &str = "permit(principal, action, resource is AgentCore::Gateway);";

    fn asset(id: &str, statement: Option<&str>) -> Asset {
        Asset {
            asset_id: id.into(),
            fragment: format!("the requirement of {id}"),
            definition: statement.map(|statement| Written {
                member: "policy".into(),
                statement: statement.into(),
            }),
            findings: vec![AssetFinding {
                kind: "VALID".into(),
                description: None,
            }],
        }
    }

    fn generated(id: &str) -> Generated {
        Generated {
            id: Some(id.into()),
            engine_id: Some("e-1234567890".into()),
            lives: true,
            assets: Some(vec![
                asset(ASSET, Some(STATEMENT)),
                asset("asset-0000000000", None),
            ]),
        }
    }

    /// A policy that names this asset, of a generation that is seen so.
    fn scene(asset: &str, generation: Option<Generated>, found: Found<PolicyRecord>) -> Scene {
        let definition = json!({"generation": {"name": "draft", "assetId": asset}});
        let mut scene = Scene::new(Ok(found)).with("/spec/definition", definition);
        scene.generation = generation;
        scene
    }

    fn active(statement: Statement) -> Found<PolicyRecord> {
        Found::There(PolicyRecord {
            statement: Some(statement),
            ..record(Lifecycle::Active)
        })
    }

    fn adopted() -> Value {
        let found = active(Statement::Policy(STATEMENT.into()));
        scene(ASSET, Some(generated("n-1234567890")), found).status()
    }

    fn message(status: &Value) -> &str {
        status["conditions"][0]["message"].as_str().unwrap_or_default()
    }

    #[test]
    fn what_is_adopted_is_in_the_status_and_is_what_aws_shows_in_words_or_by_the_asset() {
        let status = adopted();
        assert_eq!(row(&status), "Ready=True/Synced");
        assert_eq!(status["effectiveStatement"], STATEMENT);
        let expected = json!({
            "generationId": "n-1234567890", "assetId": ASSET, "member": "policy", "statementDigest": status["statementDigest"],
        });
        assert_eq!(status["adopted"], expected);
        for (shown, agrees) in [
            (Statement::Generation(format!("n-1234567890/{ASSET}")), true),
            (
                Statement::Generation("n-1234567890/asset-0000000000".into()),
                false,
            ),
            (Statement::Cedar(STATEMENT.into()), false),
        ] {
            let seen = scene(ASSET, Some(generated("n-1234567890")), active(shown.clone()));
            assert_eq!(seen.report().0 == Plan::Rest(Rest::InSync), agrees, "{shown:?}");
        }
    }

    #[test]
    fn what_was_adopted_stays_when_the_generation_is_run_again_or_gone() {
        let found = || active(Statement::Policy(STATEMENT.into()));
        let rerun = Generated {
            assets: Some(vec![asset("asset-2222222222", Some("forbid.."))]),
            ..generated("n-2222222222")
        };
        let (planned, report) = scene(ASSET, Some(rerun.clone()), found())
            .after(adopted())
            .report();
        let status = report.status.unwrap();
        assert_eq!(planned, Plan::Rest(Rest::InSync));
        assert_eq!(row(&status), "Ready=True/GenerationChanged");
        assert!(
            message(&status).contains("asset-2222222222 ('the requirement of"),
            "{}",
            message(&status)
        );
        assert_eq!(
            (&status["adopted"], &status["effectiveStatement"]),
            (&adopted()["adopted"], &json!(STATEMENT))
        );
        assert_eq!(report.note.map(|note| note.reason), Some("GenerationChanged"));
        // What is drifted is put back to what was adopted; and what is gone is made of it.
        let drifted = active(Statement::Policy("forbid".into()));
        let (planned, _) = scene(ASSET, Some(rerun.clone()), drifted)
            .after(adopted())
            .report();
        assert_eq!(planned, Plan::Update);
        let (planned, _) = scene(ASSET, None, Found::Absent).after(adopted()).report();
        assert_eq!(planned, Plan::Create);
        let quiet = scene(ASSET, None, found()).after(adopted()).status();
        assert_eq!(row(&quiet), "Ready=True/Synced");
        // Another asset is looked for in what there is now.
        let other = scene("asset-2222222222", Some(rerun), found())
            .after(adopted())
            .status();
        assert_eq!(
            row(&other),
            "Ready=False/InvalidSpec Stalled/InvalidSpec",
            "its statement was cut"
        );
        // A status that says another statement than was adopted is not believed.
        let mut forged = adopted();
        forged["effectiveStatement"] = json!("forbid");
        let (planned, _) = scene(ASSET, None, found()).after(forged).report();
        assert_eq!(planned, Plan::Wait(crate::operator::decide::Wait::Dependency));
    }

    #[test]
    fn what_cannot_be_adopted_is_refused_with_what_could_be() {
        let elsewhere = Generated {
            engine_id: Some("other-1234567890".into()),
            ..generated("n-1234567890")
        };
        for (asset, generation, why) in [
            (
                "asset-9999999999",
                generated("n-1234567890"),
                "has no asset asset-9999999999",
            ),
            (
                "asset-0000000000",
                generated("n-1234567890"),
                "could not be translated",
            ),
            (ASSET, elsewhere, "is for the policy engine other-1234567890"),
        ] {
            let status = scene(asset, Some(generation), Found::Absent).status();
            assert_eq!(row(&status), "Ready=False/InvalidSpec Stalled/InvalidSpec");
            let said = message(&status);
            assert!(said.contains(why), "{said}");
            assert!(said.contains(&format!("its assets are {ASSET} ('")), "{said}");
            assert!(said.contains("asset-0000000000, not translatable ('"), "{said}");
        }
    }

    #[test]
    fn a_generation_that_is_not_there_or_not_over_is_waited_for() {
        let running = Generated {
            assets: None,
            ..generated("n-1234567890")
        };
        for (generation, why) in [(None, "is not there"), (Some(running), "is not GENERATED yet")] {
            let status = scene(ASSET, generation, Found::Absent).status();
            assert_eq!(
                row(&status),
                "Ready=False/DependencyNotReady Reconciling/ProgressingWithRetry"
            );
            assert!(message(&status).contains(why), "{}", message(&status));
        }
    }
}
