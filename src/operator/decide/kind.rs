//! What a kind tells the pass: its wishes, and how to read what AWS has.

use super::wording::{conflict, list, unproven};
use super::{Identity, Keepsake, Note, Owner, Phase, Sought};
use crate::api::{Management, Mirror, Reason};
use crate::model::{Fault, FaultClass, Lifecycle};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fmt::Debug;

/// The pure side of a kind.
pub trait Kind: Send + Sync + 'static {
    /// The Kubernetes object.
    type Object: kube::Resource<DynamicType = ()>
        + Clone
        + Debug
        + Serialize
        + DeserializeOwned
        + Send
        + Sync
        + 'static;
    /// What it refers to, as read from the cluster.
    type References: Debug + Default + Send + Sync;
    /// Its spec in AWS's words.
    type Desired: Debug + Send + Sync;
    /// What AWS has.
    type Observed: Debug + Send + Sync;

    /// The kind's name, as in `kind:`.
    const NAME: &'static str;
    /// What a person calls it in a message, such as `policy engine`.
    const NOUN: &'static str;
    /// The field of the status that names the resource; objects can be selected by it.
    const ID: &'static str;
    /// The reason of a refused spec or a `ValidationException`.
    const INVALID: Reason;
    /// The reason while AWS makes it.
    const MAKING: Reason = Reason::Creating;
    /// Whether AWS makes it once for what is asked, under a name that says what that was: what is there came of exactly that,
    /// and nothing of it is changed, deleted or tried again.
    const ONCE: bool = false;

    /// The spec's shared fields.
    fn management(object: &Self::Object) -> Management;
    /// The status's shared fields.
    fn mirror(object: &Self::Object) -> Mirror;
    /// The AWS id that the status knows.
    fn known_id(object: &Self::Object) -> Option<String>;
    /// Where its resource is to be found.
    fn sought(object: &Self::Object, references: &Self::References, identity: &Identity) -> Sought;
    /// The spec and what it refers to, as AWS should have it.
    fn desire(
        object: &Self::Object,
        references: &Self::References,
        identity: &Identity,
    ) -> Desire<Self::Desired>;
    /// The same, now that AWS was looked at, which may have what the cluster has forgotten, or lack what it is to be made of.
    #[must_use]
    fn recalled(
        desire: Desire<Self::Desired>,
        _: &Self::Object,
        _: &Self::References,
        _: &Identity,
        _: &Result<Found<Self::Observed>, Fault>,
    ) -> Desire<Self::Desired> {
        desire
    }
    /// The request that makes it, as canonical JSON; it goes into client tokens and digests.
    fn payload(desired: &Self::Desired) -> String;
    /// The create that made what was found, if one of this object's did: sent again, its token proves whose it is.
    ///
    /// It says what is there, not what is wanted: an edit may lie between. Where AWS does not show all of it, `other` asks
    /// for the second possibility. `None` where a mark tells the owner.
    #[must_use]
    fn remake(_: &View<'_, Self>, _other: bool) -> Option<Self::Desired> {
        None
    }
    /// What stays of a resource that AWS has deleted by itself, when it was over: it is not made again.
    #[must_use]
    fn outlived(_: &Self::Object, _: &Sought) -> Option<Self::Observed> {
        None
    }
    /// Whose the resource is and where it differs.
    /// `None` when nothing was found.
    fn look(view: &View<'_, Self>) -> Option<Look>;
    /// What stands in the way of the resource's deletion; asked only of an object that is being deleted. `lingered`: it has
    /// been seen in deletion for long enough that what takes its place would be there by now.
    fn hindrance(view: &View<'_, Self>, lingered: bool) -> Hindrance;
    /// The rooms in which objects of this kind wait: what another comes to may let them go on.
    #[must_use]
    fn rooms(_: &Self::Object, _: &Self::References) -> Vec<String> {
        Vec::new()
    }
    /// Whether what it depends on comes about in these rooms, where no reference leads to it.
    #[must_use]
    fn waits_in_rooms(_: &Self::References) -> bool {
        false
    }
    /// Why AWS finds a request wrong, where that is not the spec's fault.
    #[must_use]
    fn invalid(_: &View<'_, Self>, _: &Fault) -> Option<Refusal> {
        None
    }
    /// The time of what was found, where that changes with whatever anybody writes there.
    #[must_use]
    fn time<'a>(_: &View<'a, Self>) -> Option<&'a str> {
        None
    }
    /// What to say of a resource that is somebody else's.
    #[must_use]
    fn conflict(_: &View<'_, Self>) -> String
    where
        Self: Sized,
    {
        conflict::<Self>()
    }
    /// What to say of a resource that is to be deleted and may be somebody else's.
    #[must_use]
    fn unproven(_: &View<'_, Self>) -> String
    where
        Self: Sized,
    {
        unproven::<Self>()
    }
    /// What somebody should know now that the resource has come to be as it is, though nothing is wrong with it.
    #[must_use]
    fn caution(_: &View<'_, Self>) -> Option<Note> {
        None
    }
    /// What is to be said of a resource that AWS has as the spec says, where that is not all.
    #[must_use]
    fn remark(_: &View<'_, Self>) -> Option<Remark> {
        None
    }
    /// Whether the status names what is wanted, where nothing else would tell it once it is sent.
    #[must_use]
    fn is_noted(_: &View<'_, Self>) -> bool {
        true
    }
    /// What is to be written beside the object, before its status speaks of it; `None`: nothing, or it is there.
    #[must_use]
    fn keepsake(_: &View<'_, Self>) -> Option<Keepsake> {
        None
    }
    /// The whole status of the object, as JSON: `mirror` plus what only this kind has.
    ///
    /// Members that are absent are removed from the stored status.
    fn status(view: &View<'_, Self>, mirror: Mirror) -> serde_json::Value;
}

/// What is to be said of a resource that AWS has as the spec says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// All is well, for this reason and in these words.
    Known(Reason, String),
    /// It is of no use to anybody until somebody changes something.
    Useless(Reason, String),
}

/// What a kind needs to judge a resource.
#[derive(Debug)]
pub struct View<'a, K: Kind + ?Sized> {
    /// The object.
    pub object: &'a K::Object,
    /// What it refers to.
    pub references: &'a K::References,
    /// Who it is.
    pub identity: &'a Identity,
    /// Whether it carries our finalizer.
    pub held: bool,
    /// What is wanted, when the spec says so.
    pub desired: Option<&'a K::Desired>,
    /// What AWS has, when it was found.
    pub observed: Option<&'a K::Observed>,
    /// Whether exactly this payload was accepted by AWS last.
    pub applied: bool,
    /// Whether another payload was accepted by AWS last, so that what AWS does not show may differ.
    pub superseded: bool,
    /// The id that the last create was answered with.
    pub created: Option<&'a str>,
}

