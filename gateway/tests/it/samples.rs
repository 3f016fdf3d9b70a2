//! Sample responses of the services.

use std::collections::HashMap;

use contracts::{
    catalog::v1::*, operations::v1::*, order::v1::*, payment::v1::*, types::v1::*, user::v1::*,
};
use prost_types::Timestamp;
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

pub(crate) const ID: &str = "01990000-0000-7000-8000-000000000001";
pub(crate) const OTHER_ID: &str = "01990000-0000-7000-8000-000000000002";

/// A rejection with a reason, as services send it.
pub(crate) fn refusal(code: Code, reason: &str, message: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, "mercantile", HashMap::new());
    Status::with_error_details(code, message, details)
}

pub(crate) fn time() -> Option<Timestamp> {
    Some(Timestamp {
        seconds: 1_795_000_000,
        nanos: 500_000_000,
    })
}

pub(crate) fn eur(minor_units: i64) -> Option<Money> {
    Some(Money {
        minor_units,
        currency: "EUR".to_owned(),
    })
}

pub(crate) fn user() -> Option<User> {
    Some(User {
        id: ID.to_owned(),
        email: "ada@example.com".to_owned(),
        display_name: "Ada".to_owned(),
        role: Role::Customer.into(),
        created_at: time(),
        email_verified: true,
    })
}

pub(crate) fn customer() -> Customer {
    Customer {
        id: ID.to_owned(),
        email: "ada@example.com".to_owned(),
        display_name: "Ada".to_owned(),
        created_at: time(),
        email_verified: true,
    }
}

pub(crate) fn session(access_token: &str) -> Option<Session> {
    Some(Session {
        access_token: access_token.to_owned(),
        access_expires_at: time(),
        refresh_token: "refresh".to_owned(),
        refresh_expires_at: time(),
        user: user(),
        device_token: "device".to_owned(),
    })
}

pub(crate) fn postal() -> Option<PostalAddress> {
    Some(PostalAddress {
        recipient: "Ada Lovelace".to_owned(),
        line1: "Unter den Linden 1".to_owned(),
        line2: String::new(),
        city: "Berlin".to_owned(),
        region: String::new(),
        postal_code: "10117".to_owned(),
        country: "DE".to_owned(),
    })
}

pub(crate) fn postal_json() -> Value {
    json!({
        "recipient": "Ada Lovelace", "line1": "Unter den Linden 1", "city": "Berlin",
        "postal_code": "10117", "country": "DE",
    })
}

pub(crate) fn address() -> Option<Address> {
    Some(Address {
        id: ID.to_owned(),
        label: "Home".to_owned(),
        postal: postal(),
    })
}

pub(crate) fn product() -> Option<Product> {
    Some(Product {
        id: ID.to_owned(),
        sku: "COFFEE-1".to_owned(),
        slug: "coffee-one".to_owned(),
        name: "Coffee One".to_owned(),
        description: "The first coffee.".to_owned(),
        price: eur(1_299),
        category: "coffee".to_owned(),
        attributes: [("roast".to_owned(), "dark".to_owned())].into(),
        images: vec![Image {
            url: "/images/coffee.webp".to_owned(),
            alt: "A bag".to_owned(),
        }],
        available: 7,
        version: 3,
        updated_at: time(),
        archived: false,
    })
}

pub(crate) fn product_summary() -> ProductSummary {
    ProductSummary {
        id: ID.to_owned(),
        sku: "COFFEE-1".to_owned(),
        slug: "coffee-one".to_owned(),
        name: "Coffee One".to_owned(),
        price: eur(1_299),
        category: "coffee".to_owned(),
        available: 7,
        version: 3,
        updated_at: time(),
        archived: false,
        cover: Some(Image {
            url: "/images/coffee.webp".to_owned(),
            alt: "A bag".to_owned(),
        }),
    }
}

pub(crate) fn stock() -> Option<Stock> {
    Some(Stock {
        sku: "COFFEE-1".to_owned(),
        on_hand: 10,
        reserved: 3,
        available: 7,
    })
}

fn totals() -> Option<Totals> {
    Some(Totals {
        lines: eur(2_598),
        discount: eur(0),
        shipping: eur(490),
        tax: eur(586),
        total: eur(3_674),
    })
}

