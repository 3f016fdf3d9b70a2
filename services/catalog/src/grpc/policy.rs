//! Who may call what.

use chassis::auth::{Access, Policy};

/// Who may call what. What is not here is denied.
pub(crate) const POLICY: Policy = Policy::new(&[
    (
        "/mercantile.catalog.v1.CatalogService/ListCategories",
        Access::Public,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/CreateCategory",
        Access::Staff,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/GetProduct",
        Access::Public,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/BatchGetProducts",
        Access::Public,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/SearchProducts",
        Access::Public,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/CreateProduct",
        Access::Staff,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/UpdateProduct",
        Access::Staff,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/ArchiveProduct",
        Access::Staff,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/AdjustStock",
        Access::Staff,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/GetStock",
        Access::Staff,
    ),
    (
        "/mercantile.operations.v1.DeadLetterService/ListDeadLetters",
        Access::Staff,
    ),
    (
        "/mercantile.operations.v1.DeadLetterService/GetDeadLetter",
        Access::Staff,
    ),
    (
        "/mercantile.operations.v1.DeadLetterService/RedriveDeadLetter",
        Access::Staff,
    ),
    (
        "/mercantile.operations.v1.DeadLetterService/RedriveAllDeadLetters",
        Access::Staff,
    ),
    (
        "/mercantile.operations.v1.DeadLetterService/DropDeadLetter",
        Access::Staff,
    ),
    (
        "/mercantile.operations.v1.AuditService/ListActions",
        Access::Staff,
    ),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_has_a_row_for_every_rpc() {
        let services = [
            "mercantile.catalog.v1.CatalogService",
            "mercantile.operations.v1.AuditService",
            "mercantile.operations.v1.DeadLetterService",
        ];
        let mismatches = POLICY.mismatches(contracts::DESCRIPTOR_SET, &services);
        assert_eq!(mismatches, Vec::<String>::new());
    }
}
