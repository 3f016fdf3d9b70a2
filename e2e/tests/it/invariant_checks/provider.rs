use reqwest::Client;
use serde_json::{Value, json};

use super::{Fixture, fixture::call};

impl Fixture {
    /// Sends a call to the provider that payment would never send.
    async fn call_provider(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let url = format!("{}/v1/{path}", self.addresses.provider);
        let request = Client::new()
            .post(url)
            .bearer_auth(&self.addresses.provider_key);
        call(request.form(form)).await
    }

    /// Authorizes again for a payment that is authorized, captured or undone. Returns the intent.
    async fn authorize_again(&self, order: &str) -> String {
        let (payment, _) = self.payment(order).await;
        let form = [
            ("amount", "777"),
            ("currency", "eur"),
            ("payment_method", "pm_card_visa"),
            ("capture_method", "manual"),
            ("confirm", "true"),
            ("metadata[payment_id]", payment.as_str()),
            ("metadata[order_id]", order),
        ];
        let intent = self.call_provider("payment_intents", &form).await;
        intent["id"].as_str().unwrap().to_owned()
    }

    /// Asserts that these checks fail, among others, and name `thing`.
    async fn expect_violations(&self, names: &[&str], thing: &str) {
        let violations = self.violations(&self.recorder).await;
        for name in names {
            let violation = violations
                .get(name)
                .unwrap_or_else(|| panic!("{name}: {violations:#?}"));
            assert!(
                violation.contains(thing),
                "{name} does not name {thing}: {violation}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_authorization_and_an_orphan_intent_are_detected() {
    let fixture = Box::pin(Fixture::open()).await;
    // Payment cancels a second intent as soon as a webhook reports it.
    let drop_all = json!({"drop": 1.0});
    fixture.shop.misbehave("webhooks", drop_all).await;
    let second = fixture.authorize_again(&fixture.confirmed).await;
    fixture
        .expect_violations(&["confirmed_is_authorized", "no_orphan_intents"], &second)
        .await;
    let (payment, _) = fixture.payment(&fixture.confirmed).await;
    fixture
        .expect_violations(&["ledger_agrees_with_provider"], &payment)
        .await;
    fixture
        .call_provider(&format!("payment_intents/{second}/cancel"), &[])
        .await;
    assert!(
        fixture.violations(&fixture.recorder).await.is_empty(),
        "no violations remain after the second intent is canceled"
    );

    for undone in [&fixture.cancelled, &fixture.rejected] {
        let open = fixture.authorize_again(undone).await;
        fixture
            .expect_violations(&["undone_holds_no_money"], &open)
            .await;
        fixture
            .call_provider(&format!("payment_intents/{open}/cancel"), &[])
            .await;
    }

    let again = fixture.authorize_again(&fixture.shipped).await;
    fixture
        .call_provider(&format!("payment_intents/{again}/capture"), &[])
        .await;
    fixture
        .expect_violations(&["shipped_is_captured", "no_orphan_intents"], &again)
        .await;

    let (_, intent) = fixture.payment(&fixture.shipped).await;
    let refund = [("payment_intent", intent.as_str()), ("amount", "100")];
    fixture.call_provider("refunds", &refund).await;
    fixture
        .expect_violations(
            &["refunds_agree", "ledger_agrees_with_provider"],
            &fixture.shipped,
        )
        .await;

    let orphan = [
        ("amount", "777"),
        ("currency", "eur"),
        ("payment_method", "pm_card_visa"),
        ("capture_method", "manual"),
        ("confirm", "true"),
        (
            "metadata[payment_id]",
            "00000000-0000-7000-8000-000000000009",
        ),
    ];
    let intent = fixture.call_provider("payment_intents", &orphan).await;
    let intent = intent["id"].as_str().unwrap();
    fixture
        .expect_violations(&["no_orphan_intents", "reconciliation_agrees"], intent)
        .await;
}
