mod damaged;

use super::*;
use crate::backend::store::contract;
use std::path::PathBuf;
use tempfile::TempDir;

fn record(id: &str) -> Record {
    Record {
        key: Key {
            kind: Kind::Engine,
            id: id.to_owned(),
        },
        parent: String::new(),
        name: Some(id.to_owned()),
        scope: None,
        size: 0,
        version: 1,
        status: "ACTIVE".to_owned(),
        due: None,
        created: 1,
        body: "{}".to_owned(),
    }
}

async fn filled(directory: &Path) -> PathBuf {
    let store = Sqlite::open(directory).await.unwrap();
    let records = (0..200).map(|n| Write::Insert(record(&format!("e{n}"))));
    store.commit(records.collect()).await.unwrap();
    store.close().await;
    directory.join("backend.sqlite")
}

async fn refusal(directory: &Path) -> String {
    let text = Sqlite::open(directory).await.unwrap_err().to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_another_backend_has_is_refused_until_it_is_let_go() {
    let directory = TempDir::new().unwrap();
    let store = Sqlite::open(directory.path()).await.unwrap();
    let refused = refusal(directory.path()).await;
    assert!(
        refused.contains("is in use by another backend; stop that one"),
        "{refused}"
    );
    drop(store);
    Sqlite::open(directory.path()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_of_stores_holds() {
    let directory = TempDir::new().unwrap();
    let mut count = 0;
    contract::holds(|| {
        count += 1;
        let directory = directory.path().join(count.to_string());
        async move { Sqlite::open(&directory).await.unwrap() }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_is_there_after_the_process_is_gone() {
    let directory = TempDir::new().unwrap();
    let store = Sqlite::open(directory.path()).await.unwrap();
    store.commit(vec![Write::Insert(record("kept"))]).await.unwrap();
    // A copy of the files as they are while the store is open is what a killed process leaves behind.
    let copy = TempDir::new().unwrap();
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let file = file.unwrap();
        if !file.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
    }
    let left = Sqlite::open(copy.path()).await.unwrap();
    assert_eq!(left.get(&record("kept").key).await.unwrap(), Some(record("kept")));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_commit_is_flushed_to_a_write_ahead_log() {
    let directory = TempDir::new().unwrap();
    let (_lock, mut writer, _readers) = open::open(directory.path()).await.unwrap();
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut writer)
        .await
        .unwrap();
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut writer)
        .await
        .unwrap();
    assert_eq!((mode.as_str(), synchronous), ("wal", 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_another_program_or_a_newer_version_is_refused() {
    let directory = TempDir::new().unwrap();
    let file = filled(directory.path()).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', TRUE, x'00', 0)",
    )
    .execute(&pool)
    .await
    .unwrap();
    let text = refusal(directory.path()).await;
    assert!(
        text.contains("newer version of this program (schema 9999"),
        "{text}"
    );
    sqlx::query("PRAGMA application_id = 1")
        .execute(&pool)
        .await
        .unwrap();
    let text = refusal(directory.path()).await;
    assert!(text.contains("a database of another program"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_by_hand_is_another_version() {
    let directory = TempDir::new().unwrap();
    let store = Sqlite::open(directory.path()).await.unwrap();
    store.commit(vec![Write::Insert(record("e"))]).await.unwrap();
    let before = store.revision().await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(directory.path().join("backend.sqlite"));
    let hand = SqlitePool::connect_with(options).await.unwrap();
    sqlx::query("UPDATE records SET body = '[]'")
        .execute(&hand)
        .await
        .unwrap();
    assert_ne!(store.revision().await.unwrap(), before);
    let read = store.get(&record("e").key).await.unwrap().unwrap();
    assert_eq!((read.version, read.body.as_str()), (2, "[]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_cannot_be_written_is_named() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let text = refusal(&file.join("data")).await;
    assert!(
        text.contains("cannot use the data directory") && text.contains("may write to"),
        "{text}"
    );
    assert!(text.contains("file/data"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_store_takes_nothing_more() {
    let directory = TempDir::new().unwrap();
    let store = Sqlite::open(directory.path()).await.unwrap();
    store.close().await;
    assert!(store.commit(vec![Write::Insert(record("late"))]).await.is_err());
    assert!(store.get(&record("late").key).await.is_err());
    store.close().await;
}
