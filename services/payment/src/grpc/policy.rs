use chassis::auth::{Access, Policy};
use contracts::callers::GATEWAY;
use kernel::Group::{Finance, Support};
use kernel::Groups;

/// Who reads the payments of all customers.
pub(super) const READ_ANY_PAYMENT: Groups = Groups::of(&[Finance, Support]);

/// Who may call each RPC. An RPC without a row is denied. The use cases check the owner of a payment.
/// The rows of the operators' RPCs are in the crate `operations`.
pub const POLICY: Policy = Policy::new(&[
    (
        "/mercantile.payment.v1.PaymentService/GetPayment",
        Access::OwnerOr(READ_ANY_PAYMENT),
        GATEWAY,
    ),
    (
        "/mercantile.payment.v1.PaymentService/ListLedgerEntries",
        Access::staff(&[Finance]),
        GATEWAY,
    ),
    (
        "/mercantile.payment.v1.PaymentService/ListBalances",
        Access::staff(&[Finance]),
        GATEWAY,
    ),
    // The signature authenticates the provider.
    (
        "/mercantile.payment.v1.PaymentService/ReceiveWebhook",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.payment.v1.ReconciliationService/StartReconciliation",
        Access::staff(&[Finance]),
        GATEWAY,
    ),
    (
        "/mercantile.payment.v1.ReconciliationService/ListReconciliations",
        Access::staff(&[Finance]),
        GATEWAY,
    ),
    (
        "/mercantile.payment.v1.ReconciliationService/GetReconciliation",
        Access::staff(&[Finance]),
        GATEWAY,
    ),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_has_a_row_for_every_rpc() {
        let services = [
            "mercantile.payment.v1.PaymentService",
            "mercantile.payment.v1.ReconciliationService",
        ];
        let mismatches = POLICY.mismatches(contracts::DESCRIPTOR_SET, &services);
        assert_eq!(mismatches, Vec::<String>::new());
    }
}
