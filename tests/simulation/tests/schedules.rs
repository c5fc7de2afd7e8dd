//! Five thousand stories, told by twenty-five tests so that all cores have something to do.

use samsynk_simulation::run::run;
use samsynk_simulation::schedule::Schedule;

/// How many seeds each test runs.
const SEEDS_COUNT: u64 = 200;

/// Runs the seeds of one test, and names each that fails with the command that tells it again.
fn hold(part: u64) {
    let seeds = part * SEEDS_COUNT..(part + 1) * SEEDS_COUNT;
    let failures = seeds.filter_map(|seed| {
        let violation = run(&Schedule::of(seed), None, false).violation?;
        Some(format!("{violation}\n  make replay SEED={seed}\n"))
    });
    let failures: Vec<String> = failures.collect();
    assert!(failures.is_empty(), "{} schedules failed:\n{}", failures.len(), failures.concat());
}

macro_rules! parts {
    ($($name:ident = $part:literal),+ $(,)?) => {$(
        #[test]
        fn $name() {
            hold($part);
        }
    )+};
}

parts! {
    part_00 = 0, part_01 = 1, part_02 = 2, part_03 = 3, part_04 = 4,
    part_05 = 5, part_06 = 6, part_07 = 7, part_08 = 8, part_09 = 9,
    part_10 = 10, part_11 = 11, part_12 = 12, part_13 = 13, part_14 = 14,
    part_15 = 15, part_16 = 16, part_17 = 17, part_18 = 18, part_19 = 19,
    part_20 = 20, part_21 = 21, part_22 = 22, part_23 = 23, part_24 = 24,
}
