//! Limits of declined payments. Who tests stolen cards, or guesses their details, needs many declines.

use chrono::{DateTime, Duration, Utc};

/// What declined payments are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CountedBy {
    Account,
    Card,
    Network,
}

/// How many payments may be declined within `window`, until no order is accepted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeclineLimits {
    pub(crate) window: Duration,
    pub(crate) per_account: u32,
    pub(crate) per_card: u32,
    pub(crate) per_network: u32,
}

/// The declined payments of a window, as far as a checkout needs them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Declines {
    /// Times of the customer's declines, the newest ones, at most `per_account`.
    pub(crate) of_account: Vec<DateTime<Utc>>,
    /// When the customer placed the orders whose payment may still be declined, the newest ones, at most `per_account`.
    pub(crate) pending: Vec<DateTime<Utc>>,
    /// Time of the decline that reaches the limit of the card, counted from the newest.
    pub(crate) of_card: Option<DateTime<Utc>>,
    /// The same of the network.
    pub(crate) of_network: Option<DateTime<Utc>>,
}

/// A limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LimitReached {
    pub(crate) by: CountedBy,
    /// Whole seconds until a decline leaves the window, at least 1.
    pub(crate) retry_after_s: u32,
}

impl DeclineLimits {
    /// Whether another payment may be tried now.
    ///
    /// Orders in flight count as declined. Otherwise, any number of checkouts at the same time would pass before the
    /// first of them is declined.
    pub(crate) fn check(
        &self,
        declines: &Declines,
        now: DateTime<Utc>,
    ) -> Result<(), LimitReached> {
        let mut of_account = [declines.of_account.as_slice(), &declines.pending].concat();
        of_account.sort_unstable_by(|a, b| b.cmp(a));
        let reaching = usize::try_from(self.per_account.max(1)).unwrap_or(usize::MAX) - 1;
        let of_account = of_account.get(reaching).copied();
        let reached = [
            (CountedBy::Account, of_account),
            (CountedBy::Card, declines.of_card),
            (CountedBy::Network, declines.of_network),
        ];
        let mut reached = reached
            .into_iter()
            .filter_map(|(by, at)| Some((by, at? + self.window)));
        match reached.find(|(_, until)| *until > now) {
            None => Ok(()),
            Some((by, until)) => Err(LimitReached {
                by,
                retry_after_s: seconds_until(until, now),
            }),
        }
    }
}

fn seconds_until(until: DateTime<Utc>, now: DateTime<Utc>) -> u32 {
    let seconds = (until - now).num_milliseconds().saturating_add(999) / 1_000;
    u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: DeclineLimits = DeclineLimits {
        window: Duration::seconds(100),
        per_account: 3,
        per_card: 2,
        per_network: 5,
    };

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::seconds(second)
    }

    fn account(declined: &[i64], pending: &[i64]) -> Declines {
        let times = |seconds: &[i64]| seconds.iter().map(|second| at(*second)).collect();
        Declines {
            of_account: times(declined),
            pending: times(pending),
            ..Declines::default()
        }
    }

    fn reached(by: CountedBy, retry_after_s: u32) -> Result<(), LimitReached> {
        Err(LimitReached { by, retry_after_s })
    }

    #[test]
    fn an_account_waits_until_a_decline_leaves_the_window() {
        assert_eq!(LIMITS.check(&account(&[50, 40], &[]), at(60)), Ok(()));
        let three = account(&[50, 40, 30], &[]);
        assert_eq!(
            LIMITS.check(&three, at(60)),
            reached(CountedBy::Account, 70)
        );
        assert_eq!(
            LIMITS.check(&three, at(129)),
            reached(CountedBy::Account, 1)
        );
        assert_eq!(LIMITS.check(&three, at(130)), Ok(()));
    }

    #[test]
    fn orders_in_flight_count_as_declined() {
        assert_eq!(LIMITS.check(&account(&[50], &[55]), at(60)), Ok(()));
        let after_one = account(&[50], &[40, 55]);
        assert_eq!(
            LIMITS.check(&after_one, at(60)),
            reached(CountedBy::Account, 80)
        );
        let none_declined = account(&[], &[50, 55, 58]);
        assert_eq!(
            LIMITS.check(&none_declined, at(60)),
            reached(CountedBy::Account, 90)
        );
        assert_eq!(LIMITS.check(&account(&[], &[55, 58]), at(60)), Ok(()));
    }

    #[test]
    fn a_card_and_a_network_have_limits_of_their_own() {
        let card = Declines {
            of_card: Some(at(50)),
            ..Declines::default()
        };
        assert_eq!(LIMITS.check(&card, at(60)), reached(CountedBy::Card, 90));
        let network = Declines {
            of_network: Some(at(10)),
            ..Declines::default()
        };
        assert_eq!(
            LIMITS.check(&network, at(60)),
            reached(CountedBy::Network, 50)
        );
        assert_eq!(LIMITS.check(&network, at(110)), Ok(()));
    }
}
