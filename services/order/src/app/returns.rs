use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::{OrderId, ReturnId};
use tokens::List;
use uuid::Uuid;

use super::orders::page_size;
use super::{App, Operator, Viewer};
use crate::domain::{
    Change, Earlier, Error, Event, Refund, Return, ReturnRequest, ReturnStatus, Ruling, Verdict,
};
use crate::failure::Failure;
use crate::store::{NewRefund, ReturnPage, Store};

/// Which returns staff list.
#[derive(Debug)]
pub(crate) struct ReturnList {
    /// None for all.
    pub(crate) status: Option<ReturnStatus>,
    pub(crate) page_size: u32,
    pub(crate) page_token: String,
}

impl App {
    /// Asks for a return; the rule in the configuration may approve it at once. The same request again returns the
    /// same return.
    pub(crate) async fn request_return(
        &self,
        viewer: Viewer,
        request: ReturnRequest,
        fingerprint: [u8; 32],
    ) -> Result<Return, Failure> {
        self.visible_to(viewer, request.order_id).await?;
        let (store, rules, now) = (self.store.clone(), self.return_rules, self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let sold = store.lock_sold(conn, request.order_id).await?;
            if let Some(record) = Earlier::replay(&sold.returns, &request.key, &fingerprint)? {
                return Ok((record, None));
            }
            let new = request.decide(&sold, &rules, now)?;
            let currency = sold.order.total.currency();
            store
                .insert_return(conn, &new, &request.key, &fingerprint, currency)
                .await?;
            let mut events = vec![Event::ReturnRequested(new.id)];
            let mut record = new;
            if rules.approve(&sold, &record, now)?
                && let Ok(Some(decided)) = sold.rule(&record, &Ruling::automatic(), now)
            {
                events.extend(write_ruling(&store, conn, &decided, now).await?);
                record = decided.0;
            }
            let change = store.save_one(conn, sold.order, events, now).await?;
            Ok::<_, Failure>((record, Some(change)))
        });
        self.announced(work.await?, now)
    }

    /// One return; to other customers it does not exist.
    pub(crate) async fn find_return(
        &self,
        viewer: Viewer,
        id: ReturnId,
    ) -> Result<Return, Failure> {
        let found = self.store.find_return(id).await?;
        let found = found.filter(|one| viewer.staff || one.customer_id == viewer.user);
        Ok(found.ok_or(Error::ReturnNotFound)?)
    }

    /// The returns of an order, oldest first.
    pub(crate) async fn returns_of(
        &self,
        viewer: Viewer,
        order: OrderId,
    ) -> Result<Vec<Return>, Failure> {
        self.visible_to(viewer, order).await?;
        self.store.returns_of(order).await
    }

    /// A page of the returns of all customers, oldest first, and the token of the next one.
    pub(crate) async fn returns(
        &self,
        list: ReturnList,
    ) -> Result<(Vec<Return>, Option<String>), Failure> {
        let this = List::new("order.v1.ReturnService/ListReturns", &list.status);
        let after = self.pages.after(&this, &list.page_token);
        let page = ReturnPage {
            status: list.status,
            after: after.map_err(Error::from)?.map(Uuid::into),
            size: page_size(list.page_size)?,
        };
        let (returns, more) = self.store.returns(page).await?;
        let last = returns.last().filter(|_| more);
        let next = last.map(|last| self.pages.next(&this, &last.id.as_uuid()));
        Ok((returns, next))
    }

    /// Withdraws an open return.
    pub(crate) async fn withdraw_return(
        &self,
        viewer: Viewer,
        id: ReturnId,
    ) -> Result<Return, Failure> {
        let order = self.find_return(viewer, id).await?.order_id;
        let (store, now) = (self.store.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let sold = store.lock_sold(conn, order).await?;
            let open = sold.find_return(id)?;
            let Some(withdrawn) = open.withdraw(now)? else {
                return Ok((open, None));
            };
            store.update_return(conn, &withdrawn).await?;
            let events = vec![Event::ReturnWithdrawn(id)];
            let change = store.save_one(conn, sold.order, events, now).await?;
            Ok::<_, Failure>((withdrawn, Some(change)))
        });
        self.announced(work.await?, now)
    }

    /// Approves or refuses an open return for staff, on record. The order is locked: of two decisions at the same
    /// time, the second one sees the first.
    pub(crate) async fn decide_return(
        &self,
        operator: Operator,
        id: ReturnId,
        ruling: Ruling,
    ) -> Result<Return, Failure> {
        let found = self.store.find_return(id).await?;
        let order = found.ok_or(Error::ReturnNotFound)?.order_id;
        let (store, now) = (self.store.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let sold = store.lock_sold(conn, order).await?;
            operator.check_not_own(&sold)?;
            let open = sold.find_return(id)?;
            let Some(decided) = sold.rule(&open, &ruling, now)? else {
                return Ok((open, None));
            };
            let kind = match ruling.verdict {
                Verdict::Approve(_) => "return.approve",
                Verdict::Refuse => "return.refuse",
            };
            let amount = decided.1.map(|refund| refund.amount);
            let action = operator.on_sold(kind, &sold, Some(id), amount)?;
            operations::record(conn, &action).await?;
            let events = write_ruling(&store, conn, &decided, now).await?;
            let change = store.save_one(conn, sold.order, events, now).await?;
            Ok::<_, Failure>((decided.0, Some(change)))
        });
        self.announced(work.await?, now)
    }

    /// After a commit: counts and logs the change, if there is one.
    fn announced(
        &self,
        (record, change): (Return, Option<Change>),
        now: DateTime<Utc>,
    ) -> Result<Return, Failure> {
        if let Some(change) = change {
            self.committed(&change, now);
        }
        Ok(record)
    }
}

/// Writes a decision and its refund; returns what happened to the order.
async fn write_ruling(
    store: &Store,
    conn: &mut AsyncPgConnection,
    (decided, refund): &(Return, Option<Refund>),
    now: DateTime<Utc>,
) -> Result<Vec<Event>, Failure> {
    let mut events = Vec::with_capacity(2);
    let decision = decided.decision.as_ref();
    match decision.and_then(|decision| decision.amount) {
        None => events.push(Event::ReturnRefused(decided.id)),
        Some(amount) => events.push(Event::ReturnApproved {
            id: decided.id,
            amount,
            automatic: decided.is_automatic(),
        }),
    }
    if let Some(refund) = refund {
        let note = decision.map_or("", |decision| &decision.note);
        let new = NewRefund {
            refund: *refund,
            // A key of a request has no spaces, so no request has this one.
            key: format!("return {}", decided.id),
            fingerprint: [0; 32],
            reason: match note {
                "" => "automatic approval of a return".to_owned(),
                note => note.to_owned(),
            },
            units: decided.units.clone(),
        };
        store.insert_refund(conn, new, now).await?;
        events.push(Event::RefundRequested(*refund));
    }
    store.update_return(conn, decided).await?;
    Ok(events)
}
