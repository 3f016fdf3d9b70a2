use chassis::auth::{Access, Policy};
use contracts::callers::GATEWAY;
use kernel::Group::{Admin, Finance, Support};

/// Who may call these RPCs. A service that mounts them adds these rows to its own.
pub const POLICY: Policy = Policy::new(&[
    (
        "/mercantile.operations.v1.DeadLetterService/ListDeadLetters",
        Access::staff(&[Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.operations.v1.DeadLetterService/GetDeadLetter",
        Access::staff(&[Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.operations.v1.DeadLetterService/RedriveDeadLetter",
        Access::staff(&[Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.operations.v1.DeadLetterService/RedriveAllDeadLetters",
        Access::staff(&[Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.operations.v1.DeadLetterService/DropDeadLetter",
        Access::recent_staff(&[Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.operations.v1.AuditService/ListActions",
        Access::staff(&[Admin, Finance]),
        GATEWAY,
    ),
    (
        "/mercantile.operations.v1.SystemService/GetProcess",
        Access::staff(&[Admin, Support]),
        GATEWAY,
    ),
    (
        "/mercantile.operations.v1.SystemService/ListTraces",
        Access::staff(&[Admin, Support]),
        GATEWAY,
    ),
    (
        "/mercantile.operations.v1.SystemService/ListSpans",
        Access::staff(&[Admin, Support]),
        GATEWAY,
    ),
    (
        "/mercantile.operations.v1.SystemService/DescribeService",
        Access::staff(&[Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.operations.v1.FaultService/GetFaults",
        Access::staff(&[Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.operations.v1.FaultService/PauseConsumer",
        Access::staff(&[Admin]),
        GATEWAY,
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
            "mercantile.operations.v1.SystemService",
            "mercantile.operations.v1.FaultService",
        ];
        let mismatches = POLICY.mismatches(contracts::DESCRIPTOR_SET, &services);
        assert_eq!(mismatches, Vec::<String>::new());
    }
}
