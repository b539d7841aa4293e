//! A log that is whole, a disk that becomes full, a file that was cut off.

use super::*;
use crate::backend::enforce::record::chain::Chain;
use std::sync::Arc;
use tempfile::TempDir;

/// A disk that becomes full.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<Space>>);

#[derive(Default)]
struct Space {
    bytes: Vec<u8>,
    appended: usize,
    room: usize,
    takes_back: bool,
}

/// A file that hangs while somebody holds it.
struct Hanging(Arc<Mutex<Vec<u8>>>);

impl Lines for Hanging {
    fn begin(&mut self) -> Result<Option<bool>, Error> {
        Ok(None)
    }

    fn append(&mut self, bytes: &[u8]) -> (usize, Option<Error>) {
        self.0.lock().unwrap().extend_from_slice(bytes);
        (bytes.len(), None)
    }

    fn take_back(&mut self, _: usize) -> Result<(), Error> {
        Err(ErrorKind::Unsupported.into())
    }
}

impl Disk {
    fn space(&self) -> MutexGuard<'_, Space> {
        self.0.lock().unwrap()
    }
}

impl Lines for Disk {
    fn begin(&mut self) -> Result<Option<bool>, Error> {
        Ok(None)
    }

    fn append(&mut self, bytes: &[u8]) -> (usize, Option<Error>) {
        let mut space = self.space();
        space.appended += 1;
        let taken = bytes.len().min(space.room);
        space.bytes.extend_from_slice(&bytes[..taken]);
        space.room -= taken;
        let failure = (taken < bytes.len()).then(|| ErrorKind::StorageFull.into());
        (taken, failure)
    }

    fn take_back(&mut self, bytes: usize) -> Result<(), Error> {
        let mut space = self.space();
        if !space.takes_back {
            return Err(ErrorKind::Unsupported.into());
        }
        let length = space.bytes.len() - bytes;
        space.bytes.truncate(length);
        space.room += bytes;
        Ok(())
    }
}

