//! Policies that are due are judged: the rows 12 to 15 of service.md 6.0, one after the other ([`ROWS`]).

use super::lifecycle::{Event, Next, Status as _};
use super::record::{Definition, EnforcementMode, PolicyBody, Rule, Stored, ValidationMode};
use super::refusal::Refusal;
use super::{Control, defaults, gateway, list};
use crate::backend::solver::Solver;
use crate::backend::store::{Record, Write};
use crate::backend::switches::{FindingResourceText, SchemaSource, StatusReasonLayout, Switches};
use crate::cedar::{Analysis, Finding, Schema, Sketch, Statement};
use crate::model::{Lifecycle, Offer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is looked at, in this order; the first row that finds something ends it. `ACTIVE` is row 15.
const ROWS: [Row; 3] = [Row::Schema, Row::Validation, Row::Findings];

/// A row of service.md 6.0.
#[derive(Clone, Copy, Debug)]
enum Row {
    /// 12: the tools of the gateways give a schema.
    Schema,
    /// 13: the statement is strictly valid against it, whatever the mode.
    Validation,
    /// 14: the engine would neither allow nor deny everything, unless findings are ignored.
    Findings,
}

/// What becomes of policies of one engine that are due, one after the other (service.md section 18,
/// `compat.parallel-create`): each is judged with those before it. Policies of different engines are judged at the
/// same time.
pub async fn in_turn(control: &Control, due: Vec<Record>) -> Vec<Write> {
    let mut engine = Engine::default();
    let mut writes = Vec::with_capacity(due.len());
    for record in due {
        let settling = settled(control, &mut engine, record.clone());
        writes.push(control.settled_or_postponed(record, settling).await);
    }
    writes
}

/// What is known of the engine while its policies are judged.
#[derive(Debug, Default)]
pub struct Engine {
    /// Statements that decide, by policy.
    deciding: Option<BTreeMap<String, Arc<Sketch>>>,
    /// What the gateways it is attached to offer.
    offer: Option<Offer>,
    /// Schemas by the gateway that a statement names, or why there is none.
    schemas: BTreeMap<Option<String>, Result<Arc<Schema>, String>>,
}

/// What is wrong with the rule that a policy asks for (service.md 6.3): nothing when it may be in force.
pub async fn reasons(
    control: &Control,
    engine: &mut Engine,
    policy: &Stored<PolicyBody>,
) -> Result<Vec<String>, Refusal> {
    Trial::of(control, engine, policy).reasons().await
}

/// A policy that was created or changed is judged; the one that passes is in force from then on.
async fn settled(control: &Control, engine: &mut Engine, record: Record) -> Result<Write, Refusal> {
    let mut policy = Stored::<PolicyBody>::read(record)?;
    let mut reasons = Vec::new();
    if matches!(policy.status.after(Event::Succeeded), Next::Status(_)) {
        reasons = self::reasons(control, engine, &policy).await?;
        if reasons.is_empty() {
            policy.body.in_force = Some(policy.body.asked.clone());
            engine.passed(control, &policy);
        }
    }
    let event = if reasons.is_empty() {
        Event::Succeeded
    } else {
        Event::Failed
    };
    policy.end(event, control.clocks.service.now(), reasons)
}

/// One policy before its judge.
struct Trial<'t> {
    control: &'t Control,
    engine: &'t mut Engine,
    policy: &'t Stored<PolicyBody>,
    statement: Option<Arc<Statement>>,
    schema: Option<Arc<Schema>>,
}

impl<'t> Trial<'t> {
    fn of(control: &'t Control, engine: &'t mut Engine, policy: &'t Stored<PolicyBody>) -> Self {
        Self {
            control,
            engine,
            policy,
            statement: None,
            schema: None,
        }
    }

