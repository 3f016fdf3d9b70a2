use std::future::Future;

use chassis::{
    Running, Shutdown,
    config::{Source, load},
};
use persistence::EmbeddedMigrations;
use serde::de::DeserializeOwned;
use testkit::{TestDatabase, database};

use super::Settings;

/// Any free port of the loopback interface.
pub(super) const FREE: &str = "127.0.0.1:0";

pub(super) async fn migrated(service: &str, migrations: EmbeddedMigrations) -> TestDatabase {
    database(service, async |url| {
        persistence::migrate(&url.into(), migrations)
            .await
            .map(drop)
    })
    .await
}

pub(super) fn source(
    name: &'static str,
    defaults: &'static str,
    settings: Settings<'_>,
    values: &[(&str, &str)],
) -> Source {
    let mut source = Source::defaults(name, defaults);
    for (key, value) in values {
        source = source.set(key, value);
    }
    for (_, key, value) in settings.iter().filter(|(process, ..)| *process == name) {
        source = source.set(key, value);
    }
    source
}

pub(super) fn configuration<C: DeserializeOwned>(source: &Source) -> C {
    load(source).unwrap_or_else(|error| panic!("{error}"))
}

pub(super) async fn run<C: DeserializeOwned, F: Future<Output = anyhow::Result<Running>>>(
    start: impl FnOnce(C, Shutdown) -> F,
    source: &Source,
) -> Running {
    // Boxed: the futures of six processes in one are large.
    match Box::pin(start(configuration(source), Shutdown::for_tests())).await {
        Ok(running) => running,
        Err(error) => panic!("a process does not start: {error:#}"),
    }
}

pub(super) async fn process<C: DeserializeOwned, F: Future<Output = anyhow::Result<Running>>>(
    start: impl FnOnce(C, Shutdown) -> F,
    name: &'static str,
    defaults: &'static str,
    settings: Settings<'_>,
    values: &[(&str, &str)],
) -> Running {
    run(start, &source(name, defaults, settings, values)).await
}
