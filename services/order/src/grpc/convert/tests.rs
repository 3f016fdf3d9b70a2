use prost::Message;

use super::*;

/// What every client of gRPC accepts.
const LIMIT: usize = 4 << 20;

/// The longest text of this many characters: no character has more than four bytes.
fn text(characters: usize) -> String {
    "\u{1f980}".repeat(characters)
}

fn amount() -> Option<contracts::types::v1::Money> {
    Some(Money::new(i64::MAX, kernel::Currency::EUR).into())
}

fn amounts() -> v1::Totals {
    v1::Totals {
        lines: amount(),
        discount: amount(),
        shipping: amount(),
        tax: amount(),
        total: amount(),
    }
}

/// The most lines; a SKU has ASCII characters only.
fn most_lines() -> Vec<v1::LineUnits> {
    let line = v1::LineUnits {
        sku: "S".repeat(64),
        quantity: 999,
    };
    vec![line; 100]
}

#[test]
fn the_largest_order_fits_into_a_message_many_times() {
    let id = OrderId::generate().to_string();
    let line = v1::OrderLine {
        sku: text(64),
        name: text(200),
        quantity: 999,
        unit_price: amount(),
        total: amount(),
    };
    let refund = v1::Refund {
        id: id.clone(),
        amount: amount(),
        reason: text(500),
        lines: most_lines(),
        share: Some(amounts()),
        ..v1::Refund::default()
    };
    let order = v1::Order {
        id,
        lines: vec![line; 100],
        totals: Some(amounts()),
        shipping_address: Some(PostalAddress {
            recipient: text(100),
            line1: text(200),
            line2: text(200),
            city: text(100),
            region: text(100),
            postal_code: text(20),
            country: text(2),
        }),
        tracking_number: text(100),
        refunds: vec![refund; 50],
        number: text(11),
        ..v1::Order::default()
    };
    assert!(4 * order.encoded_len() < LIMIT, "{}", order.encoded_len());
}

#[test]
fn the_largest_page_of_returns_fits_into_a_message_twice() {
    let id = OrderId::generate().to_string();
    let one = v1::Return {
        id: id.clone(),
        order_id: id.clone(),
        customer_id: id.clone(),
        note: text(500),
        lines: most_lines(),
        share: Some(amounts()),
        amount: amount(),
        refund_id: id,
        decision_note: text(500),
        ..v1::Return::default()
    };
    let page = v1::ListReturnsResponse {
        returns: vec![one; 100],
        next_page_token: text(200),
    };
    assert!(2 * page.encoded_len() < LIMIT, "{}", page.encoded_len());
}

#[test]
fn the_largest_carts_and_merges_fit_into_a_message_many_times() {
    let line = v1::CartLine {
        sku: text(64),
        name: text(200),
        slug: text(120),
        quantity: 999,
        unit_price: amount(),
        total: amount(),
        available: u32::MAX,
    };
    let left = v1::ExcludedLine {
        sku: text(64),
        quantity: 999,
        reason: v1::LineReason::CartFull.into(),
    };
    let cart = v1::Cart {
        lines: vec![line; 100],
        unsellable: vec![left.clone(); 100],
        totals: Some(amounts()),
        discount_code: text(40),
        guest_token: text(255),
    };
    let merged = v1::MergeCartResponse {
        cart: Some(cart),
        moved_units: 100 * 999,
        left: vec![left; 100],
    };
    assert!(8 * merged.encoded_len() < LIMIT, "{}", merged.encoded_len());
}

#[test]
fn the_largest_page_of_summaries_fits_into_a_message_many_times() {
    let id = OrderId::generate().to_string();
    let summary = v1::OrderSummary {
        id: id.clone(),
        customer_id: id,
        reason: text(30),
        line_count: 100,
        units: 100 * 999,
        total: amount(),
        number: text(11),
        ..v1::OrderSummary::default()
    };
    let page = v1::ListOrdersResponse {
        summaries: vec![summary; 100],
        next_page_token: text(36),
    };
    assert!(8 * page.encoded_len() < LIMIT, "{}", page.encoded_len());
}