impl<K: Kind> View<'_, K> {
    /// The same without what is wanted and what was found: a status drawn from it keeps what it had.
    #[must_use]
    pub fn blind(&self) -> Self {
        Self {
            desired: None,
            observed: None,
            ..*self
        }
    }
}

impl<K: Kind> Clone for View<'_, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Kind> Copy for View<'_, K> {}

/// What stands in the way of a deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// Nothing.
    Nothing,
    /// Somebody must see to what these words say.
    Dependents(String),
    /// What takes the place of the resource is not in force yet; in words, once it is known what that is.
    Successor(Option<String>),
    /// Another object wants the resource as it is.
    Heir,
}

impl Hindrance {
    /// What must go first: these of the own namespace, or of nobody's, and so many of others, which are not named there:
    /// each with what one and what more of them are called.
    pub(super) fn dependents<K: Kind>(mut named: Vec<String>, elsewhere: &[(usize, &str, &str)]) -> Self {
        named.sort();
        let elsewhere = elsewhere.iter().filter_map(|(count, one, more)| match count {
            0 => None,
            1 => Some(format!("1 {one} of another namespace")),
            count => Some(format!("{count} {more} of other namespaces")),
        });
        let named = Some(list(&named)).filter(|named| !named.is_empty());
        let all: Vec<String> = named.into_iter().chain(elsewhere).collect();
        if all.is_empty() {
            return Self::Nothing;
        }
        let (noun, all) = (K::NOUN, all.join(", and "));
        Self::Dependents(format!("the {noun} is deleted when these are gone: {all}"))
    }

