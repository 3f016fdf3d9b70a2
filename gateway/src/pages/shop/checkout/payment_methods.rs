/// A test card of the payment provider, as the page explains it.
pub(super) struct TestCard {
    /// The provider's id of the payment method.
    pub(super) id: &'static str,
    /// What it does.
    pub(super) name: &'static str,
    /// What happens.
    pub(super) hint: &'static str,
}

/// Test cards of <https://docs.stripe.com/testing>, which the sandbox and Stripe's test mode know. No money moves.
pub(super) const TEST_CARDS: [TestCard; 8] = [
    TestCard {
        id: "pm_card_visa",
        name: "Visa that pays",
        hint: "4242 4242 4242 4242. The bank approves at once.",
    },
    TestCard {
        id: "pm_card_mastercard",
        name: "Mastercard that pays",
        hint: "5555 5555 5555 4444. The bank approves at once.",
    },
    TestCard {
        id: "pm_card_authenticationRequired",
        name: "Visa with 3-D Secure",
        hint: "4000 0025 0000 3155. The bank asks you to confirm the payment on its page.",
    },
    TestCard {
        id: "pm_card_chargeDeclined",
        name: "Visa that is declined",
        hint: "4000 0000 0000 0002. The bank gives no reason.",
    },
    TestCard {
        id: "pm_card_chargeDeclinedInsufficientFunds",
        name: "Visa without enough money",
        hint: "4000 0000 0000 9995. The bank declines.",
    },
    TestCard {
        id: "pm_card_chargeDeclinedExpiredCard",
        name: "Visa that has expired",
        hint: "4000 0000 0000 0069. The bank declines.",
    },
    TestCard {
        id: "pm_card_threeDSecureRequiredChargeDeclined",
        name: "Visa with 3-D Secure, then declined",
        hint: "The bank asks you to confirm, and declines afterward.",
    },
    TestCard {
        id: "pm_card_pendingRefund",
        name: "Visa with slow refunds",
        hint: "4000 0000 0000 7726. It pays; a refund takes a moment.",
    },
];
