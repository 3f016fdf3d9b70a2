use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::Pairs;
use super::lists::{self, Listing, PAGING};
use crate::error::ApiError;
use crate::faults::Operation;
use crate::form::Form;
use crate::lifecycle;
use crate::model::{Intent, Refund, RefundStatus, Status};
use crate::provider::{Provider, perform, query};
use crate::store::{REFUNDS, Store, Transaction};
use crate::units;

const REASONS: &[&str] = &["duplicate", "fraudulent", "requested_by_customer"];
const LISTING: Listing<Refund> = Listing {
    table: REFUNDS,
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

fn refund(transaction: &mut Transaction<'_>, form: &Form) -> Result<Value, ApiError> {
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
    let requested = form.amount("amount")?;
    let mut intent = transaction.intent(form.required("payment_intent")?)?;
    if let Some(amount) = requested {
        units::check(amount, &intent.currency, "amount")?;
    }
    let amount = refundable(&intent, requested)?;
    let mut refund = Refund {
        id: Store::new_id("re"),
        amount,
        currency: intent.currency.clone(),
        payment_intent: intent.id.clone(),
        charge: intent.charge.clone(),
        reason: reason.map(str::to_owned),
        status: RefundStatus::Succeeded,
        later: None,
        created: transaction.now().timestamp(),
        metadata,
    };
    lifecycle::refund(transaction, &mut intent, &mut refund)?;
    Ok(refund.view())
}

/// The amount to refund: the requested one, or all that is left.
fn refundable(intent: &Intent, requested: Option<i64>) -> Result<i64, ApiError> {
    if intent.status != Status::Succeeded {
        return Err(ApiError::state(
            "payment_intent_unexpected_state",
            format!(
                "This PaymentIntent ({}) does not have a successful charge to refund.",
                intent.id
            ),
        )
        .with_intent(intent.view()));
    }
    let left = intent.received - intent.refunded;
    if left == 0 {
        return Err(ApiError::state(
            "charge_already_refunded",
            "The charge has already been refunded.",
        ));
    }
    let amount = requested.unwrap_or(left);
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
    query(provider, request, Form::default(), |snapshot, _| {
        snapshot.refund(&id).map(|refund| refund.view())
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
        form.allow(&[&PAGING[..], &["payment_intent"]].concat())?;
        let intent = form.text("payment_intent");
        lists::page(snapshot, form, &LISTING, |refund| {
            intent.is_none_or(|intent| refund.payment_intent == intent)
        })
    })
    .await
}
