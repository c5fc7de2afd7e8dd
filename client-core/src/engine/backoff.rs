//! How long to wait before the next attempt to connect.

use crate::random::Random;

/// The first wait, in milliseconds.
const FIRST_MILLIS: i64 = 500;

/// The longest wait, in milliseconds: a phone that comes back into coverage tries within a minute,
/// also without a hint from its system.
const LONGEST_MILLIS: i64 = 60_000;

/// The longest of the first waits while somebody looks, in milliseconds: who has just come out of a basement
/// should not wonder.
const EAGER_MILLIS: i64 = 3_000;

/// How many waits are so short: a minute of them.
const EAGER_ATTEMPTS_MAX: u32 = 24;

/// The longest wait while somebody looks, in milliseconds.
const FOREGROUND_LONGEST_MILLIS: i64 = 10_000;

/// Returns the longest that attempt number `attempt` (from 0) is waited for, in milliseconds.
pub(super) fn longest_millis(attempt: u32, foreground: bool) -> i64 {
    match foreground {
        true if attempt < EAGER_ATTEMPTS_MAX => EAGER_MILLIS,
        true => FOREGROUND_LONGEST_MILLIS,
        false => LONGEST_MILLIS,
    }
}

/// The wait before attempt number `attempt` (from 0), in milliseconds: between half of and all of
/// twice the wait before, so that devices which lost one server do not come back together.
/// ("Equal jitter": M. Brooker, *Exponential Backoff and Jitter*, AWS Architecture Blog, 2015.)
pub(super) fn wait_millis(attempt: u32, foreground: bool, random: &mut dyn Random) -> i64 {
    let doubled = FIRST_MILLIS.saturating_mul(1 << attempt.min(16));
    let ceiling = doubled.min(longest_millis(attempt, foreground));
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    ceiling / 2 + i64::from(u32::from_le_bytes(bytes)) % (ceiling / 2 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counter(u8);

    impl Random for Counter {
        fn fill(&mut self, bytes: &mut [u8]) {
            self.0 = self.0.wrapping_mul(31).wrapping_add(7);
            bytes.fill(self.0);
        }
    }

    /// Checks the waits of one attempt against the longest that they may be.
    fn check(attempt: u32, foreground: bool, ceiling: i64) {
        let mut random = Counter(1);
        let waits: Vec<i64> =
            (0..50).map(|_| wait_millis(attempt, foreground, &mut random)).collect();
        assert!(waits.iter().all(|wait| (ceiling / 2..=ceiling).contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }

    #[test]
    fn waits_grow_up_to_a_minute_and_differ() {
        for attempt in 0..40 {
            check(attempt, false, (500 << attempt.min(10)).min(60_000));
        }
    }

    #[test]
    fn nobody_who_looks_waits_long() {
        check(0, true, 500);
        check(1, true, 1_000);
        check(3, true, 3_000);
        check(23, true, 3_000);
        check(24, true, 10_000);
        check(100, true, 10_000);
    }
}
