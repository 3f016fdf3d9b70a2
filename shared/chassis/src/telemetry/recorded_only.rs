use tracing::{Metadata, Subscriber, subscriber::Interest};
use tracing_subscriber::layer::{Context, Filter};

use super::context;

/// Disables all spans below a span that is not recorded, because they would not be exported. The
/// span itself stays: it has the ids for logs and headers.
pub(super) struct RecordedOnly;

impl<S: Subscriber> Filter<S> for RecordedOnly {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        !context::is_unrecorded()
    }

    fn callsite_enabled(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
}
