use chassis::auth::{Access, Policy};
use kernel::Group::{Admin, Catalog, Finance, Support, Warehouse};
use kernel::Groups;

/// Who reads the orders of all customers.
pub(super) const READ_ANY_ORDER: Groups = Groups::of(&[Support, Warehouse, Finance]);
/// Who cancels the orders of all customers.
pub(super) const CANCEL_ANY_ORDER: Groups = Groups::of(&[Support]);

/// Who may call each RPC. An RPC without a row is denied. The use cases check the owner of a cart or an
/// order. The rows of the operators' RPCs are in the crate `operations`.
pub const POLICY: Policy = Policy::new(&[
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
        "/mercantile.order.v1.DiscountService/ListDiscounts",
        Access::staff(&[Catalog, Support]),
    ),
    (
        "/mercantile.order.v1.DiscountService/GetDiscount",
        Access::staff(&[Catalog, Support]),
    ),
    (
        "/mercantile.order.v1.DiscountService/CreateDiscount",
        Access::staff(&[Catalog]),
    ),
    (
        "/mercantile.order.v1.DiscountService/UpdateDiscount",
        Access::staff(&[Catalog]),
    ),
    (
        "/mercantile.order.v1.DiscountService/EndDiscount",
        Access::staff(&[Catalog]),
    ),
    (
        "/mercantile.order.v1.OrderService/PlaceOrder",
        Access::SignedIn,
    ),
    (
        "/mercantile.order.v1.OrderService/GetOrder",
        Access::OwnerOr(READ_ANY_ORDER),
    ),
    (
        "/mercantile.order.v1.OrderService/ListOrders",
        Access::OwnerOr(READ_ANY_ORDER),
    ),
    (
        "/mercantile.order.v1.OrderService/GetTimeline",
        Access::OwnerOr(READ_ANY_ORDER),
    ),
    (
        "/mercantile.order.v1.OrderService/CancelOrder",
        Access::OwnerOr(CANCEL_ANY_ORDER),
    ),
    (
        "/mercantile.order.v1.OrderService/ShipOrder",
        Access::staff(&[Warehouse]),
    ),
    (
        "/mercantile.order.v1.OrderService/DeliverOrder",
        Access::staff(&[Warehouse]),
    ),
    (
        "/mercantile.order.v1.OrderService/RequestRefund",
        Access::recent_staff(&[Finance]),
    ),
    (
        "/mercantile.order.v1.ReturnService/RequestReturn",
        Access::SignedIn,
    ),
    (
        "/mercantile.order.v1.ReturnService/ListOrderReturns",
        Access::OwnerOr(READ_ANY_ORDER),
    ),
    (
        "/mercantile.order.v1.ReturnService/GetReturn",
        Access::OwnerOr(READ_ANY_ORDER),
    ),
    (
        "/mercantile.order.v1.ReturnService/WithdrawReturn",
        Access::SignedIn,
    ),
    (
        "/mercantile.order.v1.ReturnService/ListReturns",
        Access::staff(&[Support, Finance]),
    ),
    (
        "/mercantile.order.v1.ReturnService/ApproveReturn",
        Access::recent_staff(&[Support, Finance]),
    ),
    (
        "/mercantile.order.v1.ReturnService/RefuseReturn",
        Access::staff(&[Support, Finance]),
    ),
    (
        "/mercantile.order.v1.SagaService/ListSagas",
        Access::staff(&[Support, Admin]),
    ),
    (
        "/mercantile.order.v1.SagaService/GetSaga",
        Access::staff(&[Support, Admin]),
    ),
    (
        "/mercantile.order.v1.SagaService/RetrySaga",
        Access::staff(&[Support, Admin]),
    ),
    (
        "/mercantile.order.v1.SagaService/CompensateSaga",
        Access::staff(&[Support, Admin]),
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
