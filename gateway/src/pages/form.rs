use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use futures_util::future::LocalBoxFuture;
use url::{Url, form_urlencoded};

use super::{area::Area, config::Config, visitor};
use crate::{
    edge::problem::{Problem, reasons},
    rest::request::Raw,
};

/// Bytes of a customer's form at most.
const MAX_BYTES: usize = 32_768;
/// Bytes of a form of staff at most: all texts of a product, each byte percent-encoded.
const MAX_BYTES_OF_STAFF: usize = 131_072;
/// The field with the token of [`super::form_token`].
const TOKEN: &str = "form_token";

/// The fields of a form that a page of the shop sent.
///
/// # Errors
/// `ORIGIN_REFUSED` for a form of another site, `FORM_EXPIRED` without the visitor's token, and those of a body.
#[derive(Debug)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// The value of a field without white space around it; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> String {
        self.secret(name).trim().to_owned()
    }

    /// The value of a field as it was typed: a password.
    pub(crate) fn secret(&self, name: &str) -> String {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map_or_else(String::new, |(_, value)| value.clone())
    }

    /// Whether a box was checked.
    pub(crate) fn is_checked(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// All fields, in the order of the form.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.fields.iter();
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromRequest for Form {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            check_origin(&request)?;
            check_type(&request)?;
            let bytes = match Area::of(&request) {
                Area::Shop => {
                    Raw::<MAX_BYTES>::from_request(&request, &mut payload)
                        .await?
                        .0
                }
                Area::Staff => {
                    let body = Raw::<MAX_BYTES_OF_STAFF>::from_request(&request, &mut payload);
                    body.await?.0
                }
            };
            let form = Self {
                fields: form_urlencoded::parse(&bytes).into_owned().collect(),
            };
            let token = visitor::cookies(&request)?.form_token();
            match token.is_in(&form.secret(TOKEN)) {
                true => Ok(form),
                false => Err(Problem::new(&reasons::FORM_EXPIRED)),
            }
        })
    }
}

fn check_type(request: &HttpRequest) -> Result<(), Problem> {
    let value = request.headers().get(header::CONTENT_TYPE);
    let value = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default().trim();
    match kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        true => Ok(()),
        false => Err(Problem::new(&reasons::BODY_TYPE_UNSUPPORTED)
            .detail("Content-Type must be application/x-www-form-urlencoded")),
    }
}

/// Browsers say where a form is from: in `Sec-Fetch-Site`, older ones in `Origin`.
fn check_origin(request: &HttpRequest) -> Result<(), Problem> {
    let text = |name: &str| request.headers().get(name).map(|value| value.to_str());
    let is_own = match (text("sec-fetch-site"), text("origin")) {
        (Some(Ok(site)), _) => matches!(site, "same-origin" | "none"),
        (None, Some(Ok(origin))) => is_own(request, origin),
        (None, None) => true,
        (Some(Err(_)), _) | (None, Some(Err(_))) => false,
    };
    match is_own {
        true => Ok(()),
        false => Err(Problem::new(&reasons::ORIGIN_REFUSED)),
    }
}

/// Whether an origin is the shop's: by its configured address, or by the address of the request.
fn is_own(request: &HttpRequest, origin: &str) -> bool {
    let config = request.app_data::<actix_web::web::Data<Config>>();
    let public = config.is_some_and(|config| config.public_url.trim_end_matches('/') == origin);
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let Ok(url) = Url::parse(origin) else {
        return false;
    };
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    public || (!host.is_empty() && authority.eq_ignore_ascii_case(host))
}
