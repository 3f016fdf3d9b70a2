//! Proto to domain and back; no rules.

use std::sync::Arc;

use chassis::auth;
use contracts::catalog::v1::catalog_service_server::CatalogService;
use contracts::catalog::v1::{
    AdjustStockRequest, AdjustStockResponse, ArchiveProductRequest, ArchiveProductResponse,
    BatchGetOffersRequest, BatchGetOffersResponse, CreateCategoryRequest, CreateCategoryResponse,
    CreateProductRequest, CreateProductResponse, DeleteCategoryRequest, DeleteCategoryResponse,
    GetProductBySkuRequest, GetProductBySkuResponse, GetProductRequest, GetProductResponse,
    GetStockRequest, GetStockResponse, ListCategoriesRequest, ListCategoriesResponse,
    ListProductsRequest, ListProductsResponse, RestoreProductRequest, RestoreProductResponse,
    SearchProductsRequest, SearchProductsResponse, UpdateCategoryRequest, UpdateCategoryResponse,
    UpdateProductRequest, UpdateProductResponse,
};
use kernel::{Sku, Violations};
use tonic::{Request, Response, Status};

use self::reasons::shared;
use self::skus::{sku, skus};
use crate::app::App;
use crate::domain::{
    Adjustment, Category, CategoryDraft, DetailsDraft, Error, NewProduct, ProductList,
};
use crate::failure::Failure;

mod convert;
mod policy;
mod reasons;
mod skus;

pub use policy::POLICY;
pub use reasons::REASONS;

