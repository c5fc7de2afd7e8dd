//! Runs a schedule, and makes one that fails smaller.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::bug::Bug;
use crate::schedule::Schedule;
use crate::tally::Tally;
use crate::trace::Trace;
use crate::violation::{Checked, Violation};
use crate::world::World;

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Run {
    /// What stands for all that happened.
    pub digest: [u8; 32],
    /// What must not happen, and did.
    pub violation: Option<Violation>,
    /// How often things happened.
    pub tally: Tally,
    /// What happened, if asked for.
    pub lines: Vec<String>,
}

/// How many runs making a schedule smaller may take: about a minute.
const SHRINK_RUNS_MAX: usize = 400;

/// Runs a schedule.
#[must_use]
pub fn run(schedule: &Schedule, bug: Option<Bug>, keeps_lines: bool) -> Run {
    let mut world = World::new(schedule.seed, bug, Trace::new(keeps_lines));
    let played = catch_unwind(AssertUnwindSafe(|| play(&mut world, schedule)));
    let violation = match played {
        Ok(played) => played.err(),
        Err(panic) => Some(Violation(format!("a panic: {}", said(panic.as_ref())))),
    };
    let (trace, tally) = world.end();
    Run { digest: trace.digest(), violation, tally, lines: trace.into_lines() }
}

fn play(world: &mut World, schedule: &Schedule) -> Checked {
    world.begin()?;
    schedule.steps.iter().try_for_each(|step| world.step(step))
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// A schedule with fewer steps that still fails, perhaps in another way. The algorithm is the greedy part of
/// A. Zeller and R. Hildebrandt, *Simplifying and Isolating Failure-Inducing Input*, IEEE TSE 28 (2002).
#[must_use]
pub fn shrink(failing: &Schedule, bug: Option<Bug>) -> Schedule {
    let mut smallest = failing.clone();
    let mut runs = 0;
    let mut size = smallest.steps.len() / 2;
    while size > 0 && runs < SHRINK_RUNS_MAX {
        let mut at = 0;
        while at < smallest.steps.len() && runs < SHRINK_RUNS_MAX {
            let end = (at + size).min(smallest.steps.len());
            let mut fewer = smallest.clone();
            fewer.steps.drain(at..end);
            runs += 1;
            if run(&fewer, bug, false).violation.is_some() {
                smallest = fewer;
            } else {
                at = end;
            }
        }
        size /= 2;
    }
    smallest
}
