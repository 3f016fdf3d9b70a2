//! A cache of verified tokens. Verifying a signature is the most expensive part of handling a call,
//! and a caller sends the same token with each call.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Caller;

/// Tokens in each of the two generations: about two megabytes when full.
const GENERATION: usize = 2_048;
/// Bytes. A longer token is verified each time.
const MAX_TOKEN: usize = 1_024;

pub(super) struct Verified(Mutex<Generations>);

/// When the young generation is full, it replaces the old one. A token of the old generation that is
/// used becomes young again.
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

    /// The caller, unless the token has expired at `now` (Unix seconds). Without leeway: within it,
    /// the full verification decides.
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
        if token.len() <= MAX_TOKEN {
            let entry = Entry { caller, expires_at };
            self.generations().put(token.into(), entry);
        }
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
            groups: kernel::Groups::NONE,
            authenticated_at: 0,
            second_factor: false,
        }
    }

    #[test]
    fn a_token_is_cached_until_it_expires() {
        let (verified, caller_of_token) = (Verified::new(), caller());
        verified.put("token", caller_of_token, 100);
        assert_eq!(verified.get("token", 99), Some(caller_of_token));
        assert_eq!(verified.get("token", 100), None);
        assert_eq!(verified.get("other", 0), None);
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_tokens_in_use() {
        let (verified, caller_of_token) = (Verified::new(), caller());
        verified.put("in use", caller_of_token, 100);
        for number in 0..GENERATION * 5 {
            verified.put(&format!("token {number}"), caller(), 100);
            assert_eq!(verified.get("in use", 0), Some(caller_of_token));
        }
        let generations = verified.generations();
        assert!(generations.young.len() + generations.old.len() <= GENERATION * 2);
        assert!(!generations.young.contains_key("token 0"));
    }
}
