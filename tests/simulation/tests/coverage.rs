//! Enough happens in the stories that their silence means something.

use samsynk_simulation::run::run;
use samsynk_simulation::schedule::Schedule;
use samsynk_simulation::tally::Tally;

/// How many stories are counted.
const SEEDS_COUNT: u64 = 200;

/// What must happen at least so often in them; about half of what does.
const EXPECTED: [(&str, u64); 18] = [
    ("edits saved", 600),
    ("edits set aside", 5),
    ("commands accepted", 60),
    ("commands refused", 20),
    ("commands taken back", 1),
    ("receipts", 900),
    ("hostile acts", 100),
    ("refusals", 1),
    ("withdrawals", 100),
    ("outcomes", 90),
    ("documents unavailable", 1),
    ("connections cut", 100),
    ("devices out of reach", 100),
    ("devices stopped within a call", 15),
    ("server stopped within a batch", 10),
    ("batches failed", 20),
    ("calls with a failing store", 150),
    ("heals", 250),
];

#[test]
fn everything_happens_often() {
    let mut tally = Tally::default();
    for seed in 0..SEEDS_COUNT {
        tally.add(&run(&Schedule::of(seed), None, false).tally);
    }
    let rare: Vec<_> = EXPECTED.iter().filter(|(what, least)| tally.of(what) < *least).collect();
    assert!(rare.is_empty(), "too rare: {rare:?} in {tally:?}");
}
