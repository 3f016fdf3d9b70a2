use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// The schedule data of a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyTimes {
    pub(crate) kid: Uuid,
    /// When it starts to sign; it is published earlier.
    pub(crate) activates_at: DateTime<Utc>,
}

/// The rotation schedule of the signing keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rotation {
    /// Period between two rotations.
    pub(crate) every: Duration,
    /// Time for which a key is published before it signs.
    pub(crate) activation_delay: Duration,
    /// Time for which a key stays published after the next one starts to sign: the lifetime of an
    /// access token plus clock skew.
    pub(crate) overlap: Duration,
}

/// The changes that the schedule requires.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Plan {
    /// Create a key that starts to sign at this time.
    pub(crate) create: Option<DateTime<Utc>>,
    /// Delete these keys: all their tokens have expired.
    pub(crate) retire: Vec<Uuid>,
}

impl Plan {
    pub(crate) fn is_empty(&self) -> bool {
        self.create.is_none() && self.retire.is_empty()
    }
}

/// The signing key: the newest active one, or else the next to become active. None is active if this
/// replica's clock is behind that of the creator, or if the active key was deleted. Returns `None` only
/// if there are no keys.
pub(crate) fn signer(keys: &[KeyTimes], now: DateTime<Utc>) -> Option<Uuid> {
    let active = keys.iter().filter(|key| key.activates_at <= now);
    active
        .max_by_key(|key| key.activates_at)
        .or_else(|| keys.iter().min_by_key(|key| key.activates_at))
        .map(|key| key.kid)
}

impl Rotation {
    /// The changes that are due.
    pub(crate) fn plan(&self, keys: &[KeyTimes], now: DateTime<Utc>) -> Plan {
        let mut keys = keys.to_vec();
        keys.sort_by_key(|key| key.activates_at);
        let create = match keys.last() {
            // No verifier has cached keys yet, so the first key signs immediately.
            None => Some(now),
            Some(newest) if newest.activates_at + self.every <= now => {
                Some(now + self.activation_delay)
            }
            Some(_) => None,
        };
        let retire = keys
            .iter()
            .zip(keys.iter().skip(1))
            .filter(|(_, next)| next.activates_at + self.overlap <= now)
            .map(|(key, _)| key.kid)
            .collect();
        Plan { create, retire }
    }

    /// For a requested rotation: the pending key, or when a new key starts to sign.
    pub(crate) fn next(&self, keys: &[KeyTimes], now: DateTime<Utc>) -> NextKey {
        keys.iter()
            .find(|key| key.activates_at > now)
            .map_or(NextKey::Create(now + self.activation_delay), |key| {
                NextKey::Waiting(*key)
            })
    }
}

/// What signs after a key is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replacement {
    /// The revoked key did not sign.
    Unneeded,
    /// This pending key, from now on: verifiers have it already.
    Promote(Uuid),
    /// A new key, from now on.
    Create,
}

/// What the revocation of a key requires. `None` if there is no such key.
pub(crate) fn replacement(keys: &[KeyTimes], kid: Uuid, now: DateTime<Utc>) -> Option<Replacement> {
    keys.iter().find(|key| key.kid == kid)?;
    if signer(keys, now) != Some(kid) {
        return Some(Replacement::Unneeded);
    }
    let pending = keys
        .iter()
        .filter(|key| key.kid != kid && key.activates_at > now)
        .min_by_key(|key| key.activates_at);
    Some(pending.map_or(Replacement::Create, |key| Replacement::Promote(key.kid)))
}

/// The result of a requested rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextKey {
    /// A key is published and not yet active.
    Waiting(KeyTimes),
    /// Create a key that starts to sign at this time.
    Create(DateTime<Utc>),
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROTATION: Rotation = Rotation {
        every: Duration::days(30),
        activation_delay: Duration::minutes(10),
        overlap: Duration::minutes(20),
    };
    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn key(number: u128, activates_at: DateTime<Utc>) -> KeyTimes {
        KeyTimes {
            kid: Uuid::from_u128(number),
            activates_at,
        }
    }

    #[test]
    fn the_first_key_signs_at_once() {
        let plan = ROTATION.plan(&[], START);
        assert_eq!(plan.create, Some(START));
    }

    #[test]
    fn a_replica_with_a_slow_clock_signs_with_the_first_key() {
        let first = key(1, START + Duration::seconds(2));
        assert!(ROTATION.plan(&[first], START).is_empty());
        assert_eq!(signer(&[first], START), Some(first.kid));
    }

    #[test]
    fn the_next_key_signs_early_if_the_current_key_was_deleted() {
        let next = key(2, START + Duration::minutes(10));
        assert_eq!(signer(&[next], START), Some(next.kid));
        assert_eq!(signer(&[], START), None);
    }

    #[test]
    fn a_key_is_rotated_once_after_its_period() {
        let first = key(1, START);
        let due = START + Duration::days(30);
        assert!(
            ROTATION
                .plan(&[first], due - Duration::seconds(1))
                .is_empty()
        );
        let activates_at = due + Duration::minutes(10);
        assert_eq!(ROTATION.plan(&[first], due).create, Some(activates_at));
        assert!(
            ROTATION
                .plan(&[first, key(2, activates_at)], due)
                .is_empty()
        );
    }

    #[test]
    fn the_old_key_signs_until_the_new_one_is_active() {
        let keys = [key(2, START + Duration::minutes(10)), key(1, START)];
        let at = |minutes| signer(&keys, START + Duration::minutes(minutes));
        assert_eq!(at(9), Some(Uuid::from_u128(1)));
        assert_eq!(at(10), Some(Uuid::from_u128(2)));
        assert_eq!(at(-1), Some(Uuid::from_u128(1)));
    }

    #[test]
    fn an_old_key_is_retired_after_its_last_token_expired() {
        let keys = [key(1, START), key(2, START + Duration::minutes(10))];
        let at = |minutes| {
            ROTATION
                .plan(&keys, START + Duration::minutes(minutes))
                .retire
        };
        assert_eq!(at(29), Vec::<Uuid>::new());
        assert_eq!(at(30), [Uuid::from_u128(1)]);
    }

    #[test]
    fn a_second_rotation_returns_the_pending_key() {
        let first = key(1, START);
        let soon = START + Duration::minutes(10);
        assert_eq!(ROTATION.next(&[first], START), NextKey::Create(soon));
        let second = key(2, soon);
        assert_eq!(
            ROTATION.next(&[first, second], START),
            NextKey::Waiting(second)
        );
        assert_eq!(
            ROTATION.next(&[first, second], soon),
            NextKey::Create(soon + Duration::minutes(10))
        );
    }

    #[test]
    fn a_revoked_signer_is_replaced_by_the_pending_key_or_by_a_new_one() {
        let now = START + Duration::days(40);
        let (verifying, signing) = (key(1, START), key(2, START + Duration::days(30)));
        let pending = key(3, now + Duration::minutes(5));
        let all = [verifying, signing, pending];
        assert_eq!(
            replacement(&all, signing.kid, now),
            Some(Replacement::Promote(pending.kid))
        );
        // Not the older key: the schedule is about to remove it.
        assert_eq!(
            replacement(&all[..2], signing.kid, now),
            Some(Replacement::Create)
        );
        for other in [verifying, pending] {
            assert_eq!(
                replacement(&all, other.kid, now),
                Some(Replacement::Unneeded)
            );
        }
        assert_eq!(replacement(&all, Uuid::from_u128(9), now), None);
    }
}
