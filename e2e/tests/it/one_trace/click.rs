use e2e::Customer;

/// The client's `tracestate`.
pub(super) const STATE: &str = "client=click";

/// A client's root span.
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

    /// Buys a ring in this trace. Returns the order's id.
    pub(super) async fn buy(self, customer: &Customer, card: &str) -> String {
        self.place_order(customer, card, "01").await
    }

    /// The same in a trace that the client does not record.
    pub(super) async fn buy_unrecorded(self, customer: &Customer) -> String {
        self.place_order(customer, "pm_card_visa", "00").await
    }

    async fn place_order(self, customer: &Customer, card: &str, flags: &str) -> String {
        customer.clone().put_into_cart("RING", 1).await;
        let tracing = customer
            .clone()
            .with_header("traceparent", &self.traceparent(flags))
            .with_header("tracestate", STATE);
        let key = uuid::Uuid::now_v7().to_string();
        let order = tracing.check_out(card, &key).await.ok();
        order["id"].as_str().map(str::to_owned).unwrap()
    }
}
