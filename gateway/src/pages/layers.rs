//! Around the handler of every page: the session, the gate, headers and compression.

use std::rc::Rc;

use actix_web::{
    Error, FromRequest, HttpMessage, Route,
    body::BoxBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::{Compress, Next, from_fn},
    web::Data,
};

use super::{area::Area, config::Config, cookies::Cookies, shop, staff};
use crate::{
    edge::{
        call::AccessToken,
        client_address::ClientAddress,
        gate::{self, Gate},
        problem::{Problem, reasons},
        route::{Access, Class, Row},
    },
    model::RefreshToken,
    upstreams::Upstreams,
};

/// Scripts and styles only from files of the shop; no HTML from strings; forms only to the shop. Product pictures may be
/// anywhere.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'";

/// The headers of every page. With `no-referrer`, browsers would send `Origin: null` with its forms.
const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::REFERRER_POLICY, "same-origin"),
    (
        header::PERMISSIONS_POLICY,
        "camera=(), geolocation=(), microphone=()",
    ),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
];

/// Puts the layers around a handler.
pub(super) fn around(row: &'static Row, handler: Route) -> Route {
    handler
        .wrap(Compress::default())
        .wrap(from_fn(move |request, next| enter(row, request, next)))
}

/// Writes the headers of every page that are not set.
pub(super) fn write_headers(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

async fn enter(
    row: &'static Row,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    gate::identify(row, &request);
    if !is_served(&request)? {
        return Ok(request.error_response(Problem::new(&reasons::NOT_FOUND)));
    }
    let mut response = match row.access {
        // The same for everyone: cookies are neither read nor set.
        Access::Public => gate::pass(row, Ok(None), request, next).await?,
        _ => of_visitor(row, request, next).await?,
    };
    write_headers(response.headers_mut());
    Ok(response)
}

/// Whether the host of the request serves the area of its path.
fn is_served(request: &ServiceRequest) -> Result<bool, Problem> {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let config = config(request)?;
    Ok(Area::of(request.request()) == Area::Shop || config.serves_staff(host))
}

/// A page that depends on its visitor.
async fn of_visitor(
    row: &'static Row,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let cookies = match read_cookies(&request) {
        Ok(cookies) => Rc::new(cookies),
        Err(problem) => return Ok(request.error_response(problem)),
    };
    request.extensions_mut().insert(Rc::clone(&cookies));
    let token = access_token(row, &request, &cookies).await;
    let mut response = gate::pass(row, token, request, next).await?;

    let is_signed_in = response.request().extensions().contains::<AccessToken>();
    let is_read = matches!(*response.request().method(), Method::GET | Method::HEAD);
    // With a session, a service that rejects it is a problem to show: the page to sign in would lead back here.
    if response.status() == StatusCode::UNAUTHORIZED && (!is_signed_in || needs_code(&response)) {
        response = to_sign_in(response);
    }
    let headers = response.headers_mut();
    cookies.write(headers);
    if !headers.contains_key(header::CACHE_CONTROL) {
        let value = match is_read && !is_signed_in {
            true => "private, no-cache",
            false => "private, no-store",
        };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
    }
    Ok(response)
}

fn read_cookies(request: &ServiceRequest) -> Result<Cookies, Problem> {
    Cookies::read(request.request(), config(request)?)
}

fn config(request: &ServiceRequest) -> Result<&Config, Problem> {
    let config = request.app_data::<Data<Config>>();
    config
        .map(|config| config.get_ref())
        .ok_or_else(|| Problem::new(&reasons::INTERNAL))
}

/// The visitor's access token; refreshed if it has expired. `None` for a guest, and for a visitor whose session has ended.
async fn access_token(
    row: &'static Row,
    request: &ServiceRequest,
    cookies: &Cookies,
) -> Result<Option<String>, Problem> {
    match session_token(request, cookies).await {
        // While sessions cannot be checked, everyone can still look around.
        Err(problem) if problem.kind().status >= 500 && is_of_catalog(row) => Ok(None),
        outcome => outcome,
    }
}

fn is_of_catalog(row: &Row) -> bool {
    row.access == Access::Optional && matches!(row.class, Class::Page | Class::Search)
}

async fn session_token(
    request: &ServiceRequest,
    cookies: &Cookies,
) -> Result<Option<String>, Problem> {
    let gate = request.app_data::<Data<Gate>>();
    let gate = gate.ok_or_else(|| Problem::new(&reasons::INTERNAL))?;
    if let Some(token) = cookies.access() {
        let verified = gate.keys.verify(token).await.map_err(Problem::from);
        match verified {
            Ok(_) => return Ok(Some(token.to_owned())),
            Err(problem) if problem.kind().status >= 500 => return Err(problem),
            Err(_expired) => {}
        }
    }
    let Some(token) = cookies.refresh() else {
        return Ok(None);
    };
    let address = request
        .extensions()
        .get()
        .map(|ClientAddress(address)| *address);
    gate.limiter.take(Class::Identity, address, None).await?;
    let upstreams = Upstreams::from_request(request.request(), &mut Payload::None).await?;
    let refresh_token = token.to_owned();
    match upstreams
        .user()
        .refresh(RefreshToken { refresh_token })
        .await
    {
        Ok(session) => {
            cookies.keep_session(&session);
            Ok(Some(session.access_token))
        }
        Err(problem) if problem.kind().status == 401 => {
            cookies.end_session()?;
            Ok(None)
        }
        Err(problem) => Err(problem),
    }
}

fn needs_code(response: &ServiceResponse<BoxBody>) -> bool {
    response.response().error().is_some_and(|error| {
        let problem = error.as_error::<Problem>();
        problem.is_some_and(|problem| *problem.kind() == reasons::STEP_UP_REQUIRED)
    })
}

/// Sends a visitor who must sign in, or prove a second factor, to that page, and back afterward.
fn to_sign_in(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let needs_code = needs_code(&response);
    let (request, response) = response.into_parts();
    let location = match (Area::of(&request), needs_code) {
        (Area::Shop, _) => shop::sign_in_path(request.path()),
        (Area::Staff, false) => staff::sign_in_path(request.path()),
        (Area::Staff, true) => staff::second_factor_path(request.path()),
    };
    let mut redirect = response.set_body(BoxBody::new(()));
    *redirect.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(location) = HeaderValue::try_from(location) {
        redirect.headers_mut().insert(header::LOCATION, location);
    }
    redirect.headers_mut().remove(header::WWW_AUTHENTICATE);
    ServiceResponse::new(request, redirect)
}
