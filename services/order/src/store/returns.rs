use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Currency, Money, OrderId, ReturnId};
use uuid::Uuid;

use super::Store;
use super::codes::{code, read, unreadable};
use super::units::{UnitsOf, insert_units, load_units};
use crate::domain::{Decision, Earlier, Return, ReturnStatus, UnitShare};
use crate::failure::Failure;
use crate::schema::{orders, returns};

/// Which returns to list, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct ReturnPage {
    pub(crate) status: Option<ReturnStatus>,
    /// The last return of the previous page.
    pub(crate) after: Option<ReturnId>,
    pub(crate) size: u32,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = returns, check_for_backend(diesel::pg::Pg))]
struct ReturnRow {
    id: Uuid,
    order_id: Uuid,
    status: String,
    reason: String,
    note: String,
    decided_by: Option<Uuid>,
    decision_note: String,
    amount_minor: Option<i64>,
    currency: String,
    refund_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
}

impl ReturnRow {
    fn currency(&self) -> Result<Currency, diesel::result::Error> {
        self.currency.parse().map_err(unreadable)
    }

    fn record(
        self,
        customer: Uuid,
        units: Vec<UnitShare>,
    ) -> Result<Return, diesel::result::Error> {
        let currency = self.currency()?;
        let decision = self.decided_at.map(|at| Decision {
            by: self.decided_by.map(Into::into),
            note: self.decision_note,
            amount: self.amount_minor.map(|minor| Money::new(minor, currency)),
            refund_id: self.refund_id.map(Into::into),
            at,
        });
        Ok(Return {
            id: self.id.into(),
            order_id: self.order_id.into(),
            customer_id: customer.into(),
            status: read(&self.status)?,
            reason: read(&self.reason)?,
            note: self.note,
            units,
            decision,
            created_at: self.created_at,
        })
    }
}

impl Store {
    /// One return.
    pub(crate) async fn find_return(&self, id: ReturnId) -> Result<Option<Return>, Failure> {
        let mut conn = self.database.get().await?;
        let rows: Vec<(ReturnRow, Uuid)> = returns::table
            .inner_join(orders::table)
            .filter(returns::id.eq(id.as_uuid()))
            .select((ReturnRow::as_select(), orders::customer_id))
            .load(&mut conn)
            .await?;
        Ok(records(&mut conn, rows).await?.pop())
    }

    /// The returns of an order, oldest first.
    pub(crate) async fn returns_of(&self, order: OrderId) -> Result<Vec<Return>, Failure> {
        let mut conn = self.database.get().await?;
        let earlier = earlier_returns(&mut conn, order).await?;
        Ok(earlier.into_iter().map(|earlier| earlier.record).collect())
    }

    /// A page of returns, oldest first, and whether there are more.
    pub(crate) async fn returns(&self, page: ReturnPage) -> Result<(Vec<Return>, bool), Failure> {
        let mut conn = self.database.get().await?;
        let mut query = returns::table
            .inner_join(orders::table)
            .select((ReturnRow::as_select(), orders::customer_id))
            .order(returns::id)
            .limit(i64::from(page.size) + 1)
            .into_boxed();
        if let Some(status) = page.status {
            query = query.filter(returns::status.eq(code(status)));
        }
        if let Some(after) = page.after {
            query = query.filter(returns::id.gt(after.as_uuid()));
        }
        let mut rows: Vec<(ReturnRow, Uuid)> = query.load(&mut conn).await?;
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        Ok((records(&mut conn, rows).await?, more))
    }

    /// Inserts an open return of a locked order.
    pub(crate) async fn insert_return(
        &self,
        conn: &mut AsyncPgConnection,
        new: &Return,
        key: &str,
        fingerprint: &[u8; 32],
        currency: Currency,
    ) -> Result<(), Failure> {
        diesel::insert_into(returns::table)
            .values((
                returns::id.eq(new.id.as_uuid()),
                returns::order_id.eq(new.order_id.as_uuid()),
                returns::idempotency_key.eq(key),
                returns::fingerprint.eq(fingerprint.as_slice()),
                returns::status.eq(code(new.status)),
                returns::reason.eq(code(new.reason)),
                returns::note.eq(&new.note),
                returns::currency.eq(currency.code()),
                returns::created_at.eq(new.created_at),
            ))
            .execute(conn)
            .await?;
        insert_units(conn, UnitsOf::Returns, new.id.as_uuid(), &new.units).await
    }

    /// Writes the decision about a return of a locked order, after its refund.
    pub(crate) async fn update_return(
        &self,
        conn: &mut AsyncPgConnection,
        decided: &Return,
    ) -> Result<(), Failure> {
        let decision = decided.decision.as_ref();
        let amount = decision.and_then(|decision| decision.amount);
        diesel::update(returns::table.find(decided.id.as_uuid()))
            .set((
                returns::status.eq(code(decided.status)),
                returns::decided_by.eq(decision
                    .and_then(|decision| decision.by)
                    .map(|by| by.as_uuid())),
                returns::decision_note.eq(decision.map_or("", |decision| &decision.note)),
                returns::amount_minor.eq(amount.map(Money::minor_units)),
                returns::refund_id.eq(decision
                    .and_then(|decision| decision.refund_id)
                    .map(|refund| refund.as_uuid())),
                returns::decided_at.eq(decision.map(|decision| decision.at)),
            ))
            .execute(conn)
            .await?;
        Ok(())
    }
}

/// All returns of an order, oldest first, with the keys and fingerprints of their requests.
pub(super) async fn earlier_returns(
    conn: &mut AsyncPgConnection,
    order: OrderId,
) -> Result<Vec<Earlier<Return>>, Failure> {
    let rows: Vec<(String, Vec<u8>, ReturnRow, Uuid)> = returns::table
        .inner_join(orders::table)
        .filter(returns::order_id.eq(order.as_uuid()))
        .order(returns::id)
        .select((
            returns::idempotency_key,
            returns::fingerprint,
            ReturnRow::as_select(),
            orders::customer_id,
        ))
        .load(conn)
        .await?;
    let (mut requests, mut returns) = (Vec::new(), Vec::new());
    for (key, fingerprint, row, customer) in rows {
        requests.push((key, fingerprint));
        returns.push((row, customer));
    }
    let records = records(conn, returns).await?;
    let earlier = requests.into_iter().zip(records);
    let earlier = earlier.map(|((key, fingerprint), record)| Earlier {
        key,
        fingerprint,
        record,
    });
    Ok(earlier.collect())
}

/// Adds the units.
async fn records(
    conn: &mut AsyncPgConnection,
    rows: Vec<(ReturnRow, Uuid)>,
) -> Result<Vec<Return>, Failure> {
    let mut currencies = HashMap::new();
    for (row, _) in &rows {
        currencies.insert(row.id, row.currency()?);
    }
    let mut units = load_units(conn, UnitsOf::Returns, currencies).await?;
    let records: Result<_, diesel::result::Error> = rows
        .into_iter()
        .map(|(row, customer)| {
            let units = units.remove(&row.id).unwrap_or_default();
            row.record(customer, units)
        })
        .collect();
    Ok(records?)
}
