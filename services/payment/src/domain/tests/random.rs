//! Commands, answers and lookups in any order, repeated and late.

use super::*;

#[derive(Debug, Clone)]
enum Input {
    Authorize,
    Void,
    Capture(u32),
    Refund(i64),
    RepeatRefund(usize),
    /// A worker begins the authorization.
    Attempt,
    /// The provider answers one of the operations.
    Answer(usize, Answer),
    Observe(ObservedIntent),
    ObserveRefund(usize, ObservedRefund),
}

fn input() -> impl Strategy<Value = Input> {
    let ended = Answer::AuthorizationEnded {
        code: "authorization_expired".to_owned(),
    };
    let challenge = Answer::ActionRequired {
        reference: "pi_1".to_owned(),
        redirect_url: "https://bank/1".to_owned(),
    };
    let answers = vec![done(), done(), refused("no"), ended, challenge];
    let intents = vec![
        ObservedIntent::Authorized,
        ObservedIntent::ActionRequired {
            redirect_url: "https://bank/2".to_owned(),
        },
        ObservedIntent::Declined {
            code: "no".to_owned(),
            card_fingerprint: None,
        },
        ObservedIntent::Canceled { expired: true },
        ObservedIntent::Captured,
    ];
    let refunds = vec![
        ObservedRefund::Accepted,
        ObservedRefund::Failed {
            code: "no".to_owned(),
        },
    ];
    prop_oneof![
        2 => Just(Input::Authorize),
        1 => Just(Input::Void),
        3 => (1..4_u32).prop_map(Input::Capture),
        3 => (-1..1_200_i64).prop_map(Input::Refund),
        1 => (0..9_usize).prop_map(Input::RepeatRefund),
        2 => Just(Input::Attempt),
        6 => (0..9_usize, prop::sample::select(answers)).prop_map(|(at, answer)| Input::Answer(at, answer)),
        1 => prop::sample::select(intents).prop_map(Input::Observe),
        1 => (0..9_usize, prop::sample::select(refunds)).prop_map(|(at, seen)| Input::ObserveRefund(at, seen)),
    ]
}

/// One payment with its operations that have no answer, and all that was decided.
struct World {
    sender: Sender,
    state: State,
    open: Vec<NewOperation>,
    booked: Vec<Booking>,
    replies: Vec<Reply>,
    refunds: Vec<RefundPayment>,
}

impl World {
    fn new() -> Self {
        Self {
            sender: Sender::new(),
            state: State::default(),
            open: Vec::new(),
            booked: Vec::new(),
            replies: Vec::new(),
            refunds: Vec::new(),
        }
    }

    fn payment(&self) -> Option<Payment> {
        let id = self.sender.void.payment_id;
        self.state.payments.get(&id).cloned()
    }

    fn command(&mut self, command: Command) {
        // One that does not apply changes nothing.
        if let Ok(decision) = self.state.decide(&command, now()) {
            self.apply(decision);
        }
    }

    fn refund(&mut self, minor: i64) {
        let command = self.sender.refund(minor);
        self.refunds.push(command.clone());
        self.command(Command::Refund(command));
    }

    fn act(&mut self, input: Input) {
        match input {
            Input::Authorize => self.command(Command::Authorize(self.sender.authorize.clone())),
            Input::Void => self.command(Command::Void(self.sender.void.clone())),
            Input::Capture(shipment) => self.command(Command::Capture(CapturePayment {
                shipment,
                ..self.sender.capture.clone()
            })),
            Input::Refund(minor) => self.refund(minor),
            Input::RepeatRefund(at) => {
                if let Some(command) = self.refunds.get(at).cloned() {
                    self.command(Command::Refund(command));
                }
            }
            Input::Attempt => {
                if self.open.iter().any(|open| open.task == Task::Authorize) {
                    self.state.attempted.insert(self.sender.void.payment_id);
                }
            }
            Input::Answer(at, answer) => self.answer(at, answer),
            Input::Observe(seen) => {
                if let Some(payment) = self.payment() {
                    self.apply(crate::domain::observe(payment, "pi_1", seen));
                }
            }
            Input::ObserveRefund(at, seen) => {
                let refund = self.refunds.get(at);
                let refund = refund.and_then(|refund| self.state.refunds.get(&refund.refund_id));
                if let (Some(payment), Some(refund)) = (self.payment(), refund.cloned()) {
                    self.apply(observe_refund(payment, refund, "pi_1", seen));
                }
            }
        }
    }

