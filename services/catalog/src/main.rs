//! `catalog serve | migrate | seed | healthcheck | config`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    service::program(catalog::ABOUT, catalog::MIGRATIONS, catalog::start)
        .command(
            "seed",
            "load the demo catalog into the database",
            catalog::seed,
        )
        .main()
}
