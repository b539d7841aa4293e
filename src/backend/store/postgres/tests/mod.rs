//! The store on a real server.

mod broken;
mod refused;
mod shared;

use super::*;
use crate::backend::store::contract;
use sqlx::{Connection as _, PgConnection};

async fn open(url: &str) -> Postgres {
    Postgres::open(&url.to_owned().into()).await.unwrap()
}

/// Somebody else at the database.
async fn other_hand(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

fn key(id: &str) -> Key {
    Key {
        kind: Kind::Engine,
        id: id.to_owned(),
    }
}

fn record(id: &str, due: Option<i64>) -> Record {
    Record {
        key: key(id),
        parent: String::new(),
        name: Some(id.to_owned()),
        scope: None,
        size: 0,
        version: 1,
        status: "CREATING".to_owned(),
        due,
        created: 1,
        body: "{}".to_owned(),
    }
}

async fn insert(store: &Postgres, id: &str, due: Option<i64>) {
    let batch = vec![Write::Insert(record(id, due))];
    assert_eq!(store.commit(batch).await.unwrap(), Commit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_of_stores_holds() {
    contract::holds(|| async { open(&server::database()).await }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_opened_again_by_its_socket_too() {
    let url = server::database();
    let store = open(&url).await;
    insert(&store, "kept", None).await;
    store.close().await;
    assert!(store.commit(Vec::new()).await.is_err() && store.get(&key("kept")).await.is_err());
    store.close().await;

    let folder = server::certificate()
        .parent()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    let (_, place) = url.split_once("@127.0.0.1").unwrap();
    let url = format!("postgres://agentcore@{}{place}", folder.replace('/', "%2F"));
    assert_eq!(
        open(&url).await.get(&key("kept")).await.unwrap(),
        Some(record("kept", None))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_encrypted_and_the_server_is_checked_when_the_url_says_so() {
    let (url, certificate) = (server::database(), server::certificate());
    let checked = format!("{url}?sslmode=verify-full&sslrootcert={}", certificate.display());
    for url in [checked, format!("{url}?sslmode=require")] {
        let store = open(&url).await;
        let (all, encrypted): (i64, i64) = sqlx::query_as(
            "SELECT count(*), count(*) FILTER (WHERE ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
             WHERE datname = current_database()",
        )
        .fetch_one(&store.readers)
        .await
        .unwrap();
        assert!(all >= 2 && encrypted == all, "{encrypted} of {all}");
        store.close().await;
    }
}
