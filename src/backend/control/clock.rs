//! Time, handed in.

use crate::backend::script::Script;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970-01-01 UTC.
pub type Micros = i64;

/// Tells the time.
pub trait Clock: Debug + Send + Sync {
    /// Now.
    fn now(&self) -> Micros;
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Micros {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Micros::try_from(since.as_micros()).unwrap_or(Micros::MAX)
    }
}

/// The clock of this machine, or what a test has made of it.
#[derive(Clone, Debug)]
pub struct ServiceClock(pub Arc<Script>);

impl Clock for ServiceClock {
    fn now(&self) -> Micros {
        self.0.service_time(SystemClock.now())
    }
}

/// A clock that stands still until a test moves it.
#[cfg(test)]
#[derive(Debug)]
pub struct ManualClock(std::sync::atomic::AtomicI64);

#[cfg(test)]
impl ManualClock {
    pub fn at(now: Micros) -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self(now.into()))
    }

    pub fn advance(&self, by: std::time::Duration) {
        let by = Micros::try_from(by.as_micros()).unwrap();
        self.0.fetch_add(by, std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(test)]
impl Clock for ManualClock {
    fn now(&self) -> Micros {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }
}
