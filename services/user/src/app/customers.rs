//! The accounts of customers, for staff.

use kernel::UserId;
use tokens::List;
use uuid::Uuid;

use super::App;
use super::page_size::page_size;
use crate::domain::{self, Customer, EmailPrefix};
use crate::failure::Failure;

impl App {
    /// A page of the customers whose address begins with `prefix`, newest first, and the token of the next page.
    ///
    /// # Errors
    /// `PageTokenInvalid`, `Invalid`.
    pub(crate) async fn customers(
        &self,
        prefix: EmailPrefix,
        size: u32,
        page_token: &str,
    ) -> Result<(Vec<Customer>, Option<String>), Failure> {
        let list = List::new("user.v1.CustomerService/ListCustomers", &prefix.as_str());
        let after = self.pages.after(&list, page_token);
        let after: Option<Uuid> = after.map_err(domain::Error::from)?;
        let size = page_size(size)?;
        let (customers, more) = self.store.customers(&prefix, after, size).await?;
        let last = customers.last().filter(|_| more);
        let next = last.map(|last| self.pages.next(&list, &last.id.as_uuid()));
        Ok((customers, next))
    }

    /// A customer, and how many of their sessions have not ended.
    ///
    /// # Errors
    /// `CustomerNotFound`, also for an account of staff.
    pub(crate) async fn customer(&self, id: UserId) -> Result<(Customer, u32), Failure> {
        let found = self.store.customer(id, self.clock.now()).await?;
        Ok(found.ok_or(domain::Error::CustomerNotFound)?)
    }
}