    fn rule(&self) -> &'t Rule {
        &self.policy.body.asked
    }

    /// What is wrong with the rule that is asked for (service.md 6.3): none when it may be in force.
    async fn reasons(mut self) -> Result<Vec<String>, Refusal> {
        match self.control.kept.statement(self.rule().definition.statement()) {
            Ok(statement) => self.statement = Some(statement),
            // It parsed when it was taken in; a later version of the parser may think otherwise.
            Err(failure) => return Ok(vec![failure.aws_text()]),
        }
        for row in ROWS {
            let reasons = match row {
                Row::Schema => self.schema().await?,
                Row::Validation => self.validation().await?,
                Row::Findings => self.findings().await?,
            };
            if !reasons.is_empty() {
                return Ok(reasons);
            }
        }
        Ok(Vec::new())
    }

    async fn schema(&mut self) -> Result<Vec<String>, Refusal> {
        let named = self.statement.as_ref().and_then(|statement| statement.gateway());
        let engine = &self.policy.record.parent;
        match self.engine.schema(self.control, engine, named).await? {
            Ok(schema) => self.schema = Some(schema),
            Err(why) => return Ok(vec![why]),
        }
        Ok(Vec::new())
    }

    /// Strict validation; `compat.status-reason-layout`.
    async fn validation(&mut self) -> Result<Vec<String>, Refusal> {
        let (Some(schema), Some(statement)) = (self.schema.clone(), self.statement.clone()) else {
            return Ok(Vec::new());
        };
        let id = self.policy.id().to_owned();
        let bare = self.control.switches.status_reason_layout == StatusReasonLayout::Message
            && matches!(self.rule().definition, Definition::Cedar(_));
        aside(move || {
            if bare {
                schema.messages(&statement, &id)
            } else {
                schema.validate(&statement, &id)
            }
        })
        .await
    }

    /// Findings of the engine as it would be (service.md 6.5, 6.6).
    ///
    /// A policy that is only logged is judged as one that decides: the service evaluates it "as if it were enforced",
    /// together with all policies that decide and with no other that is only logged (DOC(policy-test-a-policy)). So
    /// promoting it later brings no findings that its creation did not.
    async fn findings(&mut self) -> Result<Vec<String>, Refusal> {
        let body = &self.policy.body;
        if body.keeps_findings || body.validation_mode == ValidationMode::IgnoreAllFindings {
            return Ok(Vec::new());
        }
        let (Some(schema), Some(statement)) = (self.schema.clone(), self.statement.clone()) else {
            return Ok(Vec::new());
        };
        let deciding = self
            .engine
            .deciding(self.control, &self.policy.record.parent)
            .await?;
        let others: Vec<Arc<Sketch>> = deciding
            .iter()
            .filter(|(id, _)| *id != self.policy.id())
            .map(|(_, statement)| Arc::clone(statement))
            .collect();
        let analysis = aside(move || {
            let others: Vec<&Sketch> = others.iter().map(Arc::as_ref).collect();
            Analysis::of_engine(&schema, &statement, &others)
        })
        .await?;
        let findings = self.control.concluded(&analysis).await;
        Ok(findings
            .iter()
            .map(|finding| self.control.told(finding))
            .collect())
    }
}

impl Engine {
    /// `compat.schema-source`, service.md 6.4: the fixed actions, the tools of the gateway that a statement names, and
    /// those of the gateways that the engine is attached to. Of two tools with one action id the named gateway's counts.
    pub async fn schema(
        &mut self,
        control: &Control,
        engine: &str,
        named: Option<String>,
    ) -> Result<Result<Arc<Schema>, String>, Refusal> {
        if let Some(known) = self.schemas.get(&named) {
            return Ok(known.clone());
        }
        let schema = match &named {
            Some(arn) => match gateway::tools_of(control, arn).await? {
                Some(offer) => self.schema_with(control, engine, offer).await?,
                // It was there when the policy was taken in.
                None => Err(defaults::text::gateway_not_listed(arn)),
            },
            None => self.schema_with(control, engine, Offer::default()).await?,
        };
        self.schemas.insert(named, schema.clone());
        Ok(schema)
    }

