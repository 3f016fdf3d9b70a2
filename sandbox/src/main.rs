//! The `sandbox` binary: `serve`, `healthcheck` and `config`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    chassis::process::Program::new(sandbox::ABOUT, sandbox::start).main()
}
