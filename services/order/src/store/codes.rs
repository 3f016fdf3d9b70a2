//! The codes of enums in the database.

use std::fmt::Debug;

use diesel::result::Error;

use crate::domain::{EndReason, RefundStatus, ReturnReason, ReturnStatus, SagaState, Status};
use crate::saga::Step;

/// A value with one code in the database.
pub(crate) trait Code: Copy + Debug + 'static {
    const ALL: &'static [(Self, &'static str)];
}

impl Code for Status {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Pending, "pending"),
        (Self::Confirmed, "confirmed"),
        (Self::Rejected, "rejected"),
        (Self::Cancelled, "cancelled"),
        (Self::Shipped, "shipped"),
        (Self::Delivered, "delivered"),
    ];
}

impl Code for Step {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Reserve, "reserve"),
        (Self::Authorize, "authorize"),
        (Self::Commit, "commit"),
        (Self::Capture, "capture"),
        (Self::Void, "void"),
        (Self::Release, "release"),
    ];
}

impl Code for RefundStatus {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Requested, "requested"),
        (Self::Succeeded, "succeeded"),
        (Self::Failed, "failed"),
    ];
}

impl Code for ReturnStatus {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Requested, "requested"),
        (Self::Approved, "approved"),
        (Self::Refused, "refused"),
        (Self::Withdrawn, "withdrawn"),
    ];
}

impl Code for ReturnReason {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Damaged, "damaged"),
        (Self::Defective, "defective"),
        (Self::WrongItem, "wrong_item"),
        (Self::NotAsDescribed, "not_as_described"),
        (Self::NotArrived, "not_arrived"),
        (Self::ChangedMind, "changed_mind"),
        (Self::Other, "other"),
    ];
}

impl Code for SagaState {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::InFlight, "in_flight"),
        (Self::Stuck, "stuck"),
        (Self::Compensating, "compensating"),
        (Self::Idle, "idle"),
    ];
}

/// The code of a value.
pub(crate) fn code<T: Code + PartialEq>(value: T) -> &'static str {
    T::ALL
        .iter()
        .find(|(each, _)| *each == value)
        .map_or("", |(_, code)| code)
}

/// The value of a code.
pub(super) fn read<T: Code>(text: &str) -> Result<T, Error> {
    T::ALL
        .iter()
        .find(|(_, code)| *code == text)
        .map(|(value, _)| *value)
        .ok_or_else(|| unreadable(format!("unknown code {text:?}")))
}

/// Why an order was, or is being, undone.
pub(super) fn read_end_reason(text: &str) -> Result<EndReason, Error> {
    EndReason::ALL
        .into_iter()
        .find(|end_reason| end_reason.key() == text)
        .ok_or_else(|| unreadable(format!("unknown reason {text:?}")))
}

/// A stored value that this version cannot read.
pub(super) fn unreadable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::DeserializationError(cause.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn every_value_has_a_code_that_reads_back() {
        fn check<T: Code + PartialEq>(values: &[T]) {
            for value in values {
                assert_eq!(read::<T>(code(*value)).unwrap(), *value);
            }
        }
        check(&[
            Status::Pending,
            Status::Confirmed,
            Status::Rejected,
            Status::Cancelled,
            Status::Shipped,
            Status::Delivered,
        ]);
        check(&[
            Step::Reserve,
            Step::Authorize,
            Step::Commit,
            Step::Capture,
            Step::Void,
            Step::Release,
        ]);
        check(&[
            RefundStatus::Requested,
            RefundStatus::Succeeded,
            RefundStatus::Failed,
        ]);
        check(&[
            ReturnStatus::Requested,
            ReturnStatus::Approved,
            ReturnStatus::Refused,
            ReturnStatus::Withdrawn,
        ]);
        check(&[
            ReturnReason::Damaged,
            ReturnReason::Defective,
            ReturnReason::WrongItem,
            ReturnReason::NotAsDescribed,
            ReturnReason::NotArrived,
            ReturnReason::ChangedMind,
            ReturnReason::Other,
        ]);
        for end_reason in EndReason::ALL {
            assert_eq!(read_end_reason(end_reason.key()).unwrap(), end_reason);
        }
    }
}
