//! Carts: the caller's own, or the guest's that the `Cart-Token` header names.

use actix_web::HttpResponse;
use contracts::order::v1::{
    Cart as ProtoCart, GetCartRequest, MergeCartRequest, SetDiscountRequest, SetItemRequest,
};
use kernel::Sku;

use super::answer::{Answer, private};
use crate::{
    model::{Cart, CartMerge, Discount, ItemQuantity},
    rest::request::{Body, CART_TOKEN, CartToken, Query, Segment},
    upstreams::{Rpc, promised},
};

/// Read the cart
///
/// With its totals. A guest without a token, or with an expired one, sees an empty cart.
#[utoipa::path(get, path = "/api/v1/cart", tag = "Cart",
    params(("country" = Option<String>, Query, description = "Destination for shipping and tax, ISO 3166-1 alpha-2", example = "DE"),
        ("Cart-Token" = Option<String>, Header, description = "Names a guest's cart", pattern = "^[!-~]{1,255}$")),
    responses((status = 200, description = "The cart", body = Cart)),
    extensions(("x-problems" = json!(["HEADER_INVALID", "DESTINATION_NOT_SERVED", "CURRENCY_MISMATCH", "VALIDATION_FAILED"]))))]
pub(crate) async fn get(rpc: Rpc, CartToken(guest): CartToken, mut query: Query) -> Answer {
    let request = GetCartRequest {
        guest_token: guest.unwrap_or_default(),
        country: query.text("country").unwrap_or_default(),
    };
    query.finish()?;
    let reply = rpc.call(rpc.cart().get_cart(request)).await?;
    answer(reply.cart)
}

/// Set how many units of a product the cart holds
///
/// 0 removes the line. A guest without a `Cart-Token` gets a new cart and its token.
#[utoipa::path(put, path = "/api/v1/cart/items/{sku}", tag = "Cart",
    params(("sku" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500"),
        ("Cart-Token" = Option<String>, Header, description = "Names a guest's cart", pattern = "^[!-~]{1,255}$")),
    request_body = ItemQuantity,
    responses((status = 200, description = "The cart after the change", body = Cart,
        headers(("Cart-Token" = String, description = "A guest's cart from now on")))),
    extensions(("x-problems" = json!(["HEADER_INVALID", "PRODUCT_NOT_FOUND", "CART_FULL", "CURRENCY_MISMATCH", "VALIDATION_FAILED"]))))]
pub(crate) async fn set_item(
    rpc: Rpc,
    CartToken(guest): CartToken,
    Segment(sku): Segment<Sku>,
    Body(item): Body<ItemQuantity>,
) -> Answer {
    set(rpc, guest, sku, item.quantity).await
}

/// Remove a product from the cart
#[utoipa::path(delete, path = "/api/v1/cart/items/{sku}", tag = "Cart",
    params(("sku" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500"),
        ("Cart-Token" = Option<String>, Header, description = "Names a guest's cart", pattern = "^[!-~]{1,255}$")),
    responses((status = 200, description = "The cart after the change", body = Cart)),
    extensions(("x-problems" = json!(["HEADER_INVALID"]))))]
pub(crate) async fn remove_item(
    rpc: Rpc,
    CartToken(guest): CartToken,
    Segment(sku): Segment<Sku>,
) -> Answer {
    set(rpc, guest, sku, 0).await
}

async fn set(rpc: Rpc, guest: Option<String>, sku: Sku, quantity: u32) -> Answer {
    let request = SetItemRequest {
        guest_token: guest.unwrap_or_default(),
        sku: sku.into(),
        quantity,
    };
    let reply = rpc.call(rpc.cart().set_item(request)).await?;
    answer(reply.cart)
}

/// Use a discount code
#[utoipa::path(put, path = "/api/v1/cart/discount", tag = "Cart", request_body = Discount,
    params(("Cart-Token" = Option<String>, Header, description = "Names a guest's cart", pattern = "^[!-~]{1,255}$")),
    responses((status = 200, description = "The cart after the change", body = Cart)),
    extensions(("x-problems" = json!(["HEADER_INVALID", "DISCOUNT_INVALID", "VALIDATION_FAILED"]))))]
pub(crate) async fn set_discount(
    rpc: Rpc,
    CartToken(guest): CartToken,
    Body(discount): Body<Discount>,
) -> Answer {
    discounted(rpc, guest, discount.code).await
}

/// Do without a discount code
#[utoipa::path(delete, path = "/api/v1/cart/discount", tag = "Cart",
    params(("Cart-Token" = Option<String>, Header, description = "Names a guest's cart", pattern = "^[!-~]{1,255}$")),
    responses((status = 200, description = "The cart after the change", body = Cart)),
    extensions(("x-problems" = json!(["HEADER_INVALID"]))))]
pub(crate) async fn remove_discount(rpc: Rpc, CartToken(guest): CartToken) -> Answer {
    discounted(rpc, guest, String::new()).await
}

async fn discounted(rpc: Rpc, guest: Option<String>, code: String) -> Answer {
    let request = SetDiscountRequest {
        guest_token: guest.unwrap_or_default(),
        code,
    };
    let reply = rpc.call(rpc.cart().set_discount(request)).await?;
    answer(reply.cart)
}

/// Merge a guest's cart into the caller's
///
/// Quantities of the same SKU add up. The guest's cart is gone afterwards.
#[utoipa::path(post, path = "/api/v1/cart/merge", tag = "Cart", request_body = CartMerge,
    responses((status = 200, description = "The caller's cart", body = Cart)),
    extensions(("x-problems" = json!(["VALIDATION_FAILED"]))))]
pub(crate) async fn merge(rpc: Rpc, Body(merge): Body<CartMerge>) -> Answer {
    let request = MergeCartRequest {
        guest_token: merge.guest_token,
    };
    let reply = rpc.call(rpc.cart().merge_cart(request)).await?;
    answer(reply.cart)
}

fn answer(cart: Option<ProtoCart>) -> Answer {
    let cart = Cart::try_from(promised(cart, "cart")?)?;
    let mut response = HttpResponse::Ok();
    if let Some(token) = &cart.guest_token {
        response.insert_header((CART_TOKEN, token.as_str()));
    }
    private(response, &cart)
}
