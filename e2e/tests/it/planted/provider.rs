use reqwest::Client;
use serde_json::{Value, json};

use super::{Proof, proof::call};

impl Proof {
    /// What payment would never ask of the provider.
    async fn ask_provider(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let url = format!("{}/v1/{path}", self.addresses.provider);
        let request = Client::new()
            .post(url)
            .bearer_auth(&self.addresses.provider_key);
        call(request.form(form)).await
    }

    /// Holds money for a payment that has some already, or should have none.
    async fn hold_again(&self, order: &str) -> String {
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
        let intent = self.ask_provider("payment_intents", &form).await;
        intent["id"].as_str().unwrap().to_owned()
    }

    async fn finds(&self, names: &[&str], thing: &str) {
        let violations = self.violations(&self.witness).await;
        for name in names {
            let said = violations
                .get(name)
                .unwrap_or_else(|| panic!("{name}: {violations:#?}"));
            assert!(said.contains(thing), "{name} does not say {thing}: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_authorization_and_money_that_nobody_owns_are_found() {
    let proof = Box::pin(Proof::open()).await;
    // Told of a second intent, payment would cancel it.
    let silence = json!({"drop": 1.0});
    proof.shop.misbehave("webhooks", silence).await;
    let second = proof.hold_again(&proof.confirmed).await;
    proof
        .finds(&["confirmed_is_authorized", "intents_have_owners"], &second)
        .await;
    let (payment, _) = proof.payment(&proof.confirmed).await;
    proof.finds(&["books_agree_with_provider"], &payment).await;
    proof
        .ask_provider(&format!("payment_intents/{second}/cancel"), &[])
        .await;
    assert!(
        proof.violations(&proof.witness).await.is_empty(),
        "let go, all is well again"
    );

    for undone in [&proof.cancelled, &proof.rejected] {
        let open = proof.hold_again(undone).await;
        proof.finds(&["undone_holds_nothing"], &open).await;
        proof
            .ask_provider(&format!("payment_intents/{open}/cancel"), &[])
            .await;
    }

    let again = proof.hold_again(&proof.shipped).await;
    proof
        .ask_provider(&format!("payment_intents/{again}/capture"), &[])
        .await;
    proof
        .finds(&["shipped_is_captured", "intents_have_owners"], &again)
        .await;

    let (_, intent) = proof.payment(&proof.shipped).await;
    let back = [("payment_intent", intent.as_str()), ("amount", "100")];
    proof.ask_provider("refunds", &back).await;
    proof
        .finds(
            &["refunds_agree", "books_agree_with_provider"],
            &proof.shipped,
        )
        .await;

    let nobodys = [
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
    let intent = proof.ask_provider("payment_intents", &nobodys).await;
    let intent = intent["id"].as_str().unwrap();
    proof
        .finds(&["intents_have_owners", "reconciliation_agrees"], intent)
        .await;
}
