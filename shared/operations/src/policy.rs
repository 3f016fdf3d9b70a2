use chassis::auth::{Access, Policy};

/// Who may call these RPCs. A service that mounts them adds these rows to its own.
pub const POLICY: Policy = Policy::new(&[
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
            "mercantile.operations.v1.AuditService",
            "mercantile.operations.v1.DeadLetterService",
        ];
        let mismatches = POLICY.mismatches(contracts::DESCRIPTOR_SET, &services);
        assert_eq!(mismatches, Vec::<String>::new());
    }
}
