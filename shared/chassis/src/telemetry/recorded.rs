use tracing::{Metadata, Subscriber, subscriber::Interest};
use tracing_subscriber::layer::{Context, Filter};

use super::context;

/// Lets nothing through below a span that is not recorded. One span of a process has the ids for logs
/// and headers; what happens below it would only be made to be thrown away.
pub(super) struct Recorded;

impl<S: Subscriber> Filter<S> for Recorded {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        !context::is_unrecorded()
    }

    fn callsite_enabled(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
}
