use serde_json::Value;

use crate::witness::View;

/// An order as an answer tells it, with what else a customer looks at.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) order: View,
    /// Something that was asked for is still being carried out.
    pub(super) in_progress: bool,
    /// Where the bank wants to hear from the customer.
    pub(super) redirect: Option<String>,
}

impl Seen {
    /// Reads an order; `None` when the answer is none.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let text = |name: &str| answer.get(name)?.as_str().map(str::to_owned);
        let refunds = answer.get("refunds")?.as_array()?;
        let order = View {
            id: text("id")?,
            customer: text("customer_id")?,
            status: text("status")?,
            total: minor_units(answer.pointer("/totals/total")?)?,
            refunds: refunds.iter().map(refund).collect::<Option<_>>()?,
        };
        let redirect = answer.pointer("/next_action/redirect_url");
        Some(Self {
            order,
            in_progress: answer.get("in_progress")?.as_bool()?,
            redirect: redirect.and_then(Value::as_str).map(str::to_owned),
        })
    }

    pub(super) fn is(&self, status: &str) -> bool {
        self.order.status == status
    }

    /// Nothing will happen to it unless somebody asks for something.
    pub(super) fn rests(&self) -> bool {
        let open = self
            .order
            .refunds
            .iter()
            .any(|(.., status)| status == "requested");
        !self.is("pending") && !self.in_progress && !open
    }
}

/// Id, minor units and status of a refund.
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
