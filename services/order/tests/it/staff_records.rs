//! Every RPC with which staff change something leaves a record of who, what, before and after.

use contracts::order::v1::*;
use serde_json::{Value, json};

use crate::support::{App, Person};

/// The kind of the record of each RPC. A new RPC of staff needs a row here, and a call in [`call`].
const KINDS: [(&str, &str); 11] = [
    ("CreateDiscount", "discount.create"),
    ("UpdateDiscount", "discount.change"),
    ("EndDiscount", "discount.end"),
    ("CancelOrder", "order.cancel"),
    ("ShipOrder", "order.ship"),
    ("DeliverOrder", "order.deliver"),
    ("RequestRefund", "order.refund"),
    ("ApproveReturn", "return.approve"),
    ("RefuseReturn", "return.refuse"),
    ("RetrySaga", "saga.retry"),
    ("CompensateSaga", "saga.compensate"),
];

/// Calls an RPC successfully as `staff`; returns the id of the order, or the code.
async fn call(app: &mut App, staff: &Person, rpc: &str) -> String {
    let reason = || "the customer called by phone".to_owned();
    match rpc {
        "CancelOrder" => {
            let (_, order) = app.confirmed().await;
            app.cancel(staff, &order.id).await.unwrap();
            order.id
        }
        "ShipOrder" => {
            let (_, order) = app.confirmed().await;
            let request = staff.request(ShipOrderRequest {
                id: order.id.clone(),
                tracking_number: "TRACK-1".to_owned(),
            });
            app.orders.ship_order(request).await.unwrap();
            order.id
        }
        "DeliverOrder" => {
            let (_, order) = app.shipped().await;
            let id = order.id.clone();
            let request = staff.request(DeliverOrderRequest { id });
            app.orders.deliver_order(request).await.unwrap();
            order.id
        }
        "RequestRefund" => {
            let (_, order) = app.shipped().await;
            let request = staff.request(RequestRefundRequest {
                order_id: order.id.clone(),
                idempotency_key: "refund".to_owned(),
                amount: None,
                reason: "broken".to_owned(),
                lines: Vec::new(),
            });
            app.orders.request_refund(request).await.unwrap();
            order.id
        }
        "CreateDiscount" => create_discount(app, staff).await,
        "UpdateDiscount" => {
            let code = create_discount(app, staff).await;
            let request = staff.request(UpdateDiscountRequest {
                code: code.clone(),
                terms: Some(terms(2_000)),
                version: 1,
                reason: reason(),
            });
            app.discounts.update_discount(request).await.unwrap();
            code
        }
        "EndDiscount" => {
            let code = create_discount(app, staff).await;
            let request = staff.request(EndDiscountRequest {
                code: code.clone(),
                reason: reason(),
            });
            app.discounts.end_discount(request).await.unwrap();
            code
        }
        "ApproveReturn" => {
            let (id, order) = asked_return(app).await;
            let request = staff.request(ApproveReturnRequest {
                id,
                amount: None,
                note: "checked".to_owned(),
            });
            app.returns.approve_return(request).await.unwrap();
            order
        }
        "RefuseReturn" => {
            let (id, order) = asked_return(app).await;
            let request = staff.request(RefuseReturnRequest {
                id,
                note: "nothing is broken".to_owned(),
            });
            app.returns.refuse_return(request).await.unwrap();
            order
        }
        "RetrySaga" => {
            let (_, order) = app.placed().await;
            let request = staff.request(RetrySagaRequest {
                order_id: order.id.clone(),
                reason: reason(),
            });
            app.sagas.retry_saga(request).await.unwrap();
            order.id
        }
        "CompensateSaga" => {
            let (_, order) = app.placed().await;
            let request = staff.request(CompensateSagaRequest {
                order_id: order.id.clone(),
                reason: reason(),
            });
            app.sagas.compensate_saga(request).await.unwrap();
            order.id
        }
        other => panic!("{other} has no call in this test"),
    }
}

/// Creates a discount code; returns it.
async fn create_discount(app: &mut App, staff: &Person) -> String {
    let request = staff.request(CreateDiscountRequest {
        code: "SPRING".to_owned(),
        terms: Some(terms(1_500)),
        reason: "spring campaign".to_owned(),
    });
    app.discounts.create_discount(request).await.unwrap();
    "SPRING".to_owned()
}

fn terms(basis_points: u32) -> DiscountTerms {
    DiscountTerms {
        basis_points,
        valid_from: Some(prost_types::Timestamp {
            seconds: 1_767_225_600,
            nanos: 0,
        }),
        ..DiscountTerms::default()
    }
}

/// The ids of a return that a customer asked for, and of its order.
async fn asked_return(app: &mut App) -> (String, String) {
    let (person, order) = app.shipped().await;
    let request = person.request(RequestReturnRequest {
        order_id: order.id.clone(),
        idempotency_key: "return".to_owned(),
        lines: vec![LineUnits {
            sku: "COFFEE".to_owned(),
            quantity: 1,
        }],
        reason: ReturnReason::Defective.into(),
        note: String::new(),
    });
    let answer = app.returns.request_return(request).await.unwrap();
    (answer.into_inner().order_return.unwrap().id, order.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_staff_leaves_a_record() {
    for path in order::POLICY.staff_writes(contracts::DESCRIPTOR_SET) {
        let rpc = path.rsplit('/').next().unwrap();
        let kind = KINDS.iter().find(|(name, _)| *name == rpc);
        let (_, kind) = kind.unwrap_or_else(|| panic!("{rpc} has no kind of record in this test"));
        let mut app = App::start().await;
        let staff = app.staff();
        let id = call(&mut app, &staff, rpc).await;
        let (actor, is_of) = (staff.id, format!("kind = '{kind}' AND subject = '{id}'"));
        let condition = format!("{is_of} AND actor_id = '{actor}'");
        assert_eq!(app.rows("operator_actions", &condition).await, 1, "{rpc}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_says_what_changed_and_a_customer_leaves_none() {
    let mut app = App::start().await;
    let staff = app.staff();
    call(&mut app, &staff, "CancelOrder").await;
    let select = "SELECT json_build_object('before', before, 'after', after)::text AS value
                  FROM operator_actions";
    let record: Value = serde_json::from_str(&app.text(select).await).unwrap();
    assert_eq!(record["before"]["step"], Value::Null);
    assert_ne!(record["after"]["step"], Value::Null);
    assert!(record["before"].get("shipments").is_none(), "{record}");
    assert_ne!(record["before"], json!({}));

    let (person, order) = app.confirmed().await;
    app.cancel(&person, &order.id).await.unwrap();
    assert_eq!(app.rows("operator_actions", "true").await, 1);
}