/// The RPCs of `catalog`.
#[derive(Clone)]
pub(crate) struct Rpc(pub(crate) App);

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl CatalogService for Rpc {
    async fn list_categories(
        &self,
        _: Request<ListCategoriesRequest>,
    ) -> Answer<ListCategoriesResponse> {
        let categories = self.0.categories().await?;
        Ok(Response::new(ListCategoriesResponse {
            categories: categories.into_iter().map(Into::into).collect(),
        }))
    }

    async fn create_category(
        &self,
        request: Request<CreateCategoryRequest>,
    ) -> Answer<CreateCategoryResponse> {
        let by = auth::caller(&request)?.user_id;
        let request = request.into_inner();
        let key = &request.idempotency_key;
        let once =
            idempotency::Request::new(by, "CreateCategory", key, &request).map_err(invalid)?;
        let category = Category::new(CategoryDraft {
            slug: request.slug,
            name: request.name,
            description: request.description,
            position: request.position,
        })
        .map_err(invalid)?;
        let category = self.0.create_category(category, by, once).await?;
        Ok(Response::new(CreateCategoryResponse {
            category: Some(category.into()),
        }))
    }

    async fn update_category(
        &self,
        request: Request<UpdateCategoryRequest>,
    ) -> Answer<UpdateCategoryResponse> {
        let by = auth::caller(&request)?.user_id;
        let request = request.into_inner();
        let draft = CategoryDraft {
            slug: request.slug,
            name: request.name,
            description: request.description,
            position: request.position,
        };
        let category = self
            .0
            .update_category(request.current_slug, draft, request.version, by)
            .await?;
        Ok(Response::new(UpdateCategoryResponse {
            category: Some(category.into()),
        }))
    }

    async fn delete_category(
        &self,
        request: Request<DeleteCategoryRequest>,
    ) -> Answer<DeleteCategoryResponse> {
        let by = auth::caller(&request)?.user_id;
        let slug = request.into_inner().slug;
        self.0.delete_category(slug, by).await?;
        Ok(Response::new(DeleteCategoryResponse {}))
    }

    async fn get_product(&self, request: Request<GetProductRequest>) -> Answer<GetProductResponse> {
        let slug = request.into_inner().slug;
        let product = self.0.product(&slug).await.map_err(shared)?;
        Ok(Response::new(GetProductResponse {
            product: Some(Arc::unwrap_or_clone(product)),
        }))
    }

    async fn batch_get_offers(
        &self,
        request: Request<BatchGetOffersRequest>,
    ) -> Answer<BatchGetOffersResponse> {
        let request = request.into_inner();
        let skus = skus(&request.skus).map_err(invalid)?;
        let offers = self.0.offers(&skus, request.with_covers).await?;
        Ok(Response::new(BatchGetOffersResponse {
            offers: offers.into_iter().map(Into::into).collect(),
        }))
    }

    async fn search_products(
        &self,
        request: Request<SearchProductsRequest>,
    ) -> Answer<SearchProductsResponse> {
        let mut request = request.into_inner();
        let page_token = std::mem::take(&mut request.page_token);
        let draft = convert::search_draft(request)?;
        let (page, next) = self.0.search(draft, &page_token).await?;
        Ok(Response::new(SearchProductsResponse {
            next_page_token: next.unwrap_or_default(),
            products: page.products.into_iter().map(Into::into).collect(),
            facets: page.facets.into_iter().map(Into::into).collect(),
            corrected_query: page.corrected_query.unwrap_or_default(),
            no_usable_word: page.no_usable_word,
        }))
    }

    async fn list_products(
        &self,
        request: Request<ListProductsRequest>,
    ) -> Answer<ListProductsResponse> {
        let request = request.into_inner();
        let listed = convert::listed(request.state)?;
        let list = ProductList::new(listed, request.page_size).map_err(Failure::from)?;
        let (products, next) = self.0.list_products(list, &request.page_token).await?;
        Ok(Response::new(ListProductsResponse {
            products: products.into_iter().map(Into::into).collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }

    async fn get_product_by_sku(
        &self,
        request: Request<GetProductBySkuRequest>,
    ) -> Answer<GetProductBySkuResponse> {
        let sku = sku(&request.into_inner().sku)?;
        let product = self.0.product_by_sku(&sku).await?;
        Ok(Response::new(GetProductBySkuResponse {
            product: Some(product.into()),
        }))
    }

    async fn create_product(
        &self,
        request: Request<CreateProductRequest>,
    ) -> Answer<CreateProductResponse> {
        let by = auth::caller(&request)?.user_id;
        let request = request.into_inner();
        let key = &request.idempotency_key;
        let once =
            idempotency::Request::new(by, "CreateProduct", key, &request).map_err(invalid)?;
        let draft = DetailsDraft {
            slug: request.slug,
            name: request.name,
            description: request.description,
            price: convert::price(request.price),
            category: request.category,
            attributes: request.attributes,
            images: convert::images(request.images),
        };
        let currencies = &self.0.currencies;
        let new =
            NewProduct::new(&request.sku, draft, request.on_hand, currencies).map_err(invalid)?;
        let product = self.0.create_product(new, by, once).await?;
        Ok(Response::new(CreateProductResponse {
            product: Some(product.into()),
        }))
    }

    async fn update_product(
        &self,
        request: Request<UpdateProductRequest>,
    ) -> Answer<UpdateProductResponse> {
        let by = auth::caller(&request)?.user_id;
        let request = request.into_inner();
        let draft = DetailsDraft {
            slug: request.slug,
            name: request.name,
            description: request.description,
            price: convert::price(request.price),
            category: request.category,
            attributes: request.attributes,
            images: convert::images(request.images),
        };
        let mut violations = Violations::new();
        let sku = violations.take("sku", request.sku.parse::<Sku>());
        let details = draft.check(&mut violations, &self.0.currencies);
        let (sku, details) = violations
            .or(sku.zip(details))
            .map_err(invalid)?
            .ok_or_else(|| invalid(Violations::one("price", "is required")))?;
        let product = self
            .0
            .update_product(sku, details, request.version, by)
            .await?;
        Ok(Response::new(UpdateProductResponse {
            product: Some(product.into()),
        }))
    }

    async fn archive_product(
        &self,
        request: Request<ArchiveProductRequest>,
    ) -> Answer<ArchiveProductResponse> {
        let by = auth::caller(&request)?.user_id;
        let sku = sku(&request.into_inner().sku)?;
        let product = self.0.archive_product(sku, by).await?;
        Ok(Response::new(ArchiveProductResponse {
            product: Some(product.into()),
        }))
    }

    async fn restore_product(
        &self,
        request: Request<RestoreProductRequest>,
    ) -> Answer<RestoreProductResponse> {
        let by = auth::caller(&request)?.user_id;
        let sku = sku(&request.into_inner().sku)?;
        let product = self.0.restore_product(sku, by).await?;
        Ok(Response::new(RestoreProductResponse {
            product: Some(product.into()),
        }))
    }

    async fn adjust_stock(
        &self,
        request: Request<AdjustStockRequest>,
    ) -> Answer<AdjustStockResponse> {
        let by = auth::caller(&request)?.user_id;
        let request = request.into_inner();
        let key = &request.idempotency_key;
        let once = idempotency::Request::new(by, "AdjustStock", key, &request).map_err(invalid)?;
        let adjustment =
            Adjustment::new(&request.sku, request.delta, &request.reason).map_err(invalid)?;
        let level = self.0.adjust_stock(adjustment, by, once).await?;
        Ok(Response::new(AdjustStockResponse {
            stock: Some(level.into()),
        }))
    }

    async fn get_stock(&self, request: Request<GetStockRequest>) -> Answer<GetStockResponse> {
        let sku = sku(&request.into_inner().sku)?;
        let level = self.0.stock_level(&sku).await?;
        Ok(Response::new(GetStockResponse {
            stock: Some(level.into()),
        }))
    }
}

fn invalid(violations: Violations) -> Status {
    Failure::from(Error::from(violations)).into()
}
