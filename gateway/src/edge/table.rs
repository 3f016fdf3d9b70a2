//! Registers a URL table: each row behind the gate, and 405 for the other methods of its URL.

use actix_web::{
    Error, Route, guard,
    http::Method,
    middleware::{Compress, from_fn},
    web,
};

use crate::edge::{
    gate,
    route::{Class, Row},
};

/// Defines `TABLE`, and `handlers()` in the same order, from one list.
///
/// ```ignore
/// table! {
///     "/api/v1/orders" {
///         GET    orders::list    SignedIn Api;
///         POST   orders::place   SignedIn Api;
///         DELETE orders::archive Staff[Support Admin] Api;
///     }
/// }
/// ```
macro_rules! table {
    ($($path:literal { $($method:ident $module:ident :: $handler:ident $access:ident $([$($group:ident)+])? $class:ident;)+ })+) => {
        /// Every row, in the order of the list.
        pub const TABLE: &[$crate::edge::route::Row] = &[$($($crate::edge::route::Row {
            method: stringify!($method),
            path: $path,
            name: concat!(stringify!($module), "_", stringify!($handler)),
            access: $crate::edge::route::Access::$access
                $((::kernel::Groups::of(&[$(::kernel::Group::$group),+])))?,
            class: $crate::edge::route::Class::$class,
        }),+),+];

        /// The handler of each row of `TABLE`, in the same order.
        pub(crate) fn handlers() -> Vec<actix_web::Route> {
            vec![$($(actix_web::web::to($module::$handler)),+),+]
        }
    };
}

pub(crate) use table;

/// Registers the rows of a table with their handlers, each inside what `layers` puts around it: at least the gate. Rows
/// of one URL must be adjacent. A request with another method gets the error that `method_not_allowed` builds from the
/// value of `Allow`.
pub(crate) fn register(
    config: &mut web::ServiceConfig,
    table: &'static [Row],
    handlers: Vec<Route>,
    layers: fn(&'static Row, Route) -> Route,
    method_not_allowed: fn(String) -> Error,
) {
    let mut handlers = handlers.into_iter();
    for rows in table.chunk_by(|row, next| row.path == next.path) {
        let mut resource = web::resource(rows.first().map_or("", |row| row.path));
        for (row, handler) in rows.iter().zip(handlers.by_ref()) {
            let route = layers(row, handler);
            resource = resource.route(route.guard(accepts_method(row)));
        }
        let allow = allow(rows);
        config.service(resource.default_service(web::to(move || {
            let error = method_not_allowed(allow.clone());
            async move { Err::<String, _>(error) }
        })));
    }
}

/// The layers of the JSON API: the gate with the caller in `Authorization`, and compression of searches.
pub(crate) fn api(row: &'static Row, handler: Route) -> Route {
    let handler = if row.class == Class::Search {
        handler.wrap(Compress::default())
    } else {
        handler
    };
    handler.wrap(from_fn(move |request, next| {
        gate::enter(row, request, next)
    }))
}

fn accepts_method(row: &'static Row) -> impl guard::Guard {
    guard::fn_guard(move |context| {
        let method = &context.head().method;
        method.as_str() == row.method || (row.method == "GET" && method == Method::HEAD)
    })
}

/// The value of `Allow`: `GET, POST, HEAD`.
fn allow(rows: &[Row]) -> String {
    let mut methods: Vec<_> = rows.iter().map(|row| row.method).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.join(", ")
}

#[cfg(test)]
mod tests;
