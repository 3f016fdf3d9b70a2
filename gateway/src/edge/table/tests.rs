use actix_web::{
    App, HttpResponse,
    error::InternalError,
    http::{Method, StatusCode, header},
    test::{TestRequest, call_and_read_body, call_service, init_service},
    web::ServiceConfig,
};

use super::{api, register};
use crate::edge::{
    gate,
    problem::{Problem, reasons},
};

#[allow(unreachable_pub, reason = "the table of the JSON API is public")]
mod json {
    use super::*;

    table! {
        "/api/things" {
            GET  things::list    Public Api;
            POST things::create  Public Api;
        }
        "/api/things/{id}" {
            GET  things::get     Public Search;
        }
    }

    mod things {
        pub(super) async fn list() -> &'static str {
            "list"
        }

        pub(super) async fn create() -> &'static str {
            "create"
        }

        pub(super) async fn get() -> &'static str {
            "get"
        }
    }

    pub(super) fn configure(config: &mut ServiceConfig) {
        register(config, TABLE, handlers(), api, |allow| {
            Problem::new(&reasons::METHOD_NOT_ALLOWED)
                .allow(allow)
                .into()
        });
    }
}

#[allow(unreachable_pub, reason = "the table of the JSON API is public")]
mod pages {
    use super::*;

    table! {
        "/things" {
            GET shelf::show  Public Page;
        }
        "/secrets" {
            GET shelf::show  Staff[Admin] Page;
        }
    }

    mod shelf {
        pub(super) async fn show() -> &'static str {
            "show"
        }
    }

    pub(super) fn configure(config: &mut ServiceConfig) {
        register(config, TABLE, handlers(), api, |allow| {
            let page = HttpResponse::MethodNotAllowed().body(format!("try {allow}"));
            InternalError::from_response("a page", page).into()
        });
    }
}

fn both(config: &mut ServiceConfig) {
    json::configure(config);
    pages::configure(config);
}

macro_rules! app {
    () => {
        init_service(App::new().app_data(gate::tests::open()).configure(both)).await
    };
}

fn request(method: Method, path: &str) -> TestRequest {
    TestRequest::with_uri(path).method(method)
}

#[actix_web::test]
async fn each_row_calls_its_handler() {
    let app = app!();
    for (method, path, handler) in [
        (Method::GET, "/api/things", "list"),
        (Method::POST, "/api/things", "create"),
        (Method::GET, "/api/things/1", "get"),
        (Method::GET, "/things", "show"),
    ] {
        let body = call_and_read_body(&app, request(method, path).to_request()).await;
        assert_eq!(body, handler, "{path}");
    }
    let head = call_service(&app, request(Method::HEAD, "/things").to_request()).await;
    assert_eq!(head.status(), StatusCode::OK);
}

#[actix_web::test]
async fn each_row_is_behind_the_gate() {
    let app = app!();
    let answer = call_service(&app, request(Method::GET, "/secrets").to_request()).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn each_table_has_its_own_405_response() {
    let app = app!();
    let answer = call_service(&app, request(Method::PUT, "/api/things").to_request()).await;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(
        answer.headers().get(header::ALLOW).unwrap(),
        "GET, POST, HEAD"
    );
    let body = call_and_read_body(&app, request(Method::PUT, "/things").to_request()).await;
    assert_eq!(body, "try GET, HEAD");
}
