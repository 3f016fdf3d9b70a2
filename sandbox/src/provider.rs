//! The way of every call: key, harm, idempotency, act, answer.

mod calls;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use kernel::Clock;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::Notify;

use crate::book::{Book, Fingerprint, Kept, Look, Page, Setting};
use crate::error::ApiError;
use crate::faults::{Fault, Faults, Harm, Mode, Operation};
use crate::form::Form;
use crate::habits::Habits;
use crate::model::Cause;

pub(crate) use calls::{perform, refuse, show};

/// The provider: what it remembers, and which calls are running.
#[derive(Debug)]
pub(crate) struct Provider {
    secret_key: SecretString,
    clock: Clock,
    habits: Habits,
    book: Book,
    /// Idempotency keys whose first request still runs.
    running: Mutex<HashMap<String, Fingerprint>>,
    calls: AtomicU64,
    /// Rung when there may be events to send.
    pub(crate) bell: Notify,
}

/// What comes of a call.
#[derive(Debug)]
pub(crate) struct Saved {
    pub(crate) status: u16,
    pub(crate) body: Box<str>,
    pub(crate) replayed: bool,
}

/// One call on its way.
pub(crate) struct Call {
    pub(crate) request: Fingerprint,
    pub(crate) form: Form,
    pub(crate) cause: Cause,
    pub(crate) harm: Harm,
}

impl Provider {
    pub(crate) fn new(secret_key: SecretString, habits: Habits, book: Book, clock: Clock) -> Self {
        Self {
            secret_key,
            clock,
            habits,
            book,
            running: Mutex::default(),
            calls: AtomicU64::new(0),
            bell: Notify::new(),
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn look(&self) -> Result<Look, ApiError> {
        self.book.look()
    }

    /// Calls of the API that are running.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Changes something on our own account, not on a caller's.
    pub(crate) fn write<T>(
        &self,
        act: impl FnOnce(&mut Page<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        self.write_for(Cause::default(), act)
    }

    fn write_for<T>(
        &self,
        cause: Cause,
        act: impl FnOnce(&mut Page<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let setting = Setting {
            now: self.now(),
            cause,
            habits: &self.habits,
        };
        let result = self.book.write(setting, act);
        self.bell.notify_one();
        result
    }

    /// The harm to a call. What is used up is so before the call goes on, whatever becomes of it.
    fn harm(&self, operation: Operation) -> Result<Harm, ApiError> {
        if !self.look()?.faults()?.harms_calls() {
            return Ok(Harm::default());
        }
        self.write(|page| {
            let mut faults: Faults = page.faults()?;
            let harm = faults.take(operation);
            page.put_faults(&faults)?;
            Ok(harm)
        })
    }

    /// Acts at most once per idempotency key.
    async fn act<F>(&self, call: Call, act: F) -> Result<Saved, ApiError>
    where
        F: FnOnce(&mut Page<'_>, &Form) -> Result<Value, ApiError>,
    {
        match call.harm.fault {
            Some(Fault::Fail(status, Mode::Refuse)) => return Err(ApiError::injected(status)),
            Some(Fault::CutBefore) => return Err(ApiError::cut()),
            _ => {}
        }
        let key = call.cause.idempotency_key.clone();
        let _claim = match &key {
            Some(key) => match self.claim(key, call.request)? {
                Claim::Fresh(running) => Some(running),
                Claim::Replay(saved) => return Ok(saved),
            },
            None => None,
        };
        calls::pause(call.harm.before).await;
        let instead = match call.harm.fault {
            Some(Fault::Fail(status, mode)) => Some((ApiError::injected(status), mode)),
            _ => None,
        };
        self.write_for(call.cause, |page| {
            let result = match &instead {
                Some((failure, Mode::Store)) => Err(failure.clone().stored()),
                Some((failure, _)) => match act(page, &call.form) {
                    Err(error) if !error.acted() => Err(error),
                    _ => Err(failure.clone().stored()),
                },
                None => act(page, &call.form),
            };
            let saved = match result {
                Ok(body) => Saved::of(200, &body),
                Err(error) if error.acted() => Saved::of(error.status(), &error.body()),
                // Nothing happened, and nothing is kept.
                Err(error) => return Err(error),
            };
            if let Some(key) = &key {
                let kept = Kept {
                    request: call.request,
                    status: saved.status,
                    body: saved.body.clone(),
                };
                page.keep(key, &kept)?;
            }
            Ok(saved)
        })
    }

    /// Claims a key for a request that is about to run.
    fn claim(&self, key: &str, request: Fingerprint) -> Result<Claim<'_>, ApiError> {
        let mut running = self.running();
        match running.get(key) {
            Some(first) if *first != request => return Err(ApiError::key_reused()),
            Some(_) => return Err(ApiError::key_in_use()),
            None => {}
        }
        if let Some(kept) = self.look()?.kept(key, request)? {
            return Ok(Claim::Replay(Saved {
                status: kept.status,
                body: kept.body,
                replayed: true,
            }));
        }
        running.insert(key.to_owned(), request);
        Ok(Claim::Fresh(Running {
            provider: self,
            key: key.to_owned(),
        }))
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Fingerprint>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Saved {
    fn of(status: u16, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string().into_boxed_str(),
            replayed: false,
        }
    }
}

/// What an idempotency key says about a request.
enum Claim<'a> {
    /// Never answered: go on.
    Fresh(Running<'a>),
    /// The same request was answered before.
    Replay(Saved),
}

/// A key in use, for as long as this lives.
struct Running<'a> {
    provider: &'a Provider,
    key: String,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.provider.running().remove(&self.key);
    }
}
