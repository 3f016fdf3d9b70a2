//! The operator's view of what is under way.

use chrono::{DateTime, Utc};
use kernel::OrderId;
use uuid::Uuid;

use super::orders::page_size;
use super::{Shop, counters};
use crate::domain::Error;
use crate::domain::record::{SagaRecord, SagaState};
use crate::failure::Failure;
use crate::store::{Change, Operator, SagaPage};

/// What an operator asks the list for.
#[derive(Debug)]
pub(crate) struct SagaList {
    /// None for all that are in flight.
    pub(crate) state: Option<SagaState>,
    pub(crate) page_size: u32,
    pub(crate) page_token: String,
}

impl Shop {
    /// A page of what is in flight, the longest waiting first, and the token of the next one.
    pub(crate) async fn sagas(
        &self,
        list: SagaList,
    ) -> Result<(Vec<SagaRecord>, Option<String>), Failure> {
        let page = SagaPage {
            state: list.state,
            after: read_token(&list.page_token)?,
            size: page_size(list.page_size)?,
        };
        let (sagas, more) = self.store.sagas(page).await?;
        let next = sagas.last().filter(|_| more).and_then(write_token);
        Ok((sagas, next))
    }

    /// What is, or was, under way for one order.
    pub(crate) async fn saga(&self, id: OrderId) -> Result<SagaRecord, Failure> {
        let saga = self.store.saga(id).await?;
        Ok(saga.ok_or(Error::OrderNotFound)?)
    }

    /// Asks again, at once, for what an order waits for.
    pub(crate) async fn retry(
        &self,
        id: OrderId,
        operator: Operator,
    ) -> Result<SagaRecord, Failure> {
        let now = self.clock.now();
        let change = self.store.retry_by_hand(id, operator, now).await?;
        self.done_by_hand(change).await
    }

    /// Gives a checkout up.
    pub(crate) async fn compensate(
        &self,
        id: OrderId,
        operator: Operator,
    ) -> Result<SagaRecord, Failure> {
        let now = self.clock.now();
        let change = self.store.compensate_by_hand(id, operator, now).await?;
        self.done_by_hand(change).await
    }

    async fn done_by_hand(&self, change: Change) -> Result<SagaRecord, Failure> {
        self.outbox.wake();
        counters::count(&change.order, &change.events, self.clock.now());
        self.saga(change.order.id).await
    }
}

/// Where a page ended: the time in microseconds, as PostgreSQL has it, and the id.
fn write_token(last: &SagaRecord) -> Option<String> {
    let since = last.since?.timestamp_micros();
    Some(format!("{since}.{}", last.id))
}

fn read_token(token: &str) -> Result<Option<(DateTime<Utc>, Uuid)>, Error> {
    if token.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (since, id) = token.split_once('.')?;
        let since = DateTime::from_timestamp_micros(since.parse().ok()?)?;
        Some((since, id.parse().ok()?))
    };
    read().map(Some).ok_or(Error::PageTokenInvalid)
}
