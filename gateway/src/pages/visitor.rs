use std::{
    future::{Ready, ready},
    rc::Rc,
    time::Duration,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::Data};
use futures_util::future::join;

use super::{assets, config::Config, cookies::Cookies, layout::Layout, notice, notice::Notice};
use crate::{
    cache::ProductCache,
    edge::{
        call::AccessToken,
        problem::{Problem, reasons},
    },
    model::{Cart, Categories, Category},
    upstreams::Upstreams,
};

/// Longest wait for the number in the header: a page without it is still complete.
const CART_BUDGET: Duration = Duration::from_millis(500);

/// Who looks at a page: a guest or a signed-in customer.
///
/// ```ignore
/// pub(crate) async fn show(visitor: Visitor) -> Answer {
///     let (layout, orders) = join(visitor.layout(), visitor.upstreams().order().list(..)).await;
///     page(&OrdersPage { layout: layout?, orders: orders? })
/// }
/// ```
pub(crate) struct Visitor {
    upstreams: Upstreams,
    cookies: Rc<Cookies>,
    cache: Data<ProductCache>,
    config: Data<Config>,
    is_signed_in: bool,
    path: String,
    notice: Option<Notice>,
}

impl Visitor {
    /// The services, called with the visitor's access token.
    pub(crate) fn upstreams(&self) -> &Upstreams {
        &self.upstreams
    }

    /// The cookies; changes go out with the response.
    pub(crate) fn cookies(&self) -> &Cookies {
        &self.cookies
    }

    /// What the configuration says about the shop.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Products and categories.
    pub(crate) fn cache(&self) -> &ProductCache {
        &self.cache
    }

    /// Whether there is an access token.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.is_signed_in
    }

    /// The token of a guest's cart; `None` for a guest without a cart, and for a signed-in visitor.
    pub(crate) fn guest_token(&self) -> Option<String> {
        let token = self.cookies.cart().filter(|_| !self.is_signed_in);
        token.map(str::to_owned)
    }

    /// All categories; none if they cannot be read, which must not keep a page from being shown.
    pub(crate) async fn categories(&self) -> Vec<Category> {
        let page = self.cache.categories(&self.upstreams).await;
        let categories = page.and_then(|page| page.read::<Categories>());
        categories.map_or_else(|_logged| Vec::new(), |list| list.categories)
    }

    /// What surrounds the contents of every page.
    ///
    /// # Errors
    /// `INTERNAL` if there are no random numbers.
    pub(crate) async fn layout(&self) -> Result<Layout, Problem> {
        // On the heap: the futures of all pages contain this one.
        let parts = Box::pin(join(self.categories(), self.cart_units()));
        let (categories, units) = parts.await;
        self.layout_of(categories, units)
    }

    /// The layout of a page that shows the cart.
    ///
    /// # Errors
    /// `INTERNAL` if there are no random numbers.
    pub(crate) async fn layout_with_cart(&self, cart: &Cart) -> Result<Layout, Problem> {
        let categories = Box::pin(self.categories()).await;
        self.layout_of(categories, Some(cart.units()))
    }

    fn layout_of(
        &self,
        categories: Vec<Category>,
        cart_units: Option<u32>,
    ) -> Result<Layout, Problem> {
        Ok(Layout {
            config: self.config.clone(),
            assets: assets::urls(),
            categories,
            cart_units,
            is_signed_in: self.is_signed_in,
            form_token: self.cookies.form_token().masked()?,
            path: self.path.clone(),
            search: String::new(),
            notice: self.notice,
        })
    }

    /// Units in the cart; `None` if they are not known in time.
    async fn cart_units(&self) -> Option<u32> {
        let guest = self.guest_token();
        if guest.is_none() && !self.is_signed_in {
            return Some(0);
        }
        let upstreams = self.upstreams.within(CART_BUDGET);
        let cart = upstreams.cart().get(guest, None).await.ok()?;
        Some(cart.units())
    }
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let internal = || Problem::new(&reasons::INTERNAL);
        let upstreams = Upstreams::from_request(request, payload).into_inner();
        let read = || {
            Ok(Self {
                upstreams: upstreams?,
                cookies: cookies(request)?,
                cache: request.app_data().cloned().ok_or_else(internal)?,
                config: request.app_data().cloned().ok_or_else(internal)?,
                is_signed_in: request.extensions().contains::<AccessToken>(),
                path: request.path().to_owned(),
                notice: notice::of_query(request.query_string()),
            })
        };
        ready(read())
    }
}

/// The cookies that the layers of the pages have read.
///
/// # Errors
/// `INTERNAL` for a row that everyone gets the same response from (`Public`): it has no visitor.
pub(crate) fn cookies(request: &HttpRequest) -> Result<Rc<Cookies>, Problem> {
    let cookies = request.extensions().get().cloned();
    cookies.ok_or_else(|| {
        tracing::error!(path = request.path(), "a row that is Public has no visitor");
        Problem::new(&reasons::INTERNAL)
    })
}
