//! A problem as a page for people: what happened, and what they can do.

use std::{rc::Rc, time::Duration};

use actix_web::{HttpMessage, HttpRequest, HttpResponse, http::header, web::Data};
use askama::Template;

use super::{
    area::Area, art, assets, config::Config, cookies::Cookies, layers, layout::Layout, staff,
};
use crate::edge::{
    call::AccessToken,
    problem::{Document, Problem},
};

/// Where clients are programs, which get the problem as JSON.
const OF_PROGRAMS: [&str; 4] = ["/api/", "/webhooks/", "/.well-known/", "/openapi.json"];

#[derive(Template)]
#[template(path = "shop/problem.html")]
struct ProblemPage {
    layout: Layout,
    picture: String,
    status: u16,
    words: Words,
    retry: Option<String>,
    trace_id: Option<String>,
}

/// What a problem means for a customer.
struct Words {
    title: &'static str,
    text: &'static str,
}

impl Words {
    fn of(reason: &str, status: u16) -> Self {
        let (title, text) = match (reason, status) {
            ("PRODUCT_NOT_FOUND", _) => (
                "We could not find this product",
                "It may have been sold out for good, or its link may be incomplete. Search for it, or look through the shop.",
            ),
            ("CATEGORY_NOT_FOUND", _) => (
                "We could not find this category",
                "It may have another name now. Search for what you need, or look through the shop.",
            ),
            ("ORDER_NOT_FOUND", _) => (
                "We could not find this order",
                "It may belong to another account. Your orders are in your account.",
            ),
            ("ADDRESS_NOT_FOUND", _) => (
                "We could not find this address",
                "It may have been removed. Your addresses are in your account.",
            ),
            ("TOO_MANY_DECLINES", _) => (
                "Too many payments were declined",
                "To protect your cards, we take no further payment from you for a while. Your cart is kept.",
            ),
            ("SIGN_IN_THROTTLED", _) => (
                "Too many wrong passwords",
                "To protect the account, wait a moment before you try again.",
            ),
            ("FORM_EXPIRED", _) => (
                "This form has expired",
                "You signed in or out in the meantime, or your browser blocks cookies. Go back, reload the page and try again. Nothing was changed.",
            ),
            ("ORIGIN_REFUSED", _) => (
                "This request came from another site",
                "For your safety it was not carried out. Continue from a page of the shop.",
            ),
            ("FORBIDDEN", _) => (
                "This page is not for your account",
                "Sign in with another account to see it.",
            ),
            (_, 404) => (
                "This page does not exist",
                "Its link may be old or incomplete. Search for what you need, or start on the home page.",
            ),
            (_, 429) => (
                "One moment, please",
                "There were more requests from you than we can answer at a time. Nothing was changed.",
            ),
            (_, 400..500) => (
                "This did not work",
                "The request was not complete. Go back and try again. Nothing was changed.",
            ),
            (_, 503 | 504) => (
                "The shop is busy",
                "A part of the shop does not answer right now. Your cart and your orders are safe. Try again in a moment.",
            ),
            _ => (
                "Something went wrong on our side",
                "Your cart and your orders are safe. Try again in a moment.",
            ),
        };
        Self { title, text }
    }
}

/// The page, if the client is a browser and the URL one for people.
pub(super) fn respond(
    request: &HttpRequest,
    problem: &Problem,
    document: &Document,
) -> Option<HttpResponse> {
    let accepts = request.headers().get(header::ACCEPT)?.to_str().ok()?;
    let path = request.path();
    let is_of_program = OF_PROGRAMS.iter().any(|prefix| path.starts_with(prefix));
    if is_of_program || !accepts.contains("text/html") {
        return None;
    }
    let retry = problem.delay().map(in_words);
    let html = match Area::of(request) {
        Area::Staff => staff::problem_page(request, problem, retry, document)?,
        Area::Shop => of_shop(request, problem, retry, document)?,
    };
    let mut response = HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(html);
    layers::write_headers(response.headers_mut());
    Some(response)
}

fn of_shop(
    request: &HttpRequest,
    problem: &Problem,
    retry: Option<String>,
    document: &Document,
) -> Option<String> {
    let page = ProblemPage {
        layout: layout(request)?,
        picture: art::path("shop", "SHOP-LOST"),
        status: problem.kind().status,
        words: Words::of(problem.kind().reason, problem.kind().status),
        retry,
        trace_id: document.trace_id.clone(),
    };
    page.render().ok()
}

/// A layout that calls no service.
fn layout(request: &HttpRequest) -> Option<Layout> {
    let extensions = request.extensions();
    let cookies = extensions.get::<Rc<Cookies>>();
    let form_token = cookies.map(|cookies| cookies.form_token().masked());
    Some(Layout {
        config: request.app_data::<Data<Config>>()?.clone(),
        assets: assets::urls(),
        categories: Vec::new(),
        cart_units: None,
        // Without a token, there is nothing to sign out with.
        is_signed_in: cookies.is_some() && extensions.contains::<AccessToken>(),
        form_token: form_token.transpose().ok()?.unwrap_or_default(),
        path: request.path().to_owned(),
        search: String::new(),
        notice: None,
    })
}

fn in_words(delay: Duration) -> String {
    match delay.as_millis().div_ceil(1_000) {
        0 | 1 => "a second".to_owned(),
        seconds @ 2..=90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_said_in_words() {
        for (milliseconds, expected) in [
            (0, "a second"),
            (1_000, "a second"),
            (1_001, "2 seconds"),
            (90_000, "90 seconds"),
            (91_000, "2 minutes"),
            (900_000, "15 minutes"),
        ] {
            assert_eq!(in_words(Duration::from_millis(milliseconds)), expected);
        }
    }
}
