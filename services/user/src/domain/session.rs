use chrono::{DateTime, Duration, Utc};

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetimes {
    /// Without a refresh; each refresh begins it anew.
    pub(crate) idle: Duration,
    /// From the sign-in, whatever happens.
    pub(crate) longest: Duration,
}

impl Lifetimes {
    /// When a refresh token issued `now` in a session begun at `started_at` ends.
    pub(crate) fn expires_at(
        &self,
        started_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        (now + self.idle).min(started_at + self.longest)
    }
}

/// A known refresh token that somebody presents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Presented {
    /// It was exchanged before.
    pub(crate) spent: bool,
    /// When it ends.
    pub(crate) expires_at: DateTime<Utc>,
    /// Its session was ended.
    pub(crate) revoked: bool,
    /// When its session began.
    pub(crate) started_at: DateTime<Utc>,
}

/// What is to be done about a presented token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Spend it and issue the next one, which ends then.
    Exchange {
        /// End of the next token.
        expires_at: DateTime<Utc>,
    },
    /// It is a copy: end the session.
    Reused,
    /// It is worth nothing.
    Invalid,
}

impl Presented {
    /// Decides.
    pub(crate) fn judge(&self, now: DateTime<Utc>, lifetimes: &Lifetimes) -> Verdict {
        if now >= self.expires_at {
            Verdict::Invalid
        } else if self.spent {
            Verdict::Reused
        } else if self.revoked {
            Verdict::Invalid
        } else {
            Verdict::Exchange {
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

    fn token() -> Presented {
        Presented {
            spent: false,
            expires_at: START + Duration::days(30),
            revoked: false,
            started_at: START,
        }
    }

    #[test]
    fn a_refresh_begins_the_idle_time_anew_up_to_the_longest_time() {
        let at = |day| token_judged_on(day, &token());
        assert_eq!(at(10), exchange_until(40));
        let late = Presented {
            expires_at: START + Duration::days(90),
            ..token()
        };
        assert_eq!(token_judged_on(75, &late), exchange_until(90));
    }

    #[test]
    fn an_expired_token_is_worth_nothing() {
        assert_eq!(token_judged_on(30, &token()), Verdict::Invalid);
        let spent = Presented {
            spent: true,
            ..token()
        };
        assert_eq!(token_judged_on(30, &spent), Verdict::Invalid);
    }

    #[test]
    fn a_spent_token_is_a_copy_even_after_the_session_was_ended() {
        for revoked in [false, true] {
            let spent = Presented {
                spent: true,
                revoked,
                ..token()
            };
            assert_eq!(token_judged_on(1, &spent), Verdict::Reused);
        }
    }

    #[test]
    fn the_newest_token_of_an_ended_session_is_worth_nothing() {
        let revoked = Presented {
            revoked: true,
            ..token()
        };
        assert_eq!(token_judged_on(1, &revoked), Verdict::Invalid);
    }

    fn token_judged_on(day: i64, token: &Presented) -> Verdict {
        token.judge(START + Duration::days(day), &LIFETIMES)
    }

    fn exchange_until(day: i64) -> Verdict {
        Verdict::Exchange {
            expires_at: START + Duration::days(day),
        }
    }
}
