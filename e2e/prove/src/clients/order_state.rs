use serde_json::Value;

use crate::history::OrderView;

/// An order as one answer reports it, with what a client acts upon.
#[derive(Debug, Clone)]
pub(super) struct OrderState {
    pub(super) order: OrderView,
    /// The SKU of its first line.
    pub(super) sku: String,
    /// An accepted request is still being carried out.
    pub(super) in_progress: bool,
    /// The page of the 3-D Secure challenge, if one is required.
    pub(super) challenge_url: Option<String>,
}

impl OrderState {
    /// Reads an order; `None` when the body is not one.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let text = |name: &str| answer.get(name)?.as_str().map(str::to_owned);
        let refunds = answer.get("refunds")?.as_array()?;
        let order = OrderView {
            id: text("id")?,
            customer: text("customer_id")?,
            status: text("status")?,
            total: minor_units(answer.pointer("/totals/total")?)?,
            refunds: refunds.iter().map(refund).collect::<Option<_>>()?,
        };
        let challenge_url = answer.pointer("/next_action/redirect_url");
        Some(Self {
            order,
            sku: answer.pointer("/lines/0/sku")?.as_str()?.to_owned(),
            in_progress: answer.get("in_progress")?.as_bool()?,
            challenge_url: challenge_url.and_then(Value::as_str).map(str::to_owned),
        })
    }

    pub(super) fn is(&self, status: &str) -> bool {
        self.order.status == status
    }

    /// Whether it changes only at another request.
    pub(super) fn is_settled(&self) -> bool {
        let has_open_refund = self
            .order
            .refunds
            .iter()
            .any(|(.., status)| status == "requested");
        !self.is("pending") && !self.in_progress && !has_open_refund
    }
}

/// Id, minor units and status of a refund; `None` when the body is not one.
pub(super) fn refund(answer: &Value) -> Option<(String, i64, String)> {
    let text = |name: &str| answer.get(name)?.as_str().map(str::to_owned);
    Some((
        text("id")?,
        minor_units(answer.get("amount")?)?,
        text("status")?,
    ))
}

fn minor_units(money: &Value) -> Option<i64> {
    money.get("minor_units")?.as_i64()
}