    /// What it says.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Nothing | Self::Heir => None,
            Self::Dependents(text) => Some(text),
            Self::Successor(text) => text.as_deref(),
        }
    }
}

/// The outcome of reading a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Desire<D> {
    /// It says what AWS should have.
    Known(D),
    /// It does, but a write must wait for what the text names.
    Waiting(Option<D>, String),
    /// It does, but what is not there yet may not be made before what the text names.
    Unguarded(D, String),
    /// It refers to what is not there or not for it, as the text says: what is in AWS is left as it is.
    Barred(String),
    /// It cannot be what AWS takes.
    Refused(Refusal),
}

impl<D> Desire<D> {
    /// What is wanted, when that much is known.
    pub fn desired(&self) -> Option<&D> {
        match self {
            Self::Known(desired) | Self::Unguarded(desired, _) => Some(desired),
            Self::Waiting(desired, _) => desired.as_ref(),
            Self::Barred(_) | Self::Refused(_) => None,
        }
    }
}

/// Why a spec is refused without asking AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `InvalidPolicy` or `InvalidSpec`.
    pub reason: Reason,
    /// What is wrong, where, and what to do.
    pub message: String,
}

/// The outcome of a look at AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<O> {
    /// Nobody knows where to look.
    Unlocated,
    /// It is not there.
    Absent,
    /// It is not there, and what it is to be made of is not either, as the text says.
    Unready(String),
    /// It is there.
    There(O),
}

impl<O> Found<O> {
    /// What a look has brought; where that is nothing, or what it is in is gone, what stays of it.
    pub fn or_outlived(
        looked: Result<Self, Fault>,
        outlived: impl FnOnce() -> Option<O>,
    ) -> Result<Self, Fault> {
        let gone = match &looked {
            Ok(found) => matches!(found, Self::Absent | Self::Unready(_)),
            Err(fault) => fault.class == FaultClass::Gone,
        };
        match outlived().filter(|_| gone) {
            Some(kept) => Ok(Self::There(kept)),
            None => looked,
        }
    }

    /// What is there.
    pub fn there(&self) -> Option<&O> {
        match self {
            Self::There(observed) => Some(observed),
            Self::Unlocated | Self::Absent | Self::Unready(_) => None,
        }
    }
}

/// What AWS has, as far as every kind has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// AWS id.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// AWS name.
    pub name: String,
    /// Its status.
    pub status: Lifecycle,
    /// AWS's own word for it, where that is another one.
    pub word: Option<String>,
    /// AWS's reasons, as they came.
    pub status_reasons: Vec<String>,
    /// Free text.
    pub description: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

impl Resource {
    /// AWS's word for its status.
    #[must_use]
    pub fn word(&self) -> &str {
        self.word.as_deref().unwrap_or(self.status.as_str())
    }
}

/// A resource as an object sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// What every kind has.
    pub resource: Resource,
    /// Whose it is.
    pub owner: Owner,
    /// How far the service is.
    pub phase: Phase,
    /// Where it differs from what is wanted.
    pub differences: Vec<Difference>,
    /// Whether only this process knows that it is the object's: after a restart nothing would tell.
    pub unwritten: bool,
}

/// One field in which AWS differs from what is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field, as in the spec.
    pub field: Cow<'static, str>,
    /// What is wanted, shortened.
    pub wanted: String,
    /// What AWS has, shortened.
    pub found: String,
}

impl Difference {
    /// The difference between two optional texts, if there is one.
    #[must_use]
    pub fn between(
        field: impl Into<Cow<'static, str>>,
        wanted: Option<&str>,
        found: Option<&str>,
    ) -> Option<Self> {
        let show = |text: Option<&str>| {
            text.map_or_else(
                || "nothing".to_owned(),
                |t| format!("'{}'", super::shorten(t, 60)),
            )
        };
        (wanted != found).then(|| Self {
            field: field.into(),
            wanted: show(wanted),
            found: show(found),
        })
    }
}
