//! Runs each call: fault injection, idempotency key, action in one transaction, stored response.

mod calls;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use kernel::Clock;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::Notify;

use crate::behavior::Behavior;
use crate::error::ApiError;
use crate::faults::{Fault, Faults, Injection, Mode, Operation};
use crate::form::Form;
use crate::model::Cause;
use crate::store::{Fingerprint, Snapshot, Store, StoredResponse, Transaction, WriteContext};

pub(crate) use calls::{error_response, perform, query};

/// The provider: its state, its behavior and its calls in flight.
#[derive(Debug)]
pub(crate) struct Provider {
    secret_key: SecretString,
    clock: Clock,
    behavior: Behavior,
    store: Store,
    /// Idempotency keys whose first request is in flight.
    keys_in_use: Mutex<HashMap<String, Fingerprint>>,
    calls: AtomicU64,
    /// Notified after each write, because it may have enqueued deliveries.
    pub(crate) wake_sender: Notify,
}

/// The response of a call.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Box<str>,
    pub(crate) replayed: bool,
}

/// A call in flight that changes something.
pub(crate) struct Call {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) form: Form,
    pub(crate) cause: Cause,
    pub(crate) injection: Injection,
}

impl Provider {
    pub(crate) fn new(
        secret_key: SecretString,
        behavior: Behavior,
        store: Store,
        clock: Clock,
    ) -> Self {
        Self {
            secret_key,
            clock,
            behavior,
            store,
            keys_in_use: Mutex::default(),
            calls: AtomicU64::new(0),
            wake_sender: Notify::new(),
        }
    }

    /// URL at which browsers reach the sandbox.
    pub(crate) fn public_url(&self) -> &str {
        &self.behavior.public_url
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn read(&self) -> Result<Snapshot, ApiError> {
        self.store.read()
    }

    /// API calls in flight.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Changes the state without an API call: a control, a timer or a delivery.
    pub(crate) fn write<T>(
        &self,
        act: impl FnOnce(&mut Transaction<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        self.write_for(Cause::default(), act)
    }

    fn write_for<T>(
        &self,
        cause: Cause,
        act: impl FnOnce(&mut Transaction<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let context = WriteContext {
            now: self.now(),
            cause,
            behavior: &self.behavior,
        };
        let result = self.store.write(context, act);
        self.wake_sender.notify_one();
        result
    }

    /// The faults to inject into a call. They are consumed before the call runs, whatever its result.
    fn inject(&self, operation: Operation) -> Result<Injection, ApiError> {
        if !self.read()?.faults(self.now())?.affects_calls() {
            return Ok(Injection::default());
        }
        self.write(|transaction| {
            let mut faults: Faults = transaction.faults()?;
            let injection = faults.take(operation);
            transaction.put_faults(&faults)?;
            Ok(injection)
        })
    }

    /// Runs `act` at most once per idempotency key, and stores the response under the key.
    async fn act<F>(&self, call: Call, act: F) -> Result<Response, ApiError>
    where
        F: FnOnce(&mut Transaction<'_>, &Form) -> Result<Value, ApiError>,
    {
        match call.injection.fault {
            Some(Fault::Fail(status, Mode::Refuse)) => return Err(ApiError::injected(status)),
            Some(Fault::CutBefore) => return Err(ApiError::cut()),
            _ => {}
        }
        let key = call.cause.idempotency_key.clone();
        let _guard = match &key {
            Some(key) => match self.claim(key, call.fingerprint)? {
                Claim::New(guard) => Some(guard),
                Claim::Replay(response) => return Ok(response),
            },
            None => None,
        };
        calls::pause(call.injection.before).await;
        let injected = match call.injection.fault {
            Some(Fault::Fail(status, mode)) => Some((ApiError::injected(status), mode)),
            _ => None,
        };
        self.write_for(call.cause, |transaction| {
            let result = match &injected {
                Some((failure, Mode::Store)) => Err(failure.clone().stored()),
                Some((failure, _)) => match act(transaction, &call.form) {
                    Err(error) if !error.acted() => Err(error),
                    _ => Err(failure.clone().stored()),
                },
                None => act(transaction, &call.form),
            };
            let response = match result {
                Ok(body) => Response::of(200, &body),
                Err(error) if error.acted() => Response::of(error.status(), &error.body()),
                // The transaction aborts, and the key stays unused.
                Err(error) => return Err(error),
            };
            if let Some(key) = &key {
                let stored = StoredResponse {
                    request: call.fingerprint,
                    status: response.status,
                    body: response.body.clone(),
                };
                transaction.store_response(key, &stored)?;
            }
            Ok(response)
        })
    }

    /// Claims a key for a request. The lock covers the check of the store too, so that two requests
    /// with one key cannot both run.
    fn claim(&self, key: &str, fingerprint: Fingerprint) -> Result<Claim<'_>, ApiError> {
        let mut keys = self.keys_in_use();
        match keys.get(key) {
            Some(first) if *first != fingerprint => return Err(ApiError::key_reused()),
            Some(_) => return Err(ApiError::key_in_use()),
            None => {}
        }
        if let Some(stored) = self.read()?.stored_response(key, fingerprint)? {
            return Ok(Claim::Replay(Response {
                status: stored.status,
                body: stored.body,
                replayed: true,
            }));
        }
        keys.insert(key.to_owned(), fingerprint);
        Ok(Claim::New(KeyGuard {
            provider: self,
            key: key.to_owned(),
        }))
    }

    fn keys_in_use(&self) -> MutexGuard<'_, HashMap<String, Fingerprint>> {
        self.keys_in_use
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Response {
    fn of(status: u16, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string().into_boxed_str(),
            replayed: false,
        }
    }
}

/// The state of an idempotency key when a request with it arrives.
enum Claim<'a> {
    /// The key has no response yet.
    New(KeyGuard<'a>),
    /// The key has a response from the same request.
    Replay(Response),
}

/// Keeps a key in use until it is dropped.
struct KeyGuard<'a> {
    provider: &'a Provider,
    key: String,
}

impl Drop for KeyGuard<'_> {
    fn drop(&mut self) {
        self.provider.keys_in_use().remove(&self.key);
    }
}
