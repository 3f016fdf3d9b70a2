//! Staff approve or refuse a return; the customer may withdraw it. Only the first decision counts.

use chrono::{DateTime, Utc};
use kernel::{Money, UserId, Violations, values};

use super::Error;
use super::refund::Refund;
use super::refund_request::check_refundable;
use super::returns::{Decision, Return, ReturnStatus};
use super::sold_order::SoldOrder;

/// What staff decide about a return. Every field is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// With the amount to refund; none for the default.
    Approve(Option<Money>),
    Refuse,
}

/// Who decides what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ruling {
    pub(crate) verdict: Verdict,
    /// None for the rule in the configuration.
    pub(crate) by: Option<UserId>,
    pub(crate) note: String,
}

impl Ruling {
    /// An approval. `amount` is the result of parsing the amount of the request.
    pub(crate) fn approval<E: std::fmt::Display>(
        by: UserId,
        amount: Option<Result<Money, E>>,
        note: &str,
    ) -> Result<Self, Error> {
        let mut violations = Violations::new();
        let amount = amount.and_then(|amount| violations.take("amount", amount));
        violations.check(
            !amount.is_some_and(Money::is_negative),
            "amount",
            "must not be negative",
        );
        let note = violations.value("note", note, values::DECISION_NOTE);
        Ok(violations.or(Self {
            verdict: Verdict::Approve(amount),
            by: Some(by),
            note,
        })?)
    }

    /// A refusal.
    pub(crate) fn refusal(by: UserId, note: &str) -> Result<Self, Error> {
        let mut violations = Violations::new();
        let note = violations.value("note", note, values::DECISION_NOTE);
        Ok(violations.or(Self {
            verdict: Verdict::Refuse,
            by: Some(by),
            note,
        })?)
    }

    /// By the rule in the configuration.
    pub(crate) const fn automatic() -> Self {
        Self {
            verdict: Verdict::Approve(None),
            by: None,
            note: String::new(),
        }
    }

    /// Whether the return was decided by the same call before.
    fn is_repeated(&self, decided: &Return) -> bool {
        let Some(decision) = &decided.decision else {
            return false;
        };
        let same = match self.verdict {
            Verdict::Approve(amount) => {
                decided.status == ReturnStatus::Approved
                    && (amount.is_none() || amount == decision.amount)
            }
            Verdict::Refuse => decided.status == ReturnStatus::Refused,
        };
        same && decision.by == self.by && decision.note == self.note
    }
}

impl SoldOrder {
    /// The return after a ruling, with the refund that follows from it. None if the same ruling was made before.
    ///
    /// # Errors
    /// The return is decided or withdrawn, or the amount is not refundable.
    pub(crate) fn rule(
        &self,
        open: &Return,
        ruling: &Ruling,
        now: DateTime<Utc>,
    ) -> Result<Option<(Return, Option<Refund>)>, Error> {
        if ruling.is_repeated(open) {
            return Ok(None);
        }
        if open.status != ReturnStatus::Requested {
            return Err(Error::ReturnNotOpen(open.status));
        }
        let (status, amount) = match ruling.verdict {
            Verdict::Refuse => (ReturnStatus::Refused, None),
            Verdict::Approve(amount) => (ReturnStatus::Approved, Some(self.grant(open, amount)?)),
        };
        let refund = match amount.filter(|amount| !amount.is_zero()) {
            None => None,
            Some(amount) => {
                check_refundable(self)?;
                Some(Refund::new(self.order.id, amount))
            }
        };
        let decided = Return {
            status,
            decision: Some(Decision {
                by: ruling.by,
                note: ruling.note.clone(),
                amount,
                refund_id: refund.map(|refund| refund.id),
                at: now,
            }),
            ..open.clone()
        };
        Ok(Some((decided, refund)))
    }

    fn grant(&self, open: &Return, amount: Option<Money>) -> Result<Money, Error> {
        let left = self.left()?;
        let amount = amount.map_or_else(|| open.default_amount(left), Ok)?;
        if amount.currency() != left.currency() {
            let message = format_args!("must be in {}", left.currency());
            return Err(Violations::one("amount", message).into());
        }
        match amount.minor_units() > left.minor_units() {
            true => Err(Error::RefundExceedsCaptured(left)),
            false => Ok(amount),
        }
    }
}

impl Return {
    /// The return after its customer has withdrawn it. None if it was withdrawn before.
    ///
    /// # Errors
    /// It is decided.
    pub(crate) fn withdraw(&self, now: DateTime<Utc>) -> Result<Option<Self>, Error> {
        match self.status {
            ReturnStatus::Withdrawn => Ok(None),
            ReturnStatus::Requested => Ok(Some(Self {
                status: ReturnStatus::Withdrawn,
                decision: Some(Decision {
                    by: None,
                    note: String::new(),
                    amount: None,
                    refund_id: None,
                    at: now,
                }),
                ..self.clone()
            })),
            ReturnStatus::Approved | ReturnStatus::Refused => {
                Err(Error::ReturnNotOpen(self.status))
            }
        }
    }
}

#[cfg(test)]
mod tests;
