//! The rules of TOTP (RFC 6238): which time steps count, that a step counts once, and how often one may guess.

use chrono::{DateTime, Duration, Utc};

/// Seconds of a time step; the only value that all authenticator apps support.
pub(crate) const STEP_S: i64 = 30;
/// Wrong codes in [`LOCK_TIME`] before no code is accepted. With three codes valid at a time, guessing succeeds with
/// a chance of 0.15 % per day, and only for someone who knows the password.
const MAX_FAILURES: i32 = 5;
const LOCK_TIME: Duration = Duration::minutes(15);
/// Before every time step.
const NO_STEP: i64 = 0;

/// The time steps whose codes are accepted: the current one and its neighbors, since clocks differ and typing takes
/// time (RFC 6238, section 5.2).
pub(crate) fn accepted_steps(now: DateTime<Utc>) -> [i64; 3] {
    let step = now.timestamp() / STEP_S;
    [step - 1, step, step + 1]
}

/// The codes that were tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tries {
    /// The time step of the last accepted code of the secret.
    pub(crate) last_step: i64,
    /// Wrong codes since `failing_since`.
    pub(crate) failures: i32,
    pub(crate) failing_since: Option<DateTime<Utc>>,
}

/// What a code turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeMatch {
    /// The code of this time step.
    Step(i64),
    /// An unused recovery code.
    Recovery,
    /// No valid code.
    Nothing,
}

/// The answer to a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It proves the second factor.
    Accept(Tries),
    /// It was used before. Anyone who sends it saw it, so it is no guess and counts for nothing.
    Replayed,
    /// It is wrong.
    Refuse(Tries),
}

impl Tries {
    /// The tries of another secret of the account, of which no code was accepted yet. The wrong codes stay: a new secret is
    /// no way around the limit.
    pub(crate) fn of_new_secret(self) -> Self {
        Self {
            last_step: NO_STEP,
            ..self
        }
    }

    /// When the next code is accepted; `None` if it is now.
    pub(crate) fn locked_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = self.failing_since? + LOCK_TIME;
        (self.failures >= MAX_FAILURES && now < until).then_some(until)
    }

    /// Decides on a code at `now`, while not locked.
    pub(crate) fn decide(self, code: CodeMatch, now: DateTime<Utc>) -> Decision {
        let clean = Self {
            failures: 0,
            failing_since: None,
            ..self
        };
        match code {
            CodeMatch::Step(step) if step <= self.last_step => Decision::Replayed,
            CodeMatch::Step(step) => Decision::Accept(Self {
                last_step: step,
                ..clean
            }),
            CodeMatch::Recovery => Decision::Accept(clean),
            CodeMatch::Nothing => Decision::Refuse(self.failed(now)),
        }
    }

    fn failed(self, now: DateTime<Utc>) -> Self {
        match self.failing_since {
            Some(since) if now < since + LOCK_TIME => Self {
                failures: self.failures.saturating_add(1),
                ..self
            },
            _ => Self {
                failures: 1,
                failing_since: Some(now),
                ..self
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Tries = Tries {
        last_step: 0,
        failures: 0,
        failing_since: None,
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::seconds(seconds)
    }

    fn refused(tries: Tries, seconds: i64) -> Tries {
        match tries.decide(CodeMatch::Nothing, at(seconds)) {
            Decision::Refuse(tries) => tries,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_codes_of_the_neighboring_time_steps_are_accepted() {
        assert_eq!(accepted_steps(at(89)), [1, 2, 3]);
        assert_eq!(accepted_steps(at(90)), [2, 3, 4]);
    }

    #[test]
    fn a_time_step_is_accepted_once_and_no_earlier_one_after_it() {
        let Decision::Accept(tries) = NEW.decide(CodeMatch::Step(3), at(90)) else {
            panic!("not accepted");
        };
        for step in [2, 3] {
            assert_eq!(
                tries.decide(CodeMatch::Step(step), at(91)),
                Decision::Replayed
            );
        }
        assert!(matches!(
            tries.decide(CodeMatch::Step(4), at(91)),
            Decision::Accept(Tries { last_step: 4, .. })
        ));
    }

    #[test]
    fn a_step_of_one_secret_is_not_used_up_for_another() {
        let Decision::Accept(tries) = NEW.decide(CodeMatch::Step(3), at(90)) else {
            panic!("not accepted");
        };
        let tries = refused(tries, 91).of_new_secret();
        assert_eq!(tries.failures, 1);
        assert!(matches!(
            tries.decide(CodeMatch::Step(3), at(92)),
            Decision::Accept(Tries { last_step: 3, .. })
        ));
    }

    #[test]
    fn five_wrong_codes_lock_for_15_minutes_after_the_first() {
        let mut tries = NEW;
        for second in 0..5 {
            assert_eq!(tries.locked_until(at(second)), None);
            tries = refused(tries, second);
        }
        assert_eq!(tries.locked_until(at(5)), Some(at(900)));
        assert_eq!(tries.locked_until(at(900)), None);
        // The count starts again.
        let tries = refused(tries, 900);
        assert_eq!((tries.failures, tries.failing_since), (1, Some(at(900))));
    }

    #[test]
    fn a_right_code_forgives_the_wrong_ones() {
        let tries = refused(refused(NEW, 0), 1);
        for code in [CodeMatch::Step(9), CodeMatch::Recovery] {
            let Decision::Accept(tries) = tries.decide(code, at(2)) else {
                panic!("not accepted");
            };
            assert_eq!((tries.failures, tries.failing_since), (0, None));
        }
    }
}
