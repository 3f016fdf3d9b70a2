//! The checks between a row of the table and its handler: access token, rate limit, access.

use std::panic::AssertUnwindSafe;

use actix_web::{
    Error, HttpMessage, ResponseError,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
    web::Data,
};
use chassis::auth::{Keys, Policy};
use futures_util::FutureExt;

use crate::edge::{
    call::AccessToken,
    client_address::{ClientAddress, TrustedProxies},
    problem::{Problem, reasons},
    rate_limit::{Client, Limiter, Quota},
    route::{Matched, Row},
};

#[cfg(test)]
pub(crate) mod tests;

const SCHEME: &[u8] = b"Bearer";

/// Decides whether a request reaches its handler.
pub(crate) struct Gate {
    /// Verifies access tokens.
    pub(crate) keys: Keys,
    /// Counts requests.
    pub(crate) limiter: Limiter,
    /// Finds the client's address.
    pub(crate) trusted_proxies: TrustedProxies,
}

/// Passes a request of the API, whose caller is in `Authorization`.
///
/// # Errors
/// Those of the handler.
pub(crate) async fn enter(
    row: &'static Row,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    identify(row, &request);
    let token = if row.access.uses_caller() {
        bearer(&request).map(|token| token.map(str::to_owned))
    } else {
        Ok(None)
    };
    pass(row, token, request, next).await
}

/// Passes an identified request with this access token to its handler, or responds with the problem. A panic of the handler becomes
/// an `INTERNAL` problem.
///
/// # Errors
/// Those of the handler.
pub(crate) async fn pass(
    row: &'static Row,
    token: Result<Option<String>, Problem>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let quota = match admit(row, token, &request).await {
        Ok(quota) => quota,
        Err(problem) => return Ok(request.error_response(problem)),
    };
    let http = request.request().clone();
    let answer = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    let mut response = match answer {
        Ok(response) => response?,
        Err(_panic) => {
            tracing::error!(method = row.method, route = row.path, "a handler panicked");
            let problem = Problem::new(&reasons::INTERNAL);
            ServiceResponse::new(http, problem.error_response())
        }
    };
    if let Some(quota) = quota {
        quota.write_headers(response.headers_mut());
    }
    Ok(response)
}

/// Stores the row that a request matched, and its client's address. A layer before the gate needs both for its own calls.
pub(crate) fn identify(row: &'static Row, request: &ServiceRequest) {
    request.extensions_mut().insert(Matched(row));
    let gate = request.app_data::<Data<Gate>>();
    let address = gate.and_then(|gate| gate.trusted_proxies.client_address(request));
    if let Some(address) = address {
        request.extensions_mut().insert(ClientAddress(address));
    }
}

/// An invalid token is rejected where the response depends on the caller. It counts against the limit of its
/// address.
async fn admit(
    row: &'static Row,
    token: Result<Option<String>, Problem>,
    request: &ServiceRequest,
) -> Result<Option<Quota>, Problem> {
    let gate = request
        .app_data::<Data<Gate>>()
        .ok_or_else(|| Problem::new(&reasons::INTERNAL))?;
    let verified = match &token {
        Err(problem) => Err(problem.clone()),
        Ok(Some(token)) if token.is_empty() => Err(Problem::new(&reasons::TOKEN_INVALID)
            .detail("the Authorization header must be `Bearer <access token>`")),
        Ok(Some(token)) => gate
            .keys
            .verify(token)
            .await
            .map(Some)
            .map_err(Problem::from),
        Ok(None) => Ok(None),
    };
    let user = verified
        .as_ref()
        .ok()
        .copied()
        .flatten()
        .map(|caller| caller.user_id);
    let address = request
        .extensions()
        .get()
        .map(|ClientAddress(address)| *address);
    request.extensions_mut().insert(Client { address, user });
    let quota = gate.limiter.take(row.class, address, user).await?;
    let caller = verified?;
    // Also if the caller is refused: the page that says so has their navigation.
    if let Some(token) = token? {
        request.extensions_mut().insert(AccessToken(token));
    }
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    let now = kernel::Clock::system().now().timestamp();
    Policy::decide(row.access.policy(), caller.as_ref(), now)?;
    Ok(quota)
}

/// The bearer token of a request; empty if it is malformed. Another scheme is no token (RFC 6750, section 3.1):
/// it may belong to a proxy in front of the shop.
///
/// # Errors
/// `HEADER_INVALID` if there are several `Authorization` headers: a proxy in front may have checked another one.
fn bearer(request: &ServiceRequest) -> Result<Option<&str>, Problem> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Problem::new(&reasons::HEADER_INVALID)
            .detail("Authorization must be sent once")
            .field("Authorization", "must be sent once"));
    }
    let Some((scheme, rest)) = value.as_bytes().split_at_checked(SCHEME.len()) else {
        return Ok(None);
    };
    let is_bearer =
        scheme.eq_ignore_ascii_case(SCHEME) && rest.first().is_none_or(u8::is_ascii_whitespace);
    Ok(is_bearer.then(|| str::from_utf8(rest).unwrap_or_default().trim()))
}
