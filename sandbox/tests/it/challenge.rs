use serde_json::{Value, json};

use crate::support::{App, INTENTS, authorization_with, id_of};

const CARD: &str = "pm_card_authenticationRequired";
const RETURN_URL: &str = "https://shop.example/orders/7?from=bank";

async fn challenged(app: &App, card: &str) -> Value {
    let mut form = authorization_with(card).to_vec();
    form.push(("return_url", RETURN_URL));
    let answer = app.post(INTENTS, &form).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["status"], "requires_action");
    answer.body
}

fn page_of(intent: &Value) -> String {
    let url = &intent["next_action"]["redirect_to_url"]["url"];
    url.as_str().expect("a URL").to_owned()
}

/// Submits the challenge; returns the URL to which the browser is redirected.
async fn submit(app: &App, intent: &Value, outcome: &str) -> String {
    let form = [("outcome", outcome)];
    let request = app.http.post(page_of(intent)).form(&form);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 303);
    answer.headers()["Location"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_has_a_page_that_offers_success_and_failure() {
    let app = App::start().await;
    let intent = challenged(&app, CARD).await;
    assert_eq!(intent["next_action"]["type"], "redirect_to_url");
    assert_eq!(
        intent["next_action"]["redirect_to_url"]["return_url"],
        RETURN_URL
    );
    assert_eq!(intent["amount_capturable"], 0);
    let page = app.http.get(page_of(&intent)).send().await.unwrap();
    assert_eq!(page.status().as_u16(), 200);
    let html = page.text().await.unwrap();
    for part in [
        "12.99",
        "value=\"succeed\"",
        "value=\"fail\"",
        "method=\"post\"",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successful_challenge_authorizes_and_redirects_to_the_shop() {
    let app = App::start().await;
    let intent = challenged(&app, CARD).await;
    let back = submit(&app, &intent, "succeed").await;
    assert!(back.starts_with(RETURN_URL), "{back}");
    assert!(back.contains("redirect_status=succeeded"), "{back}");
    let id = id_of(&intent);
    assert!(back.contains(&format!("payment_intent={id}&")), "{back}");
    let authorized = app.intent(&id).await;
    assert_eq!(authorized["status"], "requires_capture");
    assert_eq!(authorized["amount_capturable"], 1299);
    assert_eq!(authorized["next_action"], json!(null));
    assert_eq!(
        app.event_kinds().await,
        [
            "payment_intent.created",
            "payment_intent.requires_action",
            "payment_intent.amount_capturable_updated"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_challenge_requires_another_payment_method() {
    let app = App::start().await;
    let intent = challenged(&app, "pm_card_threeDSecure2Required").await;
    let back = submit(&app, &intent, "fail").await;
    assert!(back.contains("redirect_status=failed"), "{back}");
    let failed = app.intent(&id_of(&intent)).await;
    assert_eq!(failed["status"], "requires_payment_method");
    assert_eq!(
        failed["last_payment_error"]["code"],
        "payment_intent_authentication_failure"
    );
    let kinds = app.event_kinds().await;
    assert_eq!(kinds.last().unwrap(), "payment_intent.payment_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_submission_changes_nothing() {
    let app = App::start().await;
    let intent = challenged(&app, CARD).await;
    submit(&app, &intent, "succeed").await;
    let back = submit(&app, &intent, "fail").await;
    assert!(back.contains("redirect_status=succeeded"), "{back}");
    let visit = app.http.get(page_of(&intent)).send().await.unwrap();
    assert_eq!(visit.status().as_u16(), 303);
    let authorized = app.intent(&id_of(&intent)).await;
    assert_eq!(authorized["status"], "requires_capture");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_controls_can_end_a_challenge() {
    let app = App::start().await;
    for (outcome, status) in [
        ("succeed", "requires_capture"),
        ("fail", "requires_payment_method"),
    ] {
        let id = id_of(&challenged(&app, CARD).await);
        let path = format!("payment_intents/{id}/authenticate");
        let ended = app.control(&path, json!({"outcome": outcome})).await;
        assert_eq!(ended["status"], status);
        let again = app.try_control(&path, json!({"outcome": outcome})).await;
        assert_eq!(again.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_can_be_declined_after_a_successful_challenge() {
    let app = App::start().await;
    let card = "pm_card_threeDSecureRequiredChargeDeclined";
    let intent = challenged(&app, card).await;
    let back = submit(&app, &intent, "succeed").await;
    assert!(back.contains("redirect_status=failed"), "{back}");
    let declined = app.intent(&id_of(&intent)).await;
    assert_eq!(declined["status"], "requires_payment_method");
    assert_eq!(declined["last_payment_error"]["code"], "card_declined");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_with_an_open_challenge_can_be_canceled() {
    let app = App::start().await;
    let intent = challenged(&app, CARD).await;
    let id = id_of(&intent);
    let canceled = app.post(&format!("{INTENTS}/{id}/cancel"), &[]).await;
    assert_eq!(canceled.body["status"], "canceled");
    assert_eq!(canceled.body["next_action"], json!(null));
    let back = submit(&app, &intent, "succeed").await;
    assert!(back.contains("redirect_status=failed"), "{back}");
    assert_eq!(app.intent(&id).await["status"], "canceled");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_return_url_there_is_no_challenge_page() {
    let app = App::start().await;
    let intent = app.post(INTENTS, &authorization_with(CARD)).await.body;
    assert_eq!(intent["status"], "requires_action");
    assert_eq!(intent["next_action"]["type"], "use_stripe_sdk");
}

#[tokio::test(flavor = "multi_thread")]
async fn off_session_a_required_challenge_is_a_decline() {
    let app = App::start().await;
    let mut form = authorization_with(CARD).to_vec();
    form.push(("off_session", "true"));
    let declined = app.post(INTENTS, &form).await;
    assert_eq!(declined.status, 402);
    assert_eq!(declined.body["error"]["code"], "authentication_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_challenge_page_is_under_the_public_url() {
    let app = App::start_with(&[("http.public_url", "https://bank.example/")]).await;
    let url = page_of(&challenged(&app, CARD).await);
    assert!(url.starts_with("https://bank.example/3ds/pi_"), "{url}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_web_site_ends_no_challenge() {
    let app = App::start().await;
    let intent = challenged(&app, CARD).await;
    let post = || {
        let form = [("outcome", "succeed")];
        app.http.post(page_of(&intent)).form(&form)
    };
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        let answer = post().header(name, value).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 403, "{name}: {value}");
    }
    let open = app.intent(&id_of(&intent)).await;
    assert_eq!(open["status"], "requires_action");

    let own = post()
        .header("Origin", app.url(""))
        .header("Sec-Fetch-Site", "same-origin");
    assert_eq!(own.send().await.unwrap().status().as_u16(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_cannot_be_framed_or_run_scripts() {
    let app = App::start().await;
    let intent = challenged(&app, CARD).await;
    let missing = app.url("/3ds/%3Cscript%3Ealert(1)%3C%2Fscript%3E");
    for (url, status) in [(page_of(&intent), 200), (missing, 404)] {
        let page = app.http.get(url).send().await.unwrap();
        assert_eq!(page.status().as_u16(), status);
        let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
        let policy = header("Content-Security-Policy");
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(header("X-Content-Type-Options"), "nosniff");
        assert!(!page.text().await.unwrap().contains("<script"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_url_is_an_address_on_the_web() {
    let app = App::start().await;
    for url in [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/orders/7",
        "https://",
    ] {
        let mut form = authorization_with(CARD).to_vec();
        form.push(("return_url", url));
        let answer = app.post(INTENTS, &form).await;
        assert_eq!(answer.status, 400, "{url}");
        assert_eq!(answer.body["error"]["code"], "url_invalid", "{url}");
        assert_eq!(answer.body["error"]["param"], "return_url", "{url}");
    }
}
