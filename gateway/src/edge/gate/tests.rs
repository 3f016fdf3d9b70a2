use actix_web::{
    App,
    http::header,
    middleware::from_fn,
    test::{TestRequest, call_service, init_service, read_body_json},
    web::{self, Data},
};
use chassis::{
    auth::{self, Keys},
    config::{Source, load},
};

use super::{Gate, enter};
use crate::{
    ABOUT,
    config::Config,
    edge::{
        client_address::TrustedProxies, middleware::problems, problem::Document,
        rate_limit::Limiter,
    },
    rest::routes::TABLE,
};

/// The public key of RFC 8037, appendix A.2.
const JWKS: &str = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "rfc8037",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

#[actix_web::test]
async fn a_handler_that_panics_is_a_problem_without_its_cause() {
    let source = Source::defaults(ABOUT).set("rate_limit.enabled", false);
    let config: Config = load(&source).unwrap();
    let gate = Data::new(Gate {
        keys: Keys::fixed(&auth::Config::default(), JWKS).unwrap(),
        limiter: Limiter::new(&config.own.rate_limit).unwrap(),
        trusted_proxies: TrustedProxies::default(),
    });
    let row = TABLE.first().unwrap();
    let broken = web::get()
        .to(async || -> String { panic!("the password is 1234") })
        .wrap(from_fn(move |request, next| enter(row, request, next)));
    let app = App::new()
        .wrap(from_fn(problems))
        .app_data(gate)
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
