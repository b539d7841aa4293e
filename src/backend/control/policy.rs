//! Operations of policies (service.md sections 5 and 6.0).

use super::clock::Micros;
use super::defaults::{self, text};
use super::engine::{self, UpdatedDescription};
use super::lifecycle::{Event, Next, Status as _, overtaking};
use super::place::new_id;
use super::record::{
    Definition, EnforcementMode, EngineBody, PolicyBody, PolicyView, Rule, Stored, Tags, ValidationMode,
};
use super::refusal::Refusal;
use super::statement::{self, Admitted, Asked};
use super::token::{self, Seen};
use super::{Control, gateway, generation, list, until_done};
use crate::backend::store::{Kind, Record, Write};
use crate::backend::switches::{
    EnforcePolicySize, EngineBusyConflict, GeneratedDefinitionEcho, ParallelCreate, PolicyBusyConflict,
    PolicyNameScope, Switches, TargetResourceScope, TokenBeforeName, UpdateFailedDefinition,
};
use crate::model::Lifecycle;
use serde::{Deserialize, Serialize};

/// What `CreatePolicy` does to a policy, as refusals word it.
const CREATED: &str = "created";

/// Input of `CreatePolicy`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatePolicy {
    policy_engine_id: String,
    name: String,
    definition: Asked,
    description: Option<String>,
    #[serde(default)]
    validation_mode: ValidationMode,
    #[serde(default)]
    enforcement_mode: EnforcementMode,
    #[serde(skip_serializing)]
    client_token: Option<String>,
}

/// Input that names a policy.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedPolicy {
    policy_engine_id: String,
    policy_id: String,
}

/// Input of `UpdatePolicy`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdatePolicy {
    policy_engine_id: String,
    policy_id: String,
    description: Option<UpdatedDescription>,
    definition: Option<Asked>,
    validation_mode: Option<ValidationMode>,
    enforcement_mode: Option<EnforcementMode>,
}

/// Input of the lists.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListPolicies {
    policy_engine_id: String,
    next_token: Option<String>,
    max_results: Option<u32>,
    target_resource_scope: Option<String>,
}

/// Output of the lists.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Policies {
    policies: Vec<PolicyView>,
    next_token: Option<String>,
}

/// `CreatePolicy`: the steps 3 to 11 of service.md 6.0, in that order.
pub async fn create(control: &Control, input: CreatePolicy) -> Result<PolicyView, Refusal> {
    until_done(|| try_create(control, &input)).await
}

async fn try_create(control: &Control, input: &CreatePolicy) -> Result<Option<PolicyView>, Refusal> {
    let engine_id = input.policy_engine_id.as_str();
    let engine = engine_for_change(control, engine_id, CREATED).await?;
    // The token decides before name and quota, unless `compat.token-before-name` says otherwise, and is read after
    // them: whatever they saw of an earlier request with it was written together with it.
    let name = name_key(control, engine_id, &input.name);
    let name_used = control.store.find_by_name(Kind::Policy, &name).await?.is_some();
    let name_taken = || Refusal::Conflict(text::name_taken(&control.switches, "Policy"));
    if name_used && control.switches.token_before_name == TokenBeforeName::Name {
        return Err(name_taken());
    }
    let full = control.store.count(Kind::Policy, engine_id).await? >= defaults::MOST_POLICIES;
    let token = input.client_token.as_deref();
    let unused = match token::look_up(control, "CreatePolicy", engine_id, token, input).await? {
        Seen::Never(unused) => unused,
        Seen::Before { id, created } => return replay(control, input, id, created).await.map(Some),
    };
    if name_used {
        return Err(name_taken());
    }
    if full {
        return Err(Refusal::Quota(text::quota(
            &control.switches,
            "policies in a policy engine",
            defaults::MOST_POLICIES,
        )));
    }
    let one_at_a_time = control.switches.parallel_create == ParallelCreate::Conflict;
    if one_at_a_time {
        let policies = list::all::<PolicyBody>(control, engine_id, None).await?;
        if policies.iter().any(|policy| policy.status == Lifecycle::Creating) {
            return Err(Refusal::Conflict(text::ANOTHER_IS_CREATED.to_owned()));
        }
    }
    let Admitted { definition, gateway } = admit(control, engine_id, &input.definition).await?;
    let now = control.clocks.service.now();
    let mut policy = Stored::new(
        new_id(&input.name),
        engine_id,
        name,
        now,
        body(input, definition, now),
    );
    policy.record.scope = gateway;
    policy.record.due = Some(control.settles_at());
    let room = Write::Fewer {
        kind: Kind::Policy,
        parent: engine_id.to_owned(),
        limit: defaults::MOST_POLICIES,
    };
    // Of two that see none in creation, one must see the other: both write the engine, as it is.
    let engine = if one_at_a_time {
        engine.replace()?
    } else {
        engine.unchanged()
    };
    let mut batch = vec![engine, room, policy.insert()?];
    batch.extend(unused.used(control, policy.id(), now)?);
    batch.extend(fits(control, engine_id));
    Ok(control.commit(batch).await?.then(|| shown(control, policy)))
}