    async fn schema_with(
        &mut self,
        control: &Control,
        engine: &str,
        named: Offer,
    ) -> Result<Result<Arc<Schema>, String>, Refusal> {
        let mut offer = match control.switches.schema_source {
            SchemaSource::NamedAndAttached => named,
            SchemaSource::Attached => Offer::default(),
        };
        offer.extend(self.offer(control, engine).await?.clone());
        control.schema_of(offer).await
    }

    /// What the gateways that the engine is attached to offer.
    async fn offer(&mut self, control: &Control, engine: &str) -> Result<&Offer, Refusal> {
        if self.offer.is_none() {
            let mut offer = Offer::default();
            for arn in gateway::attached(control, &control.place.engine_arn(engine)).await? {
                offer.extend(gateway::tools_of(control, &arn).await?.unwrap_or_default());
            }
            self.offer = Some(offer);
        }
        Ok(self.offer.get_or_insert_with(Offer::default))
    }

    /// The statements that decide now, also while their policies are being changed; those that are being deleted are
    /// as good as gone.
    async fn deciding(
        &mut self,
        control: &Control,
        engine: &str,
    ) -> Result<&BTreeMap<String, Arc<Sketch>>, Refusal> {
        if self.deciding.is_none() {
            let policies = list::all::<PolicyBody>(control, engine, None).await?;
            let deciding = policies
                .iter()
                .filter(|policy| policy.status != Lifecycle::Deleting);
            let deciding = deciding.filter_map(|policy| {
                let statement = deciding_statement(control, policy.body.in_force.as_ref()?)?;
                Some((policy.id().to_owned(), statement))
            });
            self.deciding = Some(deciding.collect());
        }
        Ok(self.deciding.get_or_insert_with(BTreeMap::new))
    }

    /// Notes that a policy passed.
    fn passed(&mut self, control: &Control, policy: &Stored<PolicyBody>) {
        let Some(deciding) = &mut self.deciding else {
            return;
        };
        match deciding_statement(control, &policy.body.asked) {
            Some(statement) => deciding.insert(policy.id().to_owned(), statement),
            None => deciding.remove(policy.id()),
        };
    }
}

/// The statement of a rule that decides.
fn deciding_statement(control: &Control, rule: &Rule) -> Option<Arc<Sketch>> {
    match rule.enforcement_mode {
        EnforcementMode::Active => {
            let sketch = control.kept.sketch(rule.definition.statement());
            sketch.ok().map(Arc::new)
        }
        EnforcementMode::LogOnly => None,
    }
}

impl Control {
    /// The schema of an offer, or why there is none: the bound of service.md section 13.
    pub(super) async fn schema_of(&self, offer: Offer) -> Result<Result<Arc<Schema>, String>, Refusal> {
        let kept = Arc::clone(&self.kept);
        aside(move || kept.schema(&offer).map_err(|error| error.to_string())).await
    }

    /// What an analysis comes to, with the answers of the solver.
    pub(super) async fn concluded(&self, analysis: &Analysis) -> Vec<Finding> {
        concluded(&self.solver, analysis).await
    }

    /// The sentence of a finding.
    pub(super) fn told(&self, finding: &Finding) -> String {
        told(&self.switches, finding)
    }
}

/// What an analysis comes to, with the answers of a solver.
pub(super) async fn concluded(solver: &Solver, analysis: &Analysis) -> Vec<Finding> {
    analysis.findings(&solver.unsat(&analysis.scripts()).await)
}

/// The sentence of a finding (`compat.finding-resource-text`).
pub(super) fn told(switches: &Switches, finding: &Finding) -> String {
    match (switches.finding_resource_text, &finding.gateway) {
        (FindingResourceText::Arn, Some(arn)) => finding.sentence(arn),
        (FindingResourceText::Arn | FindingResourceText::Id, _) => finding.to_string(),
    }
}

/// Does work that computes for long off the threads that serve requests.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Refusal::Fault(error.to_string()))
}
