use chrono::{DateTime, Utc};
use contracts::messages::{AuthorizePayment, CapturePayment, RefundPayment, VoidPayment};
use kernel::{Currency, Money, OrderId, PaymentId, RefundId, UserId};
use proptest::prelude::*;

use super::command::{authorize, capture, refund, void};
use super::ledger::Kind;
use super::*;

mod observe;
mod random;
mod state;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

/// The commands about one payment of 10.00 EUR.
struct Sender {
    authorize: AuthorizePayment,
    void: VoidPayment,
    capture: CapturePayment,
}

impl Sender {
    fn new() -> Self {
        let (order_id, payment_id) = (OrderId::generate(), PaymentId::generate());
        Self {
            authorize: AuthorizePayment {
                order_id,
                payment_id,
                customer_id: UserId::generate(),
                amount: eur(1000),
                payment_method: "pm_card_visa".to_owned(),
            },
            void: VoidPayment {
                order_id,
                payment_id,
            },
            capture: CapturePayment {
                order_id,
                payment_id,
                shipment: 1,
            },
        }
    }

    fn refund(&self, minor: i64) -> RefundPayment {
        RefundPayment {
            order_id: self.void.order_id,
            payment_id: self.void.payment_id,
            refund_id: RefundId::generate(),
            amount: eur(minor),
        }
    }

    fn authorizing(&self) -> Payment {
        let decision = authorize(None, &self.authorize, now()).unwrap();
        assert_eq!(decision.operation.unwrap().task, Task::Authorize);
        decision.payment.unwrap()
    }

    fn authorized(&self) -> Payment {
        let decision = settle(self.authorizing(), None, Task::Authorize, done()).unwrap();
        decision.payment.unwrap()
    }

    fn captured(&self) -> Payment {
        let capturing = capture(Some(self.authorized()), &self.capture).unwrap();
        let decision = settle(capturing.payment.unwrap(), None, Task::Capture, done()).unwrap();
        decision.payment.unwrap()
    }

    fn declined(&self) -> Payment {
        let decision = settle(
            self.authorizing(),
            None,
            Task::Authorize,
            refused("expired_card"),
        );
        decision.unwrap().payment.unwrap()
    }
}

fn done() -> Answer {
    Answer::Done {
        reference: "pi_1".to_owned(),
    }
}

fn refused(code: &str) -> Answer {
    Answer::Refused {
        code: code.to_owned(),
        reference: None,
        card_fingerprint: None,
    }
}

fn first_reply(replies: &[Reply]) -> Option<Reply> {
    replies.first().cloned()
}

fn code(reply: Option<Reply>) -> String {
    match reply {
        Some(Reply::Declined(reply)) => reply.code,
        Some(Reply::CaptureFailed(reply)) => reply.code,
        Some(Reply::RefundFailed(reply)) => reply.code,
        other => panic!("no failure: {other:?}"),
    }
}

#[test]
fn a_late_authorize_finds_the_tombstone_of_its_void() {
    let sender = Sender::new();
    let voided = void(None, &sender.void, false, now()).unwrap();
    assert!(matches!(
        first_reply(&voided.replies),
        Some(Reply::Voided(_))
    ));
    let late = authorize(voided.payment, &sender.authorize, now()).unwrap();
    assert_eq!(late.operation, None);
    assert_eq!(late.payment, None);
    assert_eq!(code(first_reply(&late.replies)), "voided");
}

#[test]
fn a_void_before_the_first_call_withdraws_the_authorization() {
    let sender = Sender::new();
    let decision = void(Some(sender.authorizing()), &sender.void, false, now()).unwrap();
    assert!(decision.withdraw);
    assert!(matches!(
        first_reply(&decision.replies),
        Some(Reply::Voided(_))
    ));
    assert_eq!(decision.payment.unwrap().status, Status::Voided);
}

