//! `/3ds/{intent}`: the page of the customer's bank, in place of a real 3-D Secure challenge.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::{HttpResponse, web};
use reqwest::Url;
use serde::Deserialize;

use crate::book::INTENTS;
use crate::life::{self, Outcome};
use crate::model::{Intent, Status};
use crate::provider::{Provider, refuse};

const TEMPLATE: &str = include_str!("challenge/page.html");

pub(crate) fn routes(app: &mut web::ServiceConfig) {
    app.route("/3ds/{id}", web::get().to(ask))
        .route("/3ds/{id}", web::post().to(decide));
}

#[derive(Debug, Deserialize)]
struct Decision {
    outcome: Outcome,
}

/// Asks the customer. One whose challenge is over is sent back at once.
async fn ask(provider: web::Data<Provider>, id: web::Path<String>) -> HttpResponse {
    let found = provider.look().and_then(|look| look.find(INTENTS, &id));
    match found {
        Ok(Some(intent)) if is_waiting(&intent) => {
            let amount = minor_units(&intent);
            page(
                "Is it you?",
                &format!("A shop wants to hold {amount}."),
                BUTTONS,
            )
        }
        Ok(Some(intent)) => back(&intent),
        Ok(None) => HttpResponse::NotFound()
            .content_type("text/html; charset=utf-8")
            .body(filled(
                "No such payment",
                "The sandbox does not know it.",
                "",
            )),
        Err(error) => refuse(&error),
    }
}

/// Takes the customer's decision, and sends them back to the shop. Only the first decision counts.
async fn decide(
    provider: web::Data<Provider>,
    id: web::Path<String>,
    decision: web::Form<Decision>,
) -> HttpResponse {
    let decided = provider.write(|page| {
        let mut intent = page.intent(&id)?;
        if is_waiting(&intent) {
            life::authenticate(page, &mut intent, decision.outcome)?;
        }
        Ok(intent)
    });
    match decided {
        Ok(intent) => back(&intent),
        Err(error) => refuse(&error),
    }
}

fn is_waiting(intent: &Intent) -> bool {
    intent.status == Status::RequiresAction
}

/// To where the shop wanted the customer back, as Stripe does it.
fn back(intent: &Intent) -> HttpResponse {
    let url = intent.return_url.as_deref().map(Url::parse);
    let Some(Ok(mut url)) = url else {
        return page("Thank you", "You can go back to the shop now.", "");
    };
    let held = matches!(intent.status, Status::RequiresCapture | Status::Succeeded);
    url.query_pairs_mut()
        .append_pair("payment_intent", &intent.id)
        .append_pair("payment_intent_client_secret", &intent.client_secret())
        .append_pair("redirect_status", if held { "succeeded" } else { "failed" });
    HttpResponse::SeeOther()
        .insert_header((LOCATION, url.as_str()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

const BUTTONS: &str = r#"<form method="post">
<button name="outcome" value="succeed">Yes, complete the payment</button>
<button name="outcome" value="fail" class="plain">No, let it fail</button>
</form>"#;

fn page(title: &str, text: &str, buttons: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        // No form-action: browsers hold redirects after a form to it, and this one goes to the shop.
        .insert_header((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ))
        .body(filled(title, text, buttons))
}

/// The texts are ours, and amounts are digits and letters: nothing here needs escaping.
fn filled(title: &str, text: &str, buttons: &str) -> String {
    TEMPLATE
        .replace("{title}", title)
        .replace("{text}", text)
        .replace("{buttons}", buttons)
}

/// `1299 minor units of EUR`, in words that a customer understands.
fn minor_units(intent: &Intent) -> String {
    let code = intent.currency.to_ascii_uppercase();
    match code.parse::<kernel::Currency>() {
        Ok(currency) => kernel::Money::new(intent.amount, currency).to_string(),
        Err(_) => format!("{} {code}", intent.amount),
    }
}
