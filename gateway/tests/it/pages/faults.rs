//! Faults for demonstrations, in the operations view.

use contracts::operations::v1::{
    GetFaultsRequest, GetFaultsResponse, PauseConsumerRequest, PauseConsumerResponse,
};

use super::browser::Browser;
use crate::shop::Shop;

const PAGE: &str = "/staff/system/faults";

async fn shop(allowed: bool) -> Shop {
    let shop = Shop::open_with(|source| source.set("faults.allowed", allowed)).await;
    shop.services.on(move |_: GetFaultsRequest| {
        Ok(GetFaultsResponse {
            allowed,
            queue: "order.replies".to_owned(),
            paused_until: None,
        })
    });
    shop.services
        .on(|_: PauseConsumerRequest| Ok(PauseConsumerResponse::default()));
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_stop_a_consumer_where_faults_are_allowed() {
    let shop = shop(true).await;
    let browser = Browser::new(&shop).with("staff-access", &shop.staff);
    let page = browser.open(PAGE).await.text;
    assert!(page.contains("order.replies"), "{page}");
    assert!(
        page.contains("<code>faults.sandbox_key</code> is empty"),
        "{page}"
    );
    let stopped = browser
        .submit(&format!("{PAGE}/consumers/order"), &[])
        .await;
    assert_eq!(stopped.status, 303);
    assert_eq!(shop.services.calls::<PauseConsumerRequest>().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_faults_are_not_allowed_nothing_offers_or_does_them() {
    let shop = shop(false).await;
    let browser = Browser::new(&shop).with("staff-access", &shop.staff);
    let page = browser.open(PAGE).await.text;
    assert!(page.contains("Faults are not allowed here"), "{page}");
    assert!(!page.contains("href=\"/staff/system/faults\""), "{page}");
    for path in ["consumers/order", "provider"] {
        let refused = browser
            .submit(&format!("{PAGE}/{path}"), &[("fault", "slow")])
            .await;
        assert_eq!(refused.status, 409, "{path}");
    }
    assert_eq!(shop.services.calls::<PauseConsumerRequest>().len(), 0);
}
