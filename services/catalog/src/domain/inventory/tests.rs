use chrono::Duration;
use contracts::messages::StockLine;
use kernel::{OrderId, Quantity};

use super::*;

const NOON: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn level(sku: &str, on_hand: u32) -> Level {
    Level {
        product_id: ProductId::generate(),
        sku: sku.parse().unwrap(),
        on_hand,
        reserved: 0,
        for_sale: true,
    }
}

fn reserve(lines: &[(&str, u32)]) -> ReserveStock {
    let line = |(sku, units): &(&str, u32)| StockLine {
        sku: sku.parse().unwrap(),
        quantity: Quantity::new(*units).unwrap(),
    };
    ReserveStock {
        order_id: OrderId::generate(),
        reservation_id: ReservationId::generate(),
        lines: lines.iter().map(line).collect(),
        expires_at: NOON + Duration::minutes(10),
    }
}

fn commit(reserve: &ReserveStock) -> CommitReservation {
    CommitReservation {
        order_id: reserve.order_id,
        reservation_id: reserve.reservation_id,
    }
}

fn release(reserve: &ReserveStock) -> ReleaseStock {
    ReleaseStock {
        order_id: reserve.order_id,
        reservation_id: reserve.reservation_id,
    }
}

fn reserved_in_batch(on_hand: u32, commands: usize) -> (Inventory, usize) {
    let mut inventory = Inventory::new(Vec::new(), vec![level("A", on_hand)], NOON);
    let replies = (0..commands).map(|_| inventory.reserve(&reserve(&[("A", 1)])).0);
    let reserved = replies.filter(|reply| matches!(reply, ReserveReply::Reserved { .. }));
    let count = reserved.count();
    (inventory, count)
}

#[test]
fn the_last_unit_is_reserved_once_in_a_batch() {
    let (inventory, reserved) = reserved_in_batch(1, 2);
    assert_eq!(reserved, 1);
    let changes = inventory.into_changes();
    assert_eq!(changes.new_reservations.len(), 2);
    let states: Vec<State> = changes.new_reservations.iter().map(|r| r.state).collect();
    assert!(states.contains(&State::Held) && states.contains(&State::Refused));
    assert_eq!(changes.levels[0].reserved, 1);
    assert_eq!(changes.availability.len(), 1);
    assert!(!changes.availability[0].in_stock, "sold out");
}

#[test]
fn a_batch_reserves_exactly_the_available_units() {
    let (inventory, reserved) = reserved_in_batch(7, 20);
    assert_eq!(reserved, 7);
    assert_eq!(inventory.into_changes().levels[0].reserved, 7);
}

#[test]
fn a_command_sees_the_changes_of_those_before_it() {
    let mut inventory = Inventory::new(Vec::new(), vec![level("A", 3)], NOON);
    let first = reserve(&[("A", 3)]);
    assert_eq!(inventory.reserve(&first).1, 3);
    assert_eq!(inventory.commit(&commit(&first)), (Ok(()), 3));
    assert_eq!(inventory.release(&release(&first)), 3);
    assert_eq!(inventory.release(&release(&first)), 0, "once");
    assert_eq!(inventory.reserve(&reserve(&[("A", 3)])).1, 3);
    let changes = inventory.into_changes();
    assert_eq!(changes.levels[0].on_hand, 0);
    assert_eq!(changes.levels[0].reserved, 3);
    let deltas: Vec<i32> = changes.journal.iter().map(|entry| entry.delta).collect();
    assert_eq!(deltas, [-3, 3]);
}

#[test]
fn a_reserve_and_its_release_in_one_batch_change_no_level() {
    let mut inventory = Inventory::new(Vec::new(), vec![level("A", 1)], NOON);
    let command = reserve(&[("A", 1)]);
    inventory.reserve(&command);
    inventory.release(&release(&command));
    let changes = inventory.into_changes();
    assert!(changes.levels.is_empty() && changes.availability.is_empty());
    assert_eq!(changes.new_reservations[0].state, State::Released);
}

#[test]
fn a_release_before_its_reserve_leaves_a_tombstone_that_refuses_it() {
    let mut inventory = Inventory::new(Vec::new(), vec![level("A", 1)], NOON);
    let late = reserve(&[("A", 1)]);
    assert_eq!(inventory.release(&release(&late)), 0);
    let (reply, reserved) = inventory.reserve(&late);
    assert!(matches!(reply, ReserveReply::Refused(..)) && reserved == 0);
    assert!(inventory.into_changes().levels.is_empty());
}

#[test]
fn only_due_reservations_expire() {
    let level = level("A", 5);
    let held_until = |expires_at| Reservation {
        expires_at: Some(expires_at),
        lines: vec![ReservationLine {
            product_id: level.product_id,
            quantity: 2,
        }],
        ..Reservation::new(ReservationId::generate(), OrderId::generate(), State::Held)
    };
    let (due, running) = (held_until(NOON), held_until(NOON + Duration::seconds(1)));
    let due_id = due.id;
    let reserved = Level {
        reserved: 4,
        ..level.clone()
    };
    let mut inventory = Inventory::new(vec![due, running], vec![reserved], NOON);
    assert_eq!(inventory.expire(), (1, 2));
    let changes = inventory.into_changes();
    assert_eq!(changes.states, [(due_id, State::Expired)]);
    assert_eq!(changes.levels[0].reserved, -2);
    assert!(changes.journal.is_empty(), "the units on hand are the same");
}

#[test]
fn a_reply_has_the_precision_of_the_database() {
    let mut inventory = Inventory::new(Vec::new(), vec![level("A", 1)], NOON);
    let command = ReserveStock {
        expires_at: NOON + Duration::nanoseconds(1_999),
        ..reserve(&[("A", 1)])
    };
    let reserved = ReserveReply::Reserved {
        expires_at: NOON + Duration::microseconds(1),
    };
    assert_eq!(inventory.reserve(&command).0, reserved);
}

#[test]
fn a_sell_out_has_the_span_of_the_command_for_the_last_unit() {
    testkit::Spans::listen();
    let spans = [(); 3].map(|()| tracing::info_span!("message"));
    let mut inventory = Inventory::new(Vec::new(), vec![level("A", 2)], NOON);
    for span in &spans {
        span.in_scope(|| inventory.reserve(&reserve(&[("A", 1)])));
    }
    let changes = inventory.into_changes();
    assert!(!changes.availability[0].in_stock, "sold out");
    assert_eq!(changes.availability[0].span.id(), spans[1].id());
}
