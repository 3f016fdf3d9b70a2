use contracts::convert::timestamp;
use contracts::user::v1::customer_service_server::CustomerService;
use contracts::user::v1::{
    self, GetCustomerRequest, GetCustomerResponse, ListCustomersRequest, ListCustomersResponse,
};
use tonic::{Request, Response, Status};

use super::{Answer, Rpc, invalid};
use crate::domain::{self, Customer, EmailPrefix};
use crate::failure::Failure;

#[tonic::async_trait]
impl CustomerService for Rpc {
    async fn list_customers(
        &self,
        request: Request<ListCustomersRequest>,
    ) -> Answer<ListCustomersResponse> {
        let request = request.into_inner();
        let prefix = EmailPrefix::new(&request.email).map_err(invalid)?;
        let listed = self
            .0
            .customers(prefix, request.page_size, &request.page_token);
        let (customers, next) = listed.await?;
        Ok(Response::new(ListCustomersResponse {
            customers: customers.into_iter().map(Into::into).collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }

    async fn get_customer(
        &self,
        request: Request<GetCustomerRequest>,
    ) -> Answer<GetCustomerResponse> {
        // A malformed id is of no customer.
        let id = request.get_ref().id.parse();
        let id = id.map_err(|_| Status::from(Failure::from(domain::Error::CustomerNotFound)))?;
        let (customer, open_sessions) = self.0.customer(id).await?;
        Ok(Response::new(GetCustomerResponse {
            customer: Some(customer.into()),
            open_sessions,
        }))
    }
}

impl From<Customer> for v1::Customer {
    fn from(customer: Customer) -> Self {
        Self {
            id: customer.id.to_string(),
            email: customer.email,
            display_name: customer.display_name,
            created_at: Some(timestamp(customer.created_at)),
            email_verified: customer.email_verified,
        }
    }
}
