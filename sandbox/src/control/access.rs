//! Who may call the controls: programs that send the control key. No browser may, so a page that a person
//! opens on this machine cannot change the provider, even if it knows the key.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::browser;

/// Carries the control key.
const HEADER: &str = "sandbox-control-key";

/// The digest of the control key: comparing digests does not leak the key through timing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ControlKey([u8; 32]);

impl ControlKey {
    /// The configured key. Without one there are no controls.
    pub(crate) fn of(configured: &SecretString) -> Option<Self> {
        let key = configured.expose_secret();
        (!key.is_empty()).then(|| Self(Sha256::digest(key).into()))
    }

    fn is_in(self, headers: &HeaderMap) -> bool {
        let mut given = headers.get_all(HEADER);
        match (given.next(), given.next()) {
            (Some(key), None) => <[u8; 32]>::from(Sha256::digest(key)) == self.0,
            _ => false,
        }
    }
}

/// Passes a call on if it may be made.
pub(super) async fn admit(
    key: ControlKey,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let headers = request.headers();
    if browser::is_sent_by_browser(headers) {
        let message =
            "the controls are not for browsers: a request with Origin or Sec-Fetch-Site is refused";
        return Ok(refuse(request, StatusCode::FORBIDDEN, message));
    }
    if !key.is_in(headers) {
        let message = "send the configured `controls.key` as the header Sandbox-Control-Key";
        return Ok(refuse(request, StatusCode::UNAUTHORIZED, message));
    }
    next.call(request).await
}

fn refuse(request: ServiceRequest, status: StatusCode, message: &str) -> ServiceResponse<BoxBody> {
    request.into_response(HttpResponse::build(status).json(json!({ "error": message })))
}
