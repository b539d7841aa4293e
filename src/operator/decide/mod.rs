//! Pure thought: from a spec and what was seen to a plan, and from a plan and its outcome to a status.
//!
//! Data flows through the files in this order: [`Subject`] (what is known of any object), a kind's `desired`
//! (its spec as AWS words), a kind's `observed` (what AWS has, whose it is, where it differs), [`Facts`], [`plan()`],
//! [`Memory`] (what was tried), [`Report`] (what the object's status becomes and when to look again).
//! No clock, no client, no logging: time is handed in.

mod attachment;
mod claim;
mod consent;
mod contest;
mod facts;
mod gateway;
mod gateway_target;
mod generation;
mod kind;
mod members;
mod memory;
mod message;
mod milestone;
mod next;
mod note;
mod pace;
mod patch;
mod plan;
mod policy;
mod policy_engine;
mod reference;
mod report;
mod siblings;
mod sight;
mod sought;
mod subject;
mod tagging;
mod thought;
mod unheard;
mod verdict;
mod wanted;
mod wording;

#[cfg(test)]
mod contest_tests;
#[cfg(test)]
mod door_tests;
#[cfg(test)]
mod memory_tests;
#[cfg(test)]
mod plan_tests;
#[cfg(test)]
mod report_tests;

pub use attachment::{
    AnyInForce, AttachmentKind, AttachmentReferences, DesiredAttachment, ObservedAttachment,
    attachment_rooms, engine_id_in,
};
pub use claim::Claim;
pub use consent::{Consent, Grant, Referent, withheld};
pub use facts::{Attempt, Dependents, Facts, Hold, Intent, Owner, Phase, Seen, Wanted};
pub use gateway::{DesiredGateway, GatewayKind, GatewayReferences, ObservedGateway, OtherTarget};
pub use gateway_target::{DesiredTarget, Guard, ObservedTarget, Stage, TargetKind, TargetReferences};
pub use generation::{
    Asset, Copied, DesiredGeneration, GenerationKind, GenerationReferences, Keepsake, ObservedGeneration,
    Written, config_map_name, copies, generation_status, untooled,
};
pub use kind::{Desire, Difference, Found, Hindrance, Kind, Look, Refusal, Remark, Resource, View};
pub use members::Members;
pub use memory::{Answer, Memory, Outcome};
pub use message::{one_line, shorten};
pub use milestone::milestones;
pub use next::{Backoff, Next};
pub use note::Note;
pub use pace::Pace;
pub use patch::changes;
pub use plan::{Plan, Refuse, Rest, Wait, plan};
pub use policy::{
    Adoption, Awaited, Declaration, DesiredPolicy, Gateways, Generated, PolicyKind, PolicyRecord,
    PolicyReferences, Standing, Statement, engine_id_of, engine_of, engine_rooms, gateway_id,
    gateways_mentioned, gateways_named, has_adopted, may_forbid, tool_rooms,
};
pub use policy_engine::{DesiredEngine, EngineKind, EngineReferences, ObservedEngine, OtherPolicy, Remnant};
pub use reference::{Referable, Reference};
pub use report::{FinalizerChange, Report, conclude, internal_error, unreadable};
pub use sight::{Sight, Write};
pub use sought::{Mark, Sought};
pub use subject::{Identity, Subject, ready};
pub use tagging::{MARK_CLUSTER, MARK_OBJECT, MARK_UID, Tagging, Tags, carries};
pub use wanted::{unadopted, wanted_of};
pub use wording::MOST_NAMED;
