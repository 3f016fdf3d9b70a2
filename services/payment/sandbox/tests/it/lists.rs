use std::collections::BTreeSet;

use crate::support::App;

#[tokio::test(flavor = "multi_thread")]
async fn every_intent_is_listed_once_newest_first() {
    let app = App::start().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(app.hold().await);
    }
    let mut seen = Vec::new();
    let mut path = "/v1/payment_intents?limit=2".to_owned();
    loop {
        let page = app.get(&path).await.body;
        assert_eq!(page["object"], "list");
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= 2);
        seen.extend(
            data.iter()
                .map(|intent| intent["id"].as_str().unwrap().to_owned()),
        );
        if page["has_more"] == false {
            break;
        }
        let last = seen.last().unwrap();
        path = format!("/v1/payment_intents?limit=2&starting_after={last}");
    }
    made.reverse();
    assert_eq!(seen, made);
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_are_listed_by_intent() {
    let app = App::start().await;
    let (ours, other) = (app.paid().await, app.paid().await);
    for (intent, amount) in [(&ours, "100"), (&other, "200"), (&ours, "300")] {
        let form = [("payment_intent", intent.as_str()), ("amount", amount)];
        assert_eq!(app.post("/v1/refunds", &form).await.status, 200);
    }
    let page = app
        .get(&format!("/v1/refunds?payment_intent={ours}"))
        .await
        .body;
    let amounts: BTreeSet<_> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refund| refund["amount"].as_i64().unwrap())
        .collect();
    assert_eq!(amounts, BTreeSet::from([100, 300]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_at_most_a_hundred() {
    let app = App::start().await;
    for limit in ["0", "101", "many"] {
        let answer = app.get(&format!("/v1/payment_intents?limit={limit}")).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.body["error"]["param"], "limit");
    }
}
