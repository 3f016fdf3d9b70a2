//! Style sheet, script and icons. Their URLs carry a hash of their contents, so browsers keep them for good and a new
//! version has another URL.

use std::{fmt::Write, sync::LazyLock};

use actix_web::{HttpResponse, http::header, web::Bytes};
use aws_lc_rs::digest::{SHA256, digest};

use super::Answer;
use crate::{
    edge::problem::{Problem, reasons},
    rest::request::Segment,
};

/// A text of the folder `assets`.
macro_rules! asset {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/", $path))
    };
}

/// The parts of the style sheet that both areas of the pages have, in the order in which later ones win.
const CSS: &[&str] = &[
    asset!("css/10-tokens.css"),
    asset!("css/20-base.css"),
    asset!("css/30-layout.css"),
    asset!("css/34-parts.css"),
    asset!("css/36-icons.css"),
    asset!("css/40-buttons.css"),
    asset!("css/42-forms.css"),
    asset!("css/62-orders.css"),
    asset!("css/64-account.css"),
];

/// The parts of the shop's style sheet only.
const SHOP_CSS: &[&str] = &[
    asset!("css/32-header.css"),
    asset!("css/44-suggestions.css"),
    asset!("css/50-products.css"),
    asset!("css/52-product-page.css"),
    asset!("css/60-cart.css"),
    asset!("css/70-home.css"),
];

/// The parts of the console's style sheet only.
const STAFF_CSS: &[&str] = &[
    asset!("css/72-console.css"),
    asset!("css/73-goods.css"),
    asset!("css/74-timeline.css"),
    asset!("css/75-timeline-list.css"),
    asset!("css/76-system.css"),
];

/// The last parts of both style sheets.
const LAST_CSS: &[&str] = &[
    asset!("css/80-forced-colors.css"),
    asset!("css/90-print.css"),
];

/// The modules of the shop's script, each after those that it imports from.
const JS: &[&str] = &[
    asset!("js/dom.js"),
    asset!("js/stepper.js"),
    asset!("js/forms.js"),
    asset!("js/cart.js"),
    asset!("js/suggestions.js"),
    asset!("js/live-order.js"),
    asset!("js/shop.js"),
];

/// The modules of the console's script.
const STAFF_JS: &[&str] = &[
    asset!("js/dom.js"),
    asset!("js/forms.js"),
    asset!("js/live-order.js"),
    asset!("js/live-part.js"),
    asset!("js/staff.js"),
];

/// All modules as one: a browser gets the script with one request, and no import has to name a hash.
fn bundle(modules: &[&str]) -> String {
    let lines = modules.iter().flat_map(|module| module.lines());
    let lines = lines.filter(|line| !line.starts_with("import "));
    let lines = lines.map(|line| line.strip_prefix("export ").unwrap_or(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

const FAVICON: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/assets/icons/favicon.ico"
));

/// Browsers may keep it for a year, and do not ask again.
pub(super) const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// A file at a URL that changes with its contents.
#[derive(Debug)]
struct Asset {
    /// `shop.0123456789.css`
    name: String,
    /// `/assets/shop.0123456789.css`
    url: String,
    content_type: &'static str,
    body: Bytes,
}

impl Asset {
    fn new(
        stem: &str,
        extension: &str,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let body = body.into();
        let hash = digest(&SHA256, &body);
        let hash = hash.as_ref().iter().take(5);
        let hash = hash.fold(String::new(), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        let name = format!("{stem}.{hash}.{extension}");
        Self {
            url: format!("/assets/{name}"),
            name,
            content_type,
            body,
        }
    }
}

/// The files that the layouts link to.
#[derive(Debug)]
pub(crate) struct Urls {
    css: Asset,
    js: Asset,
    staff_css: Asset,
    staff_js: Asset,
    icon: Asset,
}

impl Urls {
    /// The style sheet.
    pub(crate) fn css(&self) -> &str {
        &self.css.url
    }

    /// The script.
    pub(crate) fn js(&self) -> &str {
        &self.js.url
    }

    /// The style sheet of the console.
    pub(crate) fn staff_css(&self) -> &str {
        &self.staff_css.url
    }

    /// The script of the console.
    pub(crate) fn staff_js(&self) -> &str {
        &self.staff_js.url
    }

    /// The icon of the shop.
    pub(crate) fn icon(&self) -> &str {
        &self.icon.url
    }
}

static URLS: LazyLock<Urls> = LazyLock::new(|| {
    let css = |stem, own| {
        let parts = [CSS, own, LAST_CSS].concat();
        Asset::new(stem, "css", "text/css; charset=utf-8", parts.concat())
    };
    let js = |stem, modules| {
        Asset::new(
            stem,
            "js",
            "text/javascript; charset=utf-8",
            bundle(modules),
        )
    };
    Urls {
        css: css("shop", SHOP_CSS),
        js: js("shop", JS),
        staff_css: css("staff", STAFF_CSS),
        staff_js: js("staff", STAFF_JS),
        icon: Asset::new("icon", "svg", "image/svg+xml", asset!("icons/favicon.svg")),
    }
});

/// The URLs of the files.
pub(crate) fn urls() -> &'static Urls {
    &URLS
}

/// A file, by its name with the hash.
pub(crate) async fn get(Segment(name): Segment<String>) -> Answer {
    let all = [
        &URLS.css,
        &URLS.js,
        &URLS.staff_css,
        &URLS.staff_js,
        &URLS.icon,
    ];
    let known = all.into_iter().find(|asset| asset.name == name);
    if let Some(asset) = known {
        return Ok(respond(asset, IMMUTABLE));
    }
    // While two versions of the shop run, a page of one can ask the other for its files.
    let is_version = |asset: &&Asset| kind(&asset.name) == kind(&name);
    let other = all.into_iter().find(is_version);
    let other = other.ok_or_else(|| Problem::new(&reasons::NOT_FOUND))?;
    Ok(respond(other, "no-store"))
}

/// The icon at the URL that browsers try on their own.
pub(crate) async fn favicon() -> Answer {
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .content_type("image/x-icon")
        .body(FAVICON))
}

fn respond(asset: &'static Asset, caching: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, caching))
        .insert_header((header::CONTENT_TYPE, asset.content_type))
        .body(asset.body.clone())
}

/// Name and extension of a file without its hash.
fn kind(name: &str) -> Option<(&str, &str)> {
    let (stem, rest) = name.split_once('.')?;
    let (_hash, extension) = rest.split_once('.')?;
    Some((stem, extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_become_one_script() {
        let modules = [
            "export function one() {}\n",
            "import { one } from \"./one.js\";\n\none();\n",
        ];
        assert_eq!(bundle(&modules), "function one() {}\n\none();\n");
        for script in [bundle(JS), bundle(STAFF_JS)] {
            for line in script.lines() {
                assert!(
                    !line.starts_with("import") && !line.starts_with("export"),
                    "{line}"
                );
            }
        }
    }

    #[test]
    fn every_part_is_listed() {
        let css = [CSS, SHOP_CSS, STAFF_CSS, LAST_CSS].concat();
        let js = [JS, STAFF_JS].concat();
        for (folder, mut listed) in [("css", css), ("js", js)] {
            listed.sort_unstable();
            listed.dedup();
            let path = format!("{}/assets/{folder}", env!("CARGO_MANIFEST_DIR"));
            let files = std::fs::read_dir(path).unwrap().count();
            assert_eq!(files, listed.len(), "{folder}");
        }
    }
}
