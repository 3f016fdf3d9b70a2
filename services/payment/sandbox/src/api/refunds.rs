//! `/v1/refunds`

use actix_web::{HttpRequest, HttpResponse, web};

use super::{Pairs, page};
use crate::book::Book;
use crate::error::ApiError;
use crate::faults::Operation;
use crate::form::Form;
use crate::model::{Refund, Status};
use crate::provider::{Act, Provider, perform};

const REASONS: &[&str] = &["duplicate", "fraudulent", "requested_by_customer"];

pub(crate) async fn create(
    provider: web::Data<Provider>,
    request: HttpRequest,
    body: web::Form<Pairs>,
) -> HttpResponse {
    let form = Form::new(body.into_inner());
    perform(
        provider,
        request,
        Operation::Refund,
        form,
        |Act { book, form, now }| {
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
            let intent = book.intent_mut(form.required("payment_intent")?)?;
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
            intent.refunded += amount;
            let refund = Refund {
                id: Book::new_id("re"),
                amount,
                currency: intent.currency.clone(),
                payment_intent: intent.id.clone(),
                charge: intent.charge.clone(),
                reason: reason.map(str::to_owned),
                created: now.timestamp(),
                metadata,
            };
            let view = refund.view();
            book.insert_refund(refund);
            Ok(view)
        },
    )
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
        move |act| act.book.refund(&id).map(Refund::view),
    )
    .await
}

pub(crate) async fn list(
    provider: web::Data<Provider>,
    request: HttpRequest,
    query: web::Query<Pairs>,
) -> HttpResponse {
    let form = Form::new(query.into_inner());
    perform(
        provider,
        request,
        Operation::Read,
        form,
        |Act { book, form, .. }| {
            form.allow(&["limit", "starting_after", "payment_intent"])?;
            let after = form.text("starting_after");
            if let Some(after) = after {
                book.refund(after)?;
            }
            let intent = form.text("payment_intent");
            let refunds = book
                .refunds_after(after)
                .filter(|refund| intent.is_none_or(|intent| refund.payment_intent == intent))
                .map(Refund::view);
            page("/v1/refunds", form, refunds)
        },
    )
    .await
}
