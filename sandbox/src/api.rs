//! The routes of `/v1`, and what its handlers share.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::error::ApiError;
use crate::provider::error_response;

mod events;
mod intents;
mod lists;
mod refunds;

/// Parameters of a body or a query, not validated.
pub(crate) type Pairs = Vec<(String, String)>;

/// Largest form in bytes.
const FORM_LIMIT: usize = 32 * 1024;

/// The subset of Stripe's API that `payment` uses.
pub(crate) fn routes(app: &mut web::ServiceConfig) {
    let forms = web::FormConfig::default()
        .limit(FORM_LIMIT)
        .error_handler(|error, _| malformed(&error));
    let queries = web::QueryConfig::default().error_handler(|error, _| malformed(&error));
    app.app_data(forms).app_data(queries).service(
        web::scope("/v1")
            .route("/payment_intents", web::post().to(intents::create))
            .route("/payment_intents", web::get().to(intents::list))
            .route("/payment_intents/{id}", web::get().to(intents::get))
            .route(
                "/payment_intents/{id}/confirm",
                web::post().to(intents::confirm),
            )
            .route(
                "/payment_intents/{id}/capture",
                web::post().to(intents::capture),
            )
            .route(
                "/payment_intents/{id}/cancel",
                web::post().to(intents::cancel),
            )
            .route("/refunds", web::post().to(refunds::create))
            .route("/refunds", web::get().to(refunds::list))
            .route("/refunds/{id}", web::get().to(refunds::get))
            .route("/events", web::get().to(events::list))
            .route("/events/{id}", web::get().to(events::get)),
    );
}

/// The response to a URL that has no route.
pub(crate) async fn unknown_url(request: HttpRequest) -> HttpResponse {
    error_response(&ApiError::unknown_url(
        request.method().as_str(),
        request.path(),
    ))
}

fn malformed(error: &dyn std::fmt::Display) -> actix_web::Error {
    let response = error_response(&ApiError::malformed(error.to_string()));
    actix_web::error::InternalError::from_response("malformed", response).into()
}
