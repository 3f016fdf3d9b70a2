//! The start page of the API's documentation.

use actix_web::{HttpRequest, HttpResponse, http::header};

/// The page has an inline style sheet and loads nothing.
const CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
const HTML: &str = include_str!("start_page.html");

/// Start page
///
/// What the API is, a first request, the demo accounts and links to the reference.
#[utoipa::path(get, path = "/docs/", tag = "About",
    responses((status = 200, description = "The page", content_type = "text/html")))]
pub(crate) async fn start(request: HttpRequest) -> HttpResponse {
    let connection = request.connection_info();
    let origin = format!("{}://{}", connection.scheme(), connection.host());
    HttpResponse::Ok()
        // The page shows the host of the request, so a cache must not serve it for another one.
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, CSP))
        .content_type("text/html; charset=utf-8")
        .body(HTML.replace("{origin}", &printable(&origin)))
}

/// Only characters of an origin: the client chooses `Host`, and the page shows it in a shell command.
fn printable(origin: &str) -> String {
    let is_allowed = |c: &char| c.is_ascii_alphanumeric() || ":/.-_[]".contains(*c);
    origin.chars().filter(is_allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_contains_no_markup_and_no_shell_syntax() {
        assert_eq!(printable("https://[::1]:8080"), "https://[::1]:8080");
        assert_eq!(printable("http://<b>'; rm -rf $x&amp"), "http://brm-rfxamp");
    }
}
