//! Connections that break, and hands that interfere.

use super::*;

/// Ends every other session of the database, as a restart of the server does.
async fn cut(other: &mut PgConnection) -> i64 {
    let all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::query_scalar(all).fetch_one(other).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_whose_connection_broke_writes_on_and_keeps_what_it_kept() {
    let url = server::database();
    let store = open(&url).await;
    insert(&store, "a", Some(10)).await;
    let before = store.keeper.load(Ordering::SeqCst);
    assert!(cut(&mut other_hand(&url).await).await >= 2);
    insert(&store, "b", Some(20)).await;
    assert_ne!(store.keeper.load(Ordering::SeqCst), before);
    // Until the server has let go of the lock of the old session, `a` belongs to that one.
    let begin = std::time::Instant::now();
    let due = loop {
        match store.due(30, 10).await.unwrap() {
            due if due.len() == 2 => break due,
            _ => assert!(begin.elapsed() < Duration::from_secs(10)),
        }
    };
    assert_eq!((due[0].key.id.as_str(), due[1].key.id.as_str()), ("a", "b"));
    assert!(store.get(&key("a")).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_finds_another_connection_when_all_of_them_broke() {
    let url = server::database();
    let store = open(&url).await;
    insert(&store, "a", None).await;
    let wanted = key("a");
    for _ in 0..5 {
        // As many connections as there may be, all of them just used.
        futures::future::join_all((0..64).map(|_| store.get(&wanted))).await;
        assert!(cut(&mut other_hand(&url).await).await > 4);
        assert!(store.get(&wanted).await.unwrap().is_some());
        assert_eq!(store.count(Kind::Engine, "").await.unwrap(), 1);
        assert_eq!(store.next_due().await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_stands_still_in_the_middle_of_a_write_does_not_stop_the_others() {
    let url = server::database();
    let store = open(&url).await;
    // Its session is as every session of this program, but for the patience, which is shorter.
    let options = DatabaseUrl::from(url).options().unwrap();
    let options = options.options([("idle_in_transaction_session_timeout", "200ms")]);
    let mut standing_still = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let mut transaction = standing_still.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock($1, 0)")
        .bind(LOCKS)
        .execute(&mut *transaction)
        .await
        .unwrap();
    insert(&store, "a", None).await;
    assert!(transaction.commit().await.is_err());
    let patience: String = sqlx::query_scalar("SHOW idle_in_transaction_session_timeout")
        .fetch_one(&store.readers)
        .await
        .unwrap();
    assert_eq!(patience, "10s");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_write_is_an_error_of_its_batches_and_the_next_ones_are_written() {
    let url = server::database();
    let store = open(&url).await;
    let mut other = other_hand(&url).await;
    sqlx::query("ALTER TABLE records ADD CONSTRAINT no_x CHECK (id <> 'x')")
        .execute(&mut other)
        .await
        .unwrap();
    let error = store
        .commit(vec![Write::Insert(record("x", None))])
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no_x"), "{error}");
    insert(&store, "y", None).await;
    assert!(store.get(&key("x")).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_means_durable_also_where_that_is_not_the_habit_of_the_database() {
    let url = server::database();
    let name = url.rsplit('/').next().unwrap().to_owned();
    let mut other = other_hand(&url).await;
    for setting in [
        "synchronous_commit = off",
        "default_transaction_isolation = serializable",
    ] {
        let alter = format!("ALTER DATABASE {name} SET {setting}");
        sqlx::query(AssertSqlSafe(alter))
            .execute(&mut other)
            .await
            .unwrap();
    }
    let connection = writer::Connection::open(DatabaseUrl::from(url.clone()).options().unwrap(), PATIENCE);
    assert_eq!(connection.await.unwrap().synchronous_commit().await, "on");
    // Whatever isolation level is the habit, what is required is looked at after the turn has come.
    let (one, other) = (open(&url).await, open(&url).await);
    let writes = (0..20).map(|n| {
        let named = Record {
            name: Some("n".to_owned()),
            ..record(&format!("e{n}"), None)
        };
        [&one, &other][n % 2].commit(vec![Write::Insert(named)])
    });
    let commits = futures::future::join_all(writes).await;
    assert_eq!(
        commits
            .into_iter()
            .filter(|c| *c.as_ref().unwrap() == Commit::Done)
            .count(),
        1
    );
}

/// The way to a server, which can be cut without a word: what is sent then arrives nowhere.
async fn way(to: String) -> (std::net::SocketAddr, tokio::sync::watch::Sender<bool>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (cut, open) = tokio::sync::watch::channel(true);
    tokio::spawn(async move {
        while let Ok((mut here, _)) = listener.accept().await {
            let (to, mut open) = (to.clone(), open.clone());
            tokio::spawn(async move {
                let cut = async {
                    open.wait_for(|open| !open).await.ok();
                };
                let mut there = tokio::net::TcpStream::connect(to).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut here, &mut there) => return,
                    () = cut => {}
                }
                // Both ends stay as they are until the way is open again.
                open.wait_for(|open| *open).await.ok();
            });
        }
    });
    (address, cut)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_without_a_word_is_an_error_in_time_and_found_again() {
    let url = server::database();
    let (user, place) = url.split_once('@').unwrap();
    let (address, name) = place.split_once('/').unwrap();
    let (way, open) = way(address.to_owned()).await;
    let patience = Duration::from_millis(500);
    let store = Postgres::patient(&format!("{user}@{way}/{name}").into(), patience)
        .await
        .unwrap();
    insert(&store, "a", None).await;

    open.send(false).unwrap();
    let begin = std::time::Instant::now();
    assert!(store.get(&key("a")).await.is_err());
    assert!(
        store
            .commit(vec![Write::Insert(record("b", None))])
            .await
            .is_err()
    );
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());

    open.send(true).unwrap();
    let begin = std::time::Instant::now();
    while store
        .commit(vec![Write::Insert(record("c", None))])
        .await
        .is_err()
    {
        assert!(begin.elapsed() < Duration::from_secs(20));
    }
    while store.get(&key("c")).await.is_err() {
        assert!(begin.elapsed() < Duration::from_secs(20));
    }
    assert!(store.get(&key("c")).await.unwrap().is_some());
}
