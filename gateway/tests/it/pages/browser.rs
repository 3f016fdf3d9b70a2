//! A browser without JavaScript: it keeps cookies, and sends forms with the token of the last page.

use std::{cell::RefCell, collections::BTreeMap};

use chassis::config::Source;
use contracts::{catalog::v1::*, order::v1::*, types::v1::Money, user::v1::Session};
use gateway::route::Access;
use kernel::UserId;
use prost_types::Timestamp;
use reqwest::RequestBuilder;

use crate::{
    samples::{ID, cart, product, product_summary, session},
    shop::{Answer, Shop},
};

/// One visitor of a shop.
pub(super) struct Browser<'a> {
    shop: &'a Shop,
    cookies: RefCell<BTreeMap<String, String>>,
    token: RefCell<String>,
}

impl<'a> Browser<'a> {
    pub(super) fn new(shop: &'a Shop) -> Self {
        Self {
            shop,
            cookies: RefCell::default(),
            token: RefCell::default(),
        }
    }

    /// Sets a cookie, as an earlier response would have.
    pub(super) fn with(self, name: &str, value: &str) -> Self {
        self.cookies
            .borrow_mut()
            .insert(name.to_owned(), value.to_owned());
        self
    }

    /// The value of a cookie.
    pub(super) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    /// The token of the last page with a form.
    pub(super) fn token(&self) -> String {
        self.token.borrow().clone()
    }

    /// A request with the browser's headers and cookies.
    pub(super) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let cookies = self.cookies.borrow();
        let cookies: Vec<_> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = self.shop.request(method, path);
        let request = request.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        match cookies.is_empty() {
            true => request,
            false => request.header("cookie", cookies.join("; ")),
        }
    }

    /// Sends a request and keeps what the response sets.
    pub(super) async fn send(&self, request: RequestBuilder) -> Answer {
        let answer = Answer::of(request).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (pair, attributes) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.borrow_mut();
            match attributes.contains("Max-Age=0") {
                true => cookies.remove(name),
                false => cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        if let Some(token) = form_token(&answer.text) {
            *self.token.borrow_mut() = token;
        }
        answer
    }

    /// Opens a page.
    pub(super) async fn open(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    /// Sends a form of the last page.
    pub(super) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        let token = self.token();
        fields.push(("form_token", &token));
        self.send(self.request("POST", path).form(&fields)).await
    }
}

fn form_token(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("name=\"form_token\" value=\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// A member of staff in these groups, who has just proved their second factor.
pub(super) fn member<'a>(shop: &'a Shop, groups: &[&str]) -> Browser<'a> {
    let token = shop.issuer.staff_token(UserId::generate(), groups);
    Browser::new(shop).with("staff-access", &token)
}

/// Checks the status of a page, and that it has all of these texts.
#[track_caller]
pub(super) fn shows(page: &Answer, status: u16, texts: &[&str]) {
    assert_eq!(page.status, status, "{page:?}");
    for text in texts {
        assert!(page.text.contains(text), "no {text:?} in {}", page.text);
    }
}

/// A shop whose services answer what every page needs: categories, searches, a product and a cart.
pub(super) async fn shop() -> Shop {
    shop_with(|source| source).await
}

/// The same, with changes to the configuration.
pub(super) async fn shop_with(configure: impl FnOnce(Source) -> Source) -> Shop {
    // Many tests share a machine; none is about these budgets.
    let patient = |source: Source| {
        source
            .set("budget.read_ms", 20_000)
            .set("budget.default_ms", 20_000)
    };
    let shop = Shop::open_with(|source| configure(patient(source))).await;
    shop.services.on(|_: ListCategoriesRequest| {
        Ok(ListCategoriesResponse {
            categories: vec![category("coffee", "Coffee"), category("tea", "Tea")],
        })
    });
    shop.services.on(|_: SearchProductsRequest| {
        Ok(SearchProductsResponse {
            products: vec![product_summary()],
            ..SearchProductsResponse::default()
        })
    });
    shop.services
        .on(|_: GetProductRequest| Ok(GetProductResponse { product: product() }));
    shop.services
        .on(|_: GetCartRequest| Ok(GetCartResponse { cart: cart("") }));
    shop
}

/// A session that lives for an hour.
pub(super) fn live_session(access_token: &str) -> Option<Session> {
    let later = kernel::Clock::system().now().timestamp() + 3_600;
    let later = Some(Timestamp {
        seconds: later,
        nanos: 0,
    });
    let session = session(access_token)?;
    Some(Session {
        access_expires_at: later,
        refresh_expires_at: later,
        ..session
    })
}

pub(super) fn category(slug: &str, name: &str) -> Category {
    Category {
        id: ID.to_owned(),
        slug: slug.to_owned(),
        name: name.to_owned(),
        description: format!("All of {name}"),
        position: 1,
        version: 1,
    }
}

/// A price in another currency than the samples'.
pub(super) fn yen(minor_units: i64) -> Option<Money> {
    Some(Money {
        minor_units,
        currency: "JPY".to_owned(),
    })
}

/// Every page that is opened, with samples for the variable segments.
pub(super) fn pages(access: &[Access]) -> Vec<String> {
    let rows = gateway::shop::routes::TABLE.iter();
    let rows = rows.filter(|row| row.method == "GET" && access.contains(&row.access));
    let paths = rows.map(|row| {
        row.path
            .replace("/products/{slug}", "/products/coffee-one")
            .replace("{slug}", "coffee")
            .replace("{id}", ID)
            .replace("{sku}", "COFFEE-1")
    });
    paths.collect()
}

/// Pages that every visitor may open, without those that `Public` rows are.
pub(super) fn open_pages() -> Vec<String> {
    pages(&[Access::Optional])
}
