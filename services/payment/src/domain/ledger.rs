//! Which accounts a task moves money between.

use kernel::Money;

use super::Task;

/// The chart of accounts; described in the table `accounts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    AuthorizedFunds,
    AuthorizationObligations,
    ProviderReceivable,
    Sales,
    Refunds,
}

impl Account {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AuthorizedFunds => "authorized_funds",
            Self::AuthorizationObligations => "authorization_obligations",
            Self::ProviderReceivable => "provider_receivable",
            Self::Sales => "sales",
            Self::Refunds => "refunds",
        }
    }
}

/// One side of a double entry: positive is debit, negative is credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) account: Account,
    pub(crate) amount: Money,
}

/// The entries of a ledger transaction; they sum to zero.
pub(crate) fn entries(task: Task, amount: Money) -> Vec<Entry> {
    use Account::{AuthorizationObligations, AuthorizedFunds, ProviderReceivable, Refunds, Sales};
    match task {
        Task::Authorize => pair(AuthorizedFunds, AuthorizationObligations, amount).into(),
        Task::Void => pair(AuthorizationObligations, AuthorizedFunds, amount).into(),
        Task::Capture => [
            pair(AuthorizationObligations, AuthorizedFunds, amount),
            pair(ProviderReceivable, Sales, amount),
        ]
        .concat(),
        Task::Refund(_) => pair(Refunds, ProviderReceivable, amount).into(),
    }
}

fn pair(debit: Account, credit: Account, amount: Money) -> [Entry; 2] {
    let negative = Money::new(-amount.minor_units(), amount.currency());
    [
        Entry {
            account: debit,
            amount,
        },
        Entry {
            account: credit,
            amount: negative,
        },
    ]
}
