//! The balances of the ledger.

use askama::Template;

use super::{layout::Layout, member::Member};
use crate::{
    model::{Balance, Money},
    pages::{Answer, filters, page},
};

#[derive(Template)]
#[template(path = "staff/ledger.html")]
struct LedgerPage {
    layout: Layout,
    books: Vec<Book>,
}

/// The accounts in one currency.
struct Book {
    currency: String,
    rows: Vec<Row>,
    /// Of all accounts; `None` if it is too large for a number.
    sum: Option<Money>,
}

/// An account, with its balance on one side.
struct Row {
    account: String,
    meaning: &'static str,
    debit: Option<Money>,
    credit: Option<Money>,
}

impl Book {
    fn is_balanced(&self) -> bool {
        self.sum.as_ref().is_some_and(|sum| sum.minor_units == 0)
    }
}

impl From<Balance> for Row {
    fn from(balance: Balance) -> Self {
        let Money {
            minor_units,
            currency,
        } = balance.amount;
        let side = |is_here: bool| {
            is_here.then(|| Money {
                minor_units: minor_units.saturating_abs(),
                currency: currency.clone(),
            })
        };
        let (account, meaning) = words(&balance.account);
        Self {
            account,
            meaning,
            debit: side(minor_units >= 0),
            credit: side(minor_units < 0),
        }
    }
}

/// Shows the balance of every account, by currency.
pub(crate) async fn show(member: Member) -> Answer {
    let listed = member.upstreams().payment().balances().await?;
    page(&LedgerPage {
        layout: member.layout()?,
        books: books(listed.balances),
    })
}

fn books(mut balances: Vec<Balance>) -> Vec<Book> {
    balances.sort_by(|one, other| one.amount.currency.cmp(&other.amount.currency));
    let mut books: Vec<Book> = Vec::new();
    for balance in balances {
        let amount = &balance.amount;
        match books.last_mut() {
            Some(book) if book.currency == amount.currency => {
                let sum = book.sum.take();
                book.sum = sum.and_then(|sum| plus(&sum, amount));
                book.rows.push(balance.into());
            }
            _ => books.push(Book {
                currency: amount.currency.clone(),
                sum: Some(amount.clone()),
                rows: vec![balance.into()],
            }),
        }
    }
    books
}

fn plus(sum: &Money, amount: &Money) -> Option<Money> {
    Some(Money {
        minor_units: sum.minor_units.checked_add(amount.minor_units)?,
        currency: sum.currency.clone(),
    })
}

/// The name of an account, and what stands in it.
fn words(account: &str) -> (String, &'static str) {
    let (name, meaning) = match account {
        "authorized_funds" => ("Authorized funds", "Held with customers' banks"),
        "authorization_obligations" => (
            "Authorization obligations",
            "What the shop owes for the holds: goods, or a release",
        ),
        "provider_receivable" => (
            "Provider receivable",
            "Captured, less refunds: the payment provider pays it out",
        ),
        "sales" => ("Sales", "Captured for orders"),
        "refunds" => ("Refunds", "Returned to customers"),
        other => (other, ""),
    };
    (name.replace('_', " "), meaning)
}
