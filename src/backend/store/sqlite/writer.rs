//! Carries out batches in one transaction. Lists travel as JSON, so that there are a few statements however many batches
//! there are: each statement is a way to the connection's thread and back.

use crate::backend::store::ledger::{Changes, Ledger, Questions, Row};
use crate::backend::store::queue::{Together, every};
use crate::backend::store::{Commit, Kind, Write};
use serde_json::json;
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

impl Together for SqliteConnection {
    async fn write(&mut self, batches: &[Vec<Write>]) -> Result<Vec<Commit>, sqlx::Error> {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *self).await?;
        let done = carry_out(self, batches).await;
        if done.is_err() {
            // After an error of the disk SQLite may have rolled back by itself; then there is nothing to roll back.
            // A transaction of sqlx would take that for one that is open still, and begin no other one for ever.
            drop(sqlx::query("ROLLBACK").execute(self).await);
        }
        done
    }

    async fn close(self) -> Result<(), sqlx::Error> {
        sqlx::Connection::close(self).await
    }
}

/// Within a transaction, which it ends if all goes well.
async fn carry_out(
    connection: &mut SqliteConnection,
    batches: &[Vec<Write>],
) -> Result<Vec<Commit>, sqlx::Error> {
    let mut ledger = read(connection, &Questions::of(batches)).await?;
    let commits = batches.iter().map(|batch| ledger.decide(batch)).collect();
    write(connection, &ledger.changes()).await?;
    sqlx::query("COMMIT").execute(connection).await?;
    Ok(commits)
}

async fn read<'b>(
    connection: &mut SqliteConnection,
    questions: &Questions<'b>,
) -> Result<Ledger<'b>, sqlx::Error> {
    let mut ledger = Ledger::asking(questions);
    if !questions.keys.is_empty() {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT kind, records.id, version, records.parent, name, scope, size FROM json_each(?) AS asked \
             CROSS JOIN records ON kind = asked.value ->> 0 AND records.id = asked.value ->> 1",
        )
        .bind(pairs(&questions.keys))
        .fetch_all(&mut *connection)
        .await?;
        for row in rows {
            ledger.holds(row);
        }
    }
    if !questions.names.is_empty() {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT kind, name FROM json_each(?) AS asked \
             CROSS JOIN records ON kind = asked.value ->> 0 AND name = asked.value ->> 1",
        )
        .bind(pairs(&questions.names))
        .fetch_all(&mut *connection)
        .await?;
        for (kind, name) in rows {
            if let Some(kind) = Kind::parse(&kind) {
                ledger.named(kind, name);
            }
        }
    }
    for (kind, parent) in &questions.counts {
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM records WHERE kind = ? AND parent = ?")
            .bind(kind.as_str())
            .bind(*parent)
            .fetch_one(&mut *connection)
            .await?;
        ledger.counted(*kind, (*parent).to_owned(), count);
    }
    for ((kind, parent), scopes) in &questions.sizes {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT scope, size FROM sizes \
             WHERE kind = ?1 AND parent = ?2 AND scope IN (SELECT value FROM json_each(?3)) \
             UNION SELECT * FROM (SELECT scope, size FROM sizes WHERE kind = ?1 AND parent = ?2 \
             ORDER BY size DESC LIMIT ?4)",
        )
        .bind(kind.as_str())
        .bind(*parent)
        .bind(list(scopes.iter().map(|scope| json!(scope))))
        .bind(questions.largest)
        .fetch_all(&mut *connection)
        .await?;
        for (scope, size) in rows {
            ledger.weighed(*kind, (*parent).to_owned(), scope, size);
        }
    }
    Ok(ledger)
}

fn pairs(pairs: &BTreeSet<(Kind, &str)>) -> String {
    list(pairs.iter().map(|(kind, word)| json!([kind.as_str(), word])))
}

fn list(items: impl Iterator<Item = serde_json::Value>) -> String {
    items.collect::<serde_json::Value>().to_string()
}

async fn write(connection: &mut SqliteConnection, changes: &Changes<'_>) -> Result<(), sqlx::Error> {
    let Changes {
        removed,
        replaced,
        inserted,
    } = changes;
    // In this order, so that a name is free before it is taken anew.
    if !removed.is_empty() {
        let gone = removed.iter();
        let gone = list(gone.map(|(key, version)| json!([key.kind.as_str(), key.id, version])));
        let done = sqlx::query(
            "DELETE FROM records WHERE (kind, id, version) IN \
             (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))",
        )
        .bind(gone)
        .execute(&mut *connection)
        .await?;
        every(done.rows_affected(), removed.len())?;
    }
    if !replaced.is_empty() {
        let new = list(replaced.iter().map(|(before, after, record)| {
            let (kind, id) = (record.key.kind.as_str(), &record.key.id);
            json!([
                kind,
                id,
                before,
                after,
                record.scope,
                record.size,
                record.status,
                record.due,
                record.body
            ])
        }));
        let done = sqlx::query(
            "UPDATE records SET version = new.value ->> 3, scope = new.value ->> 4, size = new.value ->> 5, \
             status = new.value ->> 6, due = new.value ->> 7, body = new.value ->> 8 FROM json_each(?) AS new \
             WHERE kind = new.value ->> 0 AND records.id = new.value ->> 1 AND version = new.value ->> 2",
        )
        .bind(new)
        .execute(&mut *connection)
        .await?;
        every(done.rows_affected(), replaced.len())?;
    }
    if !inserted.is_empty() {
        let new = list(inserted.iter().map(|(fixed, record, version)| {
            let (kind, id) = (fixed.key.kind.as_str(), &fixed.key.id);
            let (parent, name, created) = (&fixed.parent, &fixed.name, fixed.created);
            json!([
                kind,
                id,
                parent,
                name,
                record.scope,
                record.size,
                version,
                record.status,
                record.due,
                created,
                record.body
            ])
        }));
        let done = sqlx::query(
            "INSERT INTO records (kind, id, parent, name, scope, size, version, status, due, created, body) \
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, \
             value ->> 7, value ->> 8, value ->> 9, value ->> 10 FROM json_each(?)",
        )
        .bind(new)
        .execute(connection)
        .await?;
        every(done.rows_affected(), inserted.len())?;
    }
    Ok(())
}
