//! The shop's pages: HTML from the templates in `templates/`, complete without JavaScript.
//!
//! A page is a row of a table, as a URL of the JSON API is, and its handler calls the same clients in `upstreams`. What
//! differs is the caller: pages ignore `Authorization` and find the access token in a cookie (`layers`), and every form
//! carries a token that another site cannot know (`form`).
//!
//! | module | purpose |
//! |---|---|
//! | `shop` | the customer's pages and their table |
//! | `staff` | the console of staff and its table |
//! | `system` | the operations view of the console |
//! | `area` | which of the two a path belongs to |
//! | `layers` | around each handler: session, gate, headers, compression |
//! | `visitor` | what a handler knows of its visitor: session, cart, layout |
//! | `cookies`, `form_token`, `form` | cookies, and forms that only a page of the shop can send |
//! | `layout`, `format`, `filters`, `address`, `amount`, `field_errors`, `notice` | what all templates share |
//! | `problem_page` | an error, for people |
//! | `assets`, `pictures`, `art` | style sheet, script, icons and product pictures, at URLs that never change their contents |

use std::sync::Arc;

use actix_web::{
    Error, HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
    web::{self, Data},
};
use askama::Template;

use field_errors::FieldErrors;

use crate::edge::{
    middleware::ProblemPage,
    problem::{HasBody, Problem, reasons},
    table,
};

mod address;
mod amount;
mod area;
mod art;
mod assets;
mod config;
mod cookies;
mod field_errors;
mod filters;
mod form;
mod form_page;
mod form_token;
mod format;
mod layers;
mod layout;
mod local_path;
mod notice;
mod order_stream;
mod pictures;
mod problem_page;
mod session;
pub mod shop;
pub mod staff;
mod system;
mod visitor;

pub(crate) use config::Config;

/// The response of a handler, or a problem.
pub(crate) type Answer = Result<HttpResponse, Problem>;

/// Registers the tables of the pages, and the answer to every other URL.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    let tables = [
        (shop::routes::TABLE, shop::routes::handlers()),
        (staff::routes::TABLE, staff::routes::handlers()),
    ];
    for (rows, handlers) in tables {
        table::register(config, rows, handlers, layers::around, |allow| {
            Error::from(Problem::new(&reasons::METHOD_NOT_ALLOWED).allow(allow))
        });
    }
    config.default_service(web::to(async || {
        Err::<String, _>(Problem::new(&reasons::NOT_FOUND))
    }));
}

/// What every worker needs of the configuration.
pub(crate) fn settings(config: &Config) -> (Data<Config>, Data<ProblemPage>) {
    let config = Data::from(Arc::new(config.clone()));
    (config, Data::new(ProblemPage(problem_page::respond)))
}

/// A page.
fn page(template: &impl Template) -> Answer {
    respond(HttpResponse::Ok(), template)
}

/// A page that shows its form again, with what is wrong.
fn invalid(template: &impl Template) -> Answer {
    respond(HttpResponse::UnprocessableEntity(), template)
}

/// A page with a form: [`invalid`] if something is wrong with the form.
fn page_with(errors: &FieldErrors, template: &impl Template) -> Answer {
    match errors.is_empty() {
        true => page(template),
        false => invalid(template),
    }
}

fn respond(mut response: actix_web::HttpResponseBuilder, template: &impl Template) -> Answer {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "cannot render a page");
        Problem::new(&reasons::INTERNAL)
    })?;
    let mut response = response.content_type("text/html; charset=utf-8").body(html);
    response.extensions_mut().insert(HasBody);
    Ok(response)
}

/// A page that nothing stores: it has a token.
fn secret(answer: Answer) -> Answer {
    let mut response = answer?;
    let no_store = HeaderValue::from_static("private, no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    Ok(response)
}

/// To the page at a path of the shop, after a form (RFC 9110, section 15.4.4): a reload does not send the form again.
fn see_other(path: &str) -> Answer {
    let location = (actix_web::http::header::LOCATION, path);
    Ok(HttpResponse::SeeOther().insert_header(location).finish())
}
