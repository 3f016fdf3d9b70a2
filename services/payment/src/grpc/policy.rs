use chassis::auth::{Access, Policy};

/// Who may call each RPC; one that is not listed is denied. The handler checks whose payment it is.
pub(crate) const POLICY: Policy = Policy::new(&[
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
