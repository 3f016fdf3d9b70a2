//! `order serve | migrate | seed | healthcheck | config`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    service::program(order::ABOUT, order::MIGRATIONS, order::start)
        .command("seed", "put demo data into the database", order::seed)
        .main()
}
