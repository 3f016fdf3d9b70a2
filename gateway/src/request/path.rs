use std::{
    fmt::Display,
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};

use crate::problem::{Problem, reasons};

/// The one variable segment of a URL, as what it must be: an order's id, a SKU.
pub(crate) struct Segment<T>(pub(crate) T);

impl<T> FromRequest for Segment<T>
where
    T: FromStr,
    T::Err: Display,
{
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let name = request
            .match_info()
            .iter()
            .next()
            .map_or("", |(name, _)| name);
        let text = web::Path::<String>::from_request(request, payload).into_inner();
        let invalid = |message: String| {
            Problem::new(&reasons::PATH_INVALID)
                .detail(format!("{name} {message}"))
                .field(name, message)
        };
        ready(match text {
            Ok(text) => text
                .parse()
                .map(Self)
                .map_err(|error: T::Err| invalid(error.to_string())),
            Err(_) => Err(invalid("cannot be read".to_owned())),
        })
    }
}
