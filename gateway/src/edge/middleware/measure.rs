use std::{cell::RefCell, collections::HashMap, sync::LazyLock, time::Instant};

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use instruments::{GaugeSeries, HistogramSeries};

use crate::{
    edge::route::Matched,
    metrics::{HTTP_SERVER_ACTIVE_REQUESTS, HTTP_SERVER_REQUEST_DURATION},
};

/// Method, route and status; each has a bounded set of values.
type Labels = (&'static str, &'static str, u16);

thread_local! {
    /// Series per thread: a lookup by labels is the most expensive part of this middleware.
    static HISTOGRAMS: RefCell<HashMap<Labels, HistogramSeries>> = RefCell::default();
}

static ACTIVE: LazyLock<GaugeSeries> = LazyLock::new(|| HTTP_SERVER_ACTIVE_REQUESTS.of(()));

/// Counts a request as active until its response starts or its client disconnects.
struct Active;

impl Active {
    fn begin() -> Self {
        ACTIVE.inc();
        Self
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        ACTIVE.dec();
    }
}

/// Rate, errors and duration per row of a table.
pub(super) async fn measure<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let began = Instant::now();
    let active = Active::begin();
    let outcome = next.call(request).await;
    drop(active);
    let labels = match &outcome {
        Ok(response) => {
            let (method, route) = match response.request().extensions().get() {
                Some(Matched(row)) => (row.method, row.path),
                None => ("other", "none"),
            };
            (method, route, response.status().as_u16())
        }
        Err(error) => (
            "other",
            "none",
            error.as_response_error().status_code().as_u16(),
        ),
    };
    HISTOGRAMS.with_borrow_mut(|histograms| {
        histograms
            .entry(labels)
            .or_insert_with_key(|(method, route, status)| {
                HTTP_SERVER_REQUEST_DURATION.of((method, route, &status.to_string()))
            })
            .observe(began.elapsed());
    });
    outcome
}
