//! What is to guard a target: the attachments that give its gateway an engine. Nothing is exposed before it is governed
//! (reliability.md 2.6.2).

/// An attachment of a target's gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// How far it is.
    pub stage: Stage,
    /// Name of its object; none: it is another namespace's.
    pub name: Option<String>,
}

/// How far an attachment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// AWS has it, as its spec says.
    Attached,
    /// It will be attached.
    Coming,
    /// It is suspended, so it will not.
    Suspended,
    /// It only observes, so somebody else has to attach it.
    Observing,
}

/// What a target has to wait for before it may be made, in words for the condition; `None` where nothing is to guard it, or
/// something does: of several attachments a gateway has one.
pub(super) fn unguarded(guards: &[Guard]) -> Option<String> {
    let first = guards
        .iter()
        .min_by_key(|guard| (guard.stage, guard.name.is_none(), &guard.name))?;
    let whose = first.name.as_ref().map_or_else(
        || "a PolicyEngineAttachment of another namespace".to_owned(),
        |name| format!("PolicyEngineAttachment {name}"),
    );
    let (is, so) = match first.stage {
        Stage::Attached => return None,
        Stage::Coming => ("has not attached it yet", "see its conditions"),
        Stage::Suspended => (
            "is suspended and has not attached it",
            "set its spec.suspend to false, or delete it",
        ),
        Stage::Observing => (
            "only observes, and it is not attached as its spec says",
            "attach it in AWS, set its spec.managementPolicy to Manage, or delete it",
        ),
    };
    Some(format!(
        "the target is made when its gateway has its policy engine, for until then every call would go through; {whose} {is}: \
         {so}"
    ))
}
