//! Orders are found by number, account, status and time.

use contracts::order::v1::*;
use prost_types::Timestamp;
use tonic::{Code, Status};

use crate::support::{App, Person, checkout, fields};

async fn find(
    app: &mut App,
    person: &Person,
    request: ListOrdersRequest,
) -> Result<Vec<String>, Status> {
    let answer = app.orders.list_orders(person.request(request)).await?;
    let summaries = answer.into_inner().summaries.into_iter();
    Ok(summaries.map(|order| order.id).collect())
}

/// Of all customers.
fn all() -> ListOrdersRequest {
    ListOrdersRequest {
        all_customers: true,
        ..ListOrdersRequest::default()
    }
}

/// Orders of one customer, the oldest one first.
async fn orders(app: &mut App, count: usize) -> (Person, Vec<Order>) {
    let person = app.customer();
    let mut placed = Vec::new();
    for n in 0..count {
        app.put(&person, "COFFEE", 1).await;
        let order = app.place(&person, checkout(&n.to_string())).await;
        placed.push(order.unwrap());
    }
    (person, placed)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_found_by_its_number_as_people_type_it() {
    let mut app = App::start().await;
    let (person, placed) = orders(&mut app, 2).await;
    let number = placed[0].number.clone();
    let (stranger, staff) = (app.customer(), app.staff());
    let typed = number.replace('-', " ").to_lowercase();
    let own = |number: &str| ListOrdersRequest {
        number: number.to_owned(),
        ..ListOrdersRequest::default()
    };
    let everywhere = ListOrdersRequest {
        number: typed.clone(),
        ..all()
    };
    let one = vec![placed[0].id.clone()];
    assert_eq!(find(&mut app, &person, own(&number)).await.unwrap(), one);
    assert_eq!(find(&mut app, &person, own(&typed)).await.unwrap(), one);
    assert_eq!(find(&mut app, &staff, everywhere).await.unwrap(), one);
    for other in [stranger, staff] {
        let found = find(&mut app, &other, own(&number)).await.unwrap();
        assert_eq!(found, Vec::<String>::new());
    }
    let swapped: String = number.chars().rev().collect();
    let refused = find(&mut app, &person, own(&format!("{swapped}0"))).await;
    assert_eq!(fields(&refused.unwrap_err()), ["number"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_found_by_the_time_of_placing() {
    let mut app = App::start().await;
    let (person, placed) = orders(&mut app, 4).await;
    let ids = |range: std::ops::Range<usize>| -> Vec<String> {
        placed[range]
            .iter()
            .rev()
            .map(|order| order.id.clone())
            .collect()
    };
    let at = |index: usize| placed[index].placed_at;
    for (since, until, expected) in [
        (None, None, ids(0..4)),
        (at(1), None, ids(1..4)),
        (None, at(2), ids(0..2)),
        (at(1), at(3), ids(1..3)),
    ] {
        let mut found = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ListOrdersRequest {
                page_size: 1,
                page_token,
                since,
                until,
                ..ListOrdersRequest::default()
            };
            let answer = app.orders.list_orders(person.request(request)).await;
            let page = answer.unwrap().into_inner();
            found.extend(page.summaries.into_iter().map(|order| order.id));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(found, expected);
    }
    let backwards = ListOrdersRequest {
        since: at(3),
        until: at(1),
        ..ListOrdersRequest::default()
    };
    let refused = find(&mut app, &person, backwards).await.unwrap_err();
    assert_eq!(fields(&refused), ["until"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn times_at_the_ends_of_the_calendar_are_no_errors() {
    let mut app = App::start().await;
    let (person, placed) = orders(&mut app, 1).await;
    let ends = [-8_334_601_228_800, -62_135_596_800, 8_210_266_876_799];
    let ends = ends.map(|seconds| Some(Timestamp { seconds, nanos: 0 }));
    for since in &ends[..2] {
        let request = ListOrdersRequest {
            since: *since,
            until: ends[2],
            ..ListOrdersRequest::default()
        };
        let found = find(&mut app, &person, request).await.unwrap();
        assert_eq!(found, [placed[0].id.clone()]);
    }
    let never = ListOrdersRequest {
        until: ends[0],
        ..ListOrdersRequest::default()
    };
    assert!(find(&mut app, &person, never).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_find_the_orders_of_an_account_and_all_filters_must_match() {
    let mut app = App::start().await;
    let (person, confirmed) = app.confirmed().await;
    app.put(&person, "TEA", 1).await;
    let pending = app.place(&person, checkout("second")).await.unwrap();
    app.placed().await;
    let staff = app.staff();
    let of_account = ListOrdersRequest {
        customer_id: person.id.to_string(),
        ..all()
    };
    let with_status = ListOrdersRequest {
        status: OrderStatus::Confirmed.into(),
        ..of_account.clone()
    };
    let of_another = ListOrdersRequest {
        number: confirmed.number.clone(),
        customer_id: app.customer().id.to_string(),
        ..all()
    };
    let both = vec![pending.id, confirmed.id.clone()];
    for (request, expected) in [
        (of_account.clone(), both),
        (with_status, vec![confirmed.id]),
        (of_another, vec![]),
    ] {
        assert_eq!(find(&mut app, &staff, request).await.unwrap(), expected);
    }

    let own = ListOrdersRequest {
        all_customers: false,
        ..of_account.clone()
    };
    let refused = find(&mut app, &staff, own).await.unwrap_err();
    assert_eq!(fields(&refused), ["customer_id"]);
    let refused = find(&mut app, &person, of_account).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
