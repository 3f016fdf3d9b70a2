use chrono::DateTime;
use proptest::prelude::*;

use super::{CancelReason, Order, Status, StepResult, TIMING, free, placed};
use crate::domain::event::Event;
use crate::saga::Step;

/// Any input of the state machine; each can come at any time.
#[derive(Debug, Clone)]
enum Input {
    Reply(Step, bool),
    NoReply,
    Cancel,
    Ship,
    Deliver,
    NeedsCustomer,
    HoldExpires,
    Compensate,
    Retry,
}

const STEPS: [Step; 6] = [
    Step::Reserve,
    Step::Authorize,
    Step::Commit,
    Step::Capture,
    Step::Void,
    Step::Release,
];

fn any_input() -> impl Strategy<Value = Input> {
    let step = prop::sample::select(STEPS.to_vec());
    prop_oneof![
        6 => (step, prop::bool::weighted(0.8)).prop_map(|(step, done)| Input::Reply(step, done)),
        2 => Just(Input::NoReply),
        1 => Just(Input::Cancel),
        1 => Just(Input::Ship),
        1 => Just(Input::Deliver),
        1 => Just(Input::NeedsCustomer),
        1 => Just(Input::HoldExpires),
        1 => Just(Input::Compensate),
        1 => Just(Input::Retry),
    ]
}

fn decide(order: &Order, input: &Input) -> Vec<Event> {
    match input {
        Input::Reply(step, true) => order.replied(*step, StepResult::Done).unwrap_or_default(),
        Input::Reply(step, false) => order
            .replied(*step, StepResult::Refused("no".to_owned()))
            .unwrap_or_default(),
        Input::NoReply => order.reply_overdue(&TIMING),
        Input::Cancel => order.cancel(CancelReason::ByCustomer).unwrap_or_default(),
        Input::Ship => order.ship("TRACK").unwrap_or_default(),
        Input::Deliver => order.deliver().unwrap_or_default(),
        Input::NeedsCustomer => order
            .action_required("https://bank/1".to_owned(), DateTime::UNIX_EPOCH)
            .unwrap_or_default(),
        Input::HoldExpires => order.authorization_expired().unwrap_or_default(),
        Input::Compensate => order.compensate().unwrap_or_default(),
        Input::Retry => order.retry(Vec::new()).unwrap_or_default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn random_input_never_breaks_an_order(
        inputs in prop::collection::vec(any_input(), 0..60),
        is_free in any::<bool>(),
    ) {
        let mut order = if is_free { free() } else { placed() };
        let mut history = Vec::new();
        for input in &inputs {
            let before = order.clone();
            let events = decide(&order, input);
            order.apply(&events);
            history.extend(events);

            if before.status.is_final() {
                let recorded = Order { hold_expired: order.hold_expired, ..before.clone() };
                prop_assert_eq!(&order, &recorded, "no input leads out of a final state");
            }
            if order.action.is_some() {
                prop_assert_eq!(order.step, Some(Step::Authorize), "only an authorization waits for the customer");
            }
            let rests_confirmed = order.status == Status::Confirmed && order.step.is_none();
            prop_assert!(!(rests_confirmed && order.hold_expired), "an idle confirmed order has a valid authorization");
            if before.end_reason.is_some() {
                prop_assert_eq!(order.end_reason, before.end_reason, "the end reason never changes");
            }
            let was = |event: &Event| history.contains(event);
            let count = |is: fn(&Event) -> bool| history.iter().filter(|event| is(event)).count();
            for step in STEPS {
                let done = history.iter().filter(|event| **event == Event::Done(step)).count();
                prop_assert!(done <= 1, "{step:?} is done once at most");
            }
            let confirmed = count(|event| matches!(event, Event::Confirmed));
            let rejected = count(|event| matches!(event, Event::Failed(_)));
            let cancelled = count(|event| matches!(event, Event::CancelRequested(_)));
            prop_assert!(confirmed + rejected <= 1, "a checkout is confirmed or compensated");
            prop_assert!(rejected + cancelled <= 1, "an order is undone for one reason");
            if matches!(order.status, Status::Confirmed | Status::Shipped | Status::Delivered) {
                prop_assert!(was(&Event::Done(Step::Commit)), "confirmed implies committed");
                prop_assert!(is_free || was(&Event::Done(Step::Authorize)), "confirmed implies authorized");
            }
            if matches!(order.status, Status::Shipped | Status::Delivered) {
                let undone = was(&Event::Done(Step::Void)) || was(&Event::Done(Step::Release));
                prop_assert!(!undone, "what is captured and sold is not undone");
                prop_assert!(is_free || was(&Event::Done(Step::Capture)), "shipped implies captured");
                prop_assert!(order.end_reason.is_none(), "a shipped order has no end reason");
            }
            if matches!(order.status, Status::Rejected | Status::Cancelled) {
                prop_assert!(!was(&Event::Done(Step::Capture)), "undone implies not captured");
                let owed = |act, undo| {
                    let requested = was(&Event::Requested { step: act, attempt: 1 });
                    let refused = history.iter().any(
                        |e| matches!(e, Event::Refused { step, .. } if *step == act),
                    );
                    !requested || refused || was(&Event::Done(undo))
                };
                prop_assert!(owed(Step::Authorize, Step::Void), "every requested step was undone");
                prop_assert!(owed(Step::Reserve, Step::Release), "every requested step was undone");
            }
            let pays = matches!(order.step, Some(Step::Authorize | Step::Capture | Step::Void));
            prop_assert!(!(is_free && pays), "a free order has no payment");
            prop_assert_eq!(order.step.is_none() && order.status == Status::Pending, false,
                "a pending order always awaits a reply");
        }
    }
}
