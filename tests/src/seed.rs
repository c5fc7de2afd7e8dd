//! Chance that can be replayed.

/// Numbers that look random, the same for the same seed (SplitMix64: G. Steele, D. Lea and C. Flood, *Fast
/// Splittable Pseudorandom Number Generators*, OOPSLA 2014).
#[derive(Debug)]
pub struct Seed(u64);

impl Seed {
    /// The seed in the environment variable `SAMSYNK_SEED`, or a new one. It is printed, so that a run
    /// that failed can be made again; what other processes do in the meantime still differs.
    ///
    /// # Panics
    ///
    /// The variable is no number.
    #[must_use]
    #[expect(clippy::print_stdout, reason = "the test runner shows it with a failure")]
    pub fn of_environment() -> Self {
        let seed = match std::env::var("SAMSYNK_SEED") {
            Ok(text) => text.parse().expect("SAMSYNK_SEED is a number"),
            Err(_) => getrandom::u64().expect("the system has randomness"),
        };
        println!("SAMSYNK_SEED={seed}");
        Self(seed)
    }

    /// This seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number under `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a count fits 64 bits");
        usize::try_from(self.number() % end).expect("less than a count")
    }
}
