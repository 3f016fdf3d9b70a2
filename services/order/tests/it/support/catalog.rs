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

/// A fake of the catalog's gRPC server that returns products and prices.
pub(crate) struct Catalog {
    pub(crate) url: String,
    state: Arc<State>,
    proxy: Proxy,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    offers: Mutex<HashMap<String, Offer>>,
    calls: AtomicUsize,
    frozen: AtomicBool,
}

impl Catalog {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(State::default());
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let proxy = Proxy::to(incoming.local_addr().unwrap().to_string()).await;
        let url = format!("http://{}", proxy.address);
        let server = Server::builder()
            .add_service(CatalogServiceServer::new(Prices(Arc::clone(&state))))
            .serve_with_incoming(incoming);
        let task = tokio::spawn(async move { server.await.unwrap() });
        let catalog = Self {
            url,
            state,
            proxy,
            task,
        };
        catalog.sell("COFFEE", "Coffee", 1000, "EUR");
        catalog.sell("TEA", "Tea", 250, "EUR");
        catalog.sell("MUG", "Mug", 1299, "EUR");
        catalog.sell("DINER-MUG", "Diner mug", 999, "USD");
        catalog
    }

    /// Adds a product, or changes its price.
    pub(crate) fn sell(&self, sku: &str, name: &str, minor_units: i64, currency: &str) {
        let offer = Offer {
            product_id: format!("id of {sku}"),
            sku: sku.to_owned(),
            slug: sku.to_lowercase(),
            name: name.to_owned(),
            price: Some(Money {
                minor_units,
                currency: currency.to_owned(),
            }),
            available: 7,
            archived: false,
            cover: None,
        };
        self.offers().insert(sku.to_owned(), offer);
    }

    /// Removes a product.
    pub(crate) fn remove(&self, sku: &str) {
        self.offers().remove(sku);
    }

    /// Takes a product off sale. Selling it again restores it.
    pub(crate) fn archive(&self, sku: &str) {
        self.offers().get_mut(sku).unwrap().archived = true;
    }

    /// The number of calls for prices.
    pub(crate) fn calls(&self) -> usize {
        self.state.calls.load(Ordering::Relaxed)
    }

    /// Accepts connections again.
    pub(crate) fn reconnect(&self) {
        self.proxy.restore();
    }

    /// Cuts the connections to it, and refuses new ones.
    pub(crate) fn disconnect(&self) {
        self.proxy.cut();
    }

    /// While it is frozen, it accepts calls and never answers them.
    pub(crate) fn freeze(&self, frozen: bool) {
        self.state.frozen.store(frozen, Ordering::Relaxed);
    }

    fn offers(&self) -> std::sync::MutexGuard<'_, HashMap<String, Offer>> {
        self.state.offers.lock().unwrap()
    }
}

impl Drop for Catalog {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Prices(Arc<State>);

macro_rules! prices_only {
    ($($rpc:ident: $request:ident -> $response:ident),* $(,)?) => {
        #[tonic::async_trait]
        impl CatalogService for Prices {
            async fn batch_get_offers(
                &self,
                request: Request<BatchGetOffersRequest>,
            ) -> Result<Response<BatchGetOffersResponse>, Status> {
                self.0.calls.fetch_add(1, Ordering::Relaxed);
                if self.0.frozen.load(Ordering::Relaxed) {
                    std::future::pending::<()>().await;
                }
                let skus = request.into_inner().skus;
                assert!((1..=100).contains(&skus.len()), "{} SKUs", skus.len());
                let state = self.0.offers.lock().unwrap();
                let offers = skus.iter().filter_map(|sku| state.get(sku).cloned()).collect();
                Ok(Response::new(BatchGetOffersResponse { offers }))
            }

            $(async fn $rpc(&self, _: Request<$request>) -> Result<Response<$response>, Status> {
                Err(Status::unimplemented("the fake has only prices"))
            })*
        }
    };
}

prices_only!(
    list_categories: ListCategoriesRequest -> ListCategoriesResponse,
    create_category: CreateCategoryRequest -> CreateCategoryResponse,
    update_category: UpdateCategoryRequest -> UpdateCategoryResponse,
    delete_category: DeleteCategoryRequest -> DeleteCategoryResponse,
    get_product: GetProductRequest -> GetProductResponse,
    search_products: SearchProductsRequest -> SearchProductsResponse,
    list_products: ListProductsRequest -> ListProductsResponse,
    get_product_by_sku: GetProductBySkuRequest -> GetProductBySkuResponse,
    create_product: CreateProductRequest -> CreateProductResponse,
    update_product: UpdateProductRequest -> UpdateProductResponse,
    archive_product: ArchiveProductRequest -> ArchiveProductResponse,
    restore_product: RestoreProductRequest -> RestoreProductResponse,
    adjust_stock: AdjustStockRequest -> AdjustStockResponse,
    get_stock: GetStockRequest -> GetStockResponse,
);
