//! Use cases of staff: list, read, create, change and end discount codes.

use kernel::{Money, Violations};
use operations::Action;
use serde_json::{Value, json};
use tokens::List;

use super::App;
use super::operator::Operator;
use super::orders::page_size;
use crate::domain::{Discount, Error, Terms, TermsDraft, check_new_code};
use crate::failure::Failure;
use crate::store::DiscountPage;

impl App {
    /// A page of codes in alphabetical order, and the token of the next page.
    pub(crate) async fn discounts(
        &self,
        size: u32,
        page_token: &str,
    ) -> Result<(Vec<Discount>, Option<String>), Failure> {
        let list = List::new("order.v1.DiscountService/ListDiscounts", &());
        let page = DiscountPage {
            after: self.pages.after(&list, page_token).map_err(Error::from)?,
            size: page_size(size)?,
        };
        let (discounts, more) = self.store.discounts(page).await?;
        let last = discounts.last().filter(|_| more);
        let next = last.map(|last| self.pages.next(&list, &last.code));
        Ok((discounts, next))
    }

    /// A code.
    pub(crate) async fn discount(&self, code: &str) -> Result<Discount, Failure> {
        let discount = self.store.discount(code, None).await?;
        Ok(discount.ok_or(Error::DiscountNotFound)?)
    }

    /// Creates a code.
    pub(crate) async fn create_discount<E: std::fmt::Display>(
        &self,
        code: &str,
        terms: TermsDraft<E>,
        operator: Operator,
    ) -> Result<Discount, Failure> {
        let mut violations = Violations::new();
        let code = check_new_code(&mut violations, code);
        let terms = Terms::check(&mut violations, terms, self.clock.now());
        let discount = violations.or(Discount {
            code,
            terms,
            uses: 0,
            uses_of_customer: 0,
            ended_at: None,
            version: 1,
        })?;
        let store = self.store.clone();
        let action = action("discount.create", &operator, None, &discount);
        let created = discount.clone();
        let write = self.store.database.transaction(async move |conn| {
            operations::record(conn, &action).await?;
            store.insert_discount(conn, &created).await
        });
        write.await?;
        Ok(discount)
    }

    /// Replaces the terms of a code in `version`.
    pub(crate) async fn change_discount<E: std::fmt::Display>(
        &self,
        code: &str,
        terms: TermsDraft<E>,
        version: i64,
        operator: Operator,
    ) -> Result<Discount, Failure> {
        let mut violations = Violations::new();
        let terms = Terms::check(&mut violations, terms, self.clock.now());
        let terms = violations.or(terms)?;
        let decide = move |discount: Discount| discount.change(terms, version).map(Some);
        self.write_discount("discount.change", code, operator, decide)
            .await
    }

    /// Ends a code for good. One that has ended stays as it is, and nothing is recorded.
    pub(crate) async fn end_discount(
        &self,
        code: &str,
        operator: Operator,
    ) -> Result<Discount, Failure> {
        let now = self.clock.now();
        let decide = move |discount: Discount| Ok(discount.end(now));
        self.write_discount("discount.end", code, operator, decide)
            .await
    }

    /// Applies a decision about a locked code; none changes nothing.
    async fn write_discount(
        &self,
        kind: &'static str,
        code: &str,
        operator: Operator,
        decide: impl FnOnce(Discount) -> Result<Option<Discount>, Error> + Clone + Send + Sync,
    ) -> Result<Discount, Failure> {
        let (store, code) = (self.store.clone(), code.to_owned());
        let write = self.store.database.transaction(async move |conn| {
            let before = store.lock_discount(conn, &code).await?;
            let Some(after) = decide(before.clone())? else {
                return Ok(before);
            };
            let action = action(kind, &operator, Some(&before), &after);
            operations::record(conn, &action).await?;
            store.update_discount(conn, &after).await?;
            Ok(after)
        });
        write.await
    }
}

/// The record of an action, with the terms before and after.
fn action(
    kind: &'static str,
    operator: &Operator,
    before: Option<&Discount>,
    after: &Discount,
) -> Action {
    let action = Action::new(kind, &after.code, operator.id).reason(operator.reason.clone());
    match before {
        Some(before) => action.changed(state(before), state(after)),
        None => action.created(state(after)),
    }
}

fn state(discount: &Discount) -> Value {
    let terms = &discount.terms;
    json!({
        "basis_points": terms.share.0,
        "minimum": terms.minimum.map(|minimum: Money| minimum.to_string()),
        "valid_from": terms.valid_from.to_rfc3339(),
        "valid_until": terms.valid_until.map(|until| until.to_rfc3339()),
        "max_uses": terms.max_uses,
        "max_uses_per_customer": terms.max_uses_per_customer,
        "uses": discount.uses,
        "ended_at": discount.ended_at.map(|ended_at| ended_at.to_rfc3339()),
    })
}
