use chassis::auth::{caller, maybe_caller};
use contracts::order::v1::cart_service_server::CartService;
use contracts::order::v1::{
    GetCartRequest, GetCartResponse, MergeCartRequest, MergeCartResponse, SetDiscountRequest,
    SetDiscountResponse, SetItemRequest, SetItemResponse,
};
use kernel::{Quantity, Sku, Violations};
use tonic::{Request, Response};

use super::convert::{cart, merged};
use super::{Answer, Carts};
use crate::app::{App, CartCaller};
use crate::domain::{check_country, normalize_code};
use crate::failure::Failure;

#[tonic::async_trait]
impl CartService for Carts {
    async fn get_cart(&self, request: Request<GetCartRequest>) -> Answer<GetCartResponse> {
        let caller = cart_caller(&self.0, &request, &request.get_ref().guest_token);
        let country = country(&request.get_ref().country)?;
        let view = self.0.cart(caller, country).await?;
        let cart = Some(cart(view));
        Ok(Response::new(GetCartResponse { cart }))
    }

    async fn set_item(&self, request: Request<SetItemRequest>) -> Answer<SetItemResponse> {
        let caller = cart_caller(&self.0, &request, &request.get_ref().guest_token);
        let (sku, quantity) = item(request.into_inner())?;
        let view = match quantity {
            Some(quantity) => self.0.set_item(caller, sku, quantity).await?,
            None => self.0.remove_item(caller, sku).await?,
        };
        let cart = Some(cart(view));
        Ok(Response::new(SetItemResponse { cart }))
    }

    async fn set_discount(
        &self,
        request: Request<SetDiscountRequest>,
    ) -> Answer<SetDiscountResponse> {
        let caller = cart_caller(&self.0, &request, &request.get_ref().guest_token);
        let code = normalize_code(&request.get_ref().code).map_err(Failure::from)?;
        let view = match code {
            Some(code) => self.0.set_discount(caller, code).await?,
            None => self.0.remove_discount(caller).await?,
        };
        let cart = Some(cart(view));
        Ok(Response::new(SetDiscountResponse { cart }))
    }

    async fn merge_cart(&self, request: Request<MergeCartRequest>) -> Answer<MergeCartResponse> {
        let customer = caller(&request)?.user_id;
        let guest_token = &request.get_ref().guest_token;
        let view = self.0.merge_cart(customer, guest_token).await?;
        Ok(Response::new(merged(view)))
    }
}

fn cart_caller<T>(app: &App, request: &Request<T>, token: &str) -> CartCaller {
    let customer = maybe_caller(request).map(|caller| caller.user_id);
    app.cart_caller(customer, token)
}

fn country(text: &str) -> Result<Option<&str>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut violations = Violations::new();
    check_country(&mut violations, "country", text);
    Ok(violations.or(Some(text))?)
}

/// None removes the line.
fn item(request: SetItemRequest) -> Result<(Sku, Option<Quantity>), Failure> {
    let mut violations = Violations::new();
    let sku = violations.take("sku", Sku::try_from(request.sku));
    let quantity = match request.quantity {
        0 => None,
        units => {
            let message = format_args!("must be between 0 and {}", Quantity::MAX);
            violations.take("quantity", Quantity::new(units).map_err(|_| message))
        }
    };
    match (violations.is_empty(), sku) {
        (true, Some(sku)) => Ok((sku, quantity)),
        _ => Err(violations.into()),
    }
}
