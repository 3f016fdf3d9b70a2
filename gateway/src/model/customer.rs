use chrono::{DateTime, Utc};
use contracts::user::v1;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::convert::{convert_all, id, optional_text, required, time};
use crate::edge::problem::Problem;

/// The account of a customer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Customer {
    /// The account's id, which orders name as `customer_id`.
    pub(crate) id: Uuid,
    /// Lower-cased e-mail address.
    #[schema(example = "ada@example.com")]
    pub(crate) email: String,
    /// Name shown in the shop and in e-mails.
    #[schema(example = "Ada")]
    pub(crate) display_name: String,
    /// When the account was created.
    pub(crate) created_at: DateTime<Utc>,
    /// Whether the owner of the e-mail address has confirmed it.
    pub(crate) email_verified: bool,
}

/// A customer, with what only the page of one shows.
#[derive(Serialize, ToSchema)]
pub(crate) struct CustomerDetails {
    #[serde(flatten)]
    pub(crate) customer: Customer,
    /// How many sessions of the account have not ended.
    #[schema(example = 2)]
    pub(crate) open_sessions: u32,
}

/// One page of customers.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct Customers {
    /// Newest first.
    #[serde(rename = "items")]
    pub(crate) customers: Vec<Customer>,
    /// Token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "CiQwMTk4YzBkZQ.1Zp0")]
    pub(crate) next_page_token: Option<String>,
}

impl TryFrom<v1::Customer> for Customer {
    type Error = Problem;

    fn try_from(customer: v1::Customer) -> Result<Self, Problem> {
        Ok(Self {
            id: id(&customer.id, "Customer.id")?,
            email: customer.email,
            display_name: customer.display_name,
            created_at: time(customer.created_at, "Customer.created_at")?,
            email_verified: customer.email_verified,
        })
    }
}

impl TryFrom<v1::GetCustomerResponse> for CustomerDetails {
    type Error = Problem;

    fn try_from(reply: v1::GetCustomerResponse) -> Result<Self, Problem> {
        Ok(Self {
            customer: required(reply.customer, "GetCustomerResponse.customer")?.try_into()?,
            open_sessions: reply.open_sessions,
        })
    }
}

impl TryFrom<v1::ListCustomersResponse> for Customers {
    type Error = Problem;

    fn try_from(reply: v1::ListCustomersResponse) -> Result<Self, Problem> {
        Ok(Self {
            customers: convert_all(reply.customers)?,
            next_page_token: optional_text(reply.next_page_token),
        })
    }
}
