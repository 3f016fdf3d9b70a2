//! `user serve | migrate | seed | healthcheck | config`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    service::program(user::ABOUT, user::MIGRATIONS, user::start)
        .command("seed", "put demo data into the database", user::seed)
        .main()
}
