use contracts::order::v1::{
    EndDiscountRequest, GetDiscountRequest, ListDiscountsRequest,
    discount_service_client::DiscountServiceClient,
};
use upstream::Upstream;

use crate::{
    edge::problem::Problem,
    model::{DiscountChange, DiscountCode, DiscountCodes, NewDiscountCode, PageRequest, required},
    upstreams::client::Client,
};

/// Discount codes.
pub(crate) type DiscountClient<'a> = Client<'a, DiscountServiceClient<Upstream>>;

impl DiscountClient<'_> {
    /// One page of the codes.
    pub(crate) async fn list(mut self, page: PageRequest) -> Result<DiscountCodes, Problem> {
        let request = ListDiscountsRequest {
            page_size: page.size,
            page_token: page.token.unwrap_or_default(),
        };
        let reply = self.call.run(self.rpc.list_discounts(request)).await?;
        reply.try_into()
    }

    /// One code.
    pub(crate) async fn get(mut self, code: String) -> Result<DiscountCode, Problem> {
        let request = GetDiscountRequest { code };
        let reply = self.call.run(self.rpc.get_discount(request)).await?;
        required(reply.discount, "GetDiscountResponse.discount")?.try_into()
    }

    /// Creates a code.
    pub(crate) async fn create(mut self, new: NewDiscountCode) -> Result<DiscountCode, Problem> {
        let request = new.into_request();
        let reply = self.call.run(self.rpc.create_discount(request)).await?;
        required(reply.discount, "CreateDiscountResponse.discount")?.try_into()
    }

    /// Replaces the terms of a code.
    pub(crate) async fn update(
        mut self,
        code: String,
        version: i64,
        change: DiscountChange,
    ) -> Result<DiscountCode, Problem> {
        let request = change.into_request(code, version);
        let reply = self.call.run(self.rpc.update_discount(request)).await?;
        required(reply.discount, "UpdateDiscountResponse.discount")?.try_into()
    }

    /// Ends a code.
    pub(crate) async fn end(
        mut self,
        code: String,
        reason: String,
    ) -> Result<DiscountCode, Problem> {
        let request = EndDiscountRequest { code, reason };
        let reply = self.call.run(self.rpc.end_discount(request)).await?;
        required(reply.discount, "EndDiscountResponse.discount")?.try_into()
    }
}
