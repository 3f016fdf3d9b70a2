//! The whole URL table.

use actix_web::{
    Route, guard,
    http::Method,
    middleware::{Compress, from_fn},
    web,
};
use chassis::auth::Access;
use utoipa::OpenApi;

use super::{
    accounts, actions, addresses, carts, categories, dead_letters, docs, ledger, orders, products,
    reconciliations, refunds, sagas, sessions, stock, webhooks,
};
use crate::edge::{
    gate,
    problem::{Problem, reasons},
};

/// One method of one URL.
#[derive(Debug)]
pub struct Row {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The URL, with `{segments}`.
    pub path: &'static str,
    /// Names it in the OpenAPI document: `orders_place`.
    pub name: &'static str,
    /// Who may call it. Services check again.
    pub access: Access,
    /// Its time budget and rate limit.
    pub class: Class,
}

/// What a request costs: decides its time budget, its rate limit and whether it is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Comes from the cache most of the time.
    Page,
    /// Asks the catalog, and answers much.
    Search,
    /// Everything else.
    Api,
    /// Guesses passwords or tokens, when done often.
    Identity,
    /// What the payment provider tells: comes in floods, and must not be refused for long.
    Webhook,
}

macro_rules! table {
    ($($path:literal { $($method:ident $module:ident :: $handler:ident $access:ident $class:ident;)+ })+) => {
        /// Every row, in the order below.
        pub const TABLE: &[Row] = &[$($(Row {
            method: stringify!($method),
            path: $path,
            name: concat!(stringify!($module), "_", stringify!($handler)),
            access: Access::$access,
            class: Class::$class,
        }),+),+];

        fn resources(config: &mut web::ServiceConfig) {
            $(resource(config, $path, vec![$((
                &Row {
                    method: stringify!($method),
                    path: $path,
                    name: concat!(stringify!($module), "_", stringify!($handler)),
                    access: Access::$access,
                    class: Class::$class,
                },
                web::to($module::$handler),
            )),+]);)+
        }

        /// What the handlers say about themselves.
        #[derive(OpenApi)]
        #[openapi(paths($($($module::$handler),+),+))]
        pub struct Handlers;
    };
}

