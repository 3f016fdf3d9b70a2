//! `/v1/payment_intents`

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Pairs, page};
use crate::book::Book;
use crate::cards::{self, Verdict};
use crate::error::ApiError;
use crate::faults::Operation;
use crate::form::Form;
use crate::model::{Intent, Status};
use crate::provider::{Act, Provider, perform};

const CREATE: &[&str] = &[
    "amount",
    "capture_method",
    "confirm",
    "currency",
    "description",
    "error_on_requires_action",
    "metadata",
    "payment_method",
    "payment_method_types",
];
const REASONS: &[&str] = &[
    "duplicate",
    "fraudulent",
    "requested_by_customer",
    "abandoned",
];

pub(crate) async fn create(
    provider: web::Data<Provider>,
    request: HttpRequest,
    body: web::Form<Pairs>,
) -> HttpResponse {
    let form = Form::new(body.into_inner());
    perform(provider, request, Operation::Create, form, |act| {
        let mut intent = new_intent(act.form, act.now)?;
        let confirm = act.form.flag("confirm")?;
        let no_challenge = act.form.flag("error_on_requires_action")?;
        if no_challenge && !confirm {
            return Err(ApiError::parameter(
                "parameter_invalid_empty",
                "error_on_requires_action",
                "This parameter can only be used with confirm=true.",
            ));
        }
        let outcome = if confirm {
            charge(&mut intent, no_challenge)
        } else {
            Ok(())
        };
        // A declined intent exists all the same; one with a wrong parameter does not.
        if let Err(error) = &outcome
            && !error.acted()
        {
            return Err(error.clone());
        }
        let view = intent.view();
        act.book.insert_intent(intent);
        match outcome {
            Ok(()) => Ok(view),
            Err(error) => Err(error.about(view)),
        }
    })
    .await
}

pub(crate) async fn get(
    provider: web::Data<Provider>,
    request: HttpRequest,
    id: web::Path<String>,
) -> HttpResponse {
    perform(
        provider,
        request,
        Operation::Read,
        Form::default(),
        move |act| act.book.intent(&id).map(Intent::view),
    )
    .await
}

pub(crate) async fn list(
    provider: web::Data<Provider>,
    request: HttpRequest,
    query: web::Query<Pairs>,
) -> HttpResponse {
    let form = Form::new(query.into_inner());
    perform(provider, request, Operation::Read, form, |act| {
        act.form.allow(&["limit", "starting_after"])?;
        let after = act.form.text("starting_after");
        if let Some(after) = after {
            act.book.intent(after)?;
        }
        let intents = act.book.intents_after(after).map(Intent::view);
        page("/v1/payment_intents", act.form, intents)
    })
    .await
}

pub(crate) async fn confirm(
    provider: web::Data<Provider>,
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Form<Pairs>,
) -> HttpResponse {
    let form = Form::new(body.into_inner());
    perform(provider, request, Operation::Confirm, form, move |act| {
        act.form
            .allow(&["payment_method", "error_on_requires_action"])?;
        let no_challenge = act.form.flag("error_on_requires_action")?;
        let intent = act.book.intent_mut(&id)?;
        if !matches!(
            intent.status,
            Status::RequiresPaymentMethod | Status::RequiresConfirmation | Status::RequiresAction
        ) {
            return Err(unexpected(intent, "confirm"));
        }
        if let Some(method) = act.form.text("payment_method") {
            intent.payment_method = Some(method.to_owned());
        }
        charge(intent, no_challenge).map_err(|error| error.about(intent.view()))?;
        Ok(intent.view())
    })
    .await
}

pub(crate) async fn capture(
    provider: web::Data<Provider>,
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Form<Pairs>,
) -> HttpResponse {
    let form = Form::new(body.into_inner());
    perform(
        provider,
        request,
        Operation::Capture,
        form,
        move |Act { book, form, .. }| {
            form.allow(&["amount_to_capture"])?;
            let wanted = form.amount("amount_to_capture")?;
            let intent = book.intent_mut(&id)?;
            if intent.status != Status::RequiresCapture {
                return Err(unexpected(intent, "capture"));
            }
            let amount = wanted.unwrap_or(intent.amount);
            if amount > intent.amount {
                return Err(ApiError::parameter(
                    "amount_too_large",
                    "amount_to_capture",
                    "The amount to capture is larger than the amount that can be captured.",
                ));
            }
            intent.received = amount;
            intent.status = Status::Succeeded;
            Ok(intent.view())
        },
    )
    .await
}

