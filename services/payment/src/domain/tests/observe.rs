//! Challenges, holds that run out and refunds that come back: what looks at the provider show.

use super::*;

fn challenged() -> Answer {
    Answer::ActionRequired {
        reference: "pi_1".to_owned(),
        redirect_url: "https://bank.example/1".to_owned(),
    }
}

fn waiting(sender: &Sender) -> Payment {
    let decision = settle(sender.authorizing(), None, Task::Authorize, challenged()).unwrap();
    assert!(matches!(decision.replies[..], [Reply::ActionRequired(_)]));
    assert_eq!((decision.book, decision.operation), (None, None));
    decision.payment.unwrap()
}

#[test]
fn a_challenge_is_told_again_to_a_repeated_authorize_and_ends_as_the_customer_wills() {
    let sender = Sender::new();
    let again = authorize(Some(waiting(&sender)), &sender.authorize, now()).unwrap();
    let told = waiting(&sender).reply_action_required("https://bank.example/1");
    assert_eq!(again, Decision::reply(told));

    let held = observe(waiting(&sender), "pi_1", Seen::Held);
    assert_eq!(held.book.unwrap().kind, Kind::Authorize);
    assert!(matches!(held.replies[..], [Reply::Authorized(_)]));
    let payment = held.payment.unwrap();
    assert_eq!(payment.redirect_url, None);

    let seen = Seen::Declined {
        code: "payment_intent_authentication_failure".to_owned(),
    };
    let refused = observe(waiting(&sender), "pi_1", seen);
    assert_eq!(
        code(said(&refused.replies)),
        "payment_intent_authentication_failure"
    );
    let left = observe(waiting(&sender), "pi_1", Seen::Canceled { expired: true });
    assert_eq!(code(said(&left.replies)), "authorization_expired");
    assert_eq!(left.book, None);
}

#[test]
fn a_challenge_that_nobody_answers_is_voided_and_books_nothing() {
    let sender = Sender::new();
    let asked = void(Some(waiting(&sender)), &sender.void, true, now()).unwrap();
    assert_eq!(asked.operation.unwrap().task, Task::Void);
    let voiding = asked.payment.unwrap();
    // The customer answers just now: the void ends that, too.
    assert_eq!(
        observe(voiding.clone(), "pi_1", Seen::Held),
        Decision::nothing()
    );
    let voided = settle(voiding, None, Task::Void, done()).unwrap();
    assert_eq!(voided.book, None);
    assert_eq!(voided.payment.unwrap().status, Status::Voided);

    // The void came while the provider was asked.
    let early = void(Some(sender.authorizing()), &sender.void, true, now()).unwrap();
    let decision = settle(early.payment.unwrap(), None, Task::Authorize, challenged()).unwrap();
    assert_eq!(decision.replies, []);
    assert_eq!(decision.operation.unwrap().task, Task::Void);
}

#[test]
fn a_look_changes_nothing_that_is_known_or_that_an_operation_will_settle() {
    let sender = Sender::new();
    let gone = Seen::Canceled { expired: true };
    let capturing = capture(Some(sender.authorized()), &sender.capture).unwrap();
    let voiding = void(Some(sender.authorized()), &sender.void, true, now()).unwrap();
    let cases = [
        (sender.authorized(), Seen::Held),
        (sender.authorized(), Seen::Taken),
        (capturing.payment.unwrap(), gone.clone()),
        (voiding.payment.unwrap(), gone.clone()),
        (sender.captured(), gone.clone()),
        (sender.captured(), Seen::Taken),
        (sender.declined(), gone),
        (sender.authorizing(), Seen::Undecided),
        (waiting(&sender), Seen::Undecided),
    ];
    for (payment, seen) in cases {
        let before = payment.clone();
        let decision = observe(payment, "pi_1", seen.clone());
        assert_eq!(decision, Decision::nothing(), "{before:?} {seen:?}");
    }
    let other = observe(
        sender.authorized(),
        "pi_2",
        Seen::Canceled { expired: true },
    );
    assert_eq!(other, Decision::nothing());
}

#[test]
fn an_authorization_whose_answer_was_lost_is_adopted() {
    let sender = Sender::new();
    let held = observe(sender.authorizing(), "pi_7", Seen::Held);
    assert!(matches!(held.replies[..], [Reply::Authorized(_)]));
    assert_eq!(held.payment.unwrap().reference.unwrap(), "pi_7");
}

#[test]
fn a_hold_that_runs_out_is_told_once_and_then_nothing_can_be_done_with_it() {
    let sender = Sender::new();
    let gone = Seen::Canceled { expired: true };
    let expired = observe(sender.authorized(), "pi_1", gone.clone());
    assert_eq!(expired.book.unwrap().kind, Kind::Expire);
    assert!(matches!(expired.replies[..], [Reply::Expired(_)]));
    let payment = expired.payment.unwrap();
    assert_eq!(observe(payment.clone(), "pi_1", gone), Decision::nothing());
    let voided = void(Some(payment.clone()), &sender.void, true, now()).unwrap();
    assert_eq!(voided, Decision::reply(payment.reply_voided()));
    let late = capture(Some(payment.clone()), &sender.capture).unwrap();
    assert_eq!(code(said(&late.replies)), "authorization_expired");
    assert_eq!(late.operation, None);
    let again = authorize(Some(payment), &sender.authorize, now()).unwrap();
    assert_eq!(code(said(&again.replies)), "authorization_expired");
}

#[test]
fn a_hold_that_came_after_its_decline_is_let_go() {
    let sender = Sender::new();
    let stray = observe(sender.declined(), "pi_1", Seen::Held);
    assert_eq!(stray.operation.unwrap().task, Task::Void);
    assert_eq!(stray.replies, []);
    let payment = stray.payment.unwrap();
    assert_eq!(
        observe(payment.clone(), "pi_1", Seen::Held),
        Decision::nothing()
    );
    let gone = settle(payment, None, Task::Void, done()).unwrap();
    assert_eq!(gone, Decision::nothing());
}

#[test]
fn a_refund_that_comes_back_can_be_asked_for_again() {
    let sender = Sender::new();
    let command = sender.refund(1000);
    let asked = refund(Some(sender.captured()), None, 0, &command, now()).unwrap();
    let requested = asked.refund.unwrap();
    let task = Task::Refund(requested.id);
    let paid = settle(sender.captured(), Some(requested), task, done()).unwrap();
    let (payment, given) = (paid.payment.unwrap(), paid.refund.unwrap());
    let failed = RefundSeen::Failed {
        code: "expired_or_canceled_card".to_owned(),
    };
    assert_eq!(
        observe_refund(payment.clone(), given.clone(), "pi_1", RefundSeen::Good),
        Decision::nothing()
    );
    let back = observe_refund(payment, given, "pi_1", failed.clone());
    assert_eq!(code(said(&back.replies)), "expired_or_canceled_card");
    assert_eq!(
        back.book.unwrap().kind,
        Kind::RefundReversal(command.refund_id)
    );
    let payment = back.payment.unwrap();
    let lost = back.refund.unwrap();
    assert_eq!(payment.refunded, 0);
    assert_eq!(
        observe_refund(payment.clone(), lost, "pi_1", failed),
        Decision::nothing()
    );
    let again = refund(Some(payment), None, 0, &sender.refund(1000), now()).unwrap();
    assert_eq!(again.operation.unwrap().amount, eur(1000));
}
