use chassis::call::ClientNetwork;
use chassis::telemetry;
use chrono::{DateTime, Utc};
use kernel::{Money, UserId};

use super::App;
use crate::domain::{
    Change, Checkout, Error, LimitReached, Order, OrderNumber, OrderRecord, PricedCart, PricedLine,
    SoldLine, Totals, price_cart,
};
use crate::failure::Failure;
use crate::metrics::ORDERS_LIMITED;
use crate::store::{NewOrder, Placing, StoredCart};

/// How often a cart is priced: again whenever it changes during the checkout, or another order has the random number.
const TRIES: usize = 3;

impl App {
    /// Orders the customer's cart. Every further request with the same key and fingerprint returns the order
    /// as it was placed.
    ///
    /// Prices are fetched before the transaction begins, so that no lock is held during the call. The cart's
    /// version shows whether the priced cart is still the same.
    pub(crate) async fn place(
        &self,
        customer: UserId,
        checkout: Checkout,
        client_network: Option<ClientNetwork>,
        fingerprint: [u8; 32],
    ) -> Result<OrderRecord, Failure> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let (cart, earlier) = self
                .store
                .cart_and_earlier(customer, &checkout.key, &fingerprint, now)
                .await?;
            if let Some(earlier) = earlier {
                return Ok(earlier);
            }
            let new = self
                .prepare(customer, &checkout, fingerprint, &cart)
                .await?;
            let new = NewOrder {
                client_network: client_network.clone(),
                ..new
            };
            self.limit_declines(&new, now).await?;
            telemetry::correlate(new.record.id);
            let (change, record) = (new.change.clone(), new.record.clone());
            match self.store.place(new, self.key_wait_ms).await? {
                Placing::Placed => {
                    self.committed(&change, now);
                    return Ok(record);
                }
                Placing::Replayed(earlier) => return Ok(*earlier),
                Placing::CartChanged | Placing::NumberTaken => {}
            }
        }
        Err(Error::CartChanged.into())
    }

    /// Refuses an order after too many declined payments, before stock is reserved and the provider is called. A free
    /// order has no payment.
    async fn limit_declines(&self, new: &NewOrder, now: DateTime<Utc>) -> Result<(), Failure> {
        let order = &new.change.order;
        if order.total.is_zero() {
            return Ok(());
        }
        let limits = &self.decline_limits;
        let network = new.client_network.as_ref().map(ClientNetwork::as_str);
        let declines = self
            .store
            .declines(
                order.customer_id,
                network,
                &order.payment_method,
                limits,
                now,
            )
            .await?;
        limits
            .check(&declines, now)
            .map_err(|reached: LimitReached| {
                ORDERS_LIMITED.of(reached.by).inc();
                Failure::from(Error::TooManyDeclines(reached))
            })
    }

    /// Prices the cart, and checks that it can be ordered.
    async fn prepare(
        &self,
        customer: UserId,
        checkout: &Checkout,
        fingerprint: [u8; 32],
        cart: &StoredCart,
    ) -> Result<NewOrder, Failure> {
        let Some(id) = cart.id.filter(|_| !cart.lines.is_empty()) else {
            return Err(Error::CartEmpty.into());
        };
        let destination = self.destinations.find(&checkout.address.country)?;
        let offers = self.catalog.offers(cart.lines.skus()).await?;
        let priced = price_cart(&cart.lines, &offers);
        if !priced.unsellable.is_empty() {
            return Err(Error::NotSellable(priced.unsellable).into());
        }
        let sum = priced.sum.ok_or(Error::CartEmpty)?;
        let now = self.clock.now();
        let off = match (&cart.discount_code, &cart.discount) {
            (None, _) => Money::zero(sum.currency()),
            (Some(_), Some(discount)) => discount.off(sum, now)?,
            (Some(_), None) => return Err(Error::DiscountInvalid.into()),
        };
        let totals = Totals::new(sum, off, Some(destination))?;
        let expected = checkout.expected_total;
        if expected.is_some_and(|expected| expected != totals.total) {
            return Err(Error::TotalChanged(totals.total).into());
        }
        self.payment_rules
            .check(totals.total, &checkout.payment_method)?;
        let (order, events) = Order::place(customer, checkout, &totals, now);
        let record = record(&order, checkout, priced, totals, cart.discount_code.clone());
        Ok(NewOrder {
            key: checkout.key.clone(),
            client_network: None,
            fingerprint,
            cart: id,
            cart_version: cart.version,
            change: Change::new(order, events),
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
        number: Some(OrderNumber::generate()),
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