pub(crate) async fn cancel(
    provider: web::Data<Provider>,
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Form<Pairs>,
) -> HttpResponse {
    let form = Form::new(body.into_inner());
    perform(
        provider,
        request,
        Operation::Cancel,
        form,
        move |Act { book, form, now }| {
            form.allow(&["cancellation_reason"])?;
            let reason = form.text("cancellation_reason");
            if let Some(reason) = reason
                && !REASONS.contains(&reason)
            {
                return Err(ApiError::parameter(
                    "parameter_invalid_enum",
                    "cancellation_reason",
                    format!("Invalid cancellation_reason: {reason}"),
                ));
            }
            let intent = book.intent_mut(&id)?;
            if matches!(intent.status, Status::Canceled | Status::Succeeded) {
                return Err(unexpected(intent, "cancel"));
            }
            close(intent, reason, now);
            Ok(intent.view())
        },
    )
    .await
}

/// Ends an intent without money.
pub(crate) fn close(intent: &mut Intent, reason: Option<&str>, now: DateTime<Utc>) {
    intent.status = Status::Canceled;
    intent.cancellation_reason = reason.map(str::to_owned);
    intent.canceled_at = Some(now.timestamp());
}

fn new_intent(form: &Form, now: DateTime<Utc>) -> Result<Intent, ApiError> {
    form.allow(CREATE)?;
    let amount = form
        .amount("amount")?
        .ok_or_else(|| ApiError::missing("amount"))?;
    let currency = form.required("currency")?.to_ascii_lowercase();
    if currency
        .to_ascii_uppercase()
        .parse::<kernel::Currency>()
        .is_err()
    {
        return Err(ApiError::parameter(
            "parameter_invalid_enum",
            "currency",
            format!("Invalid currency: {currency}."),
        ));
    }
    if let Some(other) = form
        .list("payment_method_types")
        .find(|kind| *kind != "card")
    {
        return Err(ApiError::parameter(
            "parameter_invalid_enum",
            "payment_method_types",
            format!("The sandbox takes cards only, not {other}."),
        ));
    }
    let capture_manually = match form.text("capture_method") {
        None | Some("automatic" | "automatic_async") => false,
        Some("manual") => true,
        Some(other) => {
            return Err(ApiError::parameter(
                "parameter_invalid_enum",
                "capture_method",
                format!("Invalid capture_method: {other}"),
            ));
        }
    };
    let payment_method = form.text("payment_method").map(str::to_owned);
    if let Some(method) = &payment_method {
        cards::charge(method)?;
    }
    let status = match payment_method {
        Some(_) => Status::RequiresConfirmation,
        None => Status::RequiresPaymentMethod,
    };
    Ok(Intent {
        id: Book::new_id("pi"),
        amount,
        received: 0,
        refunded: 0,
        currency,
        capture_manually,
        status,
        payment_method,
        charge: None,
        last_payment_error: None,
        cancellation_reason: None,
        canceled_at: None,
        created: now.timestamp(),
        description: form.text("description").map(str::to_owned),
        metadata: form.metadata()?,
    })
}

/// Asks the card's issuer and moves the intent on.
fn charge(intent: &mut Intent, no_challenge: bool) -> Result<(), ApiError> {
    let method = intent
        .payment_method
        .as_deref()
        .ok_or_else(|| ApiError::missing("payment_method"))?;
    match cards::charge(method)? {
        Verdict::Approved => {
            intent.charge = Some(Book::new_id("ch"));
            intent.last_payment_error = None;
            intent.status = if intent.capture_manually {
                Status::RequiresCapture
            } else {
                intent.received = intent.amount;
                Status::Succeeded
            };
            Ok(())
        }
        Verdict::ActionRequired if !no_challenge => {
            intent.status = Status::RequiresAction;
            Ok(())
        }
        Verdict::ActionRequired => declined(intent, cards::authentication_required()),
        Verdict::Declined(error) => declined(intent, error),
    }
}

fn declined(intent: &mut Intent, error: ApiError) -> Result<(), ApiError> {
    intent.status = Status::RequiresPaymentMethod;
    intent.last_payment_error = Some(error.fields());
    intent.payment_method = None;
    Err(error)
}

fn unexpected(intent: &Intent, verb: &str) -> ApiError {
    let view: Value = intent.view();
    ApiError::state(
        "payment_intent_unexpected_state",
        format!(
            "You cannot {verb} this PaymentIntent because it has a status of {}.",
            intent.status.name()
        ),
    )
    .about(view)
}
