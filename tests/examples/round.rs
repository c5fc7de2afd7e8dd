//! Prints a made-up round of thesis topics: `cargo run -p samsynk-tests --example round [SEED] > round.json`.

use samsynk_tests::{Round, Seed};

#[expect(clippy::print_stdout, reason = "its output is the file")]
fn main() {
    let seed =
        std::env::args().nth(1).map_or(2021, |text| text.parse().expect("a seed is a number"));
    println!("{}", Round::REAL.instance(&mut Seed::of(seed)));
}
