//! The RPCs: proto to domain and back, refusals to statuses, and who may call what. No rules.

use std::sync::Arc;

use chassis::auth::{Access, Policy};

use crate::shop::Shop;

mod carts;
mod convert;
mod orders;
mod reject;

pub use reject::REASONS;

/// Who may call what. Whose cart or order it is, is checked where it is read.
pub(crate) const POLICY: Policy = Policy::new(&[
    ("/mercantile.order.v1.CartService/GetCart", Access::Public),
    ("/mercantile.order.v1.CartService/SetItem", Access::Public),
    (
        "/mercantile.order.v1.CartService/SetDiscount",
        Access::Public,
    ),
    (
        "/mercantile.order.v1.CartService/MergeCart",
        Access::SignedIn,
    ),
    (
        "/mercantile.order.v1.OrderService/PlaceOrder",
        Access::SignedIn,
    ),
    (
        "/mercantile.order.v1.OrderService/GetOrder",
        Access::SignedIn,
    ),
    (
        "/mercantile.order.v1.OrderService/ListOrders",
        Access::SignedIn,
    ),
    (
        "/mercantile.order.v1.OrderService/GetTimeline",
        Access::SignedIn,
    ),
    (
        "/mercantile.order.v1.OrderService/CancelOrder",
        Access::SignedIn,
    ),
    ("/mercantile.order.v1.OrderService/ShipOrder", Access::Staff),
    (
        "/mercantile.order.v1.OrderService/DeliverOrder",
        Access::Staff,
    ),
    (
        "/mercantile.order.v1.OrderService/RequestRefund",
        Access::SignedIn,
    ),
]);

/// Answers `CartService`.
pub(crate) struct Carts(pub(crate) Arc<Shop>);

/// Answers `OrderService`.
pub(crate) struct Orders(pub(crate) Arc<Shop>);

#[cfg(test)]
mod tests {
    use super::POLICY;

    #[test]
    fn every_rpc_has_one_row_in_the_policy() {
        let services = [
            "mercantile.order.v1.CartService",
            "mercantile.order.v1.OrderService",
        ];
        let mismatches = POLICY.mismatches(contracts::DESCRIPTOR_SET, &services);
        assert_eq!(mismatches, Vec::<String>::new());
    }
}
