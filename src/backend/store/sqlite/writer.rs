//! Carries out batches: each in a savepoint of a transaction that all of them share.

use crate::backend::store::queue::Together;
use crate::backend::store::{Commit, Key, Kind, Record, Refused, Write};
use sqlx::{Connection as _, SqliteConnection};

impl Together for SqliteConnection {
    async fn write(&mut self, batches: &[Vec<Write>]) -> Result<Vec<Commit>, sqlx::Error> {
        let mut answers = Vec::with_capacity(batches.len());
        let mut transaction = self.begin_with("BEGIN IMMEDIATE").await?;
        for batch in batches {
            sqlx::query("SAVEPOINT batch").execute(&mut *transaction).await?;
            let refused = apply(&mut transaction, batch).await?;
            if refused.is_some() {
                sqlx::query("ROLLBACK TO batch")
                    .execute(&mut *transaction)
                    .await?;
            }
            sqlx::query("RELEASE batch").execute(&mut *transaction).await?;
            answers.push(refused.map_or(Commit::Done, Commit::Refused));
        }
        transaction.commit().await?;
        Ok(answers)
    }

    async fn close(self) -> Result<(), sqlx::Error> {
        sqlx::Connection::close(self).await
    }
}

async fn apply(connection: &mut SqliteConnection, batch: &[Write]) -> Result<Option<Refused>, sqlx::Error> {
    for write in batch {
        let refused = match write {
            Write::Unchanged(key, version) => unchanged(connection, key, *version).await?,
            Write::Fewer { kind, parent, limit } => fewer(connection, *kind, parent, *limit).await?,
            Write::Insert(record) => insert(connection, record).await?,
            Write::Replace(record) => replace(connection, record).await?,
            Write::Remove(key, version) => remove(connection, key, *version).await?,
        };
        if refused.is_some() {
            return Ok(refused);
        }
    }
    Ok(None)
}

async fn unchanged(
    connection: &mut SqliteConnection,
    key: &Key,
    version: i64,
) -> Result<Option<Refused>, sqlx::Error> {
    let found: Option<i64> = sqlx::query_scalar("SELECT version FROM records WHERE kind = ? AND id = ?")
        .bind(key.kind.as_str())
        .bind(&key.id)
        .fetch_optional(connection)
        .await?;
    Ok((found != Some(version)).then(|| Refused::Changed(key.clone())))
}

async fn fewer(
    connection: &mut SqliteConnection,
    kind: Kind,
    parent: &str,
    limit: u32,
) -> Result<Option<Refused>, sqlx::Error> {
    let count: u32 = sqlx::query_scalar("SELECT COUNT(*) FROM records WHERE kind = ? AND parent = ?")
        .bind(kind.as_str())
        .bind(parent)
        .fetch_one(connection)
        .await?;
    Ok((count >= limit).then(|| Refused::TooMany(kind, parent.to_owned())))
}

async fn insert(connection: &mut SqliteConnection, record: &Record) -> Result<Option<Refused>, sqlx::Error> {
    let Record {
        key,
        parent,
        name,
        scope,
        version: _,
        status,
        due,
        created,
        body,
    } = record;
    let inserted = sqlx::query(
        "INSERT INTO records (kind, id, parent, name, scope, version, status, due, created, body) \
         VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(key.kind.as_str())
    .bind(&key.id)
    .bind(parent)
    .bind(name)
    .bind(scope)
    .bind(status)
    .bind(due)
    .bind(created)
    .bind(body)
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(None);
    }
    let found: Option<i64> = sqlx::query_scalar("SELECT version FROM records WHERE kind = ? AND id = ?")
        .bind(key.kind.as_str())
        .bind(&key.id)
        .fetch_optional(connection)
        .await?;
    Ok(Some(match (found, name) {
        (None, Some(name)) => Refused::NameTaken(key.kind, name.clone()),
        (Some(_), _) | (None, None) => Refused::Exists(key.clone()),
    }))
}

async fn replace(connection: &mut SqliteConnection, record: &Record) -> Result<Option<Refused>, sqlx::Error> {
    let Record {
        key,
        scope,
        version,
        status,
        due,
        body,
        ..
    } = record;
    let replaced = sqlx::query(
        "UPDATE records SET scope = ?, version = version + 1, status = ?, due = ?, body = ? \
         WHERE kind = ? AND id = ? AND version = ?",
    )
    .bind(scope)
    .bind(status)
    .bind(due)
    .bind(body)
    .bind(key.kind.as_str())
    .bind(&key.id)
    .bind(version)
    .execute(connection)
    .await?;
    Ok((replaced.rows_affected() != 1).then(|| Refused::Changed(key.clone())))
}

async fn remove(
    connection: &mut SqliteConnection,
    key: &Key,
    version: i64,
) -> Result<Option<Refused>, sqlx::Error> {
    let removed = sqlx::query("DELETE FROM records WHERE kind = ? AND id = ? AND version = ?")
        .bind(key.kind.as_str())
        .bind(&key.id)
        .bind(version)
        .execute(connection)
        .await?;
    Ok((removed.rows_affected() != 1).then(|| Refused::Changed(key.clone())))
}
