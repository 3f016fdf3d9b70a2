//! `/3ds/{intent}`: the 3-D Secure challenge, a page in place of the customer's bank. Only this page ends a
//! challenge: the form of another origin is refused.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, web};
use reqwest::Url;
use serde::Deserialize;

use crate::browser;
use crate::lifecycle::{self, ChallengeOutcome};
use crate::model::{Intent, Status};
use crate::provider::{Provider, error_response};
use crate::store::INTENTS;

const TEMPLATE: &str = include_str!("challenge/page.html");

pub(crate) fn routes(app: &mut web::ServiceConfig) {
    app.route("/3ds/{id}", web::get().to(show))
        .route("/3ds/{id}", web::post().to(submit));
}

#[derive(Debug, Deserialize)]
struct ChallengeForm {
    outcome: ChallengeOutcome,
}

/// Shows the challenge. If it has ended, redirects to the shop.
async fn show(provider: web::Data<Provider>, id: web::Path<String>) -> HttpResponse {
    let found = provider
        .read()
        .and_then(|snapshot| snapshot.find(INTENTS, &id));
    match found {
        Ok(Some(intent)) if is_open(&intent) => {
            let amount = amount(&intent);
            page(
                StatusCode::OK,
                "Confirm your payment",
                &format!("A shop requests an authorization of {amount}."),
                BUTTONS,
            )
        }
        Ok(Some(intent)) => return_to_shop(&intent),
        Ok(None) => page(
            StatusCode::NOT_FOUND,
            "Payment not found",
            "The sandbox has no such payment.",
            "",
        ),
        Err(error) => error_response(&error),
    }
}

/// Ends the challenge and redirects to the shop. Later submissions change nothing.
async fn submit(
    request: HttpRequest,
    provider: web::Data<Provider>,
    id: web::Path<String>,
    form: web::Form<ChallengeForm>,
) -> HttpResponse {
    if browser::is_cross_origin(request.headers(), provider.public_url()) {
        return page(
            StatusCode::FORBIDDEN,
            "Not confirmed",
            "Another web site sent this form. Open the payment's own page and confirm there.",
            "",
        );
    }
    let ended = provider.write(|transaction| {
        let mut intent = transaction.intent(&id)?;
        if is_open(&intent) {
            lifecycle::authenticate(transaction, &mut intent, form.outcome)?;
        }
        Ok(intent)
    });
    match ended {
        Ok(intent) => return_to_shop(&intent),
        Err(error) => error_response(&error),
    }
}

fn is_open(intent: &Intent) -> bool {
    intent.status == Status::RequiresAction
}

/// Redirects to the intent's `return_url` with the query parameters that Stripe adds.
fn return_to_shop(intent: &Intent) -> HttpResponse {
    let url = intent.return_url.as_deref().map(Url::parse);
    let Some(Ok(mut url)) = url else {
        return page(
            StatusCode::OK,
            "Thank you",
            "You can return to the shop.",
            "",
        );
    };
    let is_paid = matches!(intent.status, Status::RequiresCapture | Status::Succeeded);
    url.query_pairs_mut()
        .append_pair("payment_intent", &intent.id)
        .append_pair("payment_intent_client_secret", &intent.client_secret())
        .append_pair(
            "redirect_status",
            if is_paid { "succeeded" } else { "failed" },
        );
    HttpResponse::SeeOther()
        .insert_header((LOCATION, url.as_str()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

const BUTTONS: &str = r#"<form method="post">
<button name="outcome" value="succeed">Complete the payment</button>
<button name="outcome" value="fail" class="plain">Fail the payment</button>
</form>"#;

fn page(status: StatusCode, title: &str, text: &str, buttons: &str) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Not `no-referrer`, with which the form's `Origin` would be `null`.
        .insert_header((REFERRER_POLICY, "same-origin"))
        // No `form-action`: browsers apply it to redirects after a form, and this one goes to the shop.
        .insert_header((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ))
        .body(render(title, text, buttons))
}

/// Does not escape: the texts are constants, and amounts are digits and letters.
fn render(title: &str, text: &str, buttons: &str) -> String {
    TEMPLATE
        .replace("{title}", title)
        .replace("{text}", text)
        .replace("{buttons}", buttons)
}

/// The amount for people: `12.99 EUR`.
fn amount(intent: &Intent) -> String {
    let code = intent.currency.to_ascii_uppercase();
    match code.parse::<kernel::Currency>() {
        Ok(currency) => kernel::Money::new(intent.amount, currency).to_string(),
        Err(_) => format!("{} {code}", intent.amount),
    }
}
