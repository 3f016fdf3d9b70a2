use chassis::telemetry;
use kernel::UserId;

use super::{App, counters};
use crate::domain::{
    Checkout, Error, Order, OrderRecord, PricedCart, PricedLine, SoldLine, Totals, price_cart,
};
use crate::failure::Failure;
use crate::store::{NewOrder, Placing, StoredCart};

/// How often a cart that changes while it is being ordered is priced again.
const TRIES: usize = 3;

impl App {
    /// Buys what is in the customer's cart. `answer` makes the bytes that this and every further
    /// request with the same key and `fingerprint` are answered with.
    ///
    /// The catalog is asked before the transaction begins, so that nothing is locked meanwhile; the
    /// cart's version then tells whether what was priced is what is ordered.
    pub(crate) async fn place(
        &self,
        customer: UserId,
        checkout: Checkout,
        fingerprint: [u8; 32],
        answer: fn(&OrderRecord) -> Vec<u8>,
    ) -> Result<Vec<u8>, Failure> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let (cart, earlier) = self
                .store
                .cart_and_answer(customer, &checkout.key, &fingerprint, now)
                .await?;
            if let Some(answer) = earlier {
                return Ok(answer);
            }
            let new = self
                .prepare(customer, &checkout, fingerprint, &cart, answer)
                .await?;
            telemetry::correlate(new.order.id);
            let bytes = new.answer.clone();
            let (order, events) = (new.order.clone(), new.events.clone());
            match self.store.place(new, self.key_wait_ms).await? {
                Placing::Placed => {
                    self.outbox.wake();
                    counters::count(&order, &events, now);
                    return Ok(bytes);
                }
                Placing::Replayed(answer) => return Ok(answer),
                Placing::CartChanged => {}
            }
        }
        Err(Error::CartChanged.into())
    }

    /// Prices the cart and decides whether it can be ordered.
    async fn prepare(
        &self,
        customer: UserId,
        checkout: &Checkout,
        fingerprint: [u8; 32],
        cart: &StoredCart,
        answer: fn(&OrderRecord) -> Vec<u8>,
    ) -> Result<NewOrder, Failure> {
        let Some(id) = cart.id.filter(|_| !cart.lines.is_empty()) else {
            return Err(Error::CartEmpty.into());
        };
        let destination = self.destinations.find(&checkout.address.country)?;
        let products = self.prices.of(cart.lines.keys()).await?;
        let priced = price_cart(&cart.lines, &products)?;
        if !priced.unavailable.is_empty() {
            let gone = priced.unavailable.iter().map(ToString::to_string);
            return Err(Error::ProductNotFound(gone.collect()).into());
        }
        let sum = priced.sum.ok_or(Error::CartEmpty)?;
        let now = self.clock.now();
        let off = match &cart.discount_code {
            Some(code) => self.known_discount(code).await?.off(sum, now)?,
            None => kernel::Money::zero(sum.currency()),
        };
        let totals = Totals::new(sum, off, Some(destination))?;
        let expected = checkout.expected_total;
        if expected.is_some_and(|expected| expected != totals.total) {
            return Err(Error::TotalChanged(totals.total).into());
        }
        let (order, events) = Order::place(customer, checkout, &totals, now);
        let record = record(&order, checkout, priced, totals, cart.discount_code.clone());
        Ok(NewOrder {
            key: checkout.key.clone(),
            fingerprint,
            answer: answer(&record),
            cart: id,
            cart_version: cart.version,
            order,
            events,
            record,
        })
    }
}

fn record(
    order: &Order,
    checkout: &Checkout,
    priced: PricedCart,
    totals: Totals,
    discount_code: Option<String>,
) -> OrderRecord {
    let sold = |line: PricedLine| SoldLine {
        sku: line.sku,
        name: line.product.name,
        quantity: line.quantity,
        unit_price: line.product.price,
    };
    OrderRecord {
        id: order.id,
        customer_id: order.customer_id,
        status: order.status,
        reason: None,
        lines: priced.lines.into_iter().map(sold).collect(),
        totals,
        address: checkout.address.clone(),
        discount_code,
        tracking_number: None,
        refunds: Vec::new(),
        placed_at: order.placed_at,
        updated_at: order.placed_at,
        in_progress: false,
        next_action: None,
    }
}
