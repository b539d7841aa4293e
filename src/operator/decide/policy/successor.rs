//! What takes the place of a `forbid` that is to be deleted: another Policy object of its engine that says the same
//! (reliability.md 2.6.4, I8).

use super::adoption::{in_status, shown_as};
use super::desired::written;
use super::effective::as_known;
use super::{Generated, PolicyKind, PolicyRecord, Statement, engine_id_of, engine_of};
use crate::api::{EnforcementMode, GenerationDefinition, ManagementPolicy, Policy};
use crate::cedar::{self, Effect, with_gateways};
use crate::model::Lifecycle;
use crate::operator::decide::{Hindrance, View};

/// How far a declared `forbid` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// AWS has it, ACTIVE, as its object says.
    InForce,
    /// It will be in force by itself.
    Coming,
    /// It will not be before somebody changes something.
    Stalled,
}

/// A Policy object that asks for a `forbid` to be in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// UID of the object.
    pub uid: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Namespace and name of its engine's object.
    pub engine: Option<(String, String)>,
    /// AWS id of its engine, as far as the object knows it.
    pub engine_id: Option<String>,
    /// What it says; or while it has not adopted what it names, what it adopted before.
    pub meaning: Option<String>,
    /// The asset that it has not adopted yet, so that nobody knows what it is going to say.
    pub unadopted: Option<GenerationDefinition>,
    /// The statement as it is written, while nothing tells what the gateways are that it names.
    pub unresolved: Option<String>,
    /// How far it is.
    pub standing: Standing,
}

impl Declaration {
    /// What an object declares. None: nothing to be in force, or nothing that would be missed.
    ///
    /// An object that is suspended or only observes asks for nothing to be made, and one in deletion for nothing to stay.
    #[must_use]
    pub fn of(object: &Policy) -> Option<Self> {
        let (spec, meta) = (&object.spec, &object.metadata);
        let management = &spec.management;
        let asks = meta.deletion_timestamp.is_none()
            && !management.suspended()
            && management.management() == ManagementPolicy::Manage
            && spec.enforcement_mode.unwrap_or_default() == EnforcementMode::Active;
        if !asks {
            return None;
        }
        let known = as_known(object);
        let unadopted = spec.definition.generation.clone().filter(|_| known.is_none());
        let (said, unresolved) = match known {
            Some((statement, known)) => {
                let unresolved = (!known).then(|| statement.text().to_owned());
                (Some(statement), unresolved)
            }
            // AWS enforces it until something else is adopted.
            None => (in_status(object).map(|(statement, _)| statement), None),
        };
        let meaning = said.and_then(|statement| forbidden(statement.text()));
        if meaning.is_none() && unadopted.is_none() {
            return None;
        }
        Some(Self {
            uid: meta.uid.clone().unwrap_or_default(),
            namespace: meta.namespace.clone().unwrap_or_default(),
            name: meta.name.clone().unwrap_or_default(),
            engine: engine_of(object),
            engine_id: engine_id_of(object).map(str::to_owned),
            meaning,
            unadopted,
            unresolved,
            standing: standing(object),
        })
    }

    /// The same once its generation has been looked at. None: it is not going to be in force.
    #[must_use]
    pub fn known(mut self, generated: Option<&Generated>) -> Option<Self> {
        let Some(wanted) = &self.unadopted else {
            return Some(self);
        };
        if generated.is_some_and(Generated::is_coming) {
            return Some(self);
        }
        // What is not to be had leaves in force what was adopted before.
        if let Some(statement) = generated.and_then(|generated| generated.statement(&wanted.asset_id)) {
            self.meaning = forbidden(statement.text());
        }
        self.unadopted = None;
        self.meaning.is_some().then_some(self)
    }

    /// Whether it refers into another namespace.
    #[must_use]
    pub fn is_from_elsewhere(&self) -> bool {
        self.engine
            .as_ref()
            .is_some_and(|(namespace, _)| *namespace != self.namespace)
    }
}

fn standing(object: &Policy) -> Standing {
    let status = object.status.as_ref();
    let holds = |kind| status.is_some_and(|status| status.mirror.says(object.metadata.generation, kind));
    match (holds("Ready"), holds("Stalled")) {
        (true, _) => Standing::InForce,
        (false, true) => Standing::Stalled,
        (false, false) => Standing::Coming,
    }
}

/// What a text forbids. None: it permits.
///
/// Statements are compared by what they say, since a manifest that moves is often laid out anew; what Cedar does not read
/// (Dogwood, which only AWS parses) is compared letter by letter, and taken for a `forbid` unless it begins otherwise.
fn forbidden(text: &str) -> Option<String> {
    match cedar::parse_statement(text) {
        Ok(parsed) if parsed.effect() == Effect::Permit => None,
        Ok(parsed) => Some(parsed.meaning().unwrap_or_else(|| text.to_owned())),
        Err(_) if text.trim_start().starts_with("permit") => None,
        Err(_) => Some(text.to_owned()),
    }
}

