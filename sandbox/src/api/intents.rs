use actix_web::{HttpRequest, HttpResponse, web};

use super::Pairs;
use super::lists::{self, Listing, PAGING};
use crate::error::ApiError;
use crate::faults::Operation;
use crate::form::Form;
use crate::lifecycle;
use crate::model::{Intent, Status};
use crate::provider::{Provider, perform, query};
use crate::store::{INTENTS, Transaction};
use crate::units;

mod new;

const REASONS: &[&str] = &[
    "duplicate",
    "fraudulent",
    "requested_by_customer",
    "abandoned",
];
const LISTING: Listing<Intent> = Listing {
    table: INTENTS,
    prefix: "pi",
    url: "/v1/payment_intents",
    created: |intent| intent.created,
    view: Intent::view,
};

pub(crate) async fn create(
    provider: web::Data<Provider>,
    request: HttpRequest,
    body: web::Form<Pairs>,
) -> HttpResponse {
    let form = Form::new(body.into_inner());
    perform(
        provider,
        request,
        Operation::Create,
        form,
        |transaction, form| {
            let mut intent = new::intent(form, transaction.now())?;
            let confirm = form.flag("confirm")?;
            let no_challenge = no_challenge(form)?;
            for name in ["error_on_requires_action", "off_session", "return_url"] {
                if form.text(name).is_some() && !confirm {
                    return Err(ApiError::parameter(
                        "parameter_invalid_empty",
                        name,
                        "This parameter can only be used with confirm=true.",
                    ));
                }
            }
            transaction.put_intent(&intent)?;
            transaction.emit("payment_intent.created", intent.view())?;
            if confirm {
                intent.return_url = form.url("return_url")?.map(str::to_owned);
                let charged = lifecycle::charge(transaction, &mut intent, no_challenge);
                charged.map_err(|error| match error.acted() {
                    // A declined intent is stored; one with an invalid parameter is not.
                    true => error.with_intent(intent.view()),
                    false => error,
                })?;
            }
            Ok(intent.view())
        },
    )
    .await
}

pub(crate) async fn get(
    provider: web::Data<Provider>,
    request: HttpRequest,
    id: web::Path<String>,
) -> HttpResponse {
    query(provider, request, Form::default(), |snapshot, _| {
        snapshot.intent(&id).map(|intent| intent.view())
    })
    .await
}

pub(crate) async fn list(
    provider: web::Data<Provider>,
    request: HttpRequest,
    parameters: web::Query<Pairs>,
) -> HttpResponse {
    let form = Form::new(parameters.into_inner());
    query(provider, request, form, |snapshot, form| {
        form.allow(&PAGING)?;
        lists::page(snapshot, form, &LISTING, |_| true)
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
    change(
        provider,
        request,
        id,
        form,
        Operation::Confirm,
        |transaction, intent, form| {
            form.allow(&[
                "payment_method",
                "error_on_requires_action",
                "off_session",
                "return_url",
            ])?;
            let no_challenge = no_challenge(form)?;
            if !matches!(
                intent.status,
                Status::RequiresPaymentMethod
                    | Status::RequiresConfirmation
                    | Status::RequiresAction
            ) {
                return Err(lifecycle::unexpected_state(intent, "confirm"));
            }
            if let Some(method) = form.text("payment_method") {
                intent.payment_method = Some(method.to_owned());
            }
            if let Some(url) = form.url("return_url")? {
                intent.return_url = Some(url.to_owned());
            }
            lifecycle::charge(transaction, intent, no_challenge)
        },
    )
    .await
}

pub(crate) async fn capture(
    provider: web::Data<Provider>,
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Form<Pairs>,
) -> HttpResponse {
    let form = Form::new(body.into_inner());
    change(
        provider,
        request,
        id,
        form,
        Operation::Capture,
        |transaction, intent, form| {
            form.allow(&["amount_to_capture"])?;
            let amount = form.amount("amount_to_capture")?;
            if let Some(amount) = amount {
                units::check(amount, &intent.currency, "amount_to_capture")?;
            }
            lifecycle::capture(transaction, intent, amount)
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
    change(
        provider,
        request,
        id,
        form,
        Operation::Cancel,
        |transaction, intent, form| {
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
            lifecycle::cancel(transaction, intent, reason)
        },
    )
    .await
}

/// Applies a transition to an existing intent. An error contains the intent as stored.
async fn change<F>(
    provider: web::Data<Provider>,
    request: HttpRequest,
    id: web::Path<String>,
    form: Form,
    operation: Operation,
    transition: F,
) -> HttpResponse
where
    F: FnOnce(&mut Transaction<'_>, &mut Intent, &Form) -> Result<(), ApiError> + 'static,
{
    perform(
        provider,
        request,
        operation,
        form,
        move |transaction, form| {
            let mut intent = transaction.intent(&id)?;
            match transition(transaction, &mut intent, form) {
                Ok(()) => Ok(intent.view()),
                Err(error) if error.acted() => {
                    transaction.put_intent(&intent)?;
                    Err(error.with_intent(intent.view()))
                }
                Err(error) => Err(error),
            }
        },
    )
    .await
}

/// Whether a required challenge is a decline, because the customer is not present.
fn no_challenge(form: &Form) -> Result<bool, ApiError> {
    Ok(form.flag("error_on_requires_action")? || form.flag("off_session")?)
}
