//! The program: arguments in, exit code out.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    if portcullis::sandbox::native::is_cell(std::env::args_os().next().as_deref()) {
        return portcullis::sandbox::native::live();
    }
    portcullis::cli::run(std::env::args_os()).into()
}
