use kernel::UserId;
use sha2::{Digest, Sha256};
use tokens::{Binding, Keys};

use super::App;

/// The version changes if tokens of an earlier release must become invalid.
const PURPOSE: &str = "cart token v1";

/// Identifies a guest's cart. Secret: it gives access to the cart. A token needs no row: it is issued with the first item,
/// and stays valid when its cart was ordered, merged or deleted.
#[derive(Clone)]
pub(crate) struct GuestToken(String);

impl GuestToken {
    /// A new token: 128 random bits, authenticated.
    pub(super) fn issue(keys: &Keys) -> Self {
        let id: [u8; 16] = rand::random();
        Self(keys.seal(&Binding::new(PURPOSE), &id))
    }

    /// The token that a guest sent; none if the shop did not issue it.
    fn read(text: &str, keys: &Keys) -> Option<Self> {
        keys.open(&Binding::new(PURPOSE), text)?;
        Some(Self(text.to_owned()))
    }

    /// SHA-256, as it is stored.
    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The token itself, for the guest.
    pub(super) fn expose(self) -> String {
        self.0
    }
}

/// Whose cart a caller works on.
#[derive(Clone)]
pub(crate) enum CartCaller {
    /// A signed-in customer.
    Customer(UserId),
    /// A guest with a token, who may have no cart.
    Guest(GuestToken),
    /// A guest without a token.
    NewGuest,
    /// A guest with a token that the shop did not issue. They have no cart, and get none: otherwise any text would be a
    /// way around the limit of new carts.
    Stranger,
}

impl App {
    /// The caller of a request. The token of a signed-in customer is ignored.
    pub(crate) fn cart_caller(&self, customer: Option<UserId>, token: &str) -> CartCaller {
        match (customer, token) {
            (Some(customer), _) => CartCaller::Customer(customer),
            (None, "") => CartCaller::NewGuest,
            (None, token) => self
                .guest_token(token)
                .map_or(CartCaller::Stranger, CartCaller::Guest),
        }
    }

    /// A guest's token; none if the shop did not issue it.
    pub(crate) fn guest_token(&self, text: &str) -> Option<GuestToken> {
        GuestToken::read(text, &self.tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_issued_tokens_are_read() {
        let keys = |secret| Keys::new(&tokens::Config::with_secret(secret));
        let ours = keys("a secret of at least 32 characters");
        let token = GuestToken::issue(&ours);
        let text = token.clone().expose();
        let read = GuestToken::read(&text, &ours).expect("an issued token");
        assert_eq!(read.hash(), token.hash());
        let other = GuestToken::issue(&ours);
        assert_ne!(other.hash(), token.hash(), "each is new");
        let foreign = GuestToken::issue(&keys("another secret of 32 characters or more")).expose();
        let page = ours.seal(&Binding::new("page token v1"), &[0; 16]);
        for text in [&foreign, &page, &"0".repeat(64), "", &text[1..]] {
            assert!(GuestToken::read(text, &ours).is_none(), "{text}");
        }
    }
}
