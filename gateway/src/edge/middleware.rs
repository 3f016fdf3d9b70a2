//! The order of the middleware, outermost first:
//!
//! 1. `exchange`: reports to the connection when a request begins and when its response ends.
//! 2. `trace`: the root span; everything below runs inside it.
//! 3. `measure`: rate, errors and duration per row of a table.
//! 4. `headers`: the headers of every response.
//! 5. `problems`: the body of every error response.
//! 6. CORS, when origins are configured.
//! 7. per row: the gate (token, rate limit, access, panics), then compression of search responses.

use actix_cors::Cors;
use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::{Condition, from_fn},
    web::{Data, ServiceConfig},
};
use tracing_actix_web::TracingLogger;

use crate::edge::{
    config::{self, HttpConfig},
    header_names::{
        CART_TOKEN, DEVICE_TOKEN, IDEMPOTENCY_KEY, LAST_EVENT_ID, TRACEPARENT, TRACESTATE,
    },
};

mod exchange;
mod headers;
mod measure;
mod problems;
mod trace;

pub(crate) use headers::Policy;
pub(crate) use problems::ProblemPage;
#[cfg(test)]
pub(crate) use problems::problems;

/// The application: the routes of `tables` inside the middleware. The last `wrap` is the outermost.
pub(crate) fn app(
    http: Data<HttpConfig>,
    tables: fn(&mut ServiceConfig),
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .wrap(Condition::new(
            !http.allowed_origins.is_empty(),
            cors(&http.allowed_origins),
        ))
        .wrap(from_fn(problems::problems))
        .wrap(from_fn(headers::headers))
        .wrap(from_fn(measure::measure))
        .wrap(TracingLogger::<trace::RootSpan>::new())
        .wrap(from_fn(exchange::exchange))
        .app_data(http)
        .configure(tables)
}

fn cors(origins: &str) -> Cors {
    let cors = Cors::default()
        .allowed_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            CART_TOKEN,
            DEVICE_TOKEN,
            IDEMPOTENCY_KEY,
            LAST_EVENT_ID,
            TRACEPARENT,
            TRACESTATE,
        ])
        .expose_headers([
            header::ETAG,
            header::LINK,
            header::LOCATION,
            header::RETRY_AFTER,
            header::WWW_AUTHENTICATE,
            CART_TOKEN,
        ])
        .max_age(3_600);
    config::list(origins).fold(cors, Cors::allowed_origin)
}
