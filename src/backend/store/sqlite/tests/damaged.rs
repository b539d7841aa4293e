//! Files that a crash, a full disk or a broken one left behind.

use super::*;

/// The damaged file is refused, and neither it nor its log is touched.
async fn refused_and_left(directory: &Path, what: &str) -> String {
    let files = || ["", "-wal"].map(|end| std::fs::read(directory.join(format!("backend.sqlite{end}"))).ok());
    let before = files();
    let text = refusal(directory).await;
    assert!(text.contains("backend.sqlite is damaged"), "{what}: {text}");
    assert!(text.contains("restore it from a copy"), "{what}: {text}");
    let after = files();
    assert!(before[0] == after[0], "{what}: the file was changed");
    // What was no log, or an empty one, may be an empty one now.
    let log = |files: &[Option<Vec<u8>>; 2]| files[1].clone().unwrap_or_default();
    assert!(log(&before) == log(&after), "{what}: the log was changed");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_refused_in_one_line_and_left_as_it_is() {
    let directory = TempDir::new().unwrap();
    let file = filled(directory.path()).await;
    let whole = std::fs::read(&file).unwrap();
    assert!(whole.len() > 12_000);
    let mut scrambled = whole.clone();
    scrambled[8192..].iter_mut().for_each(|byte| *byte ^= 0x5a);
    for (what, bytes) in [
        ("empty", Vec::new()),
        ("a few bytes", whole[..10].to_vec()),
        ("cut in the middle", whole[..whole.len() / 2].to_vec()),
        ("cut after the header", whole[..4096].to_vec()),
        ("scrambled", scrambled),
        ("text", b"hello, this is no database but some text".to_vec()),
    ] {
        std::fs::write(&file, &bytes).unwrap();
        refused_and_left(directory.path(), what).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_its_database_is_refused() {
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("backend.sqlite-wal"), b"x").unwrap();
    assert!(refusal(directory.path()).await.contains("write-ahead log"));
    assert!(!directory.path().join("backend.sqlite").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_cut_anywhere_is_refused() {
    let directory = TempDir::new().unwrap();
    let file = filled(directory.path()).await;
    let whole = std::fs::read(&file).unwrap();
    let pages = whole.len() / 4096;
    assert!(pages > 10);
    let lengths = (0..pages).flat_map(|page| [page * 4096, page * 4096 + 1, page * 4096 + 1717]);
    for length in lengths.chain([whole.len() - 1]) {
        std::fs::write(&file, &whole[..length]).unwrap();
        refused_and_left(directory.path(), &format!("cut at {length}")).await;
    }
    std::fs::write(&file, &whole).unwrap();
    Sqlite::open(directory.path()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_one_bad_page_is_refused_whichever_it_is() {
    let directory = TempDir::new().unwrap();
    let file = filled(directory.path()).await;
    let whole = std::fs::read(&file).unwrap();
    for page in 0..whole.len() / 4096 {
        let bytes = page * 4096..(page + 1) * 4096;
        for bad in [&[0; 4096][..], &whole[..4096], &[0xa5; 4096]] {
            if whole[bytes.clone()] == *bad {
                continue;
            }
            let mut damaged = whole.clone();
            damaged[bytes.clone()].copy_from_slice(bad);
            std::fs::write(&file, &damaged).unwrap();
            refused_and_left(directory.path(), &format!("page {page}")).await;
        }
    }
}

/// The files as a killed process leaves them, with a log of ten commits that is not yet in the file; without its index,
/// as on a machine that went down.
async fn killed() -> TempDir {
    let left = killed_alone().await;
    std::fs::remove_file(left.path().join("backend.sqlite-shm")).unwrap();
    left
}

/// The files as a killed process leaves them on a machine that goes on.
async fn killed_alone() -> TempDir {
    let directory = TempDir::new().unwrap();
    filled(directory.path()).await;
    let store = Sqlite::open(directory.path()).await.unwrap();
    for n in 0..10 {
        store
            .commit(vec![Write::Insert(record(&format!("late{n}")))])
            .await
            .unwrap();
    }
    let left = TempDir::new().unwrap();
    for file in ["backend.sqlite", "backend.sqlite-wal", "backend.sqlite-shm"] {
        std::fs::copy(directory.path().join(file), left.path().join(file)).unwrap();
    }
    left
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_cut_behind_a_killed_process_is_refused() {
    let left = killed_alone().await;
    let log = left.path().join("backend.sqlite-wal");
    let index = left.path().join("backend.sqlite-shm");
    let (whole, counted) = (std::fs::read(&log).unwrap(), std::fs::read(&index).unwrap());
    let frame = 4096 + 24;
    for length in [
        0,
        10,
        32,
        32 + frame,
        whole.len() / 2,
        whole.len() - frame,
        whole.len() - 1,
    ] {
        std::fs::write(&log, &whole[..length]).unwrap();
        std::fs::write(&index, &counted).unwrap();
        let text = refused_and_left(left.path(), &format!("cut at {length}")).await;
        assert!(text.contains("its write-ahead log was cut"), "{text}");
    }
    std::fs::remove_file(&log).unwrap();
    let text = refused_and_left(left.path(), "removed").await;
    assert!(text.contains("its write-ahead log was cut"), "{text}");
    std::fs::write(&log, &whole).unwrap();
    assert_eq!(commits(left.path()).await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_not_of_the_log_says_nothing_of_it() {
    let left = killed_alone().await;
    let log = left.path().join("backend.sqlite-wal");
    let file = left.path().join("backend.sqlite");
    let index = left.path().join("backend.sqlite-shm");
    let (whole, main) = (std::fs::read(&log).unwrap(), std::fs::read(&file).unwrap());
    let counted = std::fs::read(&index).unwrap();
    let cut = whole.len() / 2;
    let mut of_another_round = counted.clone();
    for salt in [32, 80] {
        of_another_round[salt] ^= 1;
    }
    let mut half_written = counted.clone();
    half_written[16] ^= 1;
    for bytes in [
        &of_another_round[..],
        &half_written,
        &counted[..50],
        &[],
        &[0; 8192],
    ] {
        std::fs::write(&log, &whole[..cut]).unwrap();
        std::fs::write(&file, &main).unwrap();
        std::fs::write(&index, bytes).unwrap();
        assert!((1..10).contains(&commits(left.path()).await));
    }
}

/// How many of the ten commits are there; they must be the first ones.
async fn commits(directory: &Path) -> usize {
    let store = Sqlite::open(directory).await.unwrap();
    let mut there = Vec::new();
    for n in 0..10 {
        let key = record(&format!("late{n}")).key;
        there.push(store.get(&key).await.unwrap().is_some());
    }
    store.close().await;
    let count = there.iter().filter(|there| **there).count();
    assert!(there[..count].iter().all(|there| *there), "{there:?}");
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_end_is_torn_gives_all_commits_before_the_tear() {
    let left = killed().await;
    let log = left.path().join("backend.sqlite-wal");
    let file = left.path().join("backend.sqlite");
    let (whole, main) = (std::fs::read(&log).unwrap(), std::fs::read(&file).unwrap());
    assert!(whole.len() > 10 * 4096);
    let mut last = 0;
    for length in (0..=whole.len()).step_by(2060).chain([whole.len()]) {
        std::fs::write(&log, &whole[..length]).unwrap();
        std::fs::write(&file, &main).unwrap();
        let count = commits(left.path()).await;
        assert!(count >= last, "{length}");
        last = count;
    }
    assert_eq!(last, 10);

    // The last transaction half on disk: its last frame there, the one before it not.
    let mut torn = whole.clone();
    let at = torn.len() - 4096 - 24 - 100;
    torn[at] ^= 1;
    std::fs::write(&log, &torn).unwrap();
    std::fs::write(&file, &main).unwrap();
    assert_eq!(commits(left.path()).await, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_damaged_before_later_commits_is_refused() {
    let left = killed().await;
    let log = left.path().join("backend.sqlite-wal");
    let whole = std::fs::read(&log).unwrap();
    for at in [3, 17, 25, 40, 60, 4000, whole.len() / 2] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(&log, &damaged).unwrap();
        let text = refused_and_left(left.path(), &format!("byte {at}")).await;
        assert!(
            text.contains("its write-ahead log is damaged in the middle"),
            "{text}"
        );
    }
    std::fs::write(&log, &whole).unwrap();
    assert_eq!(commits(left.path()).await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_is_not_made_worse_by_its_log() {
    let left = killed().await;
    let file = left.path().join("backend.sqlite");
    let mut bytes = std::fs::read(&file).unwrap();
    // What the log has a page for is read from the log.
    let log = std::fs::read(left.path().join("backend.sqlite-wal")).unwrap();
    let frames = log[32..].chunks(24 + 4096);
    let in_log: Vec<u32> = frames
        .map(|frame| u32::from_be_bytes(frame[..4].try_into().unwrap()))
        .collect();
    let mut pages = bytes.chunks_mut(4096).zip(1..).skip(1);
    let (page, _) = pages.find(|(_, number)| !in_log.contains(number)).unwrap();
    page.fill(0xa5);
    std::fs::write(&file, &bytes).unwrap();
    refused_and_left(left.path(), "a bad page beside a log").await;
}
