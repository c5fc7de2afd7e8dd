//! Runs schedules beyond those of `make test`.
//!
//! ```text
//!   simulate soak COUNT [FIRST]   runs many, and names those that fail
//!   simulate find COUNT           runs many, until one fails; for bugs that are there on purpose
//!   simulate replay SEED          tells one that fails, without the steps that it fails without
//!   simulate tell SEED            tells one, whole
//!   simulate bugs [COUNT]         says how each bug at a seam of the simulation is found
//! ```
#![allow(clippy::print_stdout)] // It talks to whoever has called it.

use std::process::ExitCode;
use std::time::Instant;

use samsynk_simulation::bug::Bug;
use samsynk_simulation::run::{run, shrink};
use samsynk_simulation::schedule::Schedule;
use samsynk_simulation::tally::Tally;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok());
    match (arguments.first().map(String::as_str), number(1)) {
        (Some("soak"), Some(count)) => soak(number(2).unwrap_or(0), count),
        (Some("replay"), Some(seed)) => replay(seed),
        (Some("find"), Some(count)) => find(count),
        (Some("tell"), Some(seed)) => tell(&Schedule::of(seed)),
        (Some("bugs"), count) => bugs(count.unwrap_or(BUG_SEEDS_COUNT)),
        _ => {
            println!(
                "simulate soak COUNT [FIRST] | find COUNT | replay SEED | tell SEED | bugs [COUNT]"
            );
            ExitCode::FAILURE
        }
    }
}

fn soak(first: u64, count: u64) -> ExitCode {
    println!("the stories of {count} seeds from {first} on");
    let begun = Instant::now();
    let mut failures = 0;
    let mut tally = Tally::default();
    for seed in first..first + count {
        let run = run(&Schedule::of(seed), None, false);
        tally.add(&run.tally);
        if let Some(violation) = run.violation {
            failures += 1;
            println!("{violation}\n  make replay SEED={seed}");
        }
    }
    tally.iter().for_each(|(what, count)| println!("{count:>9} {what}"));
    let seconds = begun.elapsed().as_secs_f64();
    println!("{count} schedules in {seconds:.1} s, {failures} failed");
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How many schedules are run with each bug before it counts as not found.
const BUG_SEEDS_COUNT: u64 = 200;

fn bugs(count: u64) -> ExitCode {
    let mut all = true;
    for bug in Bug::ALL {
        let found = (0..count)
            .find_map(|seed| Some((seed, run(&Schedule::of(seed), Some(bug), false).violation?)));
        match found {
            Some((seed, violation)) => println!("{bug:?}: seed {seed}: {violation}"),
            None => {
                all = false;
                println!("{bug:?}: not found in {count} schedules");
            }
        }
    }
    if all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn replay(seed: u64) -> ExitCode {
    let schedule = Schedule::of(seed);
    if run(&schedule, None, false).violation.is_none() {
        println!("seed {seed} holds");
        return ExitCode::SUCCESS;
    }
    let shrunk = shrink(&schedule, None);
    let told = tell(&shrunk);
    println!("{} of the {} steps of seed {seed}", shrunk.steps.len(), schedule.steps.len());
    told
}

fn tell(schedule: &Schedule) -> ExitCode {
    let told = run(schedule, None, true);
    told.lines.iter().for_each(|line| println!("{line}"));
    match told.violation {
        Some(violation) => {
            println!("{violation}");
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    }
}

/// Succeeds where one fails.
fn find(count: u64) -> ExitCode {
    let found =
        (0..count).find_map(|seed| Some((seed, run(&Schedule::of(seed), None, false).violation?)));
    match found {
        Some((seed, violation)) => {
            println!("seed {seed}: {violation}");
            ExitCode::SUCCESS
        }
        None => ExitCode::FAILURE,
    }
}
