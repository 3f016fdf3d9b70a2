use contracts::order::v1::*;
use tonic::{Code, Request, Status};

use crate::support::{App, Person, checkout, reason};

async fn list(
    app: &mut App,
    person: &Person,
    request: ListOrdersRequest,
) -> Result<(Vec<String>, String), Status> {
    let answer = app
        .orders
        .list_orders(person.request(request))
        .await?
        .into_inner();
    let ids = answer.summaries.into_iter().map(|order| order.id).collect();
    Ok((ids, answer.next_page_token))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_does_not_exist_for_other_customers() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    let stranger = app.customer();
    let id = order.id.clone();
    let get = stranger.request(GetOrderRequest { id: id.clone() });
    let timeline = stranger.request(GetTimelineRequest {
        id: id.clone(),
        after: 0,
    });
    let refusals = [
        app.orders.get_order(get).await.unwrap_err(),
        app.orders.get_timeline(timeline).await.unwrap_err(),
        app.cancel(&stranger, &id).await.unwrap_err(),
    ];
    for refused in refusals {
        assert_eq!(refused.code(), Code::NotFound);
        assert_eq!(reason(&refused), "ORDER_NOT_FOUND");
    }
    let unknown = person.request(GetOrderRequest {
        id: kernel::OrderId::generate().to_string(),
    });
    let refused = app.orders.get_order(unknown).await.unwrap_err();
    assert_eq!(reason(&refused), "ORDER_NOT_FOUND");

    let staff = app.staff();
    assert_eq!(app.order(&staff, &id).await, order);
    assert_eq!(app.timeline(&staff, &id).await, ["order placed"]);
    assert_eq!(app.rows("orders", "status = 'pending'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_require_a_signed_in_caller() {
    let mut app = App::start().await;
    let get = Request::new(GetOrderRequest::default());
    let refused = app.orders.get_order(get).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let place = Request::new(checkout("key"));
    let refused = app.orders.place_order(place).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_listed_newest_first_page_by_page() {
    let mut app = App::start().await;
    let person = app.customer();
    let mut placed = Vec::new();
    for n in 0..5 {
        app.put(&person, "COFFEE", 1).await;
        placed.push(
            app.place(&person, checkout(&format!("{n}")))
                .await
                .unwrap()
                .id,
        );
    }
    app.placed().await;
    placed.reverse();

    let mut seen = Vec::new();
    let mut token = String::new();
    let mut pages = 0;
    loop {
        let request = ListOrdersRequest {
            page_size: 2,
            page_token: token,
            ..ListOrdersRequest::default()
        };
        let (ids, next) = list(&mut app, &person, request).await.unwrap();
        seen.extend(ids);
        pages += 1;
        token = next;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, placed);
    assert_eq!(pages, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_belongs_to_its_list_and_its_caller() {
    let mut app = App::start().await;
    let person = app.customer();
    for key in ["1", "2"] {
        app.put(&person, "COFFEE", 1).await;
        app.place(&person, checkout(key)).await.unwrap();
    }
    let one = ListOrdersRequest {
        page_size: 1,
        ..ListOrdersRequest::default()
    };
    let (_, page_token) = list(&mut app, &person, one.clone()).await.unwrap();
    let own = ListOrdersRequest { page_token, ..one };
    let everybody = ListOrdersRequest {
        all_customers: true,
        ..own.clone()
    };
    let pending = ListOrdersRequest {
        status: OrderStatus::Pending.into(),
        ..own.clone()
    };
    let since = ListOrdersRequest {
        since: Some(prost_types::Timestamp::default()),
        ..own.clone()
    };
    let (stranger, staff) = (app.customer(), app.staff());
    let of_person = ListOrdersRequest {
        customer_id: person.id.to_string(),
        ..everybody.clone()
    };
    for (caller, request) in [
        (&stranger, own.clone()),
        (&staff, own.clone()),
        (&staff, everybody),
        (&staff, of_person),
        (&person, pending),
        (&person, since),
    ] {
        let refused = list(&mut app, caller, request).await.unwrap_err();
        assert_eq!(reason(&refused), "PAGE_TOKEN_INVALID");
    }
    let request = staff.request(ListSagasRequest {
        page_token: own.page_token.clone(),
        ..ListSagasRequest::default()
    });
    let refused = app.sagas.list_sagas(request).await.unwrap_err();
    assert_eq!(reason(&refused), "PAGE_TOKEN_INVALID");
    assert_eq!(list(&mut app, &person, own).await.unwrap().0.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_summaries() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 2).await;
    app.put(&person, "TEA", 3).await;
    let order = app.place(&person, checkout("key")).await.unwrap();
    let request = person.request(ListOrdersRequest::default());
    let page = app.orders.list_orders(request).await.unwrap().into_inner();
    let expected = OrderSummary {
        id: order.id,
        customer_id: order.customer_id,
        status: OrderStatus::Pending.into(),
        reason: String::new(),
        line_count: 2,
        units: 5,
        total: order.totals.unwrap().total,
        in_progress: false,
        action_required: false,
        placed_at: order.placed_at,
        updated_at: order.updated_at,
        number: order.number,
    };
    assert_eq!(page.summaries, [expected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_listed_by_status() {
    let mut app = App::start().await;
    let (person, confirmed) = app.confirmed().await;
    app.put(&person, "TEA", 1).await;
    let pending = app.place(&person, checkout("second")).await.unwrap();
    for (status, expect) in [
        (OrderStatus::Confirmed, vec![confirmed.id.clone()]),
        (OrderStatus::Pending, vec![pending.id.clone()]),
        (OrderStatus::Shipped, vec![]),
        (OrderStatus::Unspecified, vec![pending.id, confirmed.id]),
    ] {
        let request = ListOrdersRequest {
            status: status.into(),
            ..ListOrdersRequest::default()
        };
        let (ids, next) = list(&mut app, &person, request).await.unwrap();
        assert_eq!(ids, expect);
        assert_eq!(next, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_list_the_orders_of_all_customers() {
    let mut app = App::start().await;
    let (person, first) = app.placed().await;
    let (_, second) = app.placed().await;
    let everybody = ListOrdersRequest {
        all_customers: true,
        ..ListOrdersRequest::default()
    };
    let refused = list(&mut app, &person, everybody.clone())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let staff = app.staff();
    let (ids, _) = list(&mut app, &staff, everybody).await.unwrap();
    assert_eq!(ids, [second.id, first.id]);
    let (own, _) = list(&mut app, &staff, ListOrdersRequest::default())
        .await
        .unwrap();
    assert_eq!(own, Vec::<String>::new());
}
