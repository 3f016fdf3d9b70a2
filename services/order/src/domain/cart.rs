use kernel::{Quantity, Sku, UserId};
use uuid::Uuid;

use super::Error;
use super::lines::{Lines, MAX_LINES};
use super::offers::{LineReason, Offers};
use super::pricing::price_cart;

/// Days for which a guest's cart is kept after its last change.
pub(crate) const GUEST_DAYS: i64 = 30;

/// Whose cart it is. A guest is identified by the SHA-256 of their token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A signed-in customer.
    Customer(UserId),
    /// A guest with a token, which may have no cart.
    Guest([u8; 32]),
    /// A guest with a token who gets a cart, unless they have one by now.
    NewGuest([u8; 32]),
}

impl Owner {
    /// The customer, if it is a customer's cart.
    pub(crate) fn customer(&self) -> Option<Uuid> {
        match self {
            Self::Customer(id) => Some(id.as_uuid()),
            Self::Guest(_) | Self::NewGuest(_) => None,
        }
    }

    /// The hash of the token, if it is a guest's cart.
    pub(crate) fn token_hash(&self) -> Option<Vec<u8>> {
        match self {
            Self::Customer(_) => None,
            Self::Guest(hash) | Self::NewGuest(hash) => Some(hash.to_vec()),
        }
    }
}

/// What a cart has. Prices come from the catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) lines: Lines,
    /// In upper case; it may have expired since it was set.
    pub(crate) discount_code: Option<String>,
}

/// Sets the quantity of a SKU.
///
/// # Errors
/// It is not for sale, the cart is full, the product has another currency than the cart, or the cart would cost too much.
/// `CartChanged` if the offers do not cover the cart.
pub(crate) fn set_item(
    lines: &mut Lines,
    sku: &Sku,
    quantity: Quantity,
    offers: &Offers,
) -> Result<(), Error> {
    let cart = price_cart(lines, offers).currency();
    if lines.get(sku).is_none() && lines.len() >= MAX_LINES {
        return Err(Error::CartFull);
    }
    lines.set(sku.clone(), quantity);
    let priced = price_cart(lines, offers);
    let excluded = priced.unsellable.iter().find(|line| line.sku == *sku);
    let Some(excluded) = excluded else {
        return Ok(());
    };
    let currency = offers.find(sku).map(|product| product.price.currency());
    match (excluded.reason, cart.or(priced.currency()), currency) {
        (LineReason::OtherCurrency, Some(cart), Ok(other)) => Err(Error::CurrencyMismatch {
            whole: "the cart",
            currency: cart,
            part: sku.to_string(),
            other,
        }),
        (LineReason::NotForSale, ..) => Err(Error::ProductNotFound(sku.clone())),
        (LineReason::AmountTooLarge, ..) => Err(Error::AmountTooLarge),
        _ => Err(Error::CartChanged),
    }
}

#[cfg(test)]
mod tests;
