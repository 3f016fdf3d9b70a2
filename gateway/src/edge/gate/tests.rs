use std::path::PathBuf;

use actix_web::{
    App,
    http::header,
    middleware::from_fn,
    test::{TestRequest, call_service, init_service, read_body_json},
    web::{self, Data},
};
use chassis::auth::{self, Keys};

use super::{Gate, enter};
use crate::edge::{
    client_address::TrustedProxies,
    middleware::problems,
    problem::Document,
    rate_limit::{
        Limiter,
        config::{self, Rate, Rates},
    },
    route::{Access, Class, Row},
};

static BROKEN: Row = Row {
    method: "GET",
    path: "/broken",
    name: "broken",
    access: Access::Public,
    class: Class::Api,
};

/// The public key of RFC 8037, appendix A.2.
const JWKS: &str = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "rfc8037",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// A gate with rate limits disabled.
pub(crate) fn open() -> Data<Gate> {
    let rate = Rate {
        per_minute: 1,
        burst: 1,
    };
    let rates = Rates {
        per_ip: rate,
        per_user: rate,
    };
    let limits = config::Config {
        enabled: false,
        redis_url: "redis://127.0.0.1:1".into(),
        redis_ca_path: PathBuf::new(),
        key_prefix: String::new(),
        timeout_ms: 1,
        page: rates,
        api: rates,
        identity: rates,
        webhook: rates,
        new_cart: rate,
        wrong_code: rates,
    };
    Data::new(Gate {
        keys: Keys::fixed(&auth::Config::default(), JWKS).unwrap(),
        limiter: Limiter::new(&limits).unwrap(),
        trusted_proxies: TrustedProxies::default(),
    })
}

#[actix_web::test]
async fn a_handler_that_panics_is_a_problem_without_its_cause() {
    let broken = web::get()
        .to(async || -> String { panic!("the password is 1234") })
        .wrap(from_fn(|request, next| enter(&BROKEN, request, next)));
    let app = App::new()
        .wrap(from_fn(problems))
        .app_data(open())
        .route("/broken", broken);
    let app = init_service(app).await;

    let response = call_service(&app, TestRequest::with_uri("/broken").to_request()).await;

    assert_eq!(response.status(), 500);
    let kind = response.headers().get(header::CONTENT_TYPE).unwrap();
    assert_eq!(kind, "application/problem+json");
    let document: Document = read_body_json(response).await;
    assert_eq!(
        (document.kind.as_str(), document.instance.as_str()),
        ("/problems/internal", "/broken")
    );
    assert!(!document.detail.contains("1234"));
}
