//! The final state, read once.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use tokio_postgres::{Client, NoTls};

use super::{Databases, broker::QueueFacts, provider::ProviderFacts};
use crate::Addresses;

mod catalog;
mod constraints;
mod order;
mod outbox;
mod payment;

pub(super) use catalog::{CatalogFacts, Reservation};
pub(super) use constraints::Constraint;
pub(super) use order::{Key, Order, OrderFacts};
pub(super) use outbox::Unpublished;
pub(super) use payment::{Payment, PaymentFacts};

/// The databases, the provider and the broker.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) order: OrderFacts,
    pub(super) catalog: CatalogFacts,
    pub(super) payment: PaymentFacts,
    pub(super) provider: ProviderFacts,
    pub(super) unpublished: Vec<Unpublished>,
    pub(super) queues: Vec<QueueFacts>,
    pub(super) constraints: Vec<Constraint>,
}

impl Facts {
    pub(super) async fn read(addresses: &Addresses) -> Result<Self> {
        let databases = Databases::of(addresses)?;
        let mut unpublished = Vec::new();
        let mut constraints = Vec::new();
        for (service, url) in databases.named() {
            let client = connect_read_only(url).await.context(service)?;
            unpublished.extend(outbox::read(service, &client).await.context(service)?);
            constraints.extend(constraints::read(service, &client).await.context(service)?);
        }
        Ok(Self {
            order: OrderFacts::read(&connect_read_only(&databases.order).await?).await?,
            catalog: CatalogFacts::read(&connect_read_only(&databases.catalog).await?).await?,
            payment: PaymentFacts::read(&connect_read_only(&databases.payment).await?).await?,
            provider: ProviderFacts::read(addresses).await?,
            unpublished,
            queues: super::broker::read(addresses).await?,
            constraints,
        })
    }
}

/// A connection in a read-only transaction: all its queries see one snapshot.
pub(super) async fn connect_read_only(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("cannot connect to a database")?;
    tokio::spawn(connection);
    client
        .batch_execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    Ok(client)
}

/// Values by the id of their owner.
pub(super) type By<T> = BTreeMap<String, Vec<T>>;

/// The values that belong to `id`; empty if there are none.
pub(super) fn of<'a, T>(map: &'a By<T>, id: &str) -> &'a [T] {
    map.get(id).map(Vec::as_slice).unwrap_or_default()
}
