//! `user serve | migrate | seed | revoke-signing-key | healthcheck | config`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    service::program(user::ABOUT, user::MIGRATIONS, user::start)
        .command(
            "revoke-signing-key",
            "revoke a leaked signing key at once: <kid> <reason>",
            user::revoke_signing_key,
        )
        .command("seed", "put demo data into the database", user::seed)
        .main()
}
