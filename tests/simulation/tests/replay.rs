//! The same seed tells the same story, word for word.

use samsynk_simulation::bug::Bug;
use samsynk_simulation::run::{run, shrink};
use samsynk_simulation::schedule::{Kind, Schedule};

/// How many seeds are told twice.
const SEEDS_COUNT: u64 = 60;

#[test]
fn a_seed_tells_the_same_story_twice() {
    for seed in 0..SEEDS_COUNT {
        let schedule = Schedule::of(seed);
        let [first, second] = [(), ()].map(|()| run(&schedule, None, true));
        let both = first.lines.iter().zip(&second.lines);
        let differs = both.enumerate().find(|(_, (first, second))| first != second);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(first.digest, second.digest, "seed {seed}");
    }
}

#[test]
fn seeds_tell_different_stories_of_every_kind() {
    let mut digests = std::collections::BTreeSet::new();
    let mut kinds = std::collections::BTreeSet::new();
    for seed in 0..SEEDS_COUNT {
        let schedule = Schedule::of(seed);
        kinds.extend(schedule.steps.iter().map(|step| step.kind));
        digests.insert(run(&schedule, None, false).digest);
    }
    assert_eq!(digests.len() as u64, SEEDS_COUNT);
    assert_eq!(kinds.len(), Kind::ALL.len(), "{kinds:?}");
}

#[test]
fn a_story_that_fails_is_made_shorter_and_still_fails() {
    let bug = Some(Bug::ServerLeaks);
    let fails = |schedule: &Schedule| run(schedule, bug, false).violation.is_some();
    let long = (0..).map(Schedule::of).find(|s| s.steps.len() > 20 && fails(s)).expect("one leaks");
    let short = shrink(&long, bug);
    assert!(short.steps.len() < long.steps.len() / 2, "{}", short.steps.len());
    assert!(fails(&short));
    // What is left is needed: without any one of its steps the story holds.
    for place in 0..short.steps.len() {
        let mut fewer = short.clone();
        fewer.steps.remove(place);
        assert!(!fails(&fewer), "step {place} could be left out");
    }
}
