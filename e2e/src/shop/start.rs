use std::future::Future;

use chassis::{
    About, Running, Shutdown,
    config::{FromSections, Source, load},
};
use persistence::EmbeddedMigrations;
use testkit::{Proxy, TestDatabase, database};

use super::{Proxies, Settings};

/// Any free port of the loopback interface.
pub(super) const FREE: &str = "127.0.0.1:0";

pub(super) async fn migrated(service: &str, migrations: EmbeddedMigrations) -> TestDatabase {
    database(service, async |url| {
        Box::pin(persistence::migrate(
            &persistence::DatabaseConfig::at(url.into()),
            migrations,
        ))
        .await
        .map(drop)
    })
    .await
}

pub(super) fn source(about: About, settings: Settings<'_>, proxies: &Proxies) -> Source {
    let mut source = Source::defaults(about);
    for (key, value) in proxies.settings(about.name) {
        source = source.set(key, &value);
    }
    for (_, key, value) in settings
        .iter()
        .filter(|(process, ..)| *process == about.name)
    {
        source = source.set(key, value);
    }
    source
}

pub(super) fn configuration<C: FromSections>(source: &Source) -> C {
    load(source).unwrap_or_else(|error| panic!("{error}"))
}

/// Starts a process and connects its proxy to it.
pub(super) async fn run<C: FromSections, F: Future<Output = anyhow::Result<Running>>>(
    start: impl FnOnce(C, Shutdown) -> F,
    source: &Source,
    proxy: &Proxy,
) -> Running {
    // Boxed, because the future is large.
    match Box::pin(start(configuration(source), Shutdown::for_tests())).await {
        Ok(running) => {
            proxy.set_server(running.listen.to_string());
            running
        }
        Err(error) => panic!("cannot start a process: {error:#}"),
    }
}
