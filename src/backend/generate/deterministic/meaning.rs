//! What a requirement means, before it is written as Cedar.

use crate::model::Tool;

/// One requirement, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub effect: Effect,
    pub who: Who,
    pub what: What,
    /// Holds when all of these hold ..
    pub when: Vec<Condition>,
    /// .. and none of these does.
    pub unless: Vec<Condition>,
}

impl Rule {
    /// Whether it says something of one of these tools.
    pub fn is_about(&self, tools: &[usize], offered: &[Tool]) -> bool {
        tools.iter().any(|place| self.what.has(*place, offered))
    }

    /// Whether both say something of one tool.
    pub fn shares(&self, other: &Self, offered: &[Tool]) -> bool {
        let all = !self.what.names_some() && !other.what.names_some();
        all || (0..offered.len()).any(|place| self.what.has(place, offered) && other.what.has(place, offered))
    }
}

/// Whether it grants or takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Permit,
    Forbid,
}

/// Kinds of caller (service.md 10.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Every caller.
    Everyone,
    /// Callers with a token: `AgentCore::OAuthUser`.
    Users,
    /// Callers that sign with IAM: `AgentCore::IamEntity`.
    Iam,
}

/// Which tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// All of the gateway, also those that come later.
    All,
    /// All but these.
    AllBut(Choice),
    /// These.
    These(Choice),
}

impl What {
    /// Whether it is of some tools that were named.
    pub fn names_some(&self) -> bool {
        matches!(self, Self::These(_))
    }

    /// Whether the tool at this place of the gateway's list is among them.
    fn has(&self, place: usize, offered: &[Tool]) -> bool {
        match self {
            Self::All => true,
            Self::AllBut(choice) => !choice.has(place, offered),
            Self::These(choice) => choice.has(place, offered),
        }
    }
}

impl Choice {
    fn has(&self, place: usize, offered: &[Tool]) -> bool {
        let of_target = |tool: &Tool| self.targets.contains(&tool.target);
        self.tools.contains(&place) || offered.get(place).is_some_and(of_target)
    }
}

/// Tools that were named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// Targets of which all tools are meant, also those that come later (service.md 10.2).
    pub targets: Vec<String>,
    /// Single tools, by their place in the gateway's list.
    pub tools: Vec<usize>,
}

/// When.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// All hold.
    All(Vec<Condition>),
    /// One holds.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// A claim of the caller's token.
    Claim(String, ClaimTest),
    /// An argument of the call.
    Field(Path, FieldTest),
    /// The time of the call.
    Time(TimeTest),
    /// The caller is known, by a token or by IAM.
    Authenticated,
}

impl Condition {
    /// That it holds, or where it is negated, that it does not.
    pub fn negated_if(self, negated: bool) -> Self {
        if negated { Self::Not(Box::new(self)) } else { self }
    }

    /// Whether it asks something of the caller.
    pub fn is_of_caller(&self) -> bool {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().any(Self::is_of_caller),
            Self::Not(inside) => inside.is_of_caller(),
            Self::Claim(..) | Self::Authenticated => true,
            Self::Field(..) | Self::Time(_) => false,
        }
    }

    /// The limits of arguments that it sets, in the sense that they have all told.
    pub fn limits<'a>(&'a self, found: &mut Vec<(&'a Path, Order, &'a Literal)>) {
        match self {
            Self::All(all) => all.iter().for_each(|one| one.limits(found)),
            Self::Field(path, FieldTest::Compares(order, number)) => found.push((path, *order, number)),
            Self::Field(path, FieldTest::Between(low, high, exclusive)) => {
                let (above, below) = if *exclusive {
                    (Order::More, Order::Less)
                } else {
                    (Order::AtLeast, Order::AtMost)
                };
                found.extend([(path, above, low), (path, below, high)]);
            }
            Self::Not(inside) => {
                if let Self::Field(path, FieldTest::Compares(order, number)) = inside.as_ref() {
                    found.push((path, order.turned(), number));
                }
            }
            Self::Any(_) | Self::Claim(..) | Self::Field(..) | Self::Time(_) | Self::Authenticated => {}
        }
    }

    /// Whether it asks twice how one argument compares: `over 10 and under 500`.
    pub fn has_two_ends(&self) -> bool {
        let mut limits = Vec::new();
        self.limits(&mut limits);
        matches!(self, Self::All(_)) && matches!(limits.as_slice(), [(one, ..), (other, ..)] if one == other)
    }
}

/// What is asked of a claim. Claims are texts (service.md 10.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClaimTest {
    /// It is there.
    Present,
    /// It is one of these texts.
    Is(Vec<String>),
    /// It is a list, as text, that holds one of these.
    Holds(Vec<String>),
    /// It is a text of this pattern.
    Like(Vec<Piece>),
}

/// Where an argument is: from the outermost name to the innermost.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Path(pub Vec<Step>);

/// One name of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Step {
    pub name: String,
    /// Whether a call may leave it out.
    pub optional: bool,
}

/// What is asked of an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FieldTest {
    /// It is given.
    Present,
    /// It is one of these literals of Cedar.
    Is(Vec<Literal>),
    /// It compares so with a number.
    Compares(Order, Literal),
    /// It is between two numbers; whether these are left out.
    Between(Literal, Literal, bool),
    /// It is a text of this pattern.
    Like(Vec<Piece>),
    /// It is a list that holds one of these.
    Holds(Vec<Literal>),
}

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// This text.
    Text(String),
    /// Anything.
    Anything,
}

/// A value of Cedar, typed as the argument is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Long(i64),
    /// The text in `decimal("..")`.
    Decimal(String),
    Bool(bool),
    Text(String),
    /// A word of an enumeration.
    Word(String),
    /// The text in `datetime("..")`.
    Moment(String),
}

/// How two numbers or moments compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Order {
    /// How the two compare where they do not compare so.
    pub fn turned(self) -> Self {
        match self {
            Self::Less => Self::AtLeast,
            Self::AtMost => Self::More,
            Self::More => Self::AtMost,
            Self::AtLeast => Self::Less,
        }
    }
}

/// What is asked of the time of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TimeTest {
    /// It compares so with a moment, given as the text in `datetime("..")`.
    Moment(Order, String),
    /// The time of day in UTC is at or after the first and at or before the second, in minutes; over midnight when the
    /// first is the later one.
    Window(u32, u32),
    /// The time of day in UTC compares so, in minutes.
    TimeOfDay(Order, u32),
}
