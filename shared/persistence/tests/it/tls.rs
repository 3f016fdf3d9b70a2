//! TLS to PostgreSQL: what is trusted, and that plain text is never a substitute.

use std::error::Error as _;
use std::path::PathBuf;

use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::{Database, DatabaseConfig, Error};
use testkit::{server_ca, stranger_ca};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{MIGRATIONS, empty};

fn config(url: &str, ca_path: PathBuf) -> DatabaseConfig {
    let mut config = DatabaseConfig::at(url.into());
    config.ca_path = ca_path;
    config
}

#[derive(QueryableByName)]
struct Encryption {
    #[diesel(sql_type = Bool)]
    ssl: bool,
    #[diesel(sql_type = Text)]
    version: String,
}

/// Whether the connection is encrypted, and how, as PostgreSQL sees it.
async fn encryption(conn: &mut AsyncPgConnection) -> (bool, String) {
    let sql = "SELECT ssl, coalesce(version, '') AS version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row: Encryption = sql_query(sql).get_result(conn).await.unwrap();
    (row.ssl, row.version)
}

/// The whole error of a connection attempt.
async fn refused(config: &DatabaseConfig) -> String {
    let database = Database::new(config).unwrap();
    let Err(error) = database.get().await else {
        panic!("it connected");
    };
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    format!("{error}: {}", error.source().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_connection_is_encrypted_if_the_url_demands_it() {
    let test = empty().await;
    let owner = config(&test.owner_url_with_tls(), server_ca());
    persistence::migrate(&owner, MIGRATIONS).await.unwrap();

    let database = Database::new(&config(&test.url_with_tls(), server_ca())).unwrap();
    let mut pooled = database.get().await.unwrap();
    assert_eq!(encryption(&mut pooled).await, (true, "TLSv1.3".to_owned()));
    database.wait().await.unwrap();
    let exclusive = database.exclusively("job", async || ()).await.unwrap();
    assert_eq!(exclusive, Some(()));

    let (client, driver) = database.driver_session().await.unwrap();
    let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = client.query_one(sql, &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));
    drop(client);
    driver.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_and_its_server_are_verified_alike() {
    let test = empty().await;
    let mut behind_pooler = config(&test.url, server_ca());
    behind_pooler.direct_url = test.url_with_tls().into();
    let database = Database::new(&behind_pooler).unwrap();
    let mut pooled = database.get().await.unwrap();
    assert_eq!(encryption(&mut pooled).await, (false, String::new()));
    database.wait().await.unwrap();

    behind_pooler.ca_path = stranger_ca();
    let database = Database::new(&behind_pooler).unwrap();
    let error = database.wait().await.unwrap_err();
    let cause = error.source().unwrap().to_string();
    assert!(cause.contains("unknown issuer"), "{cause}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_ca_is_refused() {
    let test = empty().await;
    let why = refused(&config(&test.url_with_tls(), stranger_ca())).await;
    let expected = "certificate verify failed: unknown issuer; `database.ca_path` must name";
    assert!(why.contains(expected), "{why}");
    assert!(!why.contains("test_service"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_is_refused() {
    let test = empty().await;
    let url = test.url_with_tls().replace("@localhost:", "@127.0.0.1:");
    let why = refused(&config(&url, server_ca())).await;
    assert!(
        why.contains("certificate verify failed: certificate not valid for name \"127.0.0.1\""),
        "{why}"
    );
}

/// A server without TLS answers the request for it with `N`, and so does someone in between. The client must send nothing
/// after that: its first message would have the user's name, and the second one the password.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_gets_neither_name_nor_password() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("postgres://name:secret@localhost:{port}/db?sslmode=verify-full");
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 8];
        stream.read_exact(&mut request).await.unwrap();
        stream.write_all(b"N").await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        rest
    };
    let config = config(&url, server_ca());
    let (rest, why) = tokio::join!(server, refused(&config));
    assert_eq!(rest, b"");
    assert!(why.contains("server does not support TLS"), "{why}");
    assert!(!why.contains("secret"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_ca_is_refused_at_the_start() {
    let url = "postgres://name:secret@localhost/db?sslmode=verify-full";
    for (file, expected) in [
        ("Cargo.toml", "no certificate in"),
        ("absent.pem", "cannot read"),
    ] {
        let Err(error) = Database::new(&config(url, file.into())) else {
            panic!("{file} was accepted");
        };
        let cause = error.source().unwrap().to_string();
        assert!(error.to_string().contains("database.ca_path"), "{error}");
        assert!(cause.contains(expected) && cause.contains(file), "{cause}");
    }
}
