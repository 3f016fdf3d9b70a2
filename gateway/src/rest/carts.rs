//! Carts: the caller's, or a guest's, which the `Cart-Token` header identifies.

use actix_web::{HttpResponse, web::Data};
use kernel::Sku;

use super::{
    answer::{Answer, ok, private},
    request::{Body, CartToken, Query, Segment},
};
use crate::{
    edge::{gate::Gate, header_names::CART_TOKEN, rate_limit::Client},
    model::{Cart, CartMerge, Discount, ItemQuantity, MergedCart},
    upstreams::Upstreams,
};

/// Read the cart
///
/// With its totals. A guest without a token, or with an expired one, gets an empty cart. Lines that cannot be sold are
/// listed with the reason.
#[utoipa::path(get, path = "/api/v1/cart", tag = "Cart",
    params(("country" = Option<String>, Query, description = "Destination for shipping and tax, ISO 3166-1 alpha-2", example = "DE", format = "country"),
        ("Cart-Token" = Option<String>, Header, description = "Token of a guest's cart", pattern = "^[!-~]{0,255}$")),
    responses((status = 200, description = "The cart", body = Cart)),
    extensions(("x-problems" = json!(["HEADER_INVALID", "DESTINATION_NOT_SERVED", "CURRENCY_MISMATCH", "VALIDATION_FAILED"]))))]
pub(crate) async fn get(
    upstreams: Upstreams,
    CartToken(guest): CartToken,
    mut query: Query,
) -> Answer {
    let country = query.text("country");
    query.finish()?;
    answer(&upstreams.cart().get(guest, country).await?)
}

/// Set how many units of a product the cart holds
///
/// 0 removes the line. A guest without a `Cart-Token` gets a new cart and its token; the number of new carts per network is
/// limited. All lines of a cart have one currency.
#[utoipa::path(put, path = "/api/v1/cart/items/{sku}", tag = "Cart",
    params(("sku" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500", format = "sku"),
        ("Cart-Token" = Option<String>, Header, description = "Token of a guest's cart", pattern = "^[!-~]{0,255}$")),
    request_body = ItemQuantity,
    responses((status = 200, description = "The cart after the change", body = Cart,
        headers(("Cart-Token" = String, description = "The token of the guest's cart")))),
    extensions(("x-problems" = json!(["HEADER_INVALID", "CART_TOKEN_INVALID", "PRODUCT_NOT_FOUND", "CART_FULL", "CART_CHANGED", "CURRENCY_MISMATCH", "AMOUNT_TOO_LARGE", "VALIDATION_FAILED"]))))]
pub(crate) async fn set_item(
    upstreams: Upstreams,
    gate: Data<Gate>,
    client: Client,
    CartToken(guest): CartToken,
    Segment(sku): Segment<Sku>,
    Body(item): Body<ItemQuantity>,
) -> Answer {
    let ItemQuantity { quantity } = item;
    let makes_cart = client.user.is_none() && guest.is_none() && quantity > 0;
    if makes_cart {
        gate.limiter.take_new_cart(&client).await?;
    }
    answer(&upstreams.cart().set_item(guest, sku, quantity).await?)
}

/// Remove a product from the cart
///
/// Also one that cannot be sold any more.
#[utoipa::path(delete, path = "/api/v1/cart/items/{sku}", tag = "Cart",
    params(("sku" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500", format = "sku"),
        ("Cart-Token" = Option<String>, Header, description = "Token of a guest's cart", pattern = "^[!-~]{0,255}$")),
    responses((status = 200, description = "The cart after the change", body = Cart)),
    extensions(("x-problems" = json!(["HEADER_INVALID", "CART_CHANGED"]))))]
pub(crate) async fn remove_item(
    upstreams: Upstreams,
    CartToken(guest): CartToken,
    Segment(sku): Segment<Sku>,
) -> Answer {
    answer(&upstreams.cart().set_item(guest, sku, 0).await?)
}

/// Set the discount code
///
/// It must apply to the cart. The answer is the same for a code that does not exist, is not valid now, is used up or needs
/// another cart, and the number of such answers is limited.
#[utoipa::path(put, path = "/api/v1/cart/discount", tag = "Cart", request_body = Discount,
    params(("Cart-Token" = Option<String>, Header, description = "Token of a guest's cart", pattern = "^[!-~]{0,255}$")),
    responses((status = 200, description = "The cart after the change", body = Cart)),
    extensions(("x-problems" = json!(["HEADER_INVALID", "CART_CHANGED", "DISCOUNT_INVALID", "VALIDATION_FAILED"]))))]
pub(crate) async fn set_discount(
    upstreams: Upstreams,
    gate: Data<Gate>,
    client: Client,
    CartToken(guest): CartToken,
    Body(discount): Body<Discount>,
) -> Answer {
    let code = Some(discount.code);
    let attempt = upstreams.cart().set_discount(guest, code);
    answer(&gate.limiter.with_code(&client, attempt).await?)
}

/// Remove the discount code
#[utoipa::path(delete, path = "/api/v1/cart/discount", tag = "Cart",
    params(("Cart-Token" = Option<String>, Header, description = "Token of a guest's cart", pattern = "^[!-~]{0,255}$")),
    responses((status = 200, description = "The cart after the change", body = Cart)),
    extensions(("x-problems" = json!(["HEADER_INVALID", "CART_CHANGED"]))))]
pub(crate) async fn remove_discount(upstreams: Upstreams, CartToken(guest): CartToken) -> Answer {
    answer(&upstreams.cart().set_discount(guest, None).await?)
}

/// Merge a guest's cart into the caller's
///
/// Moves what fits: lines that are for sale, in the currency of the caller's cart, at most 999 units of a SKU and 100
/// lines. Quantities of the same SKU are added. The rest stays in the guest's cart and is listed with the reason.
#[utoipa::path(post, path = "/api/v1/cart/merge", tag = "Cart", request_body = CartMerge,
    responses((status = 200, description = "The caller's cart, and what stays in the guest's", body = MergedCart)),
    extensions(("x-problems" = json!(["CART_CHANGED", "VALIDATION_FAILED"]))))]
pub(crate) async fn merge(upstreams: Upstreams, Body(merge): Body<CartMerge>) -> Answer {
    ok(&upstreams.cart().merge(merge.guest_token).await?)
}

fn answer(cart: &Cart) -> Answer {
    let mut response = HttpResponse::Ok();
    if let Some(token) = &cart.guest_token {
        response.insert_header((CART_TOKEN, token.as_str()));
    }
    private(response, cart)
}
