//! `/v1/payment_intents`

use actix_web::{HttpRequest, HttpResponse, web};

use super::Pairs;
use super::lists::{self, Listing, PAGING};
use crate::book::{INTENTS, Page};
use crate::error::ApiError;
use crate::faults::Operation;
use crate::form::Form;
use crate::life;
use crate::model::{Intent, Status};
use crate::provider::{Provider, perform, show};

mod new;

const REASONS: &[&str] = &[
    "duplicate",
    "fraudulent",
    "requested_by_customer",
    "abandoned",
];
const LISTING: Listing<Intent> = Listing {
    things: INTENTS,
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
    perform(provider, request, Operation::Create, form, |page, form| {
        let mut intent = new::intent(form, page.now())?;
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
        page.put_intent(&intent)?;
        page.emit("payment_intent.created", intent.view())?;
        if confirm {
            intent.return_url = form.url("return_url")?.map(str::to_owned);
            let charged = life::charge(page, &mut intent, no_challenge);
            charged.map_err(|error| match error.acted() {
                // A declined intent exists all the same; one with a wrong parameter does not.
                true => error.about(intent.view()),
                false => error,
            })?;
        }
        Ok(intent.view())
    })
    .await
}

pub(crate) async fn get(
    provider: web::Data<Provider>,
    request: HttpRequest,
    id: web::Path<String>,
) -> HttpResponse {
    show(provider, request, Form::default(), |look, _| {
        look.intent(&id).map(|intent| intent.view())
    })
    .await
}

pub(crate) async fn list(
    provider: web::Data<Provider>,
    request: HttpRequest,
    query: web::Query<Pairs>,
) -> HttpResponse {
    let form = Form::new(query.into_inner());
    show(provider, request, form, |look, form| {
        form.allow(&PAGING)?;
        lists::page(look, form, &LISTING, |_| true)
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
        |page, intent, form| {
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
                return Err(life::unexpected(intent, "confirm"));
            }
            if let Some(method) = form.text("payment_method") {
                intent.payment_method = Some(method.to_owned());
            }
            if let Some(url) = form.url("return_url")? {
                intent.return_url = Some(url.to_owned());
            }
            life::charge(page, intent, no_challenge)
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
        |page, intent, form| {
            form.allow(&["amount_to_capture"])?;
            life::capture(page, intent, form.amount("amount_to_capture")?)
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
        |page, intent, form| {
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
            life::cancel(page, intent, reason)
        },
    )
    .await
}

/// A step in the life of an intent that is there. A refusal carries the intent as it is then.
async fn change<F>(
    provider: web::Data<Provider>,
    request: HttpRequest,
    id: web::Path<String>,
    form: Form,
    operation: Operation,
    step: F,
) -> HttpResponse
where
    F: FnOnce(&mut Page<'_>, &mut Intent, &Form) -> Result<(), ApiError> + 'static,
{
    perform(provider, request, operation, form, move |page, form| {
        let mut intent = page.intent(&id)?;
        match step(page, &mut intent, form) {
            Ok(()) => Ok(intent.view()),
            Err(error) if error.acted() => {
                page.put_intent(&intent)?;
                Err(error.about(intent.view()))
            }
            Err(error) => Err(error),
        }
    })
    .await
}

/// Whether a challenge is as good as a decline: nobody is there to take it.
fn no_challenge(form: &Form) -> Result<bool, ApiError> {
    Ok(form.flag("error_on_requires_action")? || form.flag("off_session")?)
}
