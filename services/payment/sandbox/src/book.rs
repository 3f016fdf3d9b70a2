//! What the provider remembers: intents, refunds and idempotency keys. Bounded; in memory.
//!
//! Everything that touches the memory goes through here, so that it can be made to outlive the
//! process without the rest noticing.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;

use uuid::Uuid;

use crate::error::ApiError;
use crate::model::{Intent, Refund};

/// An answer as it is replayed: status and body.
pub(crate) type Saved = (u16, Box<str>);

/// What a request asked for: the same for the same URL and parameters.
pub(crate) type Fingerprint = [u8; 32];

#[derive(Debug)]
enum Key {
    Running { request: Fingerprint },
    Done { request: Fingerprint, answer: Saved },
}

/// What an idempotency key says about a request.
#[derive(Debug)]
pub(crate) enum Claim {
    /// Never seen: go on, then call [`Book::finish`].
    Fresh,
    /// The same request was answered before.
    Replay(Saved),
}

/// The memory. Ids are UUIDv7, so that the order of ids is the order of creation.
#[derive(Debug)]
pub(crate) struct Book {
    limit: usize,
    intents: BTreeMap<String, Intent>,
    refunds: BTreeMap<String, Refund>,
    keys: HashMap<String, Key>,
    key_ages: VecDeque<String>,
}

impl Book {
    /// Remembers at most `limit` intents, refunds and keys each; the oldest are forgotten first.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            intents: BTreeMap::new(),
            refunds: BTreeMap::new(),
            keys: HashMap::new(),
            key_ages: VecDeque::new(),
        }
    }

    /// A new id with Stripe's prefix: `pi`, `ch`, `re`.
    pub(crate) fn new_id(prefix: &str) -> String {
        format!("{prefix}_{}", Uuid::now_v7().simple())
    }

    pub(crate) fn insert_intent(&mut self, intent: Intent) {
        self.intents.insert(intent.id.clone(), intent);
        if self.intents.len() > self.limit {
            self.intents.pop_first();
        }
    }

    pub(crate) fn intent(&self, id: &str) -> Result<&Intent, ApiError> {
        self.intents
            .get(id)
            .ok_or_else(|| ApiError::no_such("payment_intent", id, "intent"))
    }

    pub(crate) fn intent_mut(&mut self, id: &str) -> Result<&mut Intent, ApiError> {
        self.intents
            .get_mut(id)
            .ok_or_else(|| ApiError::no_such("payment_intent", id, "intent"))
    }

    /// Intents older than `after`, newest first.
    pub(crate) fn intents_after(&self, after: Option<&str>) -> impl Iterator<Item = &Intent> {
        older_than(&self.intents, after)
    }

    pub(crate) fn insert_refund(&mut self, refund: Refund) {
        self.refunds.insert(refund.id.clone(), refund);
        if self.refunds.len() > self.limit {
            self.refunds.pop_first();
        }
    }

    pub(crate) fn refund(&self, id: &str) -> Result<&Refund, ApiError> {
        self.refunds
            .get(id)
            .ok_or_else(|| ApiError::no_such("refund", id, "id"))
    }

    /// Refunds older than `after`, newest first.
    pub(crate) fn refunds_after(&self, after: Option<&str>) -> impl Iterator<Item = &Refund> {
        older_than(&self.refunds, after)
    }

    /// How many intents and refunds are remembered.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.intents.len(), self.refunds.len())
    }

    /// Claims an idempotency key for a request.
    pub(crate) fn claim(&mut self, key: &str, request: Fingerprint) -> Result<Claim, ApiError> {
        match self.keys.get(key) {
            Some(Key::Running { request: first } | Key::Done { request: first, .. })
                if *first != request =>
            {
                Err(ApiError::key_reused())
            }
            Some(Key::Running { .. }) => Err(ApiError::key_in_use()),
            Some(Key::Done { answer, .. }) => Ok(Claim::Replay(answer.clone())),
            None => {
                let running = Key::Running { request };
                self.keys.insert(key.to_owned(), running);
                self.key_ages.push_back(key.to_owned());
                if self.key_ages.len() > self.limit
                    && let Some(oldest) = self.key_ages.pop_front()
                {
                    self.keys.remove(&oldest);
                }
                Ok(Claim::Fresh)
            }
        }
    }

    /// Keeps the answer of a claimed key, or forgets the key when the request never acted.
    pub(crate) fn finish(&mut self, key: &str, answer: Option<Saved>) {
        match (answer, self.keys.get_mut(key)) {
            (Some(answer), Some(slot)) => {
                if let Key::Running { request } = *slot {
                    *slot = Key::Done { request, answer };
                }
            }
            (None, Some(_)) => {
                self.keys.remove(key);
                self.key_ages.retain(|known| known != key);
            }
            (_, None) => {}
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.limit);
    }
}

fn older_than<'a, T>(
    things: &'a BTreeMap<String, T>,
    after: Option<&str>,
) -> impl Iterator<Item = &'a T> {
    let end = after.map_or(Bound::Unbounded, Bound::Excluded);
    things
        .range::<str, _>((Bound::Unbounded, end))
        .rev()
        .map(|(_, thing)| thing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_key_is_forgotten_first() {
        let mut book = Book::new(2);
        for key in ["a", "b", "c"] {
            assert!(matches!(book.claim(key, [1; 32]).unwrap(), Claim::Fresh));
            book.finish(key, Some((200, "{}".into())));
        }
        assert!(matches!(
            book.claim("c", [1; 32]).unwrap(),
            Claim::Replay(_)
        ));
        assert!(matches!(book.claim("a", [1; 32]).unwrap(), Claim::Fresh));
    }

    #[test]
    fn a_running_key_is_in_use() {
        let mut book = Book::new(2);
        assert!(matches!(book.claim("a", [1; 32]).unwrap(), Claim::Fresh));
        assert_eq!(book.claim("a", [1; 32]).unwrap_err().status(), 409);
        assert_eq!(book.claim("a", [2; 32]).unwrap_err().status(), 400);
    }
}
