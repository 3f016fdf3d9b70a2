use kernel::UserId;

use super::App;
use super::carts::{CartView, TRIES};
use crate::domain::{Contents, Error, Joined, Offers, Owner, merge_carts};
use crate::failure::Failure;
use crate::store::StoredCart;

/// The customer's cart after a merge, and what became of the guest's lines.
pub(crate) struct MergeView {
    pub(crate) cart: CartView,
    pub(crate) joined: Joined,
}

impl App {
    /// Moves what fits of a guest's cart into the customer's. The rest stays with the guest. The code moves along, if the
    /// customer has none.
    pub(crate) async fn merge_cart(
        &self,
        customer: UserId,
        guest_token: &str,
    ) -> Result<MergeView, Failure> {
        let owner = Owner::Customer(customer);
        let guest = self.guest_token(guest_token);
        let guest = guest.map(|token| Owner::Guest(token.hash()));
        for _ in 0..TRIES {
            let now = self.clock.now();
            let own = self.store.cart(&owner, now).await?;
            let others = match &guest {
                Some(guest) => self.store.cart(guest, now).await?,
                None => StoredCart::default(),
            };
            let Some(guest) = guest.as_ref().filter(|_| !others.lines.is_empty()) else {
                return self.nothing_to_merge(&own).await;
            };
            let skus = own.lines.skus().chain(others.lines.skus());
            let offers = self.catalog.offers(skus).await?;
            let (app, known) = (self.clone(), offers.clone());
            let decide = move |own: &mut Contents, guest: &mut Contents| {
                if !offers.cover(&own.lines) || !offers.cover(&guest.lines) {
                    return Err(Error::CartChanged);
                }
                Ok(merge(own, guest, &offers))
            };
            let answer = move |cart: &StoredCart, joined: Joined| {
                let cart = app.view(cart, &known, None, None)?;
                Ok(MergeView { cart, joined })
            };
            let merged = self.store.merge(&owner, guest, now, decide, answer);
            match merged.await {
                Ok(Some(view)) => return Ok(view),
                Ok(None) | Err(Failure::Refused(Error::CartChanged)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Err(Error::CartChanged.into())
    }

    async fn nothing_to_merge(&self, own: &StoredCart) -> Result<MergeView, Failure> {
        let offers = self.catalog.offers_if_available(own.lines.skus()).await;
        Ok(MergeView {
            cart: self.view(own, &offers, None, None)?,
            joined: Joined::default(),
        })
    }
}

fn merge(own: &mut Contents, guest: &mut Contents, offers: &Offers) -> Joined {
    let joined = merge_carts(&mut own.lines, &mut guest.lines, offers);
    if own.discount_code.is_none() && !joined.moved.is_empty() {
        own.discount_code.clone_from(&guest.discount_code);
    }
    joined
}
