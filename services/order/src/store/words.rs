//! The words that enums have in the database.

use std::fmt::Debug;

use diesel::result::Error;

use crate::domain::order::{Status, Verdict};
use crate::domain::record::SagaState;
use crate::domain::refund::RefundStatus;
use crate::saga::Step;

/// A value with one word in the database.
pub(super) trait Word: Copy + Debug + 'static {
    const ALL: &'static [(Self, &'static str)];
}

impl Word for Status {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Pending, "pending"),
        (Self::Confirmed, "confirmed"),
        (Self::Rejected, "rejected"),
        (Self::Cancelled, "cancelled"),
        (Self::Shipped, "shipped"),
        (Self::Delivered, "delivered"),
    ];
}

impl Word for Step {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Reserve, "reserve"),
        (Self::Authorize, "authorize"),
        (Self::Commit, "commit"),
        (Self::Capture, "capture"),
        (Self::Void, "void"),
        (Self::Release, "release"),
    ];
}

impl Word for RefundStatus {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Requested, "requested"),
        (Self::Succeeded, "succeeded"),
        (Self::Failed, "failed"),
    ];
}

impl Word for SagaState {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::InFlight, "in_flight"),
        (Self::Stuck, "stuck"),
        (Self::Compensating, "compensating"),
        (Self::Idle, "idle"),
    ];
}

/// The word of a value.
pub(super) fn word<T: Word + PartialEq>(value: T) -> &'static str {
    T::ALL
        .iter()
        .find(|(each, _)| *each == value)
        .map_or("", |(_, word)| word)
}

/// The value of a word.
pub(super) fn read<T: Word>(text: &str) -> Result<T, Error> {
    T::ALL
        .iter()
        .find(|(_, word)| *word == text)
        .map(|(value, _)| *value)
        .ok_or_else(|| unreadable(format!("unknown word {text:?}")))
}

/// Why an order was, or is being, undone.
pub(super) fn read_verdict(text: &str) -> Result<Verdict, Error> {
    Verdict::ALL
        .into_iter()
        .find(|verdict| verdict.key() == text)
        .ok_or_else(|| unreadable(format!("unknown reason {text:?}")))
}

/// A stored value that no version of this service has written.
pub(super) fn unreadable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::DeserializationError(cause.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn every_value_has_a_word_that_reads_back() {
        fn check<T: Word + PartialEq>(values: &[T]) {
            for value in values {
                assert_eq!(read::<T>(word(*value)).unwrap(), *value);
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
        for verdict in Verdict::ALL {
            assert_eq!(read_verdict(verdict.key()).unwrap(), verdict);
        }
    }
}
