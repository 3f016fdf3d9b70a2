use contracts::catalog::v1::{
    AdjustStockRequest, ArchiveProductRequest, BatchGetOffersRequest, CreateCategoryRequest,
    CreateProductRequest, DeleteCategoryRequest, GetProductBySkuRequest, GetProductRequest,
    GetStockRequest, ListCategoriesRequest, ListProductsRequest, ProductState as ProtoState,
    RestoreProductRequest, SearchProductsRequest, Sort as ProtoSort, UpdateCategoryRequest,
    UpdateProductRequest, catalog_service_client::CatalogServiceClient,
};
use kernel::Sku;
use upstream::Upstream;

use super::client::Client;
use crate::{
    edge::problem::{Problem, reasons},
    model::{
        AllProducts, Categories, Category, CategoryFields, CurrentProduct, NewCategory, NewProduct,
        PageRequest, Product, ProductFields, ProductSearch, ProductState, Products, Stock,
        StockAdjustment, required,
    },
};

/// Products, categories and stock.
pub(crate) type CatalogClient<'a> = Client<'a, CatalogServiceClient<Upstream>>;

impl CatalogClient<'_> {
    /// All categories.
    pub(crate) async fn categories(mut self) -> Result<Categories, Problem> {
        let request = ListCategoriesRequest {};
        let reply = self.call.run(self.rpc.list_categories(request)).await?;
        reply.try_into()
    }

    /// Adds a category.
    pub(crate) async fn create_category(
        mut self,
        idempotency_key: String,
        new: NewCategory,
    ) -> Result<Category, Problem> {
        let request = CreateCategoryRequest {
            slug: new.slug,
            name: new.name,
            description: new.description,
            position: new.position,
            idempotency_key,
        };
        let reply = self.call.run(self.rpc.create_category(request)).await?;
        required(reply.category, "CreateCategoryResponse.category")?.try_into()
    }

    /// The category with a slug.
    pub(crate) async fn category(self, slug: &str) -> Result<Category, Problem> {
        let all = self.categories().await?.categories;
        let found = all.into_iter().find(|category| category.slug == slug);
        found.ok_or_else(|| Problem::new(&reasons::CATEGORY_NOT_FOUND))
    }

    /// Changes a category.
    pub(crate) async fn replace_category(
        mut self,
        current_slug: String,
        version: i64,
        change: CategoryFields,
    ) -> Result<Category, Problem> {
        let request = UpdateCategoryRequest {
            current_slug,
            slug: change.slug,
            name: change.name,
            description: change.description,
            position: change.position,
            version,
        };
        let reply = self.call.run(self.rpc.update_category(request)).await?;
        required(reply.category, "UpdateCategoryResponse.category")?.try_into()
    }

    /// Deletes an empty category.
    pub(crate) async fn delete_category(mut self, slug: String) -> Result<(), Problem> {
        let request = DeleteCategoryRequest { slug };
        self.call.run(self.rpc.delete_category(request)).await?;
        Ok(())
    }

    /// One page of all products, for sale or archived.
    pub(crate) async fn all_products(
        mut self,
        state: Option<ProductState>,
        page: PageRequest,
    ) -> Result<AllProducts, Problem> {
        let state = state.map(ProtoState::from);
        let request = ListProductsRequest {
            state: state.unwrap_or_default().into(),
            page_size: page.size,
            page_token: page.token.unwrap_or_default(),
        };
        let reply = self.call.run(self.rpc.list_products(request)).await?;
        reply.try_into()
    }

    /// The product with a SKU, for sale or archived.
    pub(crate) async fn product_by_sku(mut self, sku: Sku) -> Result<Product, Problem> {
        let request = GetProductBySkuRequest { sku: sku.into() };
        let reply = self.call.run(self.rpc.get_product_by_sku(request)).await?;
        required(reply.product, "GetProductBySkuResponse.product")?.try_into()
    }

    /// What is known now about the products of an order's lines, in the order of `skus`, of which there are at most 100.
    /// Leaves out a product that the catalog does not know.
    pub(crate) async fn current(
        mut self,
        skus: Vec<String>,
    ) -> Result<Vec<CurrentProduct>, Problem> {
        let request = BatchGetOffersRequest {
            skus: skus.clone(),
            with_covers: true,
        };
        let reply = self.call.run(self.rpc.batch_get_offers(request)).await?;
        let position = |product: &CurrentProduct| skus.iter().position(|sku| *sku == product.sku);
        let products = reply.offers.into_iter().map(CurrentProduct::try_from);
        let mut products = products.collect::<Result<Vec<_>, Problem>>()?;
        products.sort_by_key(position);
        Ok(products)
    }

    /// One page of the products that a search finds.
    pub(crate) async fn search(mut self, search: ProductSearch) -> Result<Products, Problem> {
        let sort = search.sort.map(ProtoSort::from);
        let request = SearchProductsRequest {
            query: search.query.unwrap_or_default(),
            category: search.category.unwrap_or_default(),
            currency: search.currency.unwrap_or_default(),
            min_price: search.min_price,
            max_price: search.max_price,
            in_stock: search.in_stock,
            attributes: search.attributes,
            sort: sort.unwrap_or_default().into(),
            page_size: search.page.size,
            page_token: search.page.token.unwrap_or_default(),
            facets: search.facets,
        };
        let reply = self.call.run(self.rpc.search_products(request)).await?;
        reply.try_into()
    }

    /// The product with a slug, or the one that had it before.
    pub(crate) async fn product(mut self, slug: &str) -> Result<Product, Problem> {
        let request = GetProductRequest {
            slug: slug.to_owned(),
        };
        let reply = self.call.run(self.rpc.get_product(request)).await?;
        required(reply.product, "GetProductResponse.product")?.try_into()
    }

    /// Adds a product.
    pub(crate) async fn create_product(
        mut self,
        idempotency_key: String,
        new: NewProduct,
    ) -> Result<Product, Problem> {
        let request = CreateProductRequest {
            sku: new.sku,
            slug: new.slug,
            name: new.name,
            description: new.description,
            price: Some(new.price.into()),
            category: new.category,
            attributes: new.attributes,
            images: new.images.into_iter().map(Into::into).collect(),
            on_hand: new.on_hand,
            idempotency_key,
        };
        let reply = self.call.run(self.rpc.create_product(request)).await?;
        required(reply.product, "CreateProductResponse.product")?.try_into()
    }

    /// Changes a product.
    pub(crate) async fn replace_product(
        mut self,
        sku: Sku,
        version: i64,
        change: ProductFields,
    ) -> Result<Product, Problem> {
        let request = UpdateProductRequest {
            sku: sku.into(),
            slug: change.slug,
            name: change.name,
            description: change.description,
            price: Some(change.price.into()),
            category: change.category,
            attributes: change.attributes,
            images: change.images.into_iter().map(Into::into).collect(),
            version,
        };
        let reply = self.call.run(self.rpc.update_product(request)).await?;
        required(reply.product, "UpdateProductResponse.product")?.try_into()
    }

    /// Archives a product.
    pub(crate) async fn archive_product(mut self, sku: Sku) -> Result<Product, Problem> {
        let request = ArchiveProductRequest { sku: sku.into() };
        let reply = self.call.run(self.rpc.archive_product(request)).await?;
        required(reply.product, "ArchiveProductResponse.product")?.try_into()
    }

    /// Puts an archived product on sale again.
    pub(crate) async fn restore_product(mut self, sku: Sku) -> Result<Product, Problem> {
        let request = RestoreProductRequest { sku: sku.into() };
        let reply = self.call.run(self.rpc.restore_product(request)).await?;
        required(reply.product, "RestoreProductResponse.product")?.try_into()
    }

    /// The stock of a product, uncached.
    pub(crate) async fn stock(mut self, sku: Sku) -> Result<Stock, Problem> {
        let request = GetStockRequest { sku: sku.into() };
        let reply = self.call.run(self.rpc.get_stock(request)).await?;
        required(reply.stock, "GetStockResponse.stock").map(Stock::from)
    }

    /// Changes the units on hand by a positive or negative delta.
    pub(crate) async fn adjust_stock(
        mut self,
        sku: Sku,
        idempotency_key: String,
        adjustment: StockAdjustment,
    ) -> Result<Stock, Problem> {
        let request = AdjustStockRequest {
            sku: sku.into(),
            delta: adjustment.delta,
            reason: adjustment.reason,
            idempotency_key,
        };
        let reply = self.call.run(self.rpc.adjust_stock(request)).await?;
        required(reply.stock, "AdjustStockResponse.stock").map(Stock::from)
    }
}