#[test]
fn a_void_while_authorizing_waits_for_the_outcome() {
    let sender = Sender::new();
    let waiting = void(Some(sender.authorizing()), &sender.void, true, now()).unwrap();
    assert_eq!(
        (first_reply(&waiting.replies), waiting.operation),
        (None, None)
    );
    let payment = waiting.payment.unwrap();

    let authorized = settle(payment.clone(), None, Task::Authorize, done()).unwrap();
    assert_eq!(first_reply(&authorized.replies), None);
    assert_eq!(authorized.operation.unwrap().task, Task::Void);
    let voided = settle(authorized.payment.unwrap(), None, Task::Void, done()).unwrap();
    assert!(matches!(
        first_reply(&voided.replies),
        Some(Reply::Voided(_))
    ));

    let declined = settle(payment, None, Task::Authorize, refused("expired_card")).unwrap();
    assert!(matches!(
        first_reply(&declined.replies),
        Some(Reply::Voided(_))
    ));
    assert_eq!(declined.book, None);
}

#[test]
fn the_same_command_again_has_the_same_reply_and_no_effect() {
    let sender = Sender::new();
    let cases = [
        (
            authorize(Some(sender.authorized()), &sender.authorize, now()),
            sender.authorized().reply_authorized(eur(1000)),
        ),
        (
            authorize(Some(sender.declined()), &sender.authorize, now()),
            sender.declined().reply_declined("expired_card"),
        ),
        (
            void(Some(sender.declined()), &sender.void, true, now()),
            sender.declined().reply_voided(),
        ),
        (
            capture(Some(sender.captured()), &sender.capture),
            sender.captured().reply_captured(eur(1000)),
        ),
    ];
    for (decision, reply) in cases {
        assert_eq!(decision.unwrap(), Decision::reply(reply));
    }
}

#[test]
fn a_command_whose_operation_is_in_flight_changes_nothing() {
    let sender = Sender::new();
    let authorizing = sender.authorizing();
    let again = authorize(Some(authorizing), &sender.authorize, now()).unwrap();
    assert_eq!(again, Decision::nothing());
    let capturing = capture(Some(sender.authorized()), &sender.capture).unwrap();
    let again = capture(capturing.payment, &sender.capture).unwrap();
    assert_eq!(again, Decision::nothing());
}

#[test]
fn other_terms_for_the_same_payment_are_refused() {
    let sender = Sender::new();
    let mut other = sender.authorize.clone();
    other.amount = eur(1);
    let refused = authorize(Some(sender.authorized()), &other, now()).unwrap_err();
    assert_eq!(refused, Error::OtherTerms(other.payment_id));
    let mut other_order = sender.void.clone();
    other_order.order_id = OrderId::generate();
    assert!(void(Some(sender.authorized()), &other_order, true, now()).is_err());
}

#[test]
fn a_captured_payment_cannot_be_voided() {
    let sender = Sender::new();
    assert!(void(Some(sender.captured()), &sender.void, true, now()).is_err());
    let capturing = capture(Some(sender.authorized()), &sender.capture).unwrap();
    assert!(void(capturing.payment, &sender.void, true, now()).is_err());
}

#[test]
fn a_capture_without_an_authorization_fails() {
    let sender = Sender::new();
    let tombstone = void(None, &sender.void, false, now()).unwrap().payment;
    let voiding = void(Some(sender.authorized()), &sender.void, true, now()).unwrap();
    let cases = [
        (None, "payment_not_found"),
        (tombstone, "voided"),
        (voiding.payment, "voided"),
        (Some(sender.declined()), "declined"),
        (Some(sender.authorizing()), "not_authorized"),
    ];
    for (payment, expected) in cases {
        let decision = capture(payment, &sender.capture).unwrap();
        assert_eq!(code(first_reply(&decision.replies)), expected);
        assert_eq!(decision.operation, None);
    }
}

