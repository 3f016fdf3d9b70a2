use std::time::Duration;

use super::Plan::{Free, Paid};
use super::{CHECKOUT, FIRST, Overdue, RejectReason, Step, Timing, stage};

const TIMING: Timing = Timing {
    reserve_wait_ms: 1_000,
    reserve_attempts: 3,
    authorize_wait_ms: 2_000,
    authorize_attempts: 2,
    authentication_wait_ms: 60_000,
    insist_wait_ms: 500,
    insist_wait_max_ms: 3_000,
    reservation_margin_ms: 10_000,
    tick_ms: 100,
};

#[test]
fn the_checkout_reserves_then_authorizes_then_commits() {
    assert_eq!(FIRST, Step::Reserve);
    assert_eq!(Paid.after(Step::Reserve), Some(Step::Authorize));
    assert_eq!(Paid.after(Step::Authorize), Some(Step::Commit));
    assert_eq!(Paid.after(Step::Commit), None);
}

#[test]
fn steps_are_undone_in_reverse_order() {
    assert_eq!(Paid.undo_all(), Some(Step::Void));
    assert_eq!(Paid.undo_before(Step::Void), Some(Step::Release));
    assert_eq!(Paid.undo_before(Step::Release), None);
}

#[test]
fn a_refused_step_is_not_undone_but_one_without_a_reply_is() {
    assert_eq!(Paid.undo_before(Step::Reserve), None);
    assert_eq!(Paid.undo_from(Step::Reserve), Some(Step::Release));
    assert_eq!(Paid.undo_before(Step::Authorize), Some(Step::Release));
    assert_eq!(Paid.undo_from(Step::Authorize), Some(Step::Void));
    assert_eq!(Paid.undo_before(Step::Commit), Some(Step::Void));
}

#[test]
fn a_free_order_is_never_authorized_nor_voided() {
    assert_eq!(Free.after(Step::Reserve), Some(Step::Commit));
    assert_eq!(Free.after(Step::Commit), None);
    assert_eq!(Free.undo_all(), Some(Step::Release));
    assert_eq!(Free.undo_from(Step::Reserve), Some(Step::Release));
    assert_eq!(Free.undo_before(Step::Commit), Some(Step::Release));
    assert_eq!(Free.undo_before(Step::Release), None);
}

#[test]
fn only_the_pivot_has_no_undo_and_is_never_given_up() {
    for stage in &CHECKOUT {
        let pivot = stage.act == Step::Commit;
        assert_eq!(stage.undo.is_none(), pivot, "{stage:?}");
        assert_eq!(stage.overdue == Overdue::Insist, pivot, "{stage:?}");
    }
}

#[test]
fn only_the_authorization_waits_for_the_customer() {
    let of = |step| stage(step).and_then(|stage| stage.abandoned);
    assert_eq!(of(Step::Authorize), Some(RejectReason::PaymentExpired));
    assert_eq!((of(Step::Reserve), of(Step::Commit)), (None, None));
}

#[test]
fn waits_double_up_to_their_limit() {
    let waits = |step| [1, 2, 3, 4, 40].map(|n| TIMING.wait(step, n).as_millis());
    assert_eq!(waits(Step::Void), [500, 1_000, 2_000, 3_000, 3_000]);
    assert_eq!(waits(Step::Reserve)[..3], [1_000, 2_000, 4_000]);
}

#[test]
fn a_reservation_outlives_all_waits_before_the_commit() {
    // 1 + 2 + 4 for the stock, 2 + 4 for the payment, 60 for the customer, 10 as the margin.
    assert_eq!(TIMING.reservation(), Duration::from_secs(83));
}
