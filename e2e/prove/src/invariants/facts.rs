//! Everything that is known, read once.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use tokio_postgres::{Client, NoTls};

use super::{Databases, broker::QueueFacts, provider::ProviderFacts};
use crate::Addresses;

mod catalog;
mod guards;
mod order;
mod outbox;
mod payment;

pub(super) use catalog::{CatalogFacts, Reservation};
pub(super) use guards::Guard;
pub(super) use order::{Key, Order, OrderFacts};
pub(super) use outbox::Unsent;
pub(super) use payment::{Payment, PaymentFacts};

/// What the shop knows of itself, the provider of the shop, and the broker of the messages.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) order: OrderFacts,
    pub(super) catalog: CatalogFacts,
    pub(super) payment: PaymentFacts,
    pub(super) provider: ProviderFacts,
    pub(super) unsent: Vec<Unsent>,
    pub(super) queues: Vec<QueueFacts>,
    pub(super) guards: Vec<Guard>,
}

impl Facts {
    pub(super) async fn read(addresses: &Addresses) -> Result<Self> {
        let databases = Databases::of(addresses)?;
        let mut unsent = Vec::new();
        let mut guards = Vec::new();
        for (service, url) in databases.named() {
            let client = look_into(url).await.context(service)?;
            unsent.extend(outbox::read(service, &client).await.context(service)?);
            guards.extend(guards::read(service, &client).await.context(service)?);
        }
        Ok(Self {
            order: OrderFacts::read(&look_into(&databases.order).await?).await?,
            catalog: CatalogFacts::read(&look_into(&databases.catalog).await?).await?,
            payment: PaymentFacts::read(&look_into(&databases.payment).await?).await?,
            provider: ProviderFacts::read(addresses).await?,
            unsent,
            queues: super::broker::read(addresses).await?,
            guards,
        })
    }
}

/// A connection that only reads, from one picture of the database.
pub(super) async fn look_into(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("cannot connect to a database")?;
    tokio::spawn(connection);
    client
        .batch_execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    Ok(client)
}

/// Values by whom they belong to.
pub(super) type By<T> = BTreeMap<String, Vec<T>>;

/// Those that belong to `id`.
pub(super) fn of<'a, T>(map: &'a By<T>, id: &str) -> &'a [T] {
    map.get(id).map(Vec::as_slice).unwrap_or_default()
}
