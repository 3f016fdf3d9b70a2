use contracts::user::v1::{
    GetCustomerRequest, ListCustomersRequest, customer_service_client::CustomerServiceClient,
};
use kernel::UserId;
use upstream::Upstream;

use super::client::Client;
use crate::{
    edge::problem::Problem,
    model::{CustomerDetails, Customers, PageRequest},
};

/// The accounts of customers, for staff.
pub(crate) type CustomerClient<'a> = Client<'a, CustomerServiceClient<Upstream>>;

impl CustomerClient<'_> {
    /// One page of the customers whose address begins with `email`, or of all.
    pub(crate) async fn list(
        mut self,
        email: Option<String>,
        page: PageRequest,
    ) -> Result<Customers, Problem> {
        let request = ListCustomersRequest {
            page_size: page.size,
            page_token: page.token.unwrap_or_default(),
            email: email.unwrap_or_default(),
        };
        let reply = self.call.run(self.rpc.list_customers(request)).await?;
        reply.try_into()
    }

    /// A customer.
    pub(crate) async fn get(mut self, id: UserId) -> Result<CustomerDetails, Problem> {
        let request = GetCustomerRequest { id: id.to_string() };
        let reply = self.call.run(self.rpc.get_customer(request)).await?;
        reply.try_into()
    }
}
