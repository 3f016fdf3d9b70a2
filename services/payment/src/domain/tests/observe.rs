//! Lookups: of challenges, of expired authorizations and of returned refunds.

use super::*;

fn action_required() -> Answer {
    Answer::ActionRequired {
        reference: "pi_1".to_owned(),
        redirect_url: "https://bank.example/1".to_owned(),
    }
}

fn challenged(sender: &Sender) -> Payment {
    let decision = settle(
        sender.authorizing(),
        None,
        Task::Authorize,
        action_required(),
    )
    .unwrap();
    assert!(matches!(decision.replies[..], [Reply::ActionRequired(_)]));
    assert_eq!((decision.book, decision.operation), (None, None));
    decision.payment.unwrap()
}

#[test]
fn a_challenge_repeats_its_reply_and_ends_as_the_provider_says() {
    let sender = Sender::new();
    let again = authorize(Some(challenged(&sender)), &sender.authorize, now()).unwrap();
    let reply = challenged(&sender).reply_action_required("https://bank.example/1");
    assert_eq!(again, Decision::reply(reply));

    let authorized = observe(challenged(&sender), "pi_1", ObservedIntent::Authorized);
    assert_eq!(authorized.book.unwrap().kind, Kind::Authorize);
    assert!(matches!(authorized.replies[..], [Reply::Authorized(_)]));
    let payment = authorized.payment.unwrap();
    assert_eq!(payment.redirect_url, None);

    let failed = ObservedIntent::Declined {
        code: "payment_intent_authentication_failure".to_owned(),
        card_fingerprint: Some("fp".to_owned()),
    };
    let declined = observe(challenged(&sender), "pi_1", failed);
    assert_eq!(
        code(first_reply(&declined.replies)),
        "authentication_failed"
    );
    let payment = declined.payment.unwrap();
    assert_eq!(
        payment.decline_code.as_deref(),
        Some("payment_intent_authentication_failure")
    );
    assert_eq!(payment.card_fingerprint.as_deref(), Some("fp"));
    let expired = observe(
        challenged(&sender),
        "pi_1",
        ObservedIntent::Canceled { expired: true },
    );
    assert_eq!(code(first_reply(&expired.replies)), "authorization_expired");
    assert_eq!(expired.book, None);
}

#[test]
fn an_abandoned_challenge_is_voided_and_books_nothing() {
    let sender = Sender::new();
    let decision = void(Some(challenged(&sender)), &sender.void, true, now()).unwrap();
    assert_eq!(decision.operation.unwrap().task, Task::Void);
    let voiding = decision.payment.unwrap();
    // The customer completes the challenge now; the void in flight cancels it.
    assert_eq!(
        observe(voiding.clone(), "pi_1", ObservedIntent::Authorized),
        Decision::nothing()
    );
    let voided = settle(voiding, None, Task::Void, done()).unwrap();
    assert_eq!(voided.book, None);
    assert_eq!(voided.payment.unwrap().status, Status::Voided);

    // The void arrives during the call to the provider.
    let early = void(Some(sender.authorizing()), &sender.void, true, now()).unwrap();
    let decision = settle(
        early.payment.unwrap(),
        None,
        Task::Authorize,
        action_required(),
    )
    .unwrap();
    assert_eq!(decision.replies, []);
    assert_eq!(decision.operation.unwrap().task, Task::Void);
}

#[test]
fn a_lookup_changes_nothing_that_is_recorded_or_that_an_operation_will_settle() {
    let sender = Sender::new();
    let canceled = ObservedIntent::Canceled { expired: true };
    let capturing = capture(Some(sender.authorized()), &sender.capture).unwrap();
    let voiding = void(Some(sender.authorized()), &sender.void, true, now()).unwrap();
    let cases = [
        (sender.authorized(), ObservedIntent::Authorized),
        (sender.authorized(), ObservedIntent::Captured),
        (capturing.payment.unwrap(), canceled.clone()),
        (voiding.payment.unwrap(), canceled.clone()),
        (sender.captured(), canceled.clone()),
        (sender.captured(), ObservedIntent::Captured),
        (sender.declined(), canceled),
        (sender.authorizing(), ObservedIntent::Undecided),
        (challenged(&sender), ObservedIntent::Undecided),
    ];
    for (payment, observed) in cases {
        let before = payment.clone();
        let decision = observe(payment, "pi_1", observed.clone());
        assert_eq!(decision, Decision::nothing(), "{before:?} {observed:?}");
    }
    let other = observe(
        sender.authorized(),
        "pi_2",
        ObservedIntent::Canceled { expired: true },
    );
    assert_eq!(other, Decision::nothing());
}

