use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use contracts::catalog::v1::catalog_service_server::{CatalogService, CatalogServiceServer};
use contracts::catalog::v1::*;
use contracts::types::v1::Money;
use testkit::Proxy;
use tokio::task::JoinHandle;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// Stands in for the catalog's gRPC server: knows prices.
pub(crate) struct Catalog {
    pub(crate) url: String,
    shelf: Arc<Shelf>,
    proxy: Proxy,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shelf {
    products: Mutex<HashMap<String, Product>>,
    calls: AtomicUsize,
    frozen: AtomicBool,
}

impl Catalog {
    pub(crate) async fn start() -> Self {
        let shelf = Arc::new(Shelf::default());
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let proxy = Proxy::to(incoming.local_addr().unwrap().to_string()).await;
        let url = format!("http://{}", proxy.address);
        let server = Server::builder()
            .add_service(CatalogServiceServer::new(Prices(Arc::clone(&shelf))))
            .serve_with_incoming(incoming);
        let task = tokio::spawn(async move { server.await.unwrap() });
        let catalog = Self {
            url,
            shelf,
            proxy,
            task,
        };
        catalog.sell("COFFEE", "Coffee", 1000, "EUR");
        catalog.sell("TEA", "Tea", 250, "EUR");
        catalog.sell("MUG", "Mug", 1299, "EUR");
        catalog.sell("DINER-MUG", "Diner mug", 999, "USD");
        catalog
    }

    /// Puts a product on the shelf, or changes its price.
    pub(crate) fn sell(&self, sku: &str, name: &str, minor_units: i64, currency: &str) {
        let product = Product {
            id: format!("id of {sku}"),
            sku: sku.to_owned(),
            slug: sku.to_lowercase(),
            name: name.to_owned(),
            price: Some(Money {
                minor_units,
                currency: currency.to_owned(),
            }),
            available: 7,
            ..Product::default()
        };
        self.products().insert(sku.to_owned(), product);
    }

    /// Takes a product off the shelf.
    pub(crate) fn remove(&self, sku: &str) {
        self.products().remove(sku);
    }

    /// How often prices were asked for.
    pub(crate) fn calls(&self) -> usize {
        self.shelf.calls.load(Ordering::Relaxed)
    }

    /// Nobody answers any more.
    pub(crate) fn go_away(&self) {
        self.proxy.cut();
    }

    /// It takes every call and never answers, or goes on as before.
    pub(crate) fn freeze(&self, frozen: bool) {
        self.shelf.frozen.store(frozen, Ordering::Relaxed);
    }

    fn products(&self) -> std::sync::MutexGuard<'_, HashMap<String, Product>> {
        self.shelf.products.lock().unwrap()
    }
}

impl Drop for Catalog {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Prices(Arc<Shelf>);

macro_rules! prices_only {
    ($($rpc:ident: $request:ident -> $response:ident),* $(,)?) => {
        #[tonic::async_trait]
        impl CatalogService for Prices {
            async fn batch_get_products(
                &self,
                request: Request<BatchGetProductsRequest>,
            ) -> Result<Response<BatchGetProductsResponse>, Status> {
                self.0.calls.fetch_add(1, Ordering::Relaxed);
                if self.0.frozen.load(Ordering::Relaxed) {
                    std::future::pending::<()>().await;
                }
                let skus = request.into_inner().skus;
                assert!((1..=100).contains(&skus.len()), "{} SKUs", skus.len());
                let shelf = self.0.products.lock().unwrap();
                let products = skus.iter().filter_map(|sku| shelf.get(sku).cloned()).collect();
                Ok(Response::new(BatchGetProductsResponse { products }))
            }

            $(async fn $rpc(&self, _: Request<$request>) -> Result<Response<$response>, Status> {
                Err(Status::unimplemented("this server only knows prices"))
            })*
        }
    };
}

prices_only!(
    list_categories: ListCategoriesRequest -> ListCategoriesResponse,
    create_category: CreateCategoryRequest -> CreateCategoryResponse,
    get_product: GetProductRequest -> GetProductResponse,
    search_products: SearchProductsRequest -> SearchProductsResponse,
    create_product: CreateProductRequest -> CreateProductResponse,
    update_product: UpdateProductRequest -> UpdateProductResponse,
    archive_product: ArchiveProductRequest -> ArchiveProductResponse,
    adjust_stock: AdjustStockRequest -> AdjustStockResponse,
    get_stock: GetStockRequest -> GetStockResponse,
);
