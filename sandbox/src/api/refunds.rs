//! `/v1/refunds`

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::Pairs;
use super::lists::{self, Listing, PAGING};
use crate::book::{Book, Page, REFUNDS};
use crate::error::ApiError;
use crate::faults::Operation;
use crate::form::Form;
use crate::life;
use crate::model::{Intent, Refund, RefundStatus, Status};
use crate::provider::{Provider, perform, show};

const REASONS: &[&str] = &["duplicate", "fraudulent", "requested_by_customer"];
const LISTING: Listing<Refund> = Listing {
    things: REFUNDS,
    prefix: "re",
    url: "/v1/refunds",
    created: |refund| refund.created,
    view: Refund::view,
};

pub(crate) async fn create(
    provider: web::Data<Provider>,
    request: HttpRequest,
    body: web::Form<Pairs>,
) -> HttpResponse {
    let form = Form::new(body.into_inner());
    perform(provider, request, Operation::Refund, form, refund).await
}

fn refund(page: &mut Page<'_>, form: &Form) -> Result<Value, ApiError> {
    form.allow(&["payment_intent", "amount", "reason", "metadata"])?;
    let metadata = form.metadata()?;
    let reason = form.text("reason");
    if let Some(reason) = reason
        && !REASONS.contains(&reason)
    {
        return Err(ApiError::parameter(
            "parameter_invalid_enum",
            "reason",
            format!("Invalid reason: {reason}"),
        ));
    }
    let wanted = form.amount("amount")?;
    let mut intent = page.intent(form.required("payment_intent")?)?;
    let amount = refundable(&intent, wanted)?;
    let mut refund = Refund {
        id: Book::new_id("re"),
        amount,
        currency: intent.currency.clone(),
        payment_intent: intent.id.clone(),
        charge: intent.charge.clone(),
        reason: reason.map(str::to_owned),
        status: RefundStatus::Succeeded,
        later: None,
        created: page.now().timestamp(),
        metadata,
    };
    life::refund(page, &mut intent, &mut refund)?;
    Ok(refund.view())
}

/// How much goes back: what is wanted, or all that is left.
fn refundable(intent: &Intent, wanted: Option<i64>) -> Result<i64, ApiError> {
    if intent.status != Status::Succeeded {
        return Err(ApiError::state(
            "payment_intent_unexpected_state",
            format!(
                "This PaymentIntent ({}) does not have a successful charge to refund.",
                intent.id
            ),
        )
        .about(intent.view()));
    }
    let left = intent.received - intent.refunded;
    if left == 0 {
        return Err(ApiError::state(
            "charge_already_refunded",
            "The charge has already been refunded.",
        ));
    }
    let amount = wanted.unwrap_or(left);
    if amount > left {
        return Err(ApiError::state(
            "amount_too_large",
            format!("Refund amount ({amount}) is greater than unrefunded amount ({left})."),
        ));
    }
    Ok(amount)
}

pub(crate) async fn get(
    provider: web::Data<Provider>,
    request: HttpRequest,
    id: web::Path<String>,
) -> HttpResponse {
    show(provider, request, Form::default(), |look, _| {
        look.refund(&id).map(|refund| refund.view())
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
        form.allow(&[&PAGING[..], &["payment_intent"]].concat())?;
        let intent = form.text("payment_intent");
        lists::page(look, form, &LISTING, |refund| {
            intent.is_none_or(|intent| refund.payment_intent == intent)
        })
    })
    .await
}
