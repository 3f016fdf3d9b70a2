//! `gateway serve | healthcheck | config`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    chassis::process::Program::new(gateway::ABOUT, gateway::start).main()
}
