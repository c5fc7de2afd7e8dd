//! What people and scripts type: `samsynk COMMAND …`.
//!
//! ```text
//!   args       the commands and their help
//!   serve      a server for use          demo      a town to try out
//!   running    what both start and stop; files: how many sockets there may be
//!   account, device, import, upkeep      the commands that ask and print
//!   allocate   teams → thesis topics, from a file
//!   ask        one request, to the server that runs on the data or to the data itself
//!   messages   codes → sentences         failure   exit codes
//!   logging    what is logged; quiet: how often
//! ```
//!
//! Exit codes: 0 done, 1 refused or invalid input, 2 wrong usage or a file to allocate from that is invalid, 3 the machine stands in the way (data in
//! use, damaged or unreadable; no such address).

mod account;
mod allocate;
mod args;
mod ask;
mod demo;
mod device;
mod failure;
mod files;
mod import;
mod logging;
mod messages;
mod output;
mod quiet;
mod running;
mod serve;
mod tls;
mod upkeep;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use failure::Failure;

/// Runs the program with the arguments it was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let level = if cli.command.is_server() { "info" } else { "warn" };
    logging::start(level, cli.log_json);
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::remark(format_args!("samsynk: {}", failure.message()));
            failure.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let data = cli.data;
    match cli.command {
        Command::Demo(args) => demo::run(data, &args),
        Command::Serve(args) => serve::run(&args::given(data)?, &args),
        Command::Account(command) => account::run(&args::given(data)?, command),
        Command::Device(command) => device::run(&args::given(data)?, command),
        Command::Token { account, label } => device::token(&args::given(data)?, account, label),
        Command::Invitation(command) => device::invitations(&args::given(data)?, command),
        Command::Invite { account, expires, origin } => {
            device::invite(&args::given(data)?, account, expires, origin)
        }
        Command::Import { files } => import::run(&args::given(data)?, &files),
        Command::Erase { account } => account::erase(&args::given(data)?, account),
        Command::ForgetHistory { document } => {
            upkeep::forget_history(&args::given(data)?, document)
        }
        Command::Mend { document } => upkeep::mend(&args::given(data)?, document),
        Command::Allocate(args) => allocate::allocate(&args),
        Command::VerifyAllocation(args) => allocate::verify(&args),
        Command::Check => upkeep::check(&args::given(data)?),
        Command::Backup { file } => upkeep::backup(&args::given(data)?, &file),
        Command::Restore { file } => upkeep::restore(&args::given(data)?, &file),
    }
}
