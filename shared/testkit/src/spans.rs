//! Records the spans of a process, without a trace layer.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_core::span::Current;

thread_local! {
    static ENTERED: RefCell<Vec<Id>> = const { RefCell::new(Vec::new()) };
}

/// A span with its recorded fields.
#[derive(Debug, Clone)]
pub struct RecordedSpan {
    /// Its id, from 1, as in [`tracing::Span::id`].
    pub id: u64,
    /// The id of its parent.
    pub parent: Option<u64>,
    /// Its name.
    pub name: &'static str,
    /// Its fields as text.
    pub fields: BTreeMap<String, String>,
    /// Whether it has ended.
    pub ended: bool,
    metadata: &'static Metadata<'static>,
    handles: usize,
}

impl RecordedSpan {
    /// The text of a field; empty if it was not recorded.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// The recorder of the spans of this process.
#[derive(Debug, Clone, Default)]
pub struct Spans(Arc<Mutex<Vec<RecordedSpan>>>);

impl Spans {
    /// Starts to record, until the process ends. Call it once per test; each test has its own process.
    pub fn listen() -> Self {
        let spans = Self::default();
        tracing::subscriber::set_global_default(spans.clone())
            .expect("no other subscriber is installed");
        spans
    }

    /// All spans, in the order of their start.
    pub fn all(&self) -> Vec<RecordedSpan> {
        self.seen().clone()
    }

    /// The spans with this name.
    pub fn named(&self, name: &str) -> Vec<RecordedSpan> {
        let mut all = self.all();
        all.retain(|span| span.name == name);
        all
    }

    fn seen(&self) -> MutexGuard<'_, Vec<RecordedSpan>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, id: &Id, change: impl FnOnce(&mut RecordedSpan) -> T) -> T {
        let position = usize::try_from(id.into_u64() - 1).expect("a small number");
        change(&mut self.seen()[position])
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span()
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let around = ENTERED.with_borrow(|entered| entered.last().map(Id::into_u64));
        let parent = attributes.parent().map(Id::into_u64);
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let mut seen = self.seen();
        let id = u64::try_from(seen.len()).expect("a small number") + 1;
        seen.push(RecordedSpan {
            id,
            parent: parent.or(around.filter(|_| attributes.is_contextual())),
            name: attributes.metadata().name(),
            fields: fields.0,
            ended: false,
            metadata: attributes.metadata(),
            handles: 1,
        });
        Id::from_u64(id)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        self.with(id, |span| span.fields.extend(fields.0));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, id: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(id.clone()));
    }

    fn exit(&self, id: &Id) {
        ENTERED.with_borrow_mut(|entered| {
            let last = entered.iter().rposition(|each| each == id);
            last.map(|position| entered.remove(position));
        });
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.with(id, |span| span.handles += 1);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        self.with(&id, |span| {
            span.handles -= 1;
            span.ended = span.handles == 0;
            span.ended
        })
    }

    fn current_span(&self) -> Current {
        match ENTERED.with_borrow(|entered| entered.last().cloned()) {
            Some(id) => {
                let metadata = self.with(&id, |span| span.metadata);
                Current::new(id, metadata)
            }
            None => Current::none(),
        }
    }
}

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}
