//! The program `samsynk`.

use std::process::ExitCode;

/// The C library's allocator keeps what loaded documents leave behind: after two thousand of twenty thousand
/// documents were cached, 96 MiB were in use and 575 resident. With this one it is 135 MiB, and loading is 1.6 times
/// as fast.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    samsynk_server::commands::main()
}
