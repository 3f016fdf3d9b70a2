use std::{error::Error, fmt::Display, fs, path::Path};

use sha2::{Digest, Sha256};
use tokio_postgres::{Client, NoTls};

use crate::{at_drop::at_drop, server, unique};

/// The role that owns databases of tests and runs their migrations.
const OWNER: &str = "test_owner";

/// The role of services in tests. It has the rights of a service's role, so a statement that needs more fails.
const SERVICE: &str = "test_service";

/// Both roles' password.
const PASSWORD: &str = "test";

/// A database for one test; dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    /// The URL for the service: it may read and write rows, and no more.
    pub url: String,
    /// The URL for the owner, which may also change the schema.
    pub owner_url: String,
    /// The URL for a superuser.
    pub superuser_url: String,
}

/// A new database for `service`, copied from a template. `migrate` prepares the template, once for each
/// state of the directory `migrations/<service>`, and gets the owner's URL.
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
        &format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}"),
    )
    .await;
    TestDatabase {
        url: url_of(&name, SERVICE),
        owner_url: url_of(&name, OWNER),
        superuser_url: superuser_url_of(&name),
        name,
    }
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
        create_roles(admin).await;
        let draft = unique("draft");
        run(admin, &format!("CREATE DATABASE {draft} OWNER {OWNER}")).await;
        // The same rights as `deploy/docker/postgres/database.sql`.
        run(
            &connect(&superuser_url_of(&draft)).await,
            &format!(
                "ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER}
                     GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {SERVICE};
                 ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE ON SEQUENCES TO {SERVICE}"
            ),
        )
        .await;
        if let Err(error) = migrate(url_of(&draft, OWNER)).await {
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

/// Creates the roles of tests, unless they exist. Roles belong to the server, so every template shares them.
async fn create_roles(admin: &Client) {
    let create = |role| {
        format!(
            "IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                 CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}';
             END IF;"
        )
    };
    let (owner, service) = (create(OWNER), create(SERVICE));
    run(
        admin,
        &format!(
            "BEGIN;
             SELECT pg_advisory_xact_lock(hashtext('{OWNER}'));
             DO $$ BEGIN {owner} {service} END $$;
             COMMIT"
        ),
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

fn superuser_url_of(database: &str) -> String {
    let admin = server("MERCANTILE_TEST_POSTGRES");
    let base = admin
        .rsplit_once('/')
        .map_or(admin.as_str(), |(base, _)| base);
    format!("{base}/{database}")
}

fn url_of(database: &str, role: &str) -> String {
    let superuser = superuser_url_of(database);
    let (_, server) = superuser.rsplit_once('@').expect("a URL with a user");
    format!("postgres://{role}:{PASSWORD}@{server}")
}

fn with_tls(url: &str) -> String {
    let (credentials, server) = url.split_once("@127.0.0.1:").expect("on loopback");
    format!("{credentials}@localhost:{server}?sslmode=verify-full")
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
    /// The URL for the service, with TLS.
    pub fn url_with_tls(&self) -> String {
        with_tls(&self.url)
    }

    /// The URL for the owner, with TLS.
    pub fn owner_url_with_tls(&self) -> String {
        with_tls(&self.owner_url)
    }

    /// The URL for a new role with this password and a service's rights, dropped with the database.
    ///
    /// # Panics
    /// PostgreSQL rejects it.
    pub async fn role(&self, password: &str) -> String {
        let name = &self.name;
        let admin = connect(&self.superuser_url).await;
        let sql = format!("CREATE ROLE {name} LOGIN PASSWORD '{password}' IN ROLE {SERVICE}");
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
