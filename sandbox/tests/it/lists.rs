use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{App, INTENTS};

#[tokio::test(flavor = "multi_thread")]
async fn every_intent_is_listed_once_newest_first() {
    let app = App::start().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(app.authorize().await);
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
    let (first, other) = (app.paid().await, app.paid().await);
    for (intent, amount) in [(&first, "100"), (&other, "200"), (&first, "300")] {
        let form = [("payment_intent", intent.as_str()), ("amount", amount)];
        assert_eq!(app.post("/v1/refunds", &form).await.status, 200);
    }
    let page = app
        .get(&format!("/v1/refunds?payment_intent={first}"))
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
async fn the_limit_of_a_page_is_from_1_to_100() {
    let app = App::start().await;
    for limit in ["0", "101", "many"] {
        let answer = app.get(&format!("/v1/payment_intents?limit={limit}")).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.body["error"]["param"], "limit");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_before_pages_towards_the_newest() {
    let app = App::start().await;
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(app.authorize().await);
    }
    let path = format!("{INTENTS}?limit=2&ending_before={}", made[0]);
    let page = app.get(&path).await.body;
    assert_eq!(ids(&page), [made[2].as_str(), made[1].as_str()]);
    assert_eq!(page["has_more"], true);
    let path = format!("{INTENTS}?limit=2&ending_before={}", made[2]);
    let page = app.get(&path).await.body;
    assert_eq!(ids(&page), [made[3].as_str()]);
    assert_eq!(page["has_more"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_can_be_filtered_by_time_of_creation() {
    let app = App::start().await;
    let id = app.authorize().await;
    let created = app.intent(&id).await["created"].as_i64().unwrap();
    let count = async |query: String| {
        let page = app.get(&format!("{INTENTS}?{query}")).await.body;
        page["data"].as_array().unwrap().len()
    };
    assert_eq!(count(format!("created={created}")).await, 1);
    assert_eq!(count(format!("created[gte]={created}")).await, 1);
    assert_eq!(count(format!("created[lte]={created}")).await, 1);
    assert_eq!(count(format!("created[gt]={created}")).await, 0);
    assert_eq!(count(format!("created[lt]={created}")).await, 0);
    let around = format!("created[gt]={}&created[lt]={}", created - 9, created + 9);
    assert_eq!(count(around).await, 1);
    let past = format!("created[gte]={}&created[lt]={}", created - 90, created - 60);
    assert_eq!(count(past).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_at_an_unknown_id_is_an_error() {
    let app = App::start().await;
    for query in ["starting_after=pi_none", "ending_before=pi_none"] {
        let answer = app.get(&format!("{INTENTS}?{query}")).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.body["error"]["code"], "resource_missing");
    }
}

fn ids(page: &Value) -> Vec<&str> {
    let data = page["data"].as_array().unwrap().iter();
    data.map(|object| object["id"].as_str().unwrap()).collect()
}