fn chain(bytes: &[u8]) -> Chain {
    let mut chain = Chain::default();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        chain.line(line.strip_suffix(b"\n").expect("every line has an end"));
    }
    chain
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_there_when_they_are_recorded_and_go_on_where_the_file_ended() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("decisions.jsonl");
    for round in 0..3 {
        let log = DecisionLog::open(&path, DecisionLogFailure::Deny).unwrap();
        for line in 0..200 {
            let text = format!("{{\"n\":\"{round}-{line}\"}}");
            log.record(text.clone()).await.unwrap();
            let read = std::fs::read_to_string(&path).unwrap();
            let begin = text.strip_suffix('}').unwrap();
            assert!(read.lines().last().unwrap().starts_with(begin), "{text}");
        }
        log.close().await;
        assert_eq!(log.record("{\"late\":1}".to_owned()).await, Err(Unrecorded));
    }
    let chain = chain(&std::fs::read(&path).unwrap());
    assert_eq!(chain.broken(), [""; 0]);
    assert!(chain.told().starts_with("600 lines, unbroken, ends with "));
    let error = DecisionLog::open(&directory.path().join("no/such"), DecisionLogFailure::Deny).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("give --decision-log a file that can be"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_each_written_once_in_one_chain() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("decisions.jsonl");
    let log = Arc::new(DecisionLog::open(&path, DecisionLogFailure::Deny).unwrap());
    let writers = (0..20).map(|writer| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            for line in 0..100 {
                log.record(format!("{{\"n\":\"{writer}-{line}\"}}"))
                    .await
                    .unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    log.close().await;
    let written = std::fs::read(&path).unwrap();
    let chain = chain(&written);
    assert_eq!(chain.broken(), [""; 0]);
    assert!(chain.told().starts_with("2000 lines"), "{}", chain.told());
}

#[tokio::test]
async fn lines_of_one_turn_are_written_at_once_also_when_the_first_call_is_given_up() {
    let disk = Disk::default();
    disk.space().room = 10_000;
    let log = DecisionLog::over(disk.clone(), None, false, Path::new("disk")).unwrap();
    let record = |n: usize| log.record(format!("{{\"n\":{n}}}"));
    let told = futures::future::join_all((0..20).map(record)).await;
    assert!(told.iter().all(Result::is_ok), "{told:?}");
    assert_eq!(disk.space().appended, 1);
    let mut first = Box::pin(record(20));
    assert!(futures::poll!(first.as_mut()).is_pending());
    let mut second = Box::pin(record(21));
    assert!(futures::poll!(second.as_mut()).is_pending());
    drop(first);
    assert_eq!(second.await, Ok(()));
    log.close().await;
    assert_eq!(disk.space().appended, 2);
    assert!(chain(&disk.space().bytes).told().starts_with("22 lines"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_full_disk_does_not_take_is_told_and_leaves_the_log_whole() {
    let line = |n: usize| format!("{{\"n\":{n}}}");
    let length = linked(&line(0), Some(&sha256_of(b""))).len() + 1;
    // One line and a part of the second, down to its end alone.
    for part in 0..length {
        let disk = Disk::default();
        *disk.space() = Space {
            room: length + part,
            takes_back: true,
            ..Space::default()
        };
        let log = DecisionLog::over(disk.clone(), Some(sha256_of(b"")), false, Path::new("disk")).unwrap();
        assert_eq!(log.record(line(1)).await, Ok(()), "{part}");
        assert_eq!(log.record(line(2)).await, Err(Unrecorded), "{part}");
        assert_eq!(disk.space().bytes.len(), length, "{part}");
        disk.space().room = 1_000;
        assert_eq!(log.record(line(3)).await, Ok(()), "{part}");
        log.close().await;
        let chain = chain(&disk.space().bytes);
        assert_eq!(chain.broken(), [""; 0], "{part}");
        assert!(chain.told().starts_with("2 lines"), "{part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_back_is_a_line_of_its_own_that_the_next_one_follows() {
    let length = linked("{\"n\":1}", None).len() + 1;
    for part in 1..length {
        let disk = Disk::default();
        disk.space().room = part;
        let log = DecisionLog::over(disk.clone(), None, false, Path::new("disk")).unwrap();
        assert_eq!(
            log.record("{\"n\":1}".to_owned()).await,
            Err(Unrecorded),
            "{part}"
        );
        disk.space().room = 1_000;
        assert_eq!(log.record("{\"n\":2}".to_owned()).await, Ok(()), "{part}");
        log.close().await;
        let bytes = disk.space().bytes.clone();
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        assert_eq!(lines.len(), 3, "{part}");
        let second = linked("{\"n\":2}", Some(&sha256_of(lines[0])));
        assert_eq!(lines[1], second.as_bytes(), "{part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_ends_within_a_line_goes_on_with_another_one() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("decisions.jsonl");
    std::fs::write(&path, "{\"n\":").unwrap();
    let log = DecisionLog::open(&path, DecisionLogFailure::Deny).unwrap();
    log.record("{\"n\":2}".to_owned()).await.unwrap();
    log.close().await;
    let second = linked("{\"n\":2}", Some(&sha256_of(b"{\"n\":")));
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        format!("{{\"n\":\n{second}\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_is_empty_where_a_torn_log_was_moved_away_or_emptied() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("decisions.jsonl");
    let torn = "{\"n\":";
    let second = linked("{\"n\":2}", Some(&sha256_of(torn.as_bytes())));
    for (now, expected) in [
        (None, format!("{second}\n")),
        (Some(""), format!("{second}\n")),
        (Some("{}\n"), format!("{{}}\n{second}\n")),
        (Some("{"), format!("{{\n{second}\n")),
    ] {
        std::fs::write(&path, torn).unwrap();
        let log = DecisionLog::open(&path, DecisionLogFailure::Deny).unwrap();
        std::fs::rename(&path, directory.path().join("moved")).unwrap();
        if let Some(now) = now {
            std::fs::write(&path, now).unwrap();
        }
        log.record("{\"n\":2}".to_owned()).await.unwrap();
        log.close().await;
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected, "{now:?}");
    }
    std::fs::write(&path, torn).unwrap();
    let log = DecisionLog::open(&path, DecisionLogFailure::Deny).unwrap();
    std::fs::write(&path, "").unwrap();
    log.record("{\"n\":2}".to_owned()).await.unwrap();
    log.close().await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{second}\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_hangs_is_one_that_cannot_be_written() {
    for (failure, told) in [
        (DecisionLogFailure::Deny, Err(Unrecorded)),
        (DecisionLogFailure::Allow, Ok(())),
    ] {
        let file = Arc::new(Mutex::new(Vec::new()));
        let log = DecisionLog::over(Hanging(Arc::clone(&file)), None, false, Path::new("hangs")).unwrap();
        let log = DecisionLog {
            failure,
            patience: Duration::from_millis(50),
            ..log
        };
        let (hold, released) = std::sync::mpsc::channel::<()>();
        let (holds, holding) = oneshot::channel();
        let holder = {
            let file = Arc::clone(&file);
            std::thread::spawn(move || {
                let guard = file.lock().unwrap();
                holds.send(()).unwrap();
                released.recv().unwrap_err();
                drop(guard);
            })
        };
        holding.await.unwrap();
        // The first one waits, and the others do not: these are more than could be handed over.
        for n in 0..=WAITING + TOGETHER {
            assert_eq!(log.record(format!("{{\"n\":{n}}}")).await, told);
        }
        drop(hold);
        holder.join().unwrap();
        // It takes lines again by itself, among them what was handed over while it hung.
        while log.hangs.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        let log = DecisionLog {
            failure: DecisionLogFailure::Deny,
            patience: PATIENCE,
            ..log
        };
        assert_eq!(log.record("{\"last\":1}".to_owned()).await, Ok(()));
        log.close().await;
        let bytes = file.lock().unwrap();
        let chain = chain(&bytes);
        assert_eq!(chain.broken(), [""; 0]);
        assert!(bytes.starts_with(b"{\"n\":0,"));
        let last = bytes
            .strip_suffix(b"\n")
            .unwrap()
            .rsplit(|byte| *byte == b'\n')
            .next();
        assert!(last.unwrap().starts_with(b"{\"last\":1,"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_hangs_keeps_nobody_from_ending() {
    let file = Arc::new(Mutex::new(Vec::new()));
    let log = DecisionLog::over(Hanging(Arc::clone(&file)), None, false, Path::new("hangs")).unwrap();
    let log = DecisionLog {
        patience: Duration::from_millis(50),
        ..log
    };
    let recorded = std::thread::scope(|scope| {
        let _hangs = file.lock().unwrap();
        let here = tokio::runtime::Handle::current();
        let ends = scope.spawn(move || {
            here.block_on(async {
                let recorded = log.record("{}".to_owned()).await;
                log.close().await;
                recorded
            })
        });
        ends.join().unwrap()
    });
    assert_eq!(recorded, Err(Unrecorded));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_full_records_nothing() {
    for (failure, told) in [
        (DecisionLogFailure::Deny, Err(Unrecorded)),
        (DecisionLogFailure::Allow, Ok(())),
    ] {
        let log = DecisionLog::open(Path::new("/dev/full"), failure).unwrap();
        for _ in 0..2 {
            assert_eq!(log.record("{\"n\":1}".to_owned()).await, told);
        }
        log.close().await;
    }
}
