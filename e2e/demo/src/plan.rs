//! What the customer of each order does: a fixed sequence, so that a few orders show every outcome.

/// What a customer does with the page of a 3-D Secure challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Challenge {
    Pass,
    Fail,
    /// Closes the page.
    Leave,
}

/// What becomes of a confirmed order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It stays confirmed.
    Keep,
    /// The customer cancels it.
    Cancel,
    /// Staff ship it, and mark it delivered.
    Deliver,
    /// The customer asks for a return after the delivery, and staff approve it.
    Return,
    /// The same, and staff refuse it.
    RefusedReturn,
}

/// One order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) card: &'static str,
    pub(crate) challenge: Challenge,
    pub(crate) ending: Ending,
}

const VISA: &str = "pm_card_visa";
const SECURE: &str = "pm_card_threeDSecure2Required";

const fn paid(card: &'static str, ending: Ending) -> Plan {
    Plan {
        card,
        challenge: Challenge::Pass,
        ending,
    }
}

const fn challenged(challenge: Challenge) -> Plan {
    Plan {
        card: SECURE,
        challenge,
        ending: Ending::Deliver,
    }
}

/// The sequence. It is repeated.
const PLANS: [Plan; 20] = [
    paid(VISA, Ending::Deliver),
    paid(VISA, Ending::Return),
    paid("pm_card_chargeDeclined", Ending::Keep),
    paid(VISA, Ending::Cancel),
    challenged(Challenge::Pass),
    paid("pm_card_mastercard", Ending::Deliver),
    challenged(Challenge::Fail),
    paid(VISA, Ending::RefusedReturn),
    paid(VISA, Ending::Keep),
    challenged(Challenge::Leave),
    paid(VISA, Ending::Deliver),
    paid("pm_card_amex", Ending::Deliver),
    paid("pm_card_chargeDeclinedInsufficientFunds", Ending::Keep),
    paid(VISA, Ending::Deliver),
    paid(VISA, Ending::Cancel),
    paid("pm_card_mastercard", Ending::Deliver),
    paid(VISA, Ending::Deliver),
    paid(VISA, Ending::Keep),
    paid(VISA, Ending::Deliver),
    paid(VISA, Ending::Deliver),
];

impl Plan {
    /// The plan of the order with this number.
    pub(crate) fn of(number: usize) -> Self {
        let plans = PLANS.iter().cycle();
        plans
            .skip(number % PLANS.len())
            .copied()
            .next()
            .unwrap_or(paid(VISA, Ending::Keep))
    }
}
