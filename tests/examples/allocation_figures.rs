//! Prints how long allocations take, as one line of JSON; `make bench` shows it.

use std::time::Instant;

use samsynk_core::matching::verify::verify;
use samsynk_core::matching::{self, Explain, Instance, Rule};
use samsynk_tests::{Round, Seed};
use serde_json::{Map, json};

/// A city of cities: what the default rule still does in a second.
const LARGE: Round =
    Round { teams: 100_000, topics: 50_000, supervisors: 10_000, districts: 100, choices: 10 };
/// The largest file that is read.
const LARGE_BYTES_MAX: usize = 256 << 20;
/// How many times each is timed; the median counts.
const TIMES: usize = 5;

#[expect(clippy::print_stdout, reason = "its output is read by the benchmark")]
fn main() {
    let large = LARGE.instance(&mut Seed::of(1));
    let reading = milliseconds(|| drop(read(&large)));
    let instance = read(&large);
    let nobody = Explain::Teams(Vec::new());
    let alone = milliseconds(|| allocate(&instance, Rule::StudentOptimal, &nobody));
    let explained = milliseconds(|| allocate(&instance, Rule::StudentOptimal, &Explain::Missed));

    let answer = matching::allocate(&instance, Rule::StudentOptimal, &nobody);
    let answer = answer.expect("there are no lower quotas").to_json();
    let verified = milliseconds(|| {
        let verdict = verify(large.as_bytes(), answer.as_bytes()).expect("both can be read");
        assert!(verdict.faults.is_empty() && verdict.unproved.is_empty());
    });

    let real = read(&Round::REAL.instance(&mut Seed::of(2)));
    let rules: Map<_, _> = Rule::ALL
        .into_iter()
        .map(|rule| {
            (
                rule.name().to_owned(),
                json!(milliseconds(|| allocate(&real, rule, &Explain::Missed))),
            )
        })
        .collect();
    let large = json!({
        "megabytes": large.len() / 1_000_000, "read_milliseconds": reading,
        "milliseconds": alone, "with_reasons_milliseconds": explained, "verify_milliseconds": verified,
    });
    println!("{}", json!({"large": large, "real": rules}));
}

fn read(text: &str) -> Instance {
    Instance::read(text.as_bytes(), LARGE_BYTES_MAX).expect("a made-up round is valid")
}

fn allocate(instance: &Instance, rule: Rule, explain: &Explain) {
    let answer = matching::allocate(instance, rule, explain).expect("there are no lower quotas");
    assert!(answer.size > 0);
}

/// The median of some runs.
fn milliseconds(mut run: impl FnMut()) -> f64 {
    let mut times: Vec<_> = (0..TIMES)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[TIMES / 2]
}
