//! Batches of commands, decided one after the other on the state in memory.

use super::*;

#[test]
fn a_command_sees_the_changes_of_the_one_before_it() {
    let sender = Sender::new();
    let mut state = State::default();
    let authorize = Command::Authorize(sender.authorize.clone());
    let first = state.decide(&authorize, now()).unwrap();
    assert!(first.is_new);
    let again = state.decide(&authorize, now()).unwrap();
    assert_eq!(again, Decision::nothing());
    let void = Command::Void(sender.void.clone());
    let voided = state.decide(&void, now()).unwrap();
    assert!(voided.withdraw && !voided.is_new);
    let late = state.decide(&authorize, now()).unwrap();
    assert_eq!(code(first_reply(&late.replies)), "voided");
}

#[test]
fn a_command_that_does_not_apply_changes_nothing() {
    let sender = Sender::new();
    let mut state = State::default();
    let authorize = Command::Authorize(sender.authorize.clone());
    state.decide(&authorize, now()).unwrap();
    let mut second = sender.authorize.clone();
    second.payment_id = PaymentId::generate();
    let refused = state.decide(&Command::Authorize(second.clone()), now());
    let error = Error::AnotherPayment(second.order_id, second.payment_id);
    assert_eq!(refused, Err(error));
    assert_eq!(state.payments.len(), 1);
}

#[test]
fn refunds_of_one_batch_never_exceed_the_payment() {
    let sender = Sender::new();
    let payment = sender.captured();
    let mut state = State::default();
    state.payments.insert(payment.id, payment);
    let mut refund = |minor| {
        let command = Command::Refund(sender.refund(minor));
        state.decide(&command, now()).unwrap()
    };
    assert!(refund(700).operation.is_some());
    let refused = refund(301);
    assert_eq!(code(first_reply(&refused.replies)), "amount_too_large");
    assert!(refund(300).operation.is_some());
}
