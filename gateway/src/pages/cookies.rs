//! The cookies of the pages. All are HttpOnly, SameSite=Lax and of this host only. The console of staff has its own: a
//! session of the shop is never one of the console.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
};

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
    http::header::{HeaderMap, HeaderValue, SET_COOKIE},
};
use kernel::Clock;

use super::{area::Area, config::Config, form_token::FormToken};
use crate::{edge::problem::Problem, model::Session};

/// Characters of a cookie at most; access tokens are the longest.
const MAX_LENGTH: usize = 4_096;
/// As long as the order service keeps a guest's cart.
const CART_AGE: Duration = Duration::days(30);
/// Longer than customers stay away.
const DEVICE_AGE: Duration = Duration::days(365);

/// A cookie's purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The access token of the session.
    Access,
    /// Gets the next access token.
    Refresh,
    /// The token of a guest's cart.
    Cart,
    /// Proves that a form is from a page of the shop.
    Form,
    /// Spares a known device the delay after wrong passwords.
    Device,
}

/// Names and attributes, by the area and the scheme of the shop's address.
///
/// Where it is https, the prefix `__Host-` makes browsers refuse a cookie that a subdomain or a page without TLS sets.
/// Over http, as on a laptop, some browsers refuse `Secure` and the prefix.
#[derive(Debug, Clone, Copy)]
struct Rules {
    area: Area,
    is_secure: bool,
}

impl Rules {
    fn name(self, purpose: Purpose) -> Cow<'static, str> {
        let name = match purpose {
            Purpose::Access => "access",
            Purpose::Refresh => "refresh",
            Purpose::Cart => "cart",
            Purpose::Form => "form",
            Purpose::Device => "device",
        };
        match (self.area, self.is_secure) {
            (Area::Shop, true) => Cow::Owned(format!("__Host-{name}")),
            (Area::Shop, false) => Cow::Borrowed(name),
            (Area::Staff, true) => Cow::Owned(format!("__Host-staff-{name}")),
            (Area::Staff, false) => Cow::Owned(format!("staff-{name}")),
        }
    }

    fn read(self, request: &HttpRequest, purpose: Purpose) -> Option<String> {
        let cookie = request.cookie(&self.name(purpose))?;
        let value = cookie.value();
        let is_token = (1..=MAX_LENGTH).contains(&value.len())
            && value.bytes().all(|byte| byte.is_ascii_graphic());
        is_token.then(|| value.to_owned())
    }

    /// A cookie that lives for `age`; without it, until the browser closes.
    fn cookie(self, purpose: Purpose, value: String, age: Option<Duration>) -> Cookie<'static> {
        let mut cookie = Cookie::build(self.name(purpose), value)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.is_secure)
            .finish();
        cookie.set_max_age(age);
        cookie
    }
}

/// What a visitor's browser sent, and what it gets with the response.
#[derive(Debug)]
pub(crate) struct Cookies {
    rules: Rules,
    access: Option<String>,
    refresh: Option<String>,
    cart: Option<String>,
    device: Option<String>,
    form: Cell<FormToken>,
    set: RefCell<Vec<Cookie<'static>>>,
}

impl Cookies {
    /// Reads the cookies of a request. A visitor without a form token gets one.
    ///
    /// # Errors
    /// `INTERNAL` if there are no random numbers.
    pub(crate) fn read(request: &HttpRequest, config: &Config) -> Result<Self, Problem> {
        let rules = Rules {
            area: Area::of(request),
            is_secure: config.is_https(),
        };
        let known = rules.read(request, Purpose::Form);
        let known = known.and_then(|text| FormToken::parse(&text));
        let cookies = Self {
            rules,
            access: rules.read(request, Purpose::Access),
            refresh: rules.read(request, Purpose::Refresh),
            cart: rules.read(request, Purpose::Cart),
            device: rules.read(request, Purpose::Device),
            form: Cell::new(known.unwrap_or_default()),
            set: RefCell::default(),
        };
        if known.is_none() {
            cookies.renew_form_token()?;
        }
        Ok(cookies)
    }

    /// The access token as it was sent.
    pub(crate) fn access(&self) -> Option<&str> {
        self.access.as_deref()
    }

    /// The refresh token as it was sent.
    pub(crate) fn refresh(&self) -> Option<&str> {
        self.refresh.as_deref()
    }

    /// The token of the guest's cart.
    pub(crate) fn cart(&self) -> Option<&str> {
        self.cart.as_deref()
    }

    /// The token of a device that signed in before; empty if there is none.
    pub(crate) fn device(&self) -> &str {
        self.device.as_deref().unwrap_or_default()
    }

    /// What the visitor's forms must carry.
    pub(crate) fn form_token(&self) -> FormToken {
        self.form.get()
    }

    /// Keeps the tokens of a session that was refreshed.
    pub(crate) fn keep_session(&self, session: &Session) {
        let now = Clock::system().now();
        let age = (session.refresh_expires_at - now).num_seconds();
        let age = Some(Duration::seconds(age.max(0)));
        // An access token outlives its use: that it has expired is what makes the next request refresh it.
        self.set(Purpose::Access, session.access_token.clone(), age);
        self.set(Purpose::Refresh, session.refresh_token.clone(), age);
    }

    /// Keeps the tokens of a new session. A form token from before could be known to someone else at this computer.
    ///
    /// # Errors
    /// `INTERNAL` if there are no random numbers.
    pub(crate) fn begin_session(&self, session: &Session) -> Result<(), Problem> {
        self.keep_session(session);
        if let Some(device) = &session.device_token {
            self.set(Purpose::Device, device.clone(), Some(DEVICE_AGE));
        }
        self.renew_form_token()
    }

    /// Keeps the access token of a session whose second factor was proved. The refresh token stays.
    pub(crate) fn keep_access(&self, token: &str) {
        self.set(Purpose::Access, token.to_owned(), None);
    }

    /// Forgets the session.
    ///
    /// # Errors
    /// `INTERNAL` if there are no random numbers.
    pub(crate) fn end_session(&self) -> Result<(), Problem> {
        self.remove(Purpose::Access);
        self.remove(Purpose::Refresh);
        self.renew_form_token()
    }

    /// Keeps the token of a guest's cart.
    pub(crate) fn keep_cart(&self, token: &str) {
        self.set(Purpose::Cart, token.to_owned(), Some(CART_AGE));
    }

    /// Forgets the guest's cart.
    pub(crate) fn forget_cart(&self) {
        self.remove(Purpose::Cart);
    }

    /// Writes `Set-Cookie`.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        for cookie in self.set.borrow().iter() {
            if let Ok(value) = HeaderValue::try_from(cookie.to_string()) {
                headers.append(SET_COOKIE, value);
            }
        }
    }

    fn renew_form_token(&self) -> Result<(), Problem> {
        let token = FormToken::generate()?;
        self.form.set(token);
        self.set(Purpose::Form, token.to_string(), None);
        Ok(())
    }

    fn set(&self, purpose: Purpose, value: String, age: Option<Duration>) {
        let cookie = self.rules.cookie(purpose, value, age);
        let mut set = self.set.borrow_mut();
        set.retain(|other| other.name() != cookie.name());
        set.push(cookie);
    }

    fn remove(&self, purpose: Purpose) {
        self.set(purpose, String::new(), Some(Duration::ZERO));
    }
}
