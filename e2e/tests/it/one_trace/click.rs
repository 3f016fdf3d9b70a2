use e2e::Customer;

/// What the client's tracing system notes for itself.
pub(super) const STATE: &str = "client=click";

/// The span of a client, which begins a trace of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Click(pub(super) u8);

impl Click {
    pub(super) fn trace(self) -> String {
        format!("c{:031x}", self.0)
    }

    pub(super) fn span(self) -> String {
        format!("c{:015x}", self.0)
    }

    pub(super) fn traceparent(self, flags: &str) -> String {
        format!("00-{}-{}-{flags}", self.trace(), self.span())
    }

    /// Buys a ring in this trace; answers the order.
    pub(super) async fn buys(self, customer: &Customer, card: &str) -> String {
        self.places(customer, card, "01").await
    }

    /// The same in a trace that the client does not record.
    pub(super) async fn buys_unrecorded(self, customer: &Customer) -> String {
        self.places(customer, "pm_card_visa", "00").await
    }

    async fn places(self, customer: &Customer, card: &str, flags: &str) -> String {
        customer.clone().put_into_cart("RING", 1).await;
        let clicking = customer
            .clone()
            .carrying("traceparent", &self.traceparent(flags))
            .carrying("tracestate", STATE);
        let key = uuid::Uuid::now_v7().to_string();
        let order = clicking.check_out(card, &key).await.ok();
        order["id"].as_str().map(str::to_owned).unwrap()
    }
}
