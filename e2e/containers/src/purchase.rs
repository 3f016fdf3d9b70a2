//! Purchases from the shop, by the commands of the README.

use std::time::Duration;

use anyhow::Result;
use xtask::{interrupt, run_readme_purchase, wait_until};

use crate::stack::Stack;

/// How long the shop may refuse purchases after a fault.
const TIMEOUT: Duration = Duration::from_secs(90);

/// The purchases of one check.
pub(crate) struct Purchases<'a> {
    stack: &'a Stack,
    count: u32,
}

impl<'a> Purchases<'a> {
    pub(crate) fn new(stack: &'a Stack) -> Self {
        Self { stack, count: 0 }
    }

    /// How many have succeeded.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Tries the purchase of the README until it succeeds once.
    pub(crate) fn make(&mut self) -> Result<()> {
        let mut last = None;
        let succeeds = || match run_readme_purchase(&self.stack.project, self.stack.gateway_port())
        {
            Ok(_) => true,
            Err(error) => {
                last = Some(error);
                false
            }
        };
        let outcome = wait_until("a purchase", TIMEOUT, interrupt::check, succeeds);
        // A timeout has the last failure as its cause.
        if let (Err(error), Some(last)) = (outcome, last) {
            return Err(last.context(error));
        }
        self.count += 1;
        Ok(())
    }
}
