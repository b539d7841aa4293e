//! How many calls are under way: so many in all and of each target, and more are turned away.
//!
//! A tool that hangs would otherwise keep its callers' connections until none is left, and nobody could be told of a denial
//! any more (reliability.md 4, F44). Who is turned away learns it at once; who waited would only learn it later.

use super::failure::Failure;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The calls that are under way.
#[derive(Debug)]
pub(super) struct Places {
    all: usize,
    of_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// By gateway and target; none is here that has no call.
    each: HashMap<(String, String), usize>,
}

/// The place of one call, free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place<'p> {
    places: &'p Places,
    of: (String, String),
}

impl Places {
    /// So many calls in all, and so many of one target.
    pub fn new(all: usize, of_one: usize) -> Self {
        Self {
            all,
            of_one,
            taken: Mutex::default(),
        }
    }

    /// A place for a call of this target.
    ///
    /// # Errors
    /// [`Failure::Busy`] when there is none.
    pub fn take(&self, gateway_id: &str, target_id: &str) -> Result<Place<'_>, Failure> {
        let of = (gateway_id.to_owned(), target_id.to_owned());
        let mut taken = self.lock();
        if taken.all >= self.all {
            return Err(Failure::Busy("all targets"));
        }
        let count = taken.each.entry(of.clone()).or_default();
        if *count >= self.of_one {
            return Err(Failure::Busy("this target"));
        }
        *count += 1;
        taken.all += 1;
        drop(taken);
        Ok(Place { places: self, of })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all -= 1;
        if let Some(count) = taken.each.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                taken.each.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_its_places_and_leaves_some_to_others() {
        let places = Places::new(3, 2);
        let mut held = vec![
            places.take("g", "slow").unwrap(),
            places.take("g", "slow").unwrap(),
        ];
        let busy = |target| places.take("g", target).unwrap_err().to_string();
        assert!(busy("slow").starts_with("Too many calls of this target are under way"));
        held.push(places.take("g", "other").unwrap());
        assert!(busy("third").starts_with("Too many calls of all targets are under way"));
        held.remove(0);
        drop(places.take("g", "slow").unwrap());
        drop(held);
        let taken = places.lock();
        assert_eq!(
            (taken.all, taken.each.len()),
            (0, 0),
            "nothing is remembered of who has left"
        );
    }
}
