//! How often one address may try something: token buckets in a bounded map. Time is an argument.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::peer::AddressKey;

/// A bucket for each address that tried lately.
#[derive(Debug)]
pub struct Buckets {
    burst_max: u32,
    interval: Duration,
    addresses_max: usize,
    /// When the address's bucket is full again. A bucket that is full is not kept.
    full_at: HashMap<AddressKey, Instant>,
}

impl Buckets {
    /// Allows `burst_max` attempts at once, and one more for each `interval`. When more than
    /// `addresses_max` addresses have tried lately, all others are refused.
    #[must_use]
    pub fn new(burst_max: u32, interval: Duration, addresses_max: usize) -> Self {
        Self { burst_max, interval, addresses_max, full_at: HashMap::new() }
    }

    /// Takes one attempt.
    ///
    /// # Errors
    /// The time to wait, when the address has none left.
    pub fn take(&mut self, now: Instant, address: AddressKey) -> Result<(), Duration> {
        if self.full_at.len() >= self.addresses_max {
            self.full_at.retain(|_, full_at| *full_at > now);
        }
        let full_at = self.full_at.get(&address).map_or(now, |at| (*at).max(now));
        let room = self.interval * self.burst_max;
        let full_at_then = full_at + self.interval;
        if full_at_then > now + room {
            return Err(full_at_then - (now + room));
        }
        if self.full_at.len() >= self.addresses_max && !self.full_at.contains_key(&address) {
            return Err(self.interval);
        }
        self.full_at.insert(address, full_at_then);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn address(text: &str) -> AddressKey {
        AddressKey::of(text.parse().unwrap())
    }

    #[test]
    fn a_class_enrols_at_once_and_then_one_by_one() {
        let mut buckets = Buckets::new(3, SECOND, 10);
        let start = Instant::now();
        let school = address("192.0.2.1");
        assert_eq!([0; 3].map(|_| buckets.take(start, school)), [Ok(()); 3]);
        assert_eq!(buckets.take(start, school), Err(SECOND));
        assert_eq!(buckets.take(start, address("192.0.2.2")), Ok(()), "others are not held up");
        assert_eq!(buckets.take(start + SECOND, school), Ok(()));
        assert_eq!(buckets.take(start + SECOND, school), Err(SECOND));
    }

    #[test]
    fn the_memory_is_bounded_and_old_addresses_make_room() {
        let mut buckets = Buckets::new(1, SECOND, 2);
        let start = Instant::now();
        let [a, b, c] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(address);
        assert_eq!(buckets.take(start, a), Ok(()));
        assert_eq!(buckets.take(start, b), Ok(()));
        assert_eq!(buckets.take(start, c), Err(SECOND));
        assert_eq!(buckets.take(start + SECOND, c), Ok(()));
        assert_eq!(buckets.full_at.len(), 1);
    }
}
