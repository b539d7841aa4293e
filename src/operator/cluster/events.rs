//! Events (kubernetes-conventions.md 6): written once, and counted when the same thing is said again a short while later.
//!
//! Of what was said only a number and two moments are kept. The recorder of kube keeps every Event whole for minutes, and looks
//! through all of them with each new one.

use super::Cluster;
use crate::api::Timestamp;
use crate::operator::decide::{Kind, Note};
use k8s_openapi::api::events::v1::{Event, EventSeries};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Resource, ResourceExt as _};
use serde_json::json;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long what was said is the same when it is said again.
const AGAIN: Duration = Duration::from_mins(6);
/// The longest part of an object's name in the name of an Event, which has 253 characters as well.
const LONGEST: usize = 220;
/// Who tells them.
const REPORTER: &str = env!("CARGO_PKG_NAME");

/// What was said a short while ago.
#[derive(Debug, Default)]
pub(super) struct Told {
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
    last: HashMap<u64, Series>,
    /// How many were left when those that are old were taken away.
    left: usize,
}

/// One Event and how often it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Series {
    first: Timestamp,
    last: Timestamp,
    count: i32,
}

impl Series {
    fn begun(now: Timestamp) -> Self {
        Self {
            first: now,
            last: now,
            count: 1,
        }
    }

    /// The same, said once more.
    fn again(self, now: Timestamp) -> Self {
        Self {
            last: now,
            count: self.count.saturating_add(1),
            ..self
        }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.last).unsigned_abs() >= AGAIN
    }
}

impl Said {
    /// What was said, if that is not long ago.
    fn before(&self, key: u64, now: Timestamp) -> Option<Series> {
        self.last.get(&key).copied().filter(|series| !series.is_over(now))
    }

    fn note(&mut self, key: u64, series: Series) {
        if self.last.len() >= 2 * self.left.max(100) {
            self.last.retain(|_, old| !old.is_over(series.last));
            self.last.shrink_to_fit();
            self.left = self.last.len();
        }
        self.last.insert(key, series);
    }
}

impl Told {
    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cluster {
    /// Writes an Event about an object, or counts it with one that says the same.
    pub(super) async fn tell<K: Kind>(&self, object: &K::Object, note: &Note) -> Result<(), kube::Error>
    where
        K::Object: Resource<Scope = k8s_openapi::NamespaceResourceScope>,
    {
        let (namespace, now) = (object.namespace().unwrap_or_default(), Timestamp::now());
        let api = self.namespaced::<Event>(&namespace);
        let key = key(object.uid().as_deref(), note);
        let before = self.told.said().before(key, now);
        if let Some(series) = before.map(|series| series.again(now)) {
            let name = event_name(&object.name_any(), series.first);
            let patch = json!({"series": EventSeries {
                count: series.count,
                last_observed_time: MicroTime(now),
            }});
            let patched = api
                .patch(&name, &PatchParams::default(), &Patch::Merge(&patch))
                .await;
            match patched {
                // Somebody has deleted it.
                Err(kube::Error::Api(status)) if status.is_not_found() => {}
                Err(error) => return Err(error),
                Ok(_) => {
                    self.told.said().note(key, series);
                    return Ok(());
                }
            }
        }
        let event = Event {
            metadata: ObjectMeta {
                name: Some(event_name(&object.name_any(), now)),
                namespace: Some(namespace),
                ..ObjectMeta::default()
            },
            action: Some(note.action.to_owned()),
            event_time: Some(MicroTime(now)),
            note: Some(note.note.clone()),
            reason: Some(note.reason.to_owned()),
            regarding: Some(object.object_ref(&())),
            reporting_controller: Some(REPORTER.to_owned()),
            reporting_instance: Some(REPORTER.to_owned()),
            type_: Some(if note.warning { "Warning" } else { "Normal" }.to_owned()),
            ..Event::default()
        };
        api.create(&PostParams::default(), &event).await?;
        self.told.said().note(key, Series::begun(now));
        Ok(())
    }
}

/// What is the same when it is said again: the recorder of kube leaves out the note, and would hide a second cause behind the
/// first (kubernetes-conventions.md 6).
fn key(uid: Option<&str>, note: &Note) -> u64 {
    let mut hasher = DefaultHasher::new();
    (uid, note.warning, note.reason, note.action, &note.note).hash(&mut hasher);
    hasher.finish()
}

/// `NAME.NANOSECONDS`, as client-go has it.
fn event_name(object: &str, first: Timestamp) -> String {
    let name = object.get(..LONGEST).unwrap_or(object);
    let name = name.trim_end_matches(['.', '-']);
    format!("{name}.{:x}", first.as_nanosecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).expect("a moment")
    }

    #[test]
    fn what_is_said_again_soon_is_counted_and_what_is_said_later_is_new() {
        let mut said = Said::default();
        assert_eq!(said.before(1, at(0)), None);
        said.note(1, Series::begun(at(0)));
        let again = said.before(1, at(359)).map(|series| series.again(at(359)));
        let expected = Series {
            first: at(0),
            last: at(359),
            count: 2,
        };
        assert_eq!(again, Some(expected));
        said.note(1, expected);
        assert_eq!(said.before(2, at(359)), None, "of another object");
        assert_eq!(
            said.before(1, at(718)),
            Some(expected),
            "six minutes from the last time"
        );
        assert_eq!(said.before(1, at(719)), None);
    }

    #[test]
    fn another_object_reason_or_text_is_another_event() {
        let note = |reason, text: &str| Note {
            warning: false,
            reason,
            action: "Update",
            note: text.to_owned(),
        };
        let all = [
            key(Some("u"), &note("DriftDetected", "description: a became b")),
            key(Some("u"), &note("DriftDetected", "tags: a became b")),
            key(Some("u"), &note("DriftCorrected", "description: a became b")),
            key(Some("v"), &note("DriftDetected", "description: a became b")),
        ];
        assert_eq!(
            all.iter().collect::<std::collections::HashSet<_>>().len(),
            all.len()
        );
        assert_eq!(
            key(Some("u"), &note("DriftDetected", "description: a became b")),
            all[0]
        );
    }

    #[test]
    fn what_is_long_ago_is_forgotten() {
        let mut said = Said::default();
        for key in 0..10_000 {
            said.note(key, Series::begun(at(0)));
        }
        assert_eq!(said.last.len(), 10_000, "all of it may be said again");
        for key in 10_000..20_000 {
            said.note(key, Series::begun(at(400)));
        }
        assert_eq!(said.last.len(), 10_000, "only what may be said again");
    }

    #[test]
    fn the_name_of_an_event_is_one_however_long_the_object_s_is() {
        assert_eq!(event_name("p", at(0)), "p.17979cfe362a0000");
        let name = event_name(&format!("{}.{}", "a".repeat(LONGEST - 1), "b".repeat(33)), at(0));
        assert_eq!(name, format!("{}.17979cfe362a0000", "a".repeat(LONGEST - 1)));
    }
}
