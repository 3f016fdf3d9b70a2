use chrono::{DateTime, Duration, Utc};

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetimes {
    /// Time without a refresh after which a session expires.
    pub(crate) idle: Duration,
    /// Maximum lifetime from the sign-in.
    pub(crate) longest: Duration,
}

impl Lifetimes {
    /// When a refresh token issued `now` expires, in a session started at `started_at`.
    pub(crate) fn expires_at(
        &self,
        started_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        (now + self.idle).min(started_at + self.longest)
    }
}

/// For this long after its exchange, a token yields the same successor again: two tabs refreshed at once, or a
/// response was lost. Afterward, its use is reuse.
const REPLAY_WINDOW: Duration = Duration::seconds(10);

/// A stored refresh token that a client presents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PresentedToken {
    /// Its exchange, if it was exchanged.
    pub(crate) spent: Option<Spent>,
    /// When it expires.
    pub(crate) expires_at: DateTime<Utc>,
    /// Whether its session is revoked.
    pub(crate) revoked: bool,
    /// When its session started.
    pub(crate) started_at: DateTime<Utc>,
}

/// The exchange of a token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    /// When it was exchanged.
    pub(crate) at: DateTime<Utc>,
    /// When the successor that is derived from it expires; `None` if another one was issued, with another
    /// server key or by an older version.
    pub(crate) successor_expires_at: Option<DateTime<Utc>>,
}

/// What to do with a presented token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefreshDecision {
    /// Spend it and issue its successor.
    Exchange {
        /// When the successor expires.
        expires_at: DateTime<Utc>,
    },
    /// It was exchanged a moment ago: return the same successor and change nothing.
    Replay {
        /// When the successor expires.
        expires_at: DateTime<Utc>,
    },
    /// It was already used: revoke the session.
    Reused,
    /// Reject it.
    Invalid,
}

impl PresentedToken {
    /// Decides on the token at `now`.
    pub(crate) fn decide(&self, now: DateTime<Utc>, lifetimes: &Lifetimes) -> RefreshDecision {
        if now >= self.expires_at {
            return RefreshDecision::Invalid;
        }
        match self.spent {
            Some(spent) if now < spent.at + REPLAY_WINDOW => match spent.successor_expires_at {
                _ if self.revoked => RefreshDecision::Invalid,
                Some(expires_at) => RefreshDecision::Replay { expires_at },
                None => RefreshDecision::Reused,
            },
            Some(_) => RefreshDecision::Reused,
            None if self.revoked => RefreshDecision::Invalid,
            None => RefreshDecision::Exchange {
                expires_at: lifetimes.expires_at(self.started_at, now),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIMES: Lifetimes = Lifetimes {
        idle: Duration::days(30),
        longest: Duration::days(90),
    };
    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn token() -> PresentedToken {
        PresentedToken {
            spent: None,
            expires_at: START + Duration::days(30),
            revoked: false,
            started_at: START,
        }
    }

    /// Exchanged at the start.
    fn spent() -> Option<Spent> {
        Some(Spent {
            at: START,
            successor_expires_at: Some(START + Duration::days(31)),
        })
    }

    #[test]
    fn a_refresh_restarts_the_idle_time_up_to_the_maximum_lifetime() {
        let at = |day| decision_on(day, &token());
        assert_eq!(at(10), exchange_until(40));
        let late = PresentedToken {
            expires_at: START + Duration::days(90),
            ..token()
        };
        assert_eq!(decision_on(75, &late), exchange_until(90));
    }

    #[test]
    fn an_expired_token_is_invalid() {
        assert_eq!(decision_on(30, &token()), RefreshDecision::Invalid);
        let spent = PresentedToken {
            spent: spent(),
            ..token()
        };
        assert_eq!(decision_on(30, &spent), RefreshDecision::Invalid);
    }

    #[test]
    fn a_spent_token_is_reuse_even_after_revocation() {
        for revoked in [false, true] {
            let spent = PresentedToken {
                spent: spent(),
                revoked,
                ..token()
            };
            assert_eq!(decision_on(1, &spent), RefreshDecision::Reused);
        }
    }

    #[test]
    fn the_latest_token_of_a_revoked_session_is_invalid() {
        let revoked = PresentedToken {
            revoked: true,
            ..token()
        };
        assert_eq!(decision_on(1, &revoked), RefreshDecision::Invalid);
    }

    #[test]
    fn a_spent_token_yields_its_successor_for_10_seconds() {
        let token = PresentedToken {
            spent: spent(),
            ..token()
        };
        let at = |ms| token.decide(START + Duration::milliseconds(ms), &LIFETIMES);
        let replay = RefreshDecision::Replay {
            expires_at: START + Duration::days(31),
        };
        assert_eq!(at(0), replay);
        assert_eq!(at(9_999), replay);
        assert_eq!(at(10_000), RefreshDecision::Reused);
        // The clock of this replica is behind.
        assert_eq!(at(-500), replay);
    }

    #[test]
    fn a_spent_token_of_a_session_that_ended_a_moment_ago_is_invalid() {
        let token = PresentedToken {
            spent: spent(),
            revoked: true,
            ..token()
        };
        assert_eq!(token.decide(START, &LIFETIMES), RefreshDecision::Invalid);
    }

    #[test]
    fn a_successor_that_cannot_be_derived_is_not_replayed() {
        let spent = spent().map(|spent| Spent {
            successor_expires_at: None,
            ..spent
        });
        let token = PresentedToken { spent, ..token() };
        assert_eq!(token.decide(START, &LIFETIMES), RefreshDecision::Reused);
    }

    fn decision_on(day: i64, token: &PresentedToken) -> RefreshDecision {
        token.decide(START + Duration::days(day), &LIFETIMES)
    }

    fn exchange_until(day: i64) -> RefreshDecision {
        RefreshDecision::Exchange {
            expires_at: START + Duration::days(day),
        }
    }
}
