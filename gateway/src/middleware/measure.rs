use std::{cell::RefCell, collections::HashMap, time::Instant};

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use metrics::{Histogram, histogram};

use crate::gate::Matched;

/// Method, route and status: every one of them bounded.
type Labels = (&'static str, &'static str, u16);

thread_local! {
    /// Looking a histogram up by its labels costs more than the whole rest of this file.
    static HISTOGRAMS: RefCell<HashMap<Labels, Histogram>> = RefCell::default();
}

/// Rate, errors and duration per row of the URL table.
pub(super) async fn measure<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let began = Instant::now();
    let outcome = next.call(request).await;
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
                histogram!(
                    "http_server_request_duration_seconds",
                    "method" => *method,
                    "route" => *route,
                    "status" => status.to_string(),
                )
            })
            .record(began.elapsed());
    });
    outcome
}
