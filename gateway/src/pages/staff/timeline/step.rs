//! The steps of the saga, with the commands that request them. The saga itself is in `order`.

use contracts::messages::{
    AuthorizePayment, CapturePayment, CommitReservation, Message as _, RefundPayment, ReleaseStock,
    ReserveStock, VoidPayment,
};

use super::lane::Lane;

/// A step that another service does for `order`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Reserve,
    Authorize,
    Commit,
    Capture,
    Void,
    Release,
    Refund,
}

impl Step {
    /// From the `step` of a saga.
    pub(super) fn parse(step: &str) -> Option<Self> {
        let all = [
            Self::Reserve,
            Self::Authorize,
            Self::Commit,
            Self::Capture,
            Self::Void,
            Self::Release,
            Self::Refund,
        ];
        all.into_iter().find(|one| one.name() == step)
    }

    /// As a saga writes it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Reserve => "reserve",
            Self::Authorize => "authorize",
            Self::Commit => "commit",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Release => "release",
            Self::Refund => "refund",
        }
    }

    /// Who does it.
    pub(super) const fn lane(self) -> Lane {
        match self {
            Self::Reserve | Self::Commit | Self::Release => Lane::Catalog,
            Self::Authorize | Self::Capture | Self::Void | Self::Refund => Lane::Payment,
        }
    }

    /// The type of its command.
    pub(super) const fn command(self) -> &'static str {
        match self {
            Self::Reserve => ReserveStock::TYPE,
            Self::Authorize => AuthorizePayment::TYPE,
            Self::Commit => CommitReservation::TYPE,
            Self::Capture => CapturePayment::TYPE,
            Self::Void => VoidPayment::TYPE,
            Self::Release => ReleaseStock::TYPE,
            Self::Refund => RefundPayment::TYPE,
        }
    }

    /// What its command requests.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Reserve => "Reserve stock",
            Self::Authorize => "Authorize",
            Self::Commit => "Commit the reservation",
            Self::Capture => "Capture",
            Self::Void => "Undo: void the payment",
            Self::Release => "Undo: release the stock",
            Self::Refund => "Refund",
        }
    }

    /// Whether it undoes another step.
    pub(super) const fn is_undo(self) -> bool {
        matches!(self, Self::Void | Self::Release)
    }

    /// What is undone first if it may have been done.
    pub(super) const fn undo(self, is_paid: bool) -> Self {
        match self {
            Self::Reserve => Self::Release,
            _ if is_paid => Self::Void,
            _ => Self::Release,
        }
    }
}
