//! `payment serve | migrate | reconcile | healthcheck | config`

use std::process::ExitCode;

use chassis::process::{About, OwnCommand, main_with};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let about = About {
        name: "payment",
        version: env!("CARGO_PKG_VERSION"),
        defaults: payment::config::DEFAULTS,
    };
    let reconcile = OwnCommand {
        name: "reconcile",
        help: "compare our payments with the provider's",
        job: |config, arguments| async { Ok(payment::reconcile(config, arguments).await) },
    };
    main_with(about, payment::start, payment::migrate, reconcile)
}
