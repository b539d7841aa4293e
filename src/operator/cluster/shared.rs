//! What many passes ask for at the same time, asked for once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long an answer is kept for those who take one that is not quite new.
pub(super) const KEPT: Duration = Duration::from_millis(500);

/// An answer, and when it was asked for.
type Kept<T> = Option<(Instant, T)>;

/// Answers by what was asked; only such as are younger than [`KEPT`] or being waited for are kept.
#[derive(Debug)]
pub(super) struct Shared<T> {
    answers: SyncMutex<HashMap<String, Arc<Mutex<Kept<T>>>>>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self {
            answers: SyncMutex::default(),
        }
    }
}

impl<T: Clone> Shared<T> {
    fn entry(&self, what: &str) -> Arc<Mutex<Kept<T>>> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if !answers.contains_key(what) {
            let young = |kept: &Kept<T>| kept.as_ref().is_some_and(|(begun, _)| begun.elapsed() < KEPT);
            answers.retain(|_, answer| {
                Arc::strong_count(answer) > 1 || answer.try_lock().is_ok_and(|kept| young(&kept))
            });
        }
        Arc::clone(answers.entry(what.to_owned()).or_default())
    }

    /// An answer that was asked for at or after this moment: one that is there, or what `ask` brings. Callers queue, and
    /// all who came before it was asked for take the one answer. An error is for its caller alone.
    ///
    /// # Errors
    /// Those of `ask`.
    pub(super) async fn get<F, E>(&self, what: &str, since: Instant, ask: impl FnOnce() -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let entry = self.entry(what);
        let mut kept = entry.lock().await;
        if let Some((begun, answer)) = kept.as_ref()
            && *begun >= since
        {
            return Ok(answer.clone());
        }
        let begun = Instant::now();
        let answer = ask().await?;
        *kept = Some((begun, answer.clone()));
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn all_who_came_before_it_was_asked_for_take_one_answer_and_nobody_an_older_one() {
        let (shared, asked) = (Shared::default(), AtomicU32::new(0));
        let get = |since: Instant| {
            shared.get("e", since, || async {
                tokio::time::sleep(Duration::from_millis(10)).await;
                Ok::<_, Infallible>(asked.fetch_add(1, Ordering::Relaxed))
            })
        };
        let began = Instant::now();
        let later = async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            tokio::join!(get(Instant::now()), get(Instant::now()))
        };
        let (first, (second, third)) = tokio::join!(get(began), later);
        assert_eq!((first, second, third), (Ok(0), Ok(1), Ok(1)));
        assert_eq!(get(began).await, Ok(1), "it is kept");
        assert_eq!(get(Instant::now()).await, Ok(2));
    }

    #[tokio::test]
    async fn an_error_is_kept_for_nobody() {
        let shared: Shared<u32> = Shared::default();
        let now = Instant::now();
        assert_eq!(shared.get("e", now, || async { Err("no") }).await, Err("no"));
        assert_eq!(shared.get("e", now, || async { Ok::<_, &str>(1) }).await, Ok(1));
    }
}
