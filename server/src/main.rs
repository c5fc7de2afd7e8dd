//! The program `samsynk`.

use std::process::ExitCode;

fn main() -> ExitCode {
    samsynk_server::commands::main()
}
