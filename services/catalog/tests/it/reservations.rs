use chrono::{Duration, Utc};
use contracts::catalog::v1::CreateProductRequest;
use contracts::messages::{
    CommitRefusal, CommitRefused, ProductChanged, ReservationCommitted, StockRefusal, StockRefused,
    StockReleased, StockReserved,
};
use kernel::Clock;
use messaging::Envelope;

use crate::support::desk::{Desk, commit, release, reserve, reserve_until};
use crate::support::goods;

async fn desk(mugs: u32, cups: u32) -> Desk {
    let desk = Desk::open().await;
    stock(&desk, mugs, cups).await;
    desk
}

async fn stock(desk: &Desk, mugs: u32, cups: u32) {
    desk.shop.stocked("MUG", mugs).await;
    desk.shop
        .product(CreateProductRequest {
            on_hand: cups,
            ..goods("CUP", "Cup")
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_lines_are_reserved_then_sold() {
    let desk = desk(5, 3).await;
    let command = desk.reserved(&[("MUG", 2), ("CUP", 3)]).await;
    assert_eq!(desk.units("MUG").await, (5, 2));
    assert_eq!(desk.units("CUP").await, (3, 3));
    desk.send(&commit(&command)).await;
    let id = command.reservation_id;
    let sold = desk
        .hear::<ReservationCommitted>(1, |m| m.reservation_id == id)
        .await;
    assert_eq!(sold.order_id, command.order_id);
    assert_eq!(desk.units("MUG").await, (3, 0));
    assert_eq!(desk.units("CUP").await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_short_line_reserves_nothing_and_is_named() {
    let desk = desk(5, 1).await;
    let command = reserve(&[("MUG", 2), ("CUP", 2), ("GONE", 1)]);
    desk.send(&command).await;
    let refused = desk.hear::<StockRefused>(1, |_| true).await;
    assert_eq!(refused.reservation_id, command.reservation_id);
    assert_eq!(refused.refusal, StockRefusal::OutOfStock);
    let short: Vec<_> = refused
        .shortages
        .iter()
        .map(|s| (s.sku.as_str(), s.requested.get(), s.available))
        .collect();
    assert_eq!(short, [("CUP", 2, 1), ("GONE", 1, 0)]);
    assert_eq!(desk.units("MUG").await, (5, 0));
    assert_eq!(desk.units("CUP").await, (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_again_gets_the_same_reply_and_reserves_once() {
    let desk = desk(5, 0).await;
    let command = desk.reserved(&[("MUG", 2)]).await;
    desk.send(&command).await;
    let id = command.reservation_id;
    let again = desk
        .hear::<StockReserved>(2, |m| m.reservation_id == id)
        .await;
    assert_eq!(again, desk.heard::<StockReserved>()[0]);
    assert_eq!(desk.units("MUG").await, (5, 2));

    let refused = reserve(&[("CUP", 1)]);
    desk.send(&refused).await;
    desk.hear::<StockRefused>(1, |_| true).await;
    desk.send(&refused).await;
    let again = desk.hear::<StockRefused>(2, |_| true).await;
    assert_eq!(again, desk.heard::<StockRefused>()[0]);

    for round in 1..=2 {
        desk.send(&commit(&command)).await;
        desk.hear::<ReservationCommitted>(round, |_| true).await;
    }
    assert_eq!(desk.units("MUG").await, (3, 0));
    for round in 1..=2 {
        desk.send(&release(&command)).await;
        desk.hear::<StockReleased>(round, |_| true).await;
    }
    assert_eq!(desk.units("MUG").await, (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_delivered_twice_is_handled_once() {
    let desk = desk(5, 0).await;
    let envelope = Envelope::of(&reserve(&[("MUG", 1)])).unwrap();
    for _ in 0..2 {
        desk.send_envelope::<contracts::messages::ReserveStock>(envelope.clone())
            .await;
    }
    desk.reserved(&[("MUG", 1)]).await;
    assert_eq!(
        desk.heard::<StockReserved>().len(),
        2,
        "one for each command"
    );
    assert_eq!(desk.units("MUG").await, (5, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_before_the_reserve_refuses_it() {
    let desk = desk(5, 0).await;
    let command = reserve(&[("MUG", 1)]);
    desk.send(&release(&command)).await;
    desk.hear::<StockReleased>(1, |_| true).await;
    desk.send(&command).await;
    let refused = desk.hear::<StockRefused>(1, |_| true).await;
    assert_eq!(refused.refusal, StockRefusal::Released);
    assert_eq!(desk.units("MUG").await, (5, 0));
    desk.send(&commit(&command)).await;
    let refused = desk.hear::<CommitRefused>(1, |_| true).await;
    assert_eq!(refused.refusal, CommitRefusal::NotHeld);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_gives_held_units_back() {
    let desk = desk(5, 2).await;
    let command = desk.reserved(&[("MUG", 2), ("CUP", 1)]).await;
    desk.send(&release(&command)).await;
    desk.hear::<StockReleased>(1, |_| true).await;
    assert_eq!(desk.units("MUG").await, (5, 0));
    assert_eq!(desk.units("CUP").await, (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_of_sold_units_puts_them_back_on_hand() {
    let desk = desk(5, 2).await;
    let command = desk.sold(&[("MUG", 2), ("CUP", 2)]).await;
    assert_eq!(desk.units("CUP").await, (0, 0));
    desk.send(&release(&command)).await;
    desk.hear::<StockReleased>(1, |_| true).await;
    assert_eq!(desk.units("MUG").await, (5, 0));
    assert_eq!(desk.units("CUP").await, (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_never_reserved_is_committed() {
    let desk = desk(5, 0).await;
    desk.send(&commit(&reserve(&[("MUG", 1)]))).await;
    let refused = desk.hear::<CommitRefused>(1, |_| true).await;
    assert_eq!(refused.refusal, CommitRefusal::NotHeld);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_ends_by_itself_and_its_units_come_back() {
    let clock = Clock::manual(Utc::now());
    let desk = Desk::open_with(clock.clone(), &[]).await;
    stock(&desk, 2, 1).await;
    let command = reserve_until(
        &[("MUG", 2), ("CUP", 1)],
        clock.now() + Duration::minutes(5),
    );
    desk.send(&command).await;
    desk.hear::<StockReserved>(1, |_| true).await;
    let later = reserve_until(&[("CUP", 1)], clock.now() + Duration::minutes(5));
    desk.send(&later).await;
    desk.hear::<StockRefused>(1, |_| true).await;

    clock.advance(Duration::minutes(6));
    testkit::eventually("the units come back", async || {
        (desk.units("MUG").await == (2, 0) && desk.units("CUP").await == (1, 0)).then_some(())
    })
    .await;
    desk.send(&commit(&command)).await;
    let refused = desk.hear::<CommitRefused>(1, |_| true).await;
    assert_eq!(refused.refusal, CommitRefusal::Expired);
    assert_eq!(desk.units("MUG").await, (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_after_the_time_is_refused_even_before_the_job_came_by() {
    let clock = Clock::manual(Utc::now());
    let never = [("reservations.expiry_interval_ms", "3600000")];
    let desk = Desk::open_with(clock.clone(), &never).await;
    stock(&desk, 2, 0).await;
    let command = reserve_until(&[("MUG", 2)], clock.now() + Duration::minutes(5));
    desk.send(&command).await;
    desk.hear::<StockReserved>(1, |_| true).await;
    clock.advance(Duration::minutes(5));
    desk.send(&commit(&command)).await;
    let refused = desk.hear::<CommitRefused>(1, |_| true).await;
    assert_eq!(refused.refusal, CommitRefusal::Expired);
    assert_eq!(desk.units("MUG").await, (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn selling_out_and_being_back_are_announced_and_listed() {
    let desk = desk(2, 1).await;
    let in_stock = async || {
        let request = contracts::catalog::v1::SearchProductsRequest {
            in_stock: true,
            ..crate::support::query("")
        };
        desk.shop.found(request).await.contains(&"MUG".to_owned())
    };
    let of_mug = |m: &ProductChanged| m.sku.as_str() == "MUG";
    let some = desk.reserved(&[("MUG", 1)]).await;
    let last = desk.reserved(&[("MUG", 1)]).await;
    desk.hear::<ProductChanged>(2, of_mug).await;
    assert!(!in_stock().await);
    desk.send(&release(&some)).await;
    desk.hear::<ProductChanged>(3, of_mug).await;
    assert!(in_stock().await);
    desk.send(&commit(&last)).await;
    desk.hear::<ReservationCommitted>(1, |_| true).await;
    let announced = desk
        .heard::<ProductChanged>()
        .into_iter()
        .filter(of_mug)
        .count();
    assert_eq!(announced, 3, "created, sold out, back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_without_lines_is_a_dead_letter_and_holds_nobody_up() {
    let desk = desk(2, 0).await;
    desk.send(&reserve(&[])).await;
    desk.reserved(&[("MUG", 1)]).await;
    assert_eq!(desk.dead_letters().await, 1);
}
