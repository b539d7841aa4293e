//! Plans: one fault at one request of one workload (reliability.md 5.5), under an id that plays it again.

use std::fmt;
use std::time::Duration;

use crate::rig::proxy::{Fault, Mutation};

/// What is done to a request, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The operator is killed before the server has seen the request (a of reliability.md 4).
    KillUnsent,
    /// It is killed when the server has done it and before it knows (b).
    KillUnanswered,
    /// It is killed when it has the answer and has done nothing yet (c).
    KillAnswered,
    /// The answer is lost, and the operator lives.
    Lost,
    /// The connection is closed before the server has seen it.
    Reset,
    /// It takes a second and a half longer.
    Delayed,
    /// The server gets it twice.
    Doubled,
    /// The server's place is taken by an error.
    Answered(u16),
}

impl Mode {
    /// All that the plans know.
    pub const ALL: [Self; 11] = [
        Self::KillUnsent,
        Self::KillUnanswered,
        Self::KillAnswered,
        Self::Lost,
        Self::Reset,
        Self::Delayed,
        Self::Doubled,
        Self::Answered(409),
        Self::Answered(429),
        Self::Answered(500),
        Self::Answered(503),
    ];

    /// What the proxy does.
    pub fn fault(self) -> Fault {
        match self {
            Self::KillUnsent => Fault::HoldRequest,
            Self::KillUnanswered => Fault::HoldReply,
            Self::KillAnswered => Fault::HoldNext,
            Self::Lost => Fault::LoseReply,
            Self::Reset => Fault::Reset,
            Self::Delayed => Fault::Delay(Duration::from_millis(1500)),
            Self::Doubled => Fault::Duplicate,
            Self::Answered(status) => Fault::Answer(status),
        }
    }

    /// Whether the operator dies of it.
    pub fn kills(self) -> bool {
        matches!(self, Self::KillUnsent | Self::KillUnanswered | Self::KillAnswered)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KillUnsent => f.write_str("kill-unsent"),
            Self::KillUnanswered => f.write_str("kill-unanswered"),
            Self::KillAnswered => f.write_str("kill-answered"),
            Self::Lost => f.write_str("lost"),
            Self::Reset => f.write_str("reset"),
            Self::Delayed => f.write_str("delayed"),
            Self::Doubled => f.write_str("doubled"),
            Self::Answered(status) => write!(f, "{status}"),
        }
    }
}

/// One fault at one request of one workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The workload's name.
    pub workload: String,
    /// What is done.
    pub mode: Mode,
    /// To which request.
    pub mutation: Mutation,
}

/// Such as `life kill-unanswered 0 POST /policy-engines`.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mutation { what, nth } = &self.mutation;
        write!(f, "{} {} {nth} {what}", self.workload, self.mode)
    }
}

impl Plan {
    /// The plan with this id.
    #[track_caller]
    pub fn parse(id: &str) -> Self {
        let parts: Vec<&str> = id.splitn(4, ' ').collect();
        let [workload, mode, nth, what] = parts[..] else {
            panic!("a plan is `WORKLOAD MODE NTH METHOD PATH`, not {id:?}");
        };
        let mode = Mode::ALL.into_iter().find(|known| known.to_string() == mode);
        Self {
            workload: workload.to_owned(),
            mode: mode.unwrap_or_else(|| panic!("no such mode in {id:?}")),
            mutation: Mutation {
                what: what.to_owned(),
                nth: nth.parse().expect("a number"),
            },
        }
    }

    /// The row of the fault matrix (reliability.md 4) that it is a case of.
    pub fn row(&self) -> &'static str {
        let what = self.mutation.what.as_str();
        let kubernetes = what.contains(" /api");
        match self.mode {
            Mode::Lost => "F7",
            Mode::Doubled => "F8",
            Mode::Answered(429) => "F9",
            Mode::Answered(409) if kubernetes => "Kubernetes conflict",
            Mode::Answered(409) => "F13",
            Mode::Answered(_) | Mode::Reset | Mode::Delayed if kubernetes => "F34",
            Mode::Answered(_) | Mode::Reset | Mode::Delayed => "F10",
            Mode::KillUnsent | Mode::KillUnanswered | Mode::KillAnswered => match what {
                _ if what.ends_with("/status") => "F3",
                _ if kubernetes && self.mutation.nth == 0 => "F1",
                _ if kubernetes => "F6",
                _ if what.starts_with("POST /") => "F2",
                _ if what.starts_with("DELETE") => "F5",
                _ => "F4",
            },
        }
    }
}

#[test]
fn a_plan_is_found_again_by_its_id() {
    for mode in Mode::ALL {
        let plan = Plan {
            workload: "life".to_owned(),
            mode,
            mutation: Mutation {
                what: "POST /policy-engines/*/policies".to_owned(),
                nth: 1,
            },
        };
        assert_eq!(Plan::parse(&plan.to_string()), plan);
    }
}
