use chassis::auth::{Access, Policy};
use contracts::callers::{GATEWAY, GATEWAY_AND_ORDER};
use kernel::Group::{Catalog, Support, Warehouse};

/// Who may call each RPC. An RPC without a row is denied. The rows of the operators' RPCs are in the crate `operations`.
pub const POLICY: Policy = Policy::new(&[
    (
        "/mercantile.catalog.v1.CatalogService/ListCategories",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/CreateCategory",
        Access::staff(&[Catalog]),
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/UpdateCategory",
        Access::staff(&[Catalog]),
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/DeleteCategory",
        Access::staff(&[Catalog]),
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/GetProduct",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/BatchGetOffers",
        Access::Public,
        GATEWAY_AND_ORDER,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/SearchProducts",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/ListProducts",
        Access::staff(&[Catalog, Warehouse, Support]),
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/GetProductBySku",
        Access::staff(&[Catalog, Warehouse, Support]),
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/CreateProduct",
        Access::staff(&[Catalog]),
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/UpdateProduct",
        Access::staff(&[Catalog]),
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/ArchiveProduct",
        Access::staff(&[Catalog]),
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/RestoreProduct",
        Access::staff(&[Catalog]),
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/AdjustStock",
        Access::staff(&[Warehouse]),
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/GetStock",
        Access::staff(&[Warehouse, Catalog, Support]),
        GATEWAY,
    ),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_has_a_row_for_every_rpc() {
        let services = ["mercantile.catalog.v1.CatalogService"];
        let mismatches = POLICY.mismatches(contracts::DESCRIPTOR_SET, &services);
        assert_eq!(mismatches, Vec::<String>::new());
    }
}