#[test]
fn an_authorization_whose_answer_was_lost_is_adopted() {
    let sender = Sender::new();
    let authorized = observe(sender.authorizing(), "pi_7", ObservedIntent::Authorized);
    assert!(matches!(authorized.replies[..], [Reply::Authorized(_)]));
    assert_eq!(authorized.payment.unwrap().reference.unwrap(), "pi_7");
}

#[test]
fn an_intent_that_was_captured_before_a_restore_counts_as_authorized() {
    let sender = Sender::new();
    for payment in [sender.authorizing(), challenged(&sender)] {
        let decision = observe(payment, "pi_1", ObservedIntent::Captured);
        assert!(matches!(decision.replies[..], [Reply::Authorized(_)]));
        assert_eq!(decision.book.unwrap().kind, Kind::Authorize);
        assert_eq!(decision.payment.unwrap().status, Status::Authorized);
    }
}

#[test]
fn an_expired_authorization_is_announced_once_and_can_no_longer_be_used() {
    let sender = Sender::new();
    let canceled = ObservedIntent::Canceled { expired: true };
    let expired = observe(sender.authorized(), "pi_1", canceled.clone());
    assert_eq!(expired.book.unwrap().kind, Kind::Expire);
    assert!(matches!(expired.replies[..], [Reply::Expired(_)]));
    let payment = expired.payment.unwrap();
    assert_eq!(
        observe(payment.clone(), "pi_1", canceled),
        Decision::nothing()
    );
    let voided = void(Some(payment.clone()), &sender.void, true, now()).unwrap();
    assert_eq!(voided, Decision::reply(payment.reply_voided()));
    let late = capture(Some(payment.clone()), &sender.capture).unwrap();
    assert_eq!(code(first_reply(&late.replies)), "authorization_expired");
    assert_eq!(late.operation, None);
    let again = authorize(Some(payment), &sender.authorize, now()).unwrap();
    assert_eq!(code(first_reply(&again.replies)), "authorization_expired");
}

#[test]
fn an_authorization_after_its_decline_is_voided() {
    let sender = Sender::new();
    let late = observe(sender.declined(), "pi_1", ObservedIntent::Authorized);
    assert_eq!(late.operation.unwrap().task, Task::Void);
    assert_eq!(late.replies, []);
    let payment = late.payment.unwrap();
    assert_eq!(
        observe(payment.clone(), "pi_1", ObservedIntent::Authorized),
        Decision::nothing()
    );
    let voided = settle(payment, None, Task::Void, done()).unwrap();
    assert_eq!(voided, Decision::nothing());
}

#[test]
fn a_returned_refund_can_be_requested_again() {
    let sender = Sender::new();
    let command = sender.refund(1000);
    let first = refund(Some(sender.captured()), None, 0, &command, now()).unwrap();
    let requested = first.refund.unwrap();
    let task = Task::Refund(requested.id);
    let paid = settle(sender.captured(), Some(requested), task, done()).unwrap();
    let (payment, succeeded) = (paid.payment.unwrap(), paid.refund.unwrap());
    let failed = ObservedRefund::Failed {
        code: "expired_or_canceled_card".to_owned(),
    };
    assert_eq!(
        observe_refund(
            payment.clone(),
            succeeded.clone(),
            "pi_1",
            ObservedRefund::Accepted
        ),
        Decision::nothing()
    );
    let returned = observe_refund(payment, succeeded, "pi_1", failed.clone());
    assert_eq!(code(first_reply(&returned.replies)), "expired_card");
    assert_eq!(
        returned.book.unwrap().kind,
        Kind::RefundReversal(command.refund_id)
    );
    let payment = returned.payment.unwrap();
    let failed_refund = returned.refund.unwrap();
    assert_eq!(payment.refunded, 0);
    assert_eq!(
        observe_refund(payment.clone(), failed_refund, "pi_1", failed),
        Decision::nothing()
    );
    let again = refund(Some(payment), None, 0, &sender.refund(1000), now()).unwrap();
    assert_eq!(again.operation.unwrap().amount, eur(1000));
}
