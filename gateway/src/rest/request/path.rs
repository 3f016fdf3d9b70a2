use std::{
    fmt::Display,
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};

use crate::edge::problem::{Problem, reasons};

/// The one variable segment of a URL, parsed: an order id, a SKU.
pub(crate) struct Segment<T>(pub(crate) T);

impl<T> FromRequest for Segment<T>
where
    T: FromStr,
    T::Err: Display,
{
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(texts(request, payload).and_then(|[text]| parse(request, 0, &text).map(Self)))
    }
}

/// The two variable segments of a URL, in order.
pub(crate) struct Segments<A, B>(pub(crate) A, pub(crate) B);

impl<A, B> FromRequest for Segments<A, B>
where
    A: FromStr,
    A::Err: Display,
    B: FromStr,
    B::Err: Display,
{
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(texts(request, payload).and_then(|[one, other]| {
            Ok(Self(parse(request, 0, &one)?, parse(request, 1, &other)?))
        }))
    }
}

/// The variable segments, percent-decoded.
fn texts<const N: usize>(
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<[String; N], Problem> {
    let texts = web::Path::<Vec<String>>::from_request(request, payload).into_inner();
    let texts = texts.map(web::Path::into_inner).unwrap_or_default();
    texts
        .try_into()
        .map_err(|_others| invalid(request, 0, "must be percent-encoded UTF-8"))
}

fn parse<T>(request: &HttpRequest, index: usize, text: &str) -> Result<T, Problem>
where
    T: FromStr,
    T::Err: Display,
{
    if text.contains(char::is_control) {
        return Err(invalid(
            request,
            index,
            "must not contain control characters",
        ));
    }
    text.parse()
        .map_err(|error: T::Err| invalid(request, index, &error.to_string()))
}

fn invalid(request: &HttpRequest, index: usize, message: &str) -> Problem {
    let segment = request.match_info().iter().nth(index);
    let name = segment.map_or("", |(name, _)| name);
    Problem::new(&reasons::PATH_INVALID)
        .detail(format!("{name} {message}"))
        .field(name, message)
}
