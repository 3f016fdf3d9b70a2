use chrono::{Duration, Utc};
use contracts::catalog::v1::CreateProductRequest;
use contracts::messages::{
    CommitRefusal, CommitRefused, ProductChanged, ReservationCommitted, StockRefusal, StockRefused,
    StockReleased, StockReserved,
};
use kernel::Clock;
use messaging::Envelope;

use crate::support::command_sender::{CommandSender, commit, release, reserve, reserve_until};
use crate::support::goods;

async fn sender(mugs: u32, cups: u32) -> CommandSender {
    let sender = CommandSender::start().await;
    stock(&sender, mugs, cups).await;
    sender
}

async fn stock(sender: &CommandSender, mugs: u32, cups: u32) {
    sender.shop.stocked("MUG", mugs).await;
    sender
        .shop
        .product(CreateProductRequest {
            on_hand: cups,
            ..goods("CUP", "Cup")
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_lines_are_reserved_then_sold() {
    let sender = sender(5, 3).await;
    let command = sender.reserved(&[("MUG", 2), ("CUP", 3)]).await;
    assert_eq!(sender.units("MUG").await, (5, 2));
    assert_eq!(sender.units("CUP").await, (3, 3));
    sender.send(&commit(&command)).await;
    let id = command.reservation_id;
    let sold = sender
        .wait_for::<ReservationCommitted>(1, |m| m.reservation_id == id)
        .await;
    assert_eq!(sold.order_id, command.order_id);
    assert_eq!(sender.units("MUG").await, (3, 0));
    assert_eq!(sender.units("CUP").await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_shortage_reserves_nothing_and_is_named() {
    let sender = sender(5, 1).await;
    let command = reserve(&[("MUG", 2), ("CUP", 2), ("MISSING", 1)]);
    sender.send(&command).await;
    let refused = sender.wait_for::<StockRefused>(1, |_| true).await;
    assert_eq!(refused.reservation_id, command.reservation_id);
    assert_eq!(refused.refusal, StockRefusal::OutOfStock);
    let shortages: Vec<_> = refused
        .shortages
        .iter()
        .map(|s| (s.sku.as_str(), s.requested.get(), s.available))
        .collect();
    assert_eq!(shortages, [("CUP", 2, 1), ("MISSING", 1, 0)]);
    assert_eq!(sender.units("MUG").await, (5, 0));
    assert_eq!(sender.units("CUP").await, (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_command_has_the_same_reply_and_no_second_effect() {
    let sender = sender(5, 0).await;
    let command = sender.reserved(&[("MUG", 2)]).await;
    sender.send(&command).await;
    let id = command.reservation_id;
    let again = sender
        .wait_for::<StockReserved>(2, |m| m.reservation_id == id)
        .await;
    assert_eq!(again, sender.received::<StockReserved>()[0]);
    assert_eq!(sender.units("MUG").await, (5, 2));

    let refused = reserve(&[("CUP", 1)]);
    sender.send(&refused).await;
    sender.wait_for::<StockRefused>(1, |_| true).await;
    sender.send(&refused).await;
    let again = sender.wait_for::<StockRefused>(2, |_| true).await;
    assert_eq!(again, sender.received::<StockRefused>()[0]);

    for round in 1..=2 {
        sender.send(&commit(&command)).await;
        sender
            .wait_for::<ReservationCommitted>(round, |_| true)
            .await;
    }
    assert_eq!(sender.units("MUG").await, (3, 0));
    for round in 1..=2 {
        sender.send(&release(&command)).await;
        sender.wait_for::<StockReleased>(round, |_| true).await;
    }
    assert_eq!(sender.units("MUG").await, (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_delivered_twice_is_handled_once() {
    let sender = sender(5, 0).await;
    let envelope = Envelope::of(&reserve(&[("MUG", 1)])).unwrap();
    for _ in 0..2 {
        sender
            .send_envelope::<contracts::messages::ReserveStock>(envelope.clone())
            .await;
    }
    sender.reserved(&[("MUG", 1)]).await;
    assert_eq!(
        sender.received::<StockReserved>().len(),
        2,
        "one for each command"
    );
    assert_eq!(sender.units("MUG").await, (5, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_before_the_reserve_refuses_it() {
    let sender = sender(5, 0).await;
    let command = reserve(&[("MUG", 1)]);
    sender.send(&release(&command)).await;
    sender.wait_for::<StockReleased>(1, |_| true).await;
    sender.send(&command).await;
    let refused = sender.wait_for::<StockRefused>(1, |_| true).await;
    assert_eq!(refused.refusal, StockRefusal::Released);
    assert_eq!(sender.units("MUG").await, (5, 0));
    sender.send(&commit(&command)).await;
    let refused = sender.wait_for::<CommitRefused>(1, |_| true).await;
    assert_eq!(refused.refusal, CommitRefusal::NotHeld);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_makes_reserved_units_available() {
    let sender = sender(5, 2).await;
    let command = sender.reserved(&[("MUG", 2), ("CUP", 1)]).await;
    sender.send(&release(&command)).await;
    sender.wait_for::<StockReleased>(1, |_| true).await;
    assert_eq!(sender.units("MUG").await, (5, 0));
    assert_eq!(sender.units("CUP").await, (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_of_sold_units_returns_them() {
    let sender = sender(5, 2).await;
    let command = sender.sold(&[("MUG", 2), ("CUP", 2)]).await;
    assert_eq!(sender.units("CUP").await, (0, 0));
    sender.send(&release(&command)).await;
    sender.wait_for::<StockReleased>(1, |_| true).await;
    assert_eq!(sender.units("MUG").await, (5, 0));
    assert_eq!(sender.units("CUP").await, (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_without_a_reservation_is_refused() {
    let sender = sender(5, 0).await;
    sender.send(&commit(&reserve(&[("MUG", 1)]))).await;
    let refused = sender.wait_for::<CommitRefused>(1, |_| true).await;
    assert_eq!(refused.refusal, CommitRefusal::NotHeld);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_reservation_makes_its_units_available() {
    let clock = Clock::manual(Utc::now());
    let sender = CommandSender::start_with(clock.clone(), &[]).await;
    stock(&sender, 2, 1).await;
    let command = reserve_until(
        &[("MUG", 2), ("CUP", 1)],
        clock.now() + Duration::minutes(5),
    );
    sender.send(&command).await;
    sender.wait_for::<StockReserved>(1, |_| true).await;
    let later = reserve_until(&[("CUP", 1)], clock.now() + Duration::minutes(5));
    sender.send(&later).await;
    sender.wait_for::<StockRefused>(1, |_| true).await;

    clock.advance(Duration::minutes(6));
    testkit::eventually("the units are available", async || {
        (sender.units("MUG").await == (2, 0) && sender.units("CUP").await == (1, 0)).then_some(())
    })
    .await;
    sender.send(&commit(&command)).await;
    let refused = sender.wait_for::<CommitRefused>(1, |_| true).await;
    assert_eq!(refused.refusal, CommitRefusal::Expired);
    assert_eq!(sender.units("MUG").await, (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_of_a_due_reservation_is_refused_before_the_expiry_job_runs() {
    let clock = Clock::manual(Utc::now());
    let never = [("reservations.expiry_interval_ms", "3600000")];
    let sender = CommandSender::start_with(clock.clone(), &never).await;
    stock(&sender, 2, 0).await;
    let command = reserve_until(&[("MUG", 2)], clock.now() + Duration::minutes(5));
    sender.send(&command).await;
    sender.wait_for::<StockReserved>(1, |_| true).await;
    clock.advance(Duration::minutes(5));
    sender.send(&commit(&command)).await;
    let refused = sender.wait_for::<CommitRefused>(1, |_| true).await;
    assert_eq!(refused.refusal, CommitRefusal::Expired);
    assert_eq!(sender.units("MUG").await, (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn selling_out_and_restocking_publish_events_and_update_the_listing() {
    let sender = sender(2, 1).await;
    let in_stock = async || {
        let request = contracts::catalog::v1::SearchProductsRequest {
            in_stock: true,
            ..crate::support::query("")
        };
        sender.shop.found(request).await.contains(&"MUG".to_owned())
    };
    let of_mug = |m: &ProductChanged| m.sku.as_str() == "MUG";
    let some = sender.reserved(&[("MUG", 1)]).await;
    let last = sender.reserved(&[("MUG", 1)]).await;
    sender.wait_for::<ProductChanged>(2, of_mug).await;
    assert!(!in_stock().await);
    sender.send(&release(&some)).await;
    sender.wait_for::<ProductChanged>(3, of_mug).await;
    assert!(in_stock().await);
    sender.send(&commit(&last)).await;
    sender.wait_for::<ReservationCommitted>(1, |_| true).await;
    let events = sender
        .received::<ProductChanged>()
        .into_iter()
        .filter(of_mug)
        .count();
    assert_eq!(events, 3, "created, sold out, in stock");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_without_lines_is_a_dead_letter_and_delays_no_other() {
    let sender = sender(2, 0).await;
    sender.send(&reserve(&[])).await;
    sender.reserved(&[("MUG", 1)]).await;
    assert_eq!(sender.dead_letters().await, 1);
}