pub(crate) fn excluded(sku: &str, quantity: u32, reason: LineReason) -> ExcludedLine {
    ExcludedLine {
        sku: sku.to_owned(),
        quantity,
        reason: reason.into(),
    }
}

pub(crate) fn cart(guest_token: &str) -> Option<Cart> {
    Some(Cart {
        lines: vec![CartLine {
            sku: "COFFEE-1".to_owned(),
            name: "Coffee One".to_owned(),
            slug: "coffee-one".to_owned(),
            quantity: 2,
            unit_price: eur(1_299),
            total: eur(2_598),
            available: 7,
        }],
        discount_code: String::new(),
        totals: totals(),
        guest_token: guest_token.to_owned(),
        unsellable: vec![excluded("GONE-1", 1, LineReason::NotForSale)],
    })
}

pub(crate) fn order(status: OrderStatus) -> Option<Order> {
    Some(Order {
        id: ID.to_owned(),
        customer_id: OTHER_ID.to_owned(),
        status: status.into(),
        reason: String::new(),
        lines: vec![OrderLine {
            sku: "COFFEE-1".to_owned(),
            name: "Coffee One".to_owned(),
            quantity: 2,
            unit_price: eur(1_299),
            total: eur(2_598),
        }],
        totals: totals(),
        shipping_address: postal(),
        discount_code: String::new(),
        tracking_number: String::new(),
        refunds: vec![refund().unwrap()],
        placed_at: time(),
        updated_at: time(),
        in_progress: false,
        next_action: None,
        number: "K7M4-2Q9X-0".to_owned(),
    })
}

pub(crate) fn summary(status: OrderStatus) -> OrderSummary {
    OrderSummary {
        id: ID.to_owned(),
        customer_id: OTHER_ID.to_owned(),
        status: status.into(),
        line_count: 1,
        units: 2,
        total: eur(2_598),
        placed_at: time(),
        updated_at: time(),
        number: "K7M4-2Q9X-0".to_owned(),
        ..OrderSummary::default()
    }
}

pub(crate) fn refund() -> Option<Refund> {
    Some(Refund {
        id: OTHER_ID.to_owned(),
        amount: eur(1_299),
        reason: "arrived broken".to_owned(),
        status: RefundStatus::Requested.into(),
        created_at: time(),
        lines: Vec::new(),
        share: None,
    })
}

pub(crate) fn payment() -> Option<Payment> {
    Some(Payment {
        id: OTHER_ID.to_owned(),
        order_id: ID.to_owned(),
        status: PaymentStatus::Declined.into(),
        amount: eur(3_674),
        refunded: eur(0),
        decline_code: String::new(),
        decline_reason: "card_declined".to_owned(),
        provider_reference: String::new(),
        created_at: time(),
        next_action: None,
        request_rejected: false,
    })
}

pub(crate) fn next_action() -> Option<NextAction> {
    Some(NextAction {
        redirect_url: "https://hooks.stripe.com/3d_secure_2/authenticate".to_owned(),
        expires_at: time(),
    })
}

pub(crate) fn dead_letter(data: &str) -> DeadLetter {
    DeadLetter {
        id: ID.to_owned(),
        r#type: "payment.authorize.v1".to_owned(),
        subject: OTHER_ID.to_owned(),
        error: "unexpected response of the provider".to_owned(),
        failed_at: time(),
        attempts: 5,
        data: data.to_owned(),
        traceparent: String::new(),
    }
}

pub(crate) fn saga(state: SagaState) -> Option<Saga> {
    Some(Saga {
        order_id: ID.to_owned(),
        order_status: OrderStatus::Pending.into(),
        state: state.into(),
        step: "authorize".to_owned(),
        attempts: 4,
        reason: String::new(),
        since: time(),
        next_attempt_at: time(),
        trace_id: "0af7651916cd43dd8448eb211c80319c".to_owned(),
    })
}

pub(crate) fn reconciliation(status: ReconciliationStatus) -> Option<Reconciliation> {
    Some(Reconciliation {
        id: ID.to_owned(),
        status: status.into(),
        requested_by: OTHER_ID.to_owned(),
        from: time(),
        until: time(),
        payments: 41,
        intents: 42,
        differences: 1,
        requested_at: time(),
        finished_at: None,
        error: String::new(),
    })
}
