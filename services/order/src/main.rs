//! `order serve | migrate | healthcheck | config`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    service::program(order::ABOUT, order::MIGRATIONS, order::start).main()
}
