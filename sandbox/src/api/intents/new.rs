use chrono::{DateTime, Utc};

use crate::cards;
use crate::error::ApiError;
use crate::form::Form;
use crate::model::{Intent, Status};
use crate::store::Store;
use crate::units;

const PARAMETERS: &[&str] = &[
    "amount",
    "capture_method",
    "confirm",
    "currency",
    "description",
    "error_on_requires_action",
    "metadata",
    "off_session",
    "payment_method",
    "payment_method_types",
    "return_url",
];

pub(super) fn intent(form: &Form, now: DateTime<Utc>) -> Result<Intent, ApiError> {
    form.allow(PARAMETERS)?;
    let amount = form
        .amount("amount")?
        .ok_or_else(|| ApiError::missing("amount"))?;
    let currency = currency(form)?;
    units::check(amount, &currency, "amount")?;
    if let Some(other) = form
        .list("payment_method_types")
        .find(|kind| *kind != "card")
    {
        return Err(ApiError::parameter(
            "parameter_invalid_enum",
            "payment_method_types",
            format!("The sandbox supports cards only, not {other}."),
        ));
    }
    let payment_method = form.text("payment_method").map(str::to_owned);
    if let Some(method) = &payment_method {
        cards::charge(method)?;
    }
    let status = match payment_method {
        Some(_) => Status::RequiresConfirmation,
        None => Status::RequiresPaymentMethod,
    };
    Ok(Intent {
        id: Store::new_id("pi"),
        amount,
        received: 0,
        refunded: 0,
        currency,
        capture_manually: capture_manually(form)?,
        status,
        payment_method,
        charge: None,
        next_action: None,
        return_url: None,
        last_payment_error: None,
        cancellation_reason: None,
        canceled_at: None,
        failed_captures: 0,
        created: now.timestamp(),
        description: form.text("description").map(str::to_owned),
        metadata: form.metadata()?,
        refunds: Vec::new(),
    })
}

fn currency(form: &Form) -> Result<String, ApiError> {
    let currency = form.required("currency")?.to_ascii_lowercase();
    let parsed = currency.to_ascii_uppercase().parse::<kernel::Currency>();
    parsed.map_err(|_| {
        ApiError::parameter(
            "parameter_invalid_enum",
            "currency",
            format!("Invalid currency: {currency}."),
        )
    })?;
    Ok(currency)
}

fn capture_manually(form: &Form) -> Result<bool, ApiError> {
    match form.text("capture_method") {
        None | Some("automatic" | "automatic_async") => Ok(false),
        Some("manual") => Ok(true),
        Some(other) => Err(ApiError::parameter(
            "parameter_invalid_enum",
            "capture_method",
            format!("Invalid capture_method: {other}"),
        )),
    }
}