/// The steps 6 to 10 of service.md 6.0.
async fn admit(control: &Control, engine: &str, asked: &Asked) -> Result<Admitted, Refusal> {
    let resolved = generation::resolved(control, engine, asked).await?;
    let admitted = statement::admit(resolved.as_ref().unwrap_or(asked), &control.switches)?;
    if let Some(arn) = &admitted.gateway {
        gateway::confirm(control, arn).await?;
    }
    Ok(admitted)
}

/// The quota of "all policies per resource in an engine" (service.md 13), which stands behind what a batch writes.
///
/// The reference is silent on what counts, so this is a decision. Counted are the bytes of statements. A policy counts for
/// the gateway that it names; one for the type of gateways applies to every gateway, so it counts for each, also for
/// those that no policy names. An update that makes nothing larger passes whatever is there already.
fn fits(control: &Control, engine: &str) -> Option<Write> {
    (control.switches.enforce_policy_size == EnforcePolicySize::On).then(|| Write::Fits {
        kind: Kind::Policy,
        parent: engine.to_owned(),
        limit: defaults::MOST_POLICY_BYTES,
    })
}

/// What is told when [`fits`] does not hold.
pub fn too_large(switches: &Switches) -> Refusal {
    let what = "bytes of policies for one resource in a policy engine";
    Refusal::Quota(text::quota(switches, what, defaults::MOST_POLICY_BYTES))
}

/// What makes a policy's name unique (`compat.policy-name-scope`, service.md 7.3). A name has no slash.
fn name_key(control: &Control, engine: &str, name: &str) -> String {
    match control.switches.policy_name_scope {
        PolicyNameScope::Account => name.to_owned(),
        PolicyNameScope::Engine => format!("{engine}/{name}"),
    }
}

/// A policy as an operation shows it (`compat.update-failed-definition`).
fn shown(control: &Control, mut policy: Stored<PolicyBody>) -> PolicyView {
    if control.switches.update_failed_definition == UpdateFailedDefinition::Previous
        && policy.status == Lifecycle::UpdateFailed
        && let Some(rule) = &policy.body.in_force
    {
        policy.body.asked.definition.clone_from(&rule.definition);
        policy.body.asked.asset.clone_from(&rule.asset);
    }
    if control.switches.generated_definition_echo == GeneratedDefinitionEcho::Resolved {
        policy.body.asked.asset = None;
    }
    PolicyView::of(&control.place, policy)
}

/// The policy that a token made, as it is now; one that is gone again, as it was made.
async fn replay(
    control: &Control,
    input: &CreatePolicy,
    id: String,
    created: Micros,
) -> Result<PolicyView, Refusal> {
    let policy = if let Some(policy) = control.find(&id).await? {
        policy
    } else {
        let admitted = admit(control, &input.policy_engine_id, &input.definition).await?;
        let body = body(input, admitted.definition, created);
        Stored::new(id, &input.policy_engine_id, input.name.clone(), created, body)
    };
    Ok(shown(control, policy))
}

fn body(input: &CreatePolicy, definition: Definition, now: Micros) -> PolicyBody {
    PolicyBody {
        name: input.name.clone(),
        description: input.description.clone(),
        asked: Rule {
            definition,
            asset: input.definition.asset().cloned(),
            enforcement_mode: input.enforcement_mode,
        },
        in_force: None,
        validation_mode: input.validation_mode,
        keeps_findings: false,
        tags: Tags::new(),
        status_reasons: Vec::new(),
        updated: now,
    }
}

/// Step 3: the engine exists and is not busy.
async fn engine_for_change(control: &Control, id: &str, verb: &str) -> Result<Stored<EngineBody>, Refusal> {
    engine_admitting(control, id, "Policy", verb).await
}

/// The engine, when something in it may be changed now; `noun` and `verb` say what (`compat.engine-busy-conflict`).
pub async fn engine_admitting(
    control: &Control,
    id: &str,
    noun: &str,
    verb: &str,
) -> Result<Stored<EngineBody>, Refusal> {
    let engine = engine::existing(control, id).await?;
    let admitted = match control.switches.engine_busy_conflict {
        EngineBusyConflict::All => !engine.status.is_busy(),
        EngineBusyConflict::Observed => {
            let observed = verb == CREATED && engine.status == Lifecycle::Creating;
            !observed && overtaking(&engine.status, Event::Update) != Next::Busy
        }
    };
    if admitted {
        Ok(engine)
    } else {
        Err(Refusal::Conflict(text::parent_busy(
            noun,
            verb,
            "policy engine",
            &engine.status,
        )))
    }
}

/// The policy of this engine, or that there is none.
async fn existing(control: &Control, engine: &str, id: &str) -> Result<Stored<PolicyBody>, Refusal> {
    let found = control.find::<PolicyBody>(id).await?;
    found
        .filter(|policy| policy.record.parent == engine)
        .ok_or_else(|| Refusal::NotFound(text::no_policy(id)))
}

