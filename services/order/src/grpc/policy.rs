use chassis::auth::{Access, Policy};
use contracts::callers::GATEWAY;
use kernel::Group::{Admin, Catalog, Finance, Support, Warehouse};
use kernel::Groups;

/// Who reads the orders of all customers.
pub(super) const READ_ANY_ORDER: Groups = Groups::of(&[Support, Warehouse, Finance]);
/// Who cancels the orders of all customers.
pub(super) const CANCEL_ANY_ORDER: Groups = Groups::of(&[Support]);

/// Who may call each RPC. An RPC without a row is denied. The use cases check the owner of a cart or an
/// order. The rows of the operators' RPCs are in the crate `operations`.
pub const POLICY: Policy = Policy::new(&[
    (
        "/mercantile.order.v1.CartService/GetCart",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.CartService/SetItem",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.CartService/SetDiscount",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.CartService/MergeCart",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.DiscountService/ListDiscounts",
        Access::staff(&[Catalog, Support]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.DiscountService/GetDiscount",
        Access::staff(&[Catalog, Support]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.DiscountService/CreateDiscount",
        Access::staff(&[Catalog]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.DiscountService/UpdateDiscount",
        Access::staff(&[Catalog]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.DiscountService/EndDiscount",
        Access::staff(&[Catalog]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.OrderService/PlaceOrder",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.OrderService/GetOrder",
        Access::OwnerOr(READ_ANY_ORDER),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.OrderService/ListOrders",
        Access::OwnerOr(READ_ANY_ORDER),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.OrderService/GetTimeline",
        Access::OwnerOr(READ_ANY_ORDER),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.OrderService/CancelOrder",
        Access::OwnerOr(CANCEL_ANY_ORDER),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.OrderService/ShipOrder",
        Access::staff(&[Warehouse]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.OrderService/DeliverOrder",
        Access::staff(&[Warehouse]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.OrderService/RequestRefund",
        Access::recent_staff(&[Finance]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.ReturnService/RequestReturn",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.ReturnService/ListOrderReturns",
        Access::OwnerOr(READ_ANY_ORDER),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.ReturnService/GetReturn",
        Access::OwnerOr(READ_ANY_ORDER),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.ReturnService/WithdrawReturn",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.ReturnService/ListReturns",
        Access::staff(&[Support, Finance]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.ReturnService/ApproveReturn",
        Access::recent_staff(&[Support, Finance]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.ReturnService/RefuseReturn",
        Access::staff(&[Support, Finance]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.SagaService/ListSagas",
        Access::staff(&[Support, Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.SagaService/GetSaga",
        Access::staff(&[Support, Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.SagaService/RetrySaga",
        Access::staff(&[Support, Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.order.v1.SagaService/CompensateSaga",
        Access::staff(&[Support, Admin]),
        GATEWAY,
    ),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_has_a_row_for_every_rpc() {
        let services = [
            "mercantile.order.v1.CartService",
            "mercantile.order.v1.DiscountService",
            "mercantile.order.v1.OrderService",
            "mercantile.order.v1.ReturnService",
            "mercantile.order.v1.SagaService",
        ];
        let mismatches = POLICY.mismatches(contracts::DESCRIPTOR_SET, &services);
        assert_eq!(mismatches, Vec::<String>::new());
    }
}