    fn answer(&mut self, at: usize, answer: Answer) {
        let (Some(operation), Some(payment)) = (self.open.get(at).copied(), self.payment()) else {
            return;
        };
        if operation.task == Task::Authorize && !self.state.attempted.contains(&payment.id) {
            return;
        }
        let refund = match operation.task {
            Task::Refund(id) => self.state.refunds.get(&id).cloned(),
            _ => None,
        };
        // An operation whose answer does not apply stays open.
        if let Ok(decision) = settle(payment, refund, operation.task, answer) {
            self.open.remove(at);
            self.apply(decision);
        }
    }

    fn apply(&mut self, decision: Decision) {
        if decision.withdraw {
            self.open.retain(|open| open.task != Task::Authorize);
        }
        if let Some(payment) = decision.payment {
            self.state.payments.insert(payment.id, payment);
        }
        if let Some(refund) = decision.refund {
            self.state.refunds.insert(refund.id, refund);
        }
        self.open.extend(decision.operation);
        self.booked.extend(decision.book);
        self.replies.extend(decision.replies);
    }

    fn in_flight(&self) -> i64 {
        let refunds = self.state.refunds.values();
        let requested = refunds.filter(|refund| refund.status == RefundStatus::Requested);
        requested.map(|refund| refund.amount.minor_units()).sum()
    }

    fn check(&self) {
        let count = |kind| {
            self.booked
                .iter()
                .filter(|booked| booked.kind == kind)
                .count()
        };
        let [authorized, captured, voided, expired] =
            [Kind::Authorize, Kind::Capture, Kind::Void, Kind::Expire].map(count);
        assert!(authorized <= 1, "an amount is authorized once");
        let ended = captured + voided + expired;
        assert!(
            ended <= authorized,
            "an authorization ends once, in one way"
        );
        let Some(payment) = self.payment() else {
            assert!(self.booked.is_empty());
            return;
        };
        let is_booked = match payment.status {
            Status::Authorizing | Status::ActionRequired | Status::Declined => authorized == 0,
            Status::Authorized => authorized == 1 && ended == 0,
            Status::Voided => voided == authorized,
            Status::Expired => expired == 1,
            Status::Captured => captured == 1,
        };
        assert!(is_booked, "{payment:?}");

        let mut refunded = 0;
        for booked in &self.booked {
            assert_eq!(count(booked.kind), 1, "{:?} is booked once", booked.kind);
            match booked.kind {
                Kind::Refund(_) => refunded += booked.amount.minor_units(),
                Kind::RefundReversal(id) => {
                    assert_eq!(count(Kind::Refund(id)), 1);
                    refunded -= booked.amount.minor_units();
                }
                _ => {}
            }
        }
        assert_eq!(refunded, payment.refunded);
        let most = if payment.status == Status::Captured {
            1_000
        } else {
            0
        };
        assert!(
            payment.refunded + self.in_flight() <= most,
            "no more than was captured"
        );

        let said = |is: fn(&Reply) -> bool| self.replies.iter().any(is);
        let both = said(|reply| matches!(reply, Reply::Captured(_)))
            && said(|reply| matches!(reply, Reply::Voided(_)));
        assert!(!both, "a payment is captured or voided");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_sequence_books_an_amount_twice_or_refunds_more_than_was_captured(
        inputs in prop::collection::vec(input(), 0..60),
    ) {
        let mut world = World::new();
        for input in inputs {
            world.act(input);
            world.check();
        }
    }

    #[test]
    fn the_last_refund_takes_the_rest_exactly(parts in prop::collection::vec(1..400_i64, 0..6)) {
        let mut world = World::new();
        for input in [Input::Authorize, Input::Attempt, Input::Answer(0, done()), Input::Capture(1)] {
            world.act(input);
        }
        world.act(Input::Answer(0, done()));
        for minor in parts {
            world.refund(minor);
        }
        let rest = 1_000 - world.in_flight();
        world.refund(rest + 1);
        prop_assert_eq!(world.in_flight(), 1_000 - rest, "more than the rest is refused");
        world.refund(rest);
        prop_assert_eq!(world.in_flight(), 1_000);
        while !world.open.is_empty() {
            world.act(Input::Answer(0, done()));
            world.check();
        }
        prop_assert_eq!(world.payment().unwrap().refunded, 1_000);
    }
}