/// Whether the deletion of this object may take a `forbid` out of force, so that others must be looked at first.
#[must_use]
pub fn may_forbid(object: &Policy) -> bool {
    if object.spec.definition.generation.is_some() {
        // What it says may be known to AWS alone.
        return true;
    }
    let written = written(&object.spec.definition);
    let status = object.status.as_ref();
    let sent = status.and_then(|status| status.effective_statement.as_deref());
    let texts = [written.as_ref().map(Statement::text), sent];
    texts.into_iter().flatten().any(|text| forbidden(text).is_some())
}

/// What the deletion of a policy waits for.
pub(super) fn hindrance(view: &View<'_, PolicyKind>, lingered: bool) -> Hindrance {
    let record = view.observed.filter(|record| {
        // What does not count or never did is missed by nobody; what AWS is at work on is waited for anyhow.
        let counts = record.enforcement_mode.as_deref() != Some("LOG_ONLY");
        counts && record.resource.status != Lifecycle::CreateFailed
    });
    let Some((record, meaning)) = record.and_then(|record| Some((record, enforced(view, record)?))) else {
        return Hindrance::Nothing;
    };
    if !lingered {
        return Hindrance::Successor(None);
    }
    let engine = engine_of(view.object);
    let gateways = &view.references.gateways;
    // By a name another object of this namespace means what this one does.
    let says_the_same = |other: &Declaration| {
        let unresolved = other.unresolved.as_ref();
        let unresolved = unresolved.filter(|_| other.namespace == view.identity.namespace);
        let arn = |name: &str| gateways.get(name)?.arn.as_deref();
        let filled = unresolved.and_then(|text| forbidden(&with_gateways(text, arn)));
        let said = [other.meaning.as_ref(), filled.as_ref()];
        meaning.is_some() && said.contains(&meaning.as_ref())
    };
    let others: Vec<(&Declaration, bool)> = view
        .references
        .declared
        .iter()
        .filter(|other| {
            let same_engine = other.engine_id.as_ref() == Some(&record.engine_id)
                || (other.engine.is_some() && other.engine == engine);
            same_engine && other.uid != view.identity.uid
        })
        .map(|other| (other, says_the_same(other)))
        .collect();
    let at = |standing: Standing| {
        let others = others.iter().filter(move |(other, _)| other.standing == standing);
        others.copied()
    };
    let surely = |(other, same): (_, bool)| same.then_some(other);
    if at(Standing::InForce).find_map(surely).is_some() {
        return Hindrance::Nothing;
    }
    let ours = |other: &Declaration| other.namespace == view.identity.namespace;
    // What nobody can tell yet may be the same, as long as it comes.
    let coming =
        at(Standing::Coming).filter(|(other, same)| *same || meaning.is_none() || other.unadopted.is_some());
    if let Some((coming, same)) = coming.min_by_key(|(other, same)| (!same, !ours(other), &other.name)) {
        let other = if ours(coming) {
            format!("Policy {}", coming.name)
        } else {
            "a Policy of another namespace".to_owned()
        };
        let says = if same { "says" } else { "may say" };
        return Hindrance::Successor(Some(format!(
            "this forbid stays in force until {other}, which {says} the same, is in force"
        )));
    }
    // What fails in another namespace cannot be seen to from here, and must not keep this object.
    let stalled = at(Standing::Stalled)
        .filter_map(surely)
        .filter(|other| ours(other));
    match stalled.map(|other| &other.name).min() {
        None => Hindrance::Nothing,
        Some(name) => Hindrance::Dependents(format!(
            "this forbid stays in force until Policy {name}, which says the same, is in force, and that one does not get \
             on by itself: see its conditions, and correct, suspend or delete it"
        )),
    }
}

/// What a policy in AWS forbids. None: it permits; none in that: nobody can tell.
#[expect(
    clippy::option_option,
    reason = "what nobody can tell is neither a permit nor a forbid of a known meaning"
)]
fn enforced(view: &View<'_, PolicyKind>, record: &PolicyRecord) -> Option<Option<String>> {
    let told = record.statement.as_ref()?;
    let statement = match told {
        Statement::Cedar(_) | Statement::Policy(_) => Some(told.clone()),
        Statement::Generation(_) => shown_as(view, told),
    };
    match statement {
        Some(statement) => forbidden(statement.text()).map(Some),
        None => Some(None),
    }
}