table! {
    "/.well-known/jwks.json" {
        GET    accounts::jwks                Public   Api;
    }
    "/api/v1/users" {
        POST   accounts::register            Public   Identity;
    }
    "/api/v1/sessions" {
        POST   sessions::sign_in             Public   Identity;
        DELETE sessions::sign_out            Public   Api;
    }
    "/api/v1/sessions/refresh" {
        POST   sessions::refresh             Public   Identity;
    }
    "/api/v1/signing-keys" {
        POST   accounts::rotate_signing_key  Staff    Api;
    }
    "/api/v1/me" {
        GET    accounts::me                  SignedIn Api;
    }
    "/api/v1/me/addresses" {
        GET    addresses::list               SignedIn Api;
        POST   addresses::create             SignedIn Api;
    }
    "/api/v1/me/addresses/{id}" {
        PUT    addresses::replace            SignedIn Api;
        DELETE addresses::delete             SignedIn Api;
    }
    "/api/v1/categories" {
        GET    categories::list              Public   Page;
        POST   categories::create            Staff    Api;
    }
    "/api/v1/products" {
        GET    products::search              Public   Search;
        POST   products::create              Staff    Api;
    }
    "/api/v1/products/{product}" {
        GET    products::get                 Public   Page;
        PUT    products::replace             Staff    Api;
        DELETE products::archive             Staff    Api;
    }
    "/api/v1/products/{product}/stock" {
        GET    stock::get                    Staff    Api;
    }
    "/api/v1/products/{product}/stock-adjustments" {
        POST   stock::adjust                 Staff    Api;
    }
    "/api/v1/cart" {
        GET    carts::get                    Public   Api;
    }
    "/api/v1/cart/items/{sku}" {
        PUT    carts::set_item               Public   Api;
        DELETE carts::remove_item            Public   Api;
    }
    "/api/v1/cart/discount" {
        PUT    carts::set_discount           Public   Api;
        DELETE carts::remove_discount        Public   Api;
    }
    "/api/v1/cart/merge" {
        POST   carts::merge                  SignedIn Api;
    }
    "/api/v1/orders" {
        GET    orders::list                  SignedIn Api;
        POST   orders::place                 SignedIn Api;
    }
    "/api/v1/orders/{id}" {
        GET    orders::get                   SignedIn Api;
    }
    "/api/v1/orders/{id}/timeline" {
        GET    orders::timeline              SignedIn Api;
    }
    "/api/v1/orders/{id}/payment" {
        GET    refunds::payment              SignedIn Api;
    }
    "/api/v1/orders/{id}/cancellation" {
        POST   orders::cancel                SignedIn Api;
    }
    "/api/v1/orders/{id}/refunds" {
        POST   refunds::request              SignedIn Api;
    }
    "/api/v1/orders/{id}/shipment" {
        POST   orders::ship                  Staff    Api;
    }
    "/api/v1/orders/{id}/delivery" {
        POST   orders::deliver               Staff    Api;
    }
    "/api/v1/orders/{id}/ledger" {
        GET    ledger::of_order              Staff    Api;
    }
    "/api/v1/ledger/balances" {
        GET    ledger::balances              Staff    Api;
    }
    "/api/v1/staff/dead-letters" {
        GET    dead_letters::list            Staff    Api;
    }
    "/api/v1/staff/dead-letters/{service}/redrive" {
        POST   dead_letters::redrive_all     Staff    Api;
    }
    "/api/v1/staff/dead-letters/{service}/{id}" {
        GET    dead_letters::get             Staff    Api;
    }
    "/api/v1/staff/dead-letters/{service}/{id}/redrive" {
        POST   dead_letters::redrive         Staff    Api;
    }
    "/api/v1/staff/dead-letters/{service}/{id}/drop" {
        POST   dead_letters::drop            Staff    Api;
    }
    "/api/v1/staff/actions" {
        GET    actions::list                 Staff    Api;
    }
    "/api/v1/staff/sagas" {
        GET    sagas::list                   Staff    Api;
    }
    "/api/v1/staff/sagas/{id}" {
        GET    sagas::get                    Staff    Api;
    }
    "/api/v1/staff/sagas/{id}/retry" {
        POST   sagas::retry                  Staff    Api;
    }
    "/api/v1/staff/sagas/{id}/compensation" {
        POST   sagas::compensate             Staff    Api;
    }
    "/api/v1/staff/reconciliations" {
        GET    reconciliations::list         Staff    Api;
        POST   reconciliations::start        Staff    Api;
    }
    "/api/v1/staff/reconciliations/{id}" {
        GET    reconciliations::get          Staff    Api;
    }
    "/webhooks/stripe" {
        POST   webhooks::stripe              Public   Webhook;
    }
    "/openapi.json" {
        GET    docs::openapi                 Public   Page;
    }
    "/problems" {
        GET    docs::problems                Public   Page;
    }
    "/problems/{name}" {
        GET    docs::problem                 Public   Page;
    }
    "/docs" {
        GET    docs::redirect                Public   Page;
    }
    "/docs/{file}" {
        GET    docs::page                    Public   Page;
    }
}

/// Registers the table.
pub fn configure(config: &mut web::ServiceConfig) {
    resources(config);
    config.default_service(web::to(async || {
        Err::<String, _>(Problem::new(&reasons::NOT_FOUND))
    }));
}

fn resource(config: &mut web::ServiceConfig, path: &str, rows: Vec<(&'static Row, Route)>) {
    let mut methods: Vec<_> = rows.iter().map(|(row, _)| row.method).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    let allow = methods.join(", ");
    // The file of the docs page may be empty: `/docs/` is its index.
    let mut resource = web::resource(path.replace("{file}", "{file:[^/]*}"));
    for (row, handler) in rows {
        let route = if row.class == Class::Search {
            handler.wrap(Compress::default())
        } else {
            handler
        };
        let gate = from_fn(move |request, next| gate::enter(row, request, next));
        resource = resource.route(route.wrap(gate).guard(guard::fn_guard(move |context| {
            let method = &context.head().method;
            method.as_str() == row.method || (row.method == "GET" && method == Method::HEAD)
        })));
    }
    config.service(resource.default_service(web::to(move || {
        let allow = allow.clone();
        async move { Err::<String, _>(Problem::new(&reasons::METHOD_NOT_ALLOWED).allow(allow)) }
    })));
}
