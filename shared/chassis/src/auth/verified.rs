//! Tokens that were verified a moment ago. A signature costs more than everything else around a
//! call, and a caller sends the same token again and again.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Caller;

/// Tokens in each of the two generations: about two megabytes when full.
const GENERATION: usize = 2_048;
/// A longer one is verified each time.
const LONGEST_TOKEN: usize = 1_024;

pub(super) struct Verified(Mutex<Generations>);

/// The young ones become the old ones when they are too many; who is still in use moves back.
struct Generations {
    young: HashMap<Box<str>, Entry>,
    old: HashMap<Box<str>, Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    caller: Caller,
    expires_at: i64,
}

impl Verified {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Generations {
            young: HashMap::new(),
            old: HashMap::new(),
        }))
    }

    /// The caller, unless the token has expired by `now` (Unix seconds; without leeway, the slow way
    /// decides about the last seconds).
    pub(super) fn get(&self, token: &str, now: i64) -> Option<Caller> {
        let mut generations = self.generations();
        let entry = match generations.young.get(token) {
            Some(entry) => *entry,
            None => {
                let (token, entry) = generations.old.remove_entry(token)?;
                generations.put(token, entry);
                entry
            }
        };
        (entry.expires_at > now).then_some(entry.caller)
    }

    pub(super) fn put(&self, token: &str, caller: Caller, expires_at: i64) {
        if token.len() <= LONGEST_TOKEN {
            let entry = Entry { caller, expires_at };
            self.generations().put(token.into(), entry);
        }
    }

    pub(super) fn clear(&self) {
        let mut generations = self.generations();
        generations.young.clear();
        generations.old.clear();
    }

    fn generations(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn put(&mut self, token: Box<str>, entry: Entry) {
        if self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(token, entry);
    }
}

#[cfg(test)]
mod tests {
    use kernel::UserId;

    use super::*;
    use crate::auth::Role;

    fn caller() -> Caller {
        Caller {
            user_id: UserId::generate(),
            role: Role::Customer,
            session_id: uuid::Uuid::now_v7(),
        }
    }

    #[test]
    fn a_token_is_remembered_until_it_expires() {
        let (verified, anna) = (Verified::new(), caller());
        verified.put("token", anna, 100);
        assert_eq!(verified.get("token", 99), Some(anna));
        assert_eq!(verified.get("token", 100), None);
        assert_eq!(verified.get("other", 0), None);
    }

    #[test]
    fn memory_is_bounded_and_tokens_in_use_stay() {
        let (verified, anna) = (Verified::new(), caller());
        verified.put("in use", anna, 100);
        for number in 0..GENERATION * 5 {
            verified.put(&format!("token {number}"), caller(), 100);
            assert_eq!(verified.get("in use", 0), Some(anna));
        }
        let generations = verified.generations();
        assert!(generations.young.len() + generations.old.len() <= GENERATION * 2);
        assert!(!generations.young.contains_key("token 0"));
    }

    #[test]
    fn nothing_is_left_after_a_change_of_keys() {
        let verified = Verified::new();
        verified.put("token", caller(), 100);
        verified.clear();
        assert_eq!(verified.get("token", 0), None);
    }
}
