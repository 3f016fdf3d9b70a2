use chassis::auth::{Access, Policy};

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
        Access::Staff,
    ),
    (
        "/mercantile.order.v1.DiscountService/GetDiscount",
        Access::Staff,
    ),
    (
        "/mercantile.order.v1.DiscountService/CreateDiscount",
        Access::Staff,
    ),
    (
        "/mercantile.order.v1.DiscountService/UpdateDiscount",
        Access::Staff,
    ),
    (
        "/mercantile.order.v1.DiscountService/EndDiscount",
        Access::Staff,
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
        Access::Staff,
    ),
    (
        "/mercantile.order.v1.ReturnService/RequestReturn",
        Access::SignedIn,
    ),
    (
        "/mercantile.order.v1.ReturnService/ListOrderReturns",
        Access::SignedIn,
    ),
    (
        "/mercantile.order.v1.ReturnService/GetReturn",
        Access::SignedIn,
    ),
    (
        "/mercantile.order.v1.ReturnService/WithdrawReturn",
        Access::SignedIn,
    ),
    (
        "/mercantile.order.v1.ReturnService/ListReturns",
        Access::Staff,
    ),
    (
        "/mercantile.order.v1.ReturnService/ApproveReturn",
        Access::Staff,
    ),
    (
        "/mercantile.order.v1.ReturnService/RefuseReturn",
        Access::Staff,
    ),
    ("/mercantile.order.v1.SagaService/ListSagas", Access::Staff),
    ("/mercantile.order.v1.SagaService/GetSaga", Access::Staff),
    ("/mercantile.order.v1.SagaService/RetrySaga", Access::Staff),
    (
        "/mercantile.order.v1.SagaService/CompensateSaga",
        Access::Staff,
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
