//! `payment serve | migrate | reconcile | cancel-orphans | healthcheck | config`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    service::program(payment::ABOUT, payment::MIGRATIONS, payment::start)
        .command(
            "reconcile",
            "compare our payments with the provider's intents",
            |config, arguments| async { Ok(payment::reconcile(config, arguments).await) },
        )
        .command(
            "cancel-orphans",
            "cancel the holds at the provider that a reconciliation found without a payment",
            |config, arguments| async { Ok(payment::cancel_orphans(config, arguments).await) },
        )
        .main()
}
