//! Prints what each sort of event takes of the hub's thread on this machine, beside what `hub/cost.rs` charges for it, and
//! fails where the two differ by more than a factor of three.
//!
//! `cargo run --release -p samsynk-server --example hub_cost`

mod bench;
mod changes;
mod decisions;
mod questions;

use std::process::ExitCode;

use bench::Bench;

#[expect(clippy::print_stdout, reason = "printing is what it is for")]
fn main() -> ExitCode {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut bench = Bench::open(folder.path());
    questions::measure(&mut bench);
    changes::measure(&mut bench);
    decisions::measure(&mut bench);
    if bench.outside.is_empty() {
        println!("Every charge is within a factor of three of what the work takes.");
        return ExitCode::SUCCESS;
    }
    println!("Not within a factor of three: {}.", bench.outside.join("; "));
    ExitCode::FAILURE
}
