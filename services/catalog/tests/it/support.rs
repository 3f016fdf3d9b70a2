pub(crate) mod command_sender;

use std::collections::BTreeMap;

use catalog::Config;
use chassis::Shutdown;
use chassis::config::{Source, load};
use chassis::status::Details;
use contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use contracts::catalog::v1::{
    CreateCategoryRequest, CreateProductRequest, GetStockRequest, Image, Product,
    SearchProductsRequest, SearchProductsResponse, Stock, UpdateProductRequest,
};
use contracts::types::v1::Money;
use kernel::{Clock, UserId};
use testkit::{Issuer, TestDatabase};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

pub(crate) use command_sender::CommandSender;

pub(crate) type Client = CatalogServiceClient<Channel>;

/// A started service with its database and token issuer. It has a broker only with a [`CommandSender`].
pub(crate) struct Shop {
    pub(crate) client: Client,
    pub(crate) admin_url: String,
    pub(crate) config: Config,
    staff: String,
    pub(crate) staff_id: UserId,
    pub(crate) issuer: Issuer,
    pub(crate) database: TestDatabase,
}

/// An address without a broker.
pub(crate) const NO_BROKER: &str = "amqp://127.0.0.1:9/x";

pub(crate) async fn database() -> TestDatabase {
    testkit::database("catalog", async |url| {
        persistence::migrate(
            &persistence::DatabaseConfig::at(url.into()),
            catalog::MIGRATIONS,
        )
        .await
        .map(|_| ())
    })
    .await
}

/// The defaults with free ports and `changes`.
pub(crate) fn config(database: &str, user: &str, changes: &[(&str, &str)]) -> Config {
    let mut source = Source::defaults(catalog::ABOUT)
        .set("database.url", database)
        .set("broker.url", NO_BROKER)
        .set("tokens.secrets", testkit::TOKEN_SECRET)
        .set("grpc.listen", "127.0.0.1:0")
        .set("admin.listen", "127.0.0.1:0")
        .set("upstreams.user.url", user)
        .set("reservations.expiry_interval_ms", "20");
    for (key, value) in changes {
        source = source.set(key, value);
    }
    load(&source).unwrap()
}

impl Shop {
    pub(crate) async fn start() -> Self {
        Self::start_with(Clock::system(), &[]).await
    }

    pub(crate) async fn start_with(clock: Clock, changes: &[(&str, &str)]) -> Self {
        let (database, issuer) = tokio::join!(database(), Issuer::start());
        let config = config(&database.url, issuer.url(), changes);
        let running = catalog::start_at(config.clone(), Shutdown::for_tests(), clock)
            .await
            .unwrap();
        let channel = Channel::from_shared(running.url()).unwrap().connect_lazy();
        let staff_id = UserId::generate();
        Self {
            client: CatalogServiceClient::new(channel),
            admin_url: running.admin_url(),
            config,
            staff: issuer.token(staff_id, "staff"),
            staff_id,
            issuer,
            database,
        }
    }

    /// Starts another replica.
    pub(crate) async fn replica(&self, config: Config) -> Client {
        let running = catalog::start(config, Shutdown::for_tests()).await.unwrap();
        let channel = Channel::from_shared(running.url()).unwrap().connect_lazy();
        CatalogServiceClient::new(channel)
    }

    /// A request of a member of staff.
    pub(crate) fn staff<T>(&self, message: T) -> Request<T> {
        with_token(message, &self.staff)
    }

    pub(crate) async fn category(&self, slug: &str) {
        let request = CreateCategoryRequest {
            slug: slug.to_owned(),
            name: slug.to_owned(),
            description: String::new(),
            position: 1,
            idempotency_key: String::new(),
        };
        self.client
            .clone()
            .create_category(self.staff(request))
            .await
            .unwrap();
    }

    /// Adds a product. The category of [`goods`] must exist.
    pub(crate) async fn product(&self, request: CreateProductRequest) -> Product {
        let answer = self
            .client
            .clone()
            .create_product(self.staff(request))
            .await;
        answer.unwrap().into_inner().product.unwrap()
    }

    /// Adds the category `goods` and a product with `on_hand` units.
    pub(crate) async fn stocked(&self, sku: &str, on_hand: u32) -> Product {
        self.category("goods").await;
        self.product(CreateProductRequest {
            on_hand,
            ..goods(sku, sku)
        })
        .await
    }

    pub(crate) async fn stock(&self, sku: &str) -> Stock {
        let request = GetStockRequest {
            sku: sku.to_owned(),
        };
        let answer = self.client.clone().get_stock(self.staff(request)).await;
        answer.unwrap().into_inner().stock.unwrap()
    }

    pub(crate) async fn search(&self, request: SearchProductsRequest) -> SearchProductsResponse {
        self.client
            .clone()
            .search_products(request)
            .await
            .unwrap()
            .into_inner()
    }

    /// The SKUs that a search finds, in order.
    pub(crate) async fn found(&self, request: SearchProductsRequest) -> Vec<String> {
        skus(&self.search(request).await)
    }
}

pub(crate) fn skus(page: &SearchProductsResponse) -> Vec<String> {
    page.products
        .iter()
        .map(|product| product.sku.clone())
        .collect()
}

pub(crate) fn with_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

/// A minimal product in the category `goods`.
pub(crate) fn goods(sku: &str, name: &str) -> CreateProductRequest {
    CreateProductRequest {
        sku: sku.to_owned(),
        slug: sku.to_lowercase(),
        name: name.to_owned(),
        description: String::new(),
        price: eur(1_000),
        category: "goods".to_owned(),
        attributes: BTreeMap::new(),
        images: vec![Image {
            url: format!("/images/{}.svg", sku.to_lowercase()),
            alt: name.to_owned(),
        }],
        on_hand: 10,
        idempotency_key: String::new(),
    }
}

pub(crate) fn eur(minor_units: i64) -> Option<Money> {
    Some(Money {
        minor_units,
        currency: "EUR".to_owned(),
    })
}

pub(crate) fn query(text: &str) -> SearchProductsRequest {
    SearchProductsRequest {
        query: text.to_owned(),
        ..SearchProductsRequest::default()
    }
}

pub(crate) fn attributes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// An update that changes nothing.
pub(crate) fn update_of(product: &Product) -> UpdateProductRequest {
    UpdateProductRequest {
        sku: product.sku.clone(),
        slug: product.slug.clone(),
        name: product.name.clone(),
        description: product.description.clone(),
        price: product.price.clone(),
        category: product.category.clone(),
        attributes: product.attributes.clone(),
        images: product.images.clone(),
        version: product.version,
    }
}

/// The code, the reason and the fields of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(
    answer: Result<T, Status>,
) -> (Code, String, Vec<String>) {
    let status = answer.expect_err("must be refused");
    let rejection = Details::from_status(&status);
    let fields = rejection.fields.into_iter().map(|(field, _)| field);
    (status.code(), rejection.reason, fields.collect())
}
