use chassis::auth::{Access, Policy};

/// Who may call each RPC. An RPC without a row is denied. The use cases check the owner of a payment.
/// The rows of the operators' RPCs are in the crate `operations`.
pub const POLICY: Policy = Policy::new(&[
    (
        "/mercantile.payment.v1.PaymentService/GetPayment",
        Access::SignedIn,
    ),
    (
        "/mercantile.payment.v1.PaymentService/ListLedgerEntries",
        Access::Staff,
    ),
    (
        "/mercantile.payment.v1.PaymentService/ListBalances",
        Access::Staff,
    ),
    // The signature authenticates the provider.
    (
        "/mercantile.payment.v1.PaymentService/ReceiveWebhook",
        Access::Public,
    ),
    (
        "/mercantile.payment.v1.ReconciliationService/StartReconciliation",
        Access::Staff,
    ),
    (
        "/mercantile.payment.v1.ReconciliationService/ListReconciliations",
        Access::Staff,
    ),
    (
        "/mercantile.payment.v1.ReconciliationService/GetReconciliation",
        Access::Staff,
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
