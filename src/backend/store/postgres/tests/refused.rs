//! Databases that cannot be used, each refused in one line.

use super::*;

async fn refusal(url: &str) -> String {
    let text = Postgres::open(&url.to_owned().into())
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    let (user, _) = url.split_once('@').unwrap();
    let password = user.rsplit(':').next().unwrap();
    assert!(!text.contains(password), "{text}");
    text
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let text = refusal(&format!("postgres://me:s3cret@{address}/db")).await;
    says(
        &text,
        &[
            "cannot reach PostgreSQL at",
            &address.to_string(),
            "check that it runs",
        ],
    );
    let text = refusal("postgres://me:s3cret@%2Fno%2Fsuch%2Ffolder/db").await;
    says(&text, &["cannot reach PostgreSQL at /no/such/folder"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_no_postgresql() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let hanging_up = tokio::spawn(async move {
        loop {
            drop(listener.accept().await);
        }
    });
    let text = refusal(&format!("postgres://me:s3cret@{address}/db")).await;
    says(&text, &["PostgreSQL at", &address.to_string()]);
    hanging_up.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_user_or_database() {
    let url = server::database();
    let (user, place) = url.split_once('@').unwrap();
    let (user, _) = user.rsplit_once(':').unwrap();
    let text = refusal(&format!("{user}:s3cret@{place}")).await;
    says(
        &text,
        &["does not take user `agentcore`", "check user and password"],
    );
    let text = refusal(&format!("postgres://nobody:s3cret@{place}")).await;
    says(&text, &["does not take user `nobody`"]);
    let text = refusal(&format!("{url}_not")).await;
    says(
        &text,
        &["has no database `test_", "_not`; make it (`createdb test_"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_certificate_is_nobody_s() {
    let url = server::database();
    let text = refusal(&format!("{url}?sslmode=verify-full")).await;
    says(
        &text,
        &[
            "no TLS with PostgreSQL at 127.0.0.1:",
            "check sslmode and sslrootcert",
        ],
    );
    let text = refusal(&format!("{url}?sslmode=verify-ca&sslrootcert=/no/such/file")).await;
    says(&text, &["no TLS with PostgreSQL at 127.0.0.1:", "No such file"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_hold_every_text() {
    let url = server::database();
    let mut other = other_hand(&url).await;
    let name = format!("{}_latin", url.rsplit('/').next().unwrap());
    let create =
        format!("CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
    sqlx::query(AssertSqlSafe(create))
        .execute(&mut other)
        .await
        .unwrap();
    let text = refusal(&format!("{url}_latin")).await;
    says(&text, &["has the encoding LATIN1", "--encoding UTF8"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_make_no_tables() {
    let url = server::database();
    let mut other = other_hand(&url).await;
    let user = format!("{}_user", url.rsplit('/').next().unwrap());
    let create = format!("CREATE ROLE {user} LOGIN PASSWORD 's3cret'");
    sqlx::query(AssertSqlSafe(create))
        .execute(&mut other)
        .await
        .unwrap();
    let revoke = "REVOKE CREATE ON SCHEMA public FROM PUBLIC";
    sqlx::query(revoke).execute(&mut other).await.unwrap();
    let (_, place) = url.split_once('@').unwrap();
    let text = refusal(&format!("postgres://{user}:s3cret@{place}")).await;
    says(
        &text,
        &["may not make tables", "permission denied", "grant it CREATE"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_version_or_of_another_program() {
    let url = server::database();
    open(&url).await.close().await;
    let mut other = other_hand(&url).await;
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'later', true, '\\x00', 0)";
    sqlx::query(later).execute(&mut other).await.unwrap();
    says(
        &refusal(&url).await,
        &["newer version of this program (schema 9999", "left as it is"],
    );
    let another = "UPDATE _sqlx_migrations SET version = 1, checksum = '\\x01' WHERE version = 1";
    sqlx::query(another).execute(&mut other).await.unwrap();
    let gone = "DELETE FROM _sqlx_migrations WHERE version = 9999";
    sqlx::query(gone).execute(&mut other).await.unwrap();
    says(
        &refusal(&url).await,
        &["tables that are not this program's", "a database of its own"],
    );

    let url = server::database();
    let mut other = other_hand(&url).await;
    sqlx::query("CREATE TABLE records (mine int)")
        .execute(&mut other)
        .await
        .unwrap();
    says(
        &refusal(&url).await,
        &["tables that are not this program's", "already exists"],
    );
    let columns: Vec<(String,)> = sqlx::query_as(
        "SELECT column_name::text FROM information_schema.columns WHERE table_name = 'records'",
    )
    .fetch_all(&mut other)
    .await
    .unwrap();
    assert_eq!(columns, [("mine".to_owned(),)]);
}
