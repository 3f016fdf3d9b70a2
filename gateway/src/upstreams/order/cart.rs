use contracts::order::v1::{
    GetCartRequest, MergeCartRequest, SetDiscountRequest, SetItemRequest,
    cart_service_client::CartServiceClient,
};
use kernel::Sku;
use upstream::Upstream;

use crate::{
    edge::problem::Problem,
    model::{Cart, MergedCart, required},
    upstreams::client::Client,
};

/// Carts. `guest` is the token of a guest's cart; without it, the cart is the caller's.
pub(crate) type CartClient<'a> = Client<'a, CartServiceClient<Upstream>>;

impl CartClient<'_> {
    /// The cart, with shipping and tax when `country` is given.
    pub(crate) async fn get(
        mut self,
        guest: Option<String>,
        country: Option<String>,
    ) -> Result<Cart, Problem> {
        let request = GetCartRequest {
            guest_token: guest.unwrap_or_default(),
            country: country.unwrap_or_default(),
        };
        let reply = self.call.run(self.rpc.get_cart(request)).await?;
        required(reply.cart, "GetCartResponse.cart")?.try_into()
    }

    /// Sets how many units of a product the cart holds; 0 removes the line.
    pub(crate) async fn set_item(
        mut self,
        guest: Option<String>,
        sku: Sku,
        quantity: u32,
    ) -> Result<Cart, Problem> {
        let request = SetItemRequest {
            guest_token: guest.unwrap_or_default(),
            sku: sku.into(),
            quantity,
        };
        let reply = self.call.run(self.rpc.set_item(request)).await?;
        required(reply.cart, "SetItemResponse.cart")?.try_into()
    }

    /// Sets the discount code, or removes it.
    pub(crate) async fn set_discount(
        mut self,
        guest: Option<String>,
        code: Option<String>,
    ) -> Result<Cart, Problem> {
        let request = SetDiscountRequest {
            guest_token: guest.unwrap_or_default(),
            code: code.unwrap_or_default(),
        };
        let reply = self.call.run(self.rpc.set_discount(request)).await?;
        required(reply.cart, "SetDiscountResponse.cart")?.try_into()
    }

    /// Moves what fits of a guest's cart into the caller's.
    pub(crate) async fn merge(mut self, guest_token: String) -> Result<MergedCart, Problem> {
        let request = MergeCartRequest { guest_token };
        self.call
            .run(self.rpc.merge_cart(request))
            .await?
            .try_into()
    }
}