/// `GetPolicy`, `GetPolicySummary`.
pub async fn get(control: &Control, input: NamedPolicy) -> Result<PolicyView, Refusal> {
    let engine = engine::existing(control, &input.policy_engine_id).await?;
    let policy = existing(control, engine.id(), &input.policy_id).await?;
    Ok(shown(control, policy))
}

/// `UpdatePolicy`: a patch; what is left out stays (service.md 5.4).
pub async fn update(control: &Control, input: UpdatePolicy) -> Result<PolicyView, Refusal> {
    until_done(|| try_update(control, &input)).await
}

async fn try_update(control: &Control, input: &UpdatePolicy) -> Result<Option<PolicyView>, Refusal> {
    let engine = engine_for_change(control, &input.policy_engine_id, "updated").await?;
    let mut policy = existing(control, engine.id(), &input.policy_id).await?;
    let next = after(control, &policy.status, Event::Update);
    policy.body.keeps_findings = keeps_findings(&policy, input);
    if !policy.body.keeps_findings {
        policy.body.validation_mode = input.validation_mode.unwrap_or_default();
    }
    let before = policy.begin(control, next, "updated")?;
    if let Some(asked) = &input.definition {
        let Admitted { definition, gateway } = admit(control, engine.id(), asked).await?;
        policy.body.asked.definition = definition;
        policy.body.asked.asset = asked.asset().cloned();
        policy.record.scope = gateway;
    }
    if let Some(mode) = input.enforcement_mode {
        policy.body.asked.enforcement_mode = mode;
    }
    if let Some(description) = &input.description {
        policy.body.description.clone_from(&description.optional_value);
    }
    let mut batch = vec![engine.unchanged(), policy.replace()?];
    if input.definition.is_some() {
        batch.extend(fits(control, engine.id()));
    }
    Ok(control
        .commit(batch)
        .await?
        .then(|| shown(control, policy.answered(control, before))))
}

/// Whether an update leaves what was found about a policy as it is: it names neither definition nor validation mode
/// (service.md 5.4), and the policy is ACTIVE, because findings were none or were ignored. The default mode of
/// service.md 6.1 was measured with an update of the statement; with a new description, or the other enforcement mode, it
/// would turn a good policy into one that failed.
fn keeps_findings(policy: &Stored<PolicyBody>, input: &UpdatePolicy) -> bool {
    // An update that is not judged yet is judged with this one.
    let is_good = policy.status == Lifecycle::Active || policy.status.is_busy() && policy.body.keeps_findings;
    is_good && input.definition.is_none() && input.validation_mode.is_none()
}

/// `DeletePolicy`.
pub async fn delete(control: &Control, input: NamedPolicy) -> Result<PolicyView, Refusal> {
    until_done(|| try_delete(control, &input)).await
}

async fn try_delete(control: &Control, input: &NamedPolicy) -> Result<Option<PolicyView>, Refusal> {
    let engine = engine_for_change(control, &input.policy_engine_id, "deleted").await?;
    let mut policy = existing(control, engine.id(), &input.policy_id).await?;
    let next = after(control, &policy.status, Event::Delete);
    let before = policy.begin(control, next, "deleted")?;
    let batch = vec![engine.unchanged(), policy.replace()?];
    Ok(control
        .commit(batch)
        .await?
        .then(|| shown(control, policy.answered(control, before))))
}

/// What a caller's change makes of a policy (`compat.policy-busy-conflict`).
fn after(control: &Control, policy: &Lifecycle, event: Event) -> Next<Lifecycle> {
    match (control.switches.policy_busy_conflict, event, policy) {
        (PolicyBusyConflict::All, ..)
        | (PolicyBusyConflict::Observed, Event::Delete, Lifecycle::Creating) => policy.after(event),
        (PolicyBusyConflict::Observed, ..) => overtaking(policy, event),
    }
}

/// `ListPolicies`, `ListPolicySummaries`.
pub async fn list(control: &Control, input: ListPolicies) -> Result<Policies, Refusal> {
    let engine = engine::existing(control, &input.policy_engine_id).await?;
    let limit = input
        .max_results
        .unwrap_or_else(|| control.switches.policy_page_size.get());
    // A policy without a scope of its own holds for every gateway (`compat.target-resource-scope`, service.md 5.8).
    let scope = input.target_resource_scope.as_deref();
    let exact = control.switches.target_resource_scope == TargetResourceScope::Exact;
    let wanted = |policy: &Record| !exact || scope.is_none() || policy.scope.is_some();
    let from = input.next_token.as_deref();
    let page = list::page_where(control, engine.id(), scope, wanted, limit, from).await?;
    let policies = page
        .items
        .into_iter()
        .map(|policy| shown(control, policy))
        .collect();
    Ok(Policies {
        policies,
        next_token: page.next,
    })
}