#[test]
fn a_capture_is_retried_only_for_the_next_shipment_and_while_it_is_authorized() {
    let sender = Sender::new();
    let first = capture(Some(sender.authorized()), &sender.capture).unwrap();
    let capturing = first.payment.unwrap();
    let failed = settle(
        capturing.clone(),
        None,
        Task::Capture,
        refused("try_again_later"),
    )
    .unwrap();
    assert_eq!(code(first_reply(&failed.replies)), "try_again");
    // Sent twice before the answer arrived: the sender considers this capture failed.
    let late = capture(failed.payment.clone(), &sender.capture).unwrap();
    assert_eq!(late.operation, None);
    assert_eq!(code(first_reply(&late.replies)), "try_again");
    let next = CapturePayment {
        shipment: 2,
        ..sender.capture.clone()
    };
    let again = capture(failed.payment, &next).unwrap();
    assert_eq!(again.operation.unwrap().task, Task::Capture);
    let failed = settle(
        again.payment.unwrap(),
        None,
        Task::Capture,
        refused("never"),
    )
    .unwrap();
    match first_reply(&failed.replies) {
        Some(Reply::CaptureFailed(reply)) => assert_eq!(reply.shipment, 2),
        other => panic!("{other:?}"),
    }

    let ended = Answer::AuthorizationEnded {
        code: "authorization_expired".to_owned(),
    };
    let expired = settle(capturing, None, Task::Capture, ended).unwrap();
    assert_eq!(expired.book.unwrap().kind, Kind::Expire);
    assert!(matches!(expired.replies[1], Reply::Expired(_)));
    let again = capture(expired.payment, &sender.capture).unwrap();
    assert_eq!(code(first_reply(&again.replies)), "authorization_expired");
}

#[test]
fn refunds_are_limited_to_the_captured_amount() {
    let sender = Sender::new();
    let check = |payment: Payment, in_flight, minor, expected: Option<&str>| {
        let decision =
            refund(Some(payment), None, in_flight, &sender.refund(minor), now()).unwrap();
        match expected {
            None => assert_eq!(decision.operation.unwrap().amount, eur(minor)),
            Some(expected) => {
                assert_eq!(decision.operation, None);
                assert_eq!(code(first_reply(&decision.replies)), expected);
                let status = decision.refund.unwrap().status;
                assert_eq!(status, RefundStatus::Failed(expected.to_owned()));
            }
        }
    };
    let mut partly = sender.captured();
    partly.refunded = 400;
    check(sender.captured(), 0, 1000, None);
    check(sender.captured(), 0, 1001, Some("amount_too_large"));
    check(partly.clone(), 0, 600, None);
    check(partly.clone(), 0, 601, Some("amount_too_large"));
    check(partly, 300, 301, Some("amount_too_large"));
    check(sender.authorized(), 0, 1, Some("not_captured"));
}

#[test]
fn a_refund_is_identified_by_its_id() {
    let sender = Sender::new();
    let command = sender.refund(300);
    let first = refund(Some(sender.captured()), None, 0, &command, now()).unwrap();
    let requested = first.refund.unwrap();
    let again = refund(
        Some(sender.captured()),
        Some(requested.clone()),
        300,
        &command,
        now(),
    )
    .unwrap();
    assert_eq!(again, Decision::nothing());

    let task = Task::Refund(requested.id);
    let paid = settle(sender.captured(), Some(requested.clone()), task, done()).unwrap();
    assert_eq!(paid.payment.unwrap().refunded, 300);
    let again = refund(Some(sender.captured()), paid.refund, 0, &command, now()).unwrap();
    assert_eq!(again, Decision::reply(first_reply(&paid.replies).unwrap()));

    let mut other = command.clone();
    other.amount = eur(301);
    assert!(refund(Some(sender.captured()), Some(requested), 0, &other, now()).is_err());
}

#[test]
fn an_answer_to_no_request_is_refused() {
    let sender = Sender::new();
    let cases = [
        (sender.authorized(), Task::Authorize),
        (sender.authorized(), Task::Capture),
        (sender.authorized(), Task::Void),
        (sender.captured(), Task::Refund(RefundId::generate())),
    ];
    for (payment, task) in cases {
        assert!(settle(payment, None, task, done()).is_err(), "{task:?}");
    }
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Authorize),
        Just(Kind::Void),
        Just(Kind::Expire),
        Just(Kind::Capture),
        Just(Kind::Refund(RefundId::generate())),
        Just(Kind::RefundReversal(RefundId::generate())),
    ]
}

proptest! {
    #[test]
    fn the_entries_of_a_booking_sum_to_zero(kind in kinds(), minor in 1..=i64::MAX) {
        let entries = entries(Booking { kind, amount: eur(minor) });
        prop_assert!(entries.len() >= 2);
        let sum: i128 = entries.iter().map(|entry| i128::from(entry.amount.minor_units())).sum();
        prop_assert_eq!(sum, 0);
    }
}
