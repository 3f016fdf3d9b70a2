use std::{error::Error, fmt::Display, fs, path::Path};

use sha2::{Digest, Sha256};
use tokio_postgres::{Client, NoTls};

use crate::{at_drop::at_drop, server, unique};

/// A database for one test; dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    /// The URL, for a superuser.
    pub url: String,
}

/// A new database for `service`, copied from a template. `migrate` prepares the template, once for each
/// state of the directory `migrations/<service>`, and gets its URL.
///
/// # Panics
/// There is no PostgreSQL server, or `migrate` fails.
pub async fn database<E: Display>(
    service: &str,
    migrate: impl AsyncFnOnce(String) -> Result<(), E>,
) -> TestDatabase {
    let admin = connect(&server("MERCANTILE_TEST_POSTGRES")).await;
    let template = format!("template_{service}_{}", fingerprint(service));
    prepare(&admin, &template, migrate).await;
    let name = unique(&format!("test_{service}"));
    run(
        &admin,
        &format!("CREATE DATABASE {name} TEMPLATE {template}"),
    )
    .await;
    let url = url_of(&name);
    TestDatabase { name, url }
}

/// Creates the template under a lock, unless it exists.
async fn prepare<E: Display>(
    admin: &Client,
    template: &str,
    migrate: impl AsyncFnOnce(String) -> Result<(), E>,
) {
    run(
        admin,
        &format!("SELECT pg_advisory_lock(hashtext('{template}'))"),
    )
    .await;
    let known = admin
        .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&template])
        .await
        .expect("pg_database can be read");
    if known.is_none() {
        let draft = unique("draft");
        run(admin, &format!("CREATE DATABASE {draft}")).await;
        if let Err(error) = migrate(url_of(&draft)).await {
            panic!("migrations of {template} failed: {error}");
        }
        run(
            admin,
            &format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{draft}'"
            ),
        )
        .await;
        run(
            admin,
            &format!("ALTER DATABASE {draft} RENAME TO {template}"),
        )
        .await;
    }
    run(
        admin,
        &format!("SELECT pg_advisory_unlock(hashtext('{template}'))"),
    )
    .await;
}

/// A hash of the service's migrations.
fn fingerprint(service: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(service);
    let mut hash = Sha256::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                hash.update(path.to_string_lossy().as_bytes());
                hash.update(bytes);
            }
        }
    }
    hash.finalize()
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn url_of(database: &str) -> String {
    let admin = server("MERCANTILE_TEST_POSTGRES");
    let base = admin
        .rsplit_once('/')
        .map_or(admin.as_str(), |(base, _)| base);
    format!("{base}/{database}")
}

pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = match tokio_postgres::connect(url, NoTls).await {
        Ok(pair) => pair,
        Err(error) => panic!("PostgreSQL for tests does not respond: {error}"),
    };
    tokio::spawn(connection);
    client
}

async fn run(client: &Client, sql: &str) {
    if let Err(error) = client.batch_execute(sql).await {
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        panic!("{sql}: {error} {cause}");
    }
}

impl TestDatabase {
    /// The URL for a new superuser role with this password, dropped with the database.
    ///
    /// # Panics
    /// PostgreSQL rejects it.
    pub async fn role(&self, password: &str) -> String {
        let name = &self.name;
        let admin = connect(&self.url).await;
        let sql = format!("CREATE ROLE {name} SUPERUSER LOGIN PASSWORD '{password}'");
        run(&admin, &sql).await;
        let (_, server) = self.url.rsplit_once('@').expect("a URL with a user");
        format!("postgres://{name}:{password}@{server}")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let database = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let role = format!("DROP ROLE IF EXISTS {}", self.name);
        at_drop(async move {
            let admin = connect(&server("MERCANTILE_TEST_POSTGRES")).await;
            run(&admin, &database).await;
            run(&admin, &role).await;
        });
    }
}
