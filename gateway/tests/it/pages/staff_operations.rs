//! Sagas and dead letters in the console.

use contracts::{operations::v1::*, order::v1::*};
use tonic::{Code, Status};

use super::browser::{member, shop};
use crate::samples::{ID, dead_letter, refusal, saga};

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_saga_is_found_retried_and_compensated() {
    let shop = shop().await;
    shop.services.on(|request: ListSagasRequest| {
        assert_eq!(request.state(), SagaState::Stuck);
        Ok(ListSagasResponse {
            sagas: saga(SagaState::Stuck).into_iter().collect(),
            next_page_token: String::new(),
        })
    });
    shop.services.on(|_: GetSagaRequest| {
        Ok(GetSagaResponse {
            saga: saga(SagaState::Stuck),
        })
    });
    // Administrators may not read orders.
    shop.services.on(|_: GetTimelineRequest| {
        Err::<GetTimelineResponse, _>(refusal(Code::PermissionDenied, "FORBIDDEN", "not yours"))
    });
    let browser = member(&shop, &["admin"]);
    let list = browser.open("/staff/system/sagas?state=stuck").await;
    let path = format!("/staff/system/sagas/{ID}");
    assert!(
        list.text.contains(&format!("href=\"{path}\"")),
        "{}",
        list.text
    );
    let page = browser.open(&path).await;
    assert_eq!(page.status, 200, "{page:?}");
    // Nor is there a link to the order.
    assert!(!page.text.contains("/staff/orders/"), "{}", page.text);

    shop.services
        .on(|request: RetrySagaRequest| match request.reason.as_str() {
            "" => Err(refusal(
                Code::FailedPrecondition,
                "SAGA_NOT_IN_FLIGHT",
                "it went on",
            )),
            _ => Ok(RetrySagaResponse {
                saga: saga(SagaState::InFlight),
            }),
        });
    let answer = browser
        .submit(&format!("{path}/retry"), &[("reason", "provider is back")])
        .await;
    assert_eq!(
        answer.header("location"),
        format!("{path}?notice=saga-retried")
    );
    shop.services.on(|request: CompensateSagaRequest| {
        assert_eq!(request.reason, "customer called");
        Ok(CompensateSagaResponse {
            saga: saga(SagaState::Compensating),
        })
    });
    let answer = browser
        .submit(
            &format!("{path}/compensation"),
            &[("reason", "customer called")],
        )
        .await;
    assert_eq!(
        answer.header("location"),
        format!("{path}?notice=saga-compensated")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_read_redriven_and_dropped() {
    let shop = shop().await;
    shop.services.on(|_: ListDeadLettersRequest| {
        Ok(ListDeadLettersResponse {
            dead_letters: vec![dead_letter("")],
            total: 1,
        })
    });
    shop.services.on(|_: GetDeadLetterRequest| {
        Ok(GetDeadLetterResponse {
            dead_letter: Some(dead_letter("{\"order_id\":\"<7>\"}")),
        })
    });
    let browser = member(&shop, &["admin"]);
    let list = browser.open("/staff/system/dead-letters").await;
    let id = dead_letter("").id;
    let path = format!("/staff/system/dead-letters/order/{id}");
    assert!(
        list.text.contains(&format!("href=\"{path}\"")),
        "{}",
        list.text
    );
    let page = browser.open(&path).await;
    assert!(
        page.text
            .contains("&#34;order_id&#34;: &#34;&#60;7&#62;&#34;"),
        "{}",
        page.text
    );

    shop.services
        .on(|_: RedriveDeadLetterRequest| Ok(RedriveDeadLetterResponse {}));
    let fields = [("reason", "fixed")];
    let answer = browser.submit(&format!("{path}/redrive"), &fields).await;
    assert_eq!(
        answer.header("location"),
        "/staff/system/dead-letters?notice=redriven"
    );
    shop.services
        .on(|_: DropDeadLetterRequest| Ok(DropDeadLetterResponse {}));
    let answer = browser.submit(&format!("{path}/drop"), &fields).await;
    assert_eq!(
        answer.header("location"),
        "/staff/system/dead-letters?notice=dropped"
    );
    for (redriven, notice) in [(2, "all-redriven"), (0, "none-redriven")] {
        shop.services.on(move |_: RedriveAllDeadLettersRequest| {
            Ok(RedriveAllDeadLettersResponse { redriven })
        });
        let path = "/staff/system/dead-letters/order/redrive";
        let answer = browser.submit(path, &fields).await;
        let expected = format!("/staff/system/dead-letters?notice={notice}");
        assert_eq!(answer.header("location"), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_answer_does_not_hide_the_dead_letters_of_others() {
    let shop = shop().await;
    shop.services
        .on(|_: ListDeadLettersRequest| Err::<ListDeadLettersResponse, _>(Status::unavailable("")));
    let page = member(&shop, &["admin"])
        .open("/staff/system/dead-letters")
        .await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("order does not answer"), "{}", page.text);
}
