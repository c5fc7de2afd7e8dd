//! How long to wait before the next attempt to connect.

use crate::random::Random;

/// The first wait, in milliseconds.
const FIRST_MILLIS: u64 = 500;

/// The longest wait, in milliseconds: a phone that comes back into coverage tries within a minute,
/// also without a hint from its system.
pub(super) const LONGEST_MILLIS: u64 = 60_000;

/// The wait before attempt number `attempt` (from 0), in milliseconds: between half of and all of
/// twice the wait before, so that devices which lost one server do not come back together.
/// ("Equal jitter": M. Brooker, *Exponential Backoff and Jitter*, AWS Architecture Blog, 2015.)
pub(super) fn wait_millis(attempt: u32, random: &mut dyn Random) -> u64 {
    let ceiling = FIRST_MILLIS.saturating_mul(1 << attempt.min(16)).min(LONGEST_MILLIS);
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    ceiling / 2 + u64::from_le_bytes(bytes) % (ceiling / 2 + 1)
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

    #[test]
    fn waits_grow_up_to_a_minute_and_differ() {
        let mut random = Counter(1);
        for attempt in 0..40 {
            let ceiling = (500 << attempt.min(10)).min(60_000);
            let waits: Vec<u64> = (0..50).map(|_| wait_millis(attempt, &mut random)).collect();
            assert!(waits.iter().all(|wait| (ceiling / 2..=ceiling).contains(wait)), "{waits:?}");
            assert!(waits.iter().any(|wait| *wait != waits[0]));
        }
    }
}
