//! A span per statement, named after OpenTelemetry's database conventions. If the trace is not recorded,
//! a statement costs only one check.

use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::connection::{DebugQuery, Instrumentation, InstrumentationEvent};
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use instruments::exemplars::is_recorded;
use tracing::{Span, field};

use crate::error::{is_conflict, is_read_only};
use crate::summary::{operation, summary};

/// Most bytes of a statement on a span.
const MAX_TEXT: usize = 2_000;
/// Most tracked statements in flight of one connection; more than are ever pipelined.
const MAX_OPEN: usize = 64;
/// Precedes the values in Diesel's debug output. They must not appear in traces.
const VALUES: &str = " -- binds: ";

/// The database that statements are sent to.
#[derive(Debug, Default)]
pub(crate) struct Target {
    pub(crate) database: String,
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Target {
    /// Parses a URL; missing parts stay empty.
    pub(crate) fn of(url: &str) -> Self {
        let Ok(config) = crate::server::parse(url) else {
            return Self::default();
        };
        let host = match config.get_hosts().first() {
            Some(tokio_postgres::config::Host::Tcp(host)) => host.clone(),
            Some(tokio_postgres::config::Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        Self {
            database: config.get_dbname().unwrap_or_default().to_owned(),
            host,
            port: config.get_ports().first().copied().unwrap_or(5432),
        }
    }
}

/// Instruments a connection: creates the spans, and records errors for a transaction.
pub(crate) struct Listener {
    target: Arc<Target>,
    observed: Option<Arc<ObservedErrors>>,
    /// Statements in flight, oldest first; several may be pipelined.
    open: VecDeque<(String, Span)>,
}

impl Listener {
    pub(crate) fn new(target: &Arc<Target>, observed: Option<Arc<ObservedErrors>>) -> Self {
        Self {
            target: Arc::clone(target),
            observed,
            open: VecDeque::new(),
        }
    }

    fn started(&mut self, query: &dyn DebugQuery) {
        if !is_recorded() {
            return;
        }
        let span = tracing::debug_span!(
            "sql",
            otel.name = field::Empty,
            otel.kind = "client",
            otel.status_code = field::Empty,
            db.system.name = "postgresql",
            db.namespace = self.target.database,
            db.operation.name = field::Empty,
            db.query.summary = field::Empty,
            db.query.text = field::Empty,
            db.response.status_code = field::Empty,
            server.address = self.target.host,
            server.port = self.target.port,
            error.type = field::Empty,
        );
        let text = text(query);
        let summary = summary(&text);
        span.record("otel.name", summary.as_str());
        span.record("db.query.summary", summary.as_str());
        span.record("db.operation.name", operation(&text).as_str());
        span.record("db.query.text", text.as_str());
        if self.open.len() >= MAX_OPEN {
            self.open.pop_front(); // its end was never reported
        }
        self.open.push_back((text, span));
    }

    fn finished(&mut self, query: &dyn DebugQuery, error: Option<&Error>) {
        if self.open.is_empty() {
            return;
        }
        let text = text(query);
        let Some(position) = self.open.iter().position(|(open, _)| *open == text) else {
            return;
        };
        if let (Some((_, span)), Some(error)) = (self.open.remove(position), error) {
            span.record("otel.status_code", "ERROR");
            match code(error) {
                Some(code) => {
                    span.record("db.response.status_code", code);
                    span.record("error.type", code);
                }
                None => {
                    span.record("error.type", kind(error));
                }
            }
        }
    }
}

/// Removes the instrumentation of a connection that returns to the pool. The spans of canceled statements
/// end now, not at the next checkout.
pub(crate) fn end(conn: &mut AsyncPgConnection) {
    conn.set_instrumentation(None::<Listener>);
}

/// Statements that are still open were canceled.
impl Drop for Listener {
    fn drop(&mut self) {
        for (_, span) in &self.open {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", "canceled");
        }
    }
}

/// The span of waiting for a free connection.
pub(crate) fn wait(target: &Target) -> Span {
    if !is_recorded() {
        return Span::none();
    }
    tracing::debug_span!(
        "wait for a connection",
        db.system.name = "postgresql",
        db.namespace = target.database,
    )
}

impl Instrumentation for Listener {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { query, .. } => self.started(query),
            InstrumentationEvent::FinishQuery { query, error, .. } => {
                self.finished(query, error);
                if let (Some(observed), Some(error)) = (&self.observed, error) {
                    observed.record(error);
                }
            }
            _ => {}
        }
    }
}

/// The statement without its values, which are not formatted: writing ends before them.
fn text(query: &dyn DebugQuery) -> String {
    let mut text = UpToValues(String::new());
    let _ended = write!(text, "{query}");
    let UpToValues(text) = text;
    let text = text.split(VALUES).next().unwrap_or_default();
    let end = text.floor_char_boundary(MAX_TEXT);
    text[..end].to_owned()
}

struct UpToValues(String);

impl Write for UpToValues {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0.push_str(part);
        match self.0.contains(VALUES) || self.0.len() > MAX_TEXT {
            true => Err(fmt::Error),
            false => Ok(()),
        }
    }
}

/// The SQLSTATE, as far as Diesel exposes it.
fn code(error: &Error) -> Option<&'static str> {
    let Error::DatabaseError(kind, info) = error else {
        return None;
    };
    match kind {
        DatabaseErrorKind::UniqueViolation => Some("23505"),
        DatabaseErrorKind::ForeignKeyViolation => Some("23503"),
        DatabaseErrorKind::NotNullViolation => Some("23502"),
        DatabaseErrorKind::CheckViolation => Some("23514"),
        DatabaseErrorKind::ExclusionViolation => Some("23P01"),
        DatabaseErrorKind::RestrictViolation => Some("23001"),
        DatabaseErrorKind::SerializationFailure => Some("40001"),
        DatabaseErrorKind::ReadOnlyTransaction => Some("25006"),
        _ => match info.message() {
            "deadlock detected" => Some("40P01"),
            message if message.starts_with("canceling statement due to lock") => Some("55P03"),
            message if message.starts_with("canceling statement") => Some("57014"),
            message if message.starts_with("current transaction is aborted") => Some("25P02"),
            _ => None,
        },
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => "connection_closed",
        Error::NotFound => "not_found",
        _ => "_OTHER",
    }
}

/// The errors of a transaction's statements.
///
/// Diesel reports the end of each statement, even if the body hides its error. A statement that returns
/// rows ends for Diesel before its first row; a later error is only in the error of the body.
#[derive(Default)]
pub(crate) struct ObservedErrors {
    pub(crate) conflict: AtomicBool,
    pub(crate) read_only: AtomicBool,
}

impl ObservedErrors {
    fn record(&self, error: &Error) {
        if is_conflict(error) {
            self.conflict.store(true, Ordering::Relaxed);
        }
        if is_read_only(error) {
            self.read_only.store(true, Ordering::Relaxed);
        }
    }

    /// Records the error of the body and its sources.
    pub(crate) fn record_sources(&self, error: &(dyn std::error::Error + 'static)) {
        let mut source = Some(error);
        while let Some(error) = source {
            if let Some(error) = error.downcast_ref() {
                self.record(error);
            }
            source = error.source();
        }
    }
}
