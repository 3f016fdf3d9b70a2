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

/// A stored refresh token that a client presents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PresentedToken {
    /// Whether it was already used.
    pub(crate) spent: bool,
    /// When it expires.
    pub(crate) expires_at: DateTime<Utc>,
    /// Whether its session is revoked.
    pub(crate) revoked: bool,
    /// When its session started.
    pub(crate) started_at: DateTime<Utc>,
}

/// What to do with a presented token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefreshDecision {
    /// Spend it and issue the next one.
    Exchange {
        /// When the next token expires.
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
            RefreshDecision::Invalid
        } else if self.spent {
            RefreshDecision::Reused
        } else if self.revoked {
            RefreshDecision::Invalid
        } else {
            RefreshDecision::Exchange {
                expires_at: lifetimes.expires_at(self.started_at, now),
            }
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
            spent: false,
            expires_at: START + Duration::days(30),
            revoked: false,
            started_at: START,
        }
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
            spent: true,
            ..token()
        };
        assert_eq!(decision_on(30, &spent), RefreshDecision::Invalid);
    }

    #[test]
    fn a_spent_token_is_reuse_even_after_revocation() {
        for revoked in [false, true] {
            let spent = PresentedToken {
                spent: true,
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

    fn decision_on(day: i64, token: &PresentedToken) -> RefreshDecision {
        token.decide(START + Duration::days(day), &LIFETIMES)
    }

    fn exchange_until(day: i64) -> RefreshDecision {
        RefreshDecision::Exchange {
            expires_at: START + Duration::days(day),
        }
    }
}
