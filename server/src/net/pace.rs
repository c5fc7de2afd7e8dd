//! How much of the hub devices, accounts and addresses may use: token buckets of its cost units, in bounded maps.
//! Time is an argument.
//!
//! A session whose device, account or address has used up what it may is not refused: its next frame is read
//! later. What it has waiting in the hub meanwhile is bounded by its lane (`hub/port`).

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use samsynk_core::ids::{AccountId, DeviceId};

use super::peer::AddressKey;

/// What one device, account or address may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// In the long run, in percent of the hub's thread.
    pub percent: u32,
    /// At once, as time of the hub's thread.
    pub burst: Duration,
}

/// What each may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowances {
    /// One installation.
    pub device: Allowance,
    /// A person with all devices.
    pub account: Allowance,
    /// A campus or a household.
    pub address: Allowance,
}

/// Who pays for a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payers {
    /// The device.
    pub device: DeviceId,
    /// Its account.
    pub account: AccountId,
    /// Where it connects from.
    pub address: AddressKey,
}

/// Whose allowance is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsedUp {
    /// The device's.
    Device,
    /// The account's.
    Account,
    /// The address's.
    Address,
}

impl UsedUp {
    /// For metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Account => "account",
            Self::Address => "address",
        }
    }
}

/// What each has used lately.
#[derive(Debug)]
pub struct Pace {
    devices: Used<DeviceId>,
    accounts: Used<AccountId>,
    addresses: Used<AddressKey>,
}

impl Pace {
    /// Nothing is used yet. At most `keys_max` of each are remembered; beyond that they share one bucket.
    #[must_use]
    pub fn new(allowances: Allowances, keys_max: usize) -> Self {
        Self {
            devices: Used::new(allowances.device, keys_max),
            accounts: Used::new(allowances.account, keys_max),
            addresses: Used::new(allowances.address, keys_max),
        }
    }

    /// Notes units of about a microsecond of the hub's thread.
    pub fn charge(&mut self, now: Instant, payers: &Payers, units: u64) {
        self.devices.charge(now, payers.device, units);
        self.accounts.charge(now, payers.account, units);
        self.addresses.charge(now, payers.address, units);
    }

    /// How long until all of them may use more, and who has to wait longest; `None` for now.
    #[must_use]
    pub fn wait(&self, now: Instant, payers: &Payers) -> Option<(Duration, UsedUp)> {
        let device = self.devices.wait(now, payers.device);
        let account = self.accounts.wait(now, payers.account);
        let address = self.addresses.wait(now, payers.address);
        let waits =
            [(device, UsedUp::Device), (account, UsedUp::Account), (address, UsedUp::Address)];
        waits.into_iter().max_by_key(|(wait, _)| *wait).filter(|(wait, _)| !wait.is_zero())
    }
}

/// The buckets of one sort.
#[derive(Debug)]
struct Used<K> {
    /// How long it takes to gain back one unit, and a whole bucket.
    unit: Duration,
    bucket: Duration,
    keys_max: usize,
    /// When a bucket is full again; one that is full is not kept.
    full_at: HashMap<K, Instant>,
    /// The bucket of all for whom there is no room above.
    others_full_at: Option<Instant>,
    /// When full buckets were last looked for, which takes a while.
    swept: Option<Instant>,
}

/// How often full buckets are looked for, at most.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

impl<K: Copy + Eq + Hash> Used<K> {
    fn new(allowance: Allowance, keys_max: usize) -> Self {
        let percent = allowance.percent.max(1);
        Self {
            unit: Duration::from_micros(100) / percent,
            bucket: allowance.burst * 100 / percent,
            keys_max,
            full_at: HashMap::new(),
            others_full_at: None,
            swept: None,
        }
    }

    fn charge(&mut self, now: Instant, key: K, units: u64) {
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        // Whoever has nothing for as long as a bucket takes to fill has paid for it.
        let last = now + 2 * self.bucket;
        let add = |full_at: Option<Instant>| {
            (full_at.unwrap_or(now).max(now) + self.unit * units).min(last)
        };
        if let Some(full_at) = self.full_at.get_mut(&key) {
            *full_at = add(Some(*full_at));
            return;
        }
        if self.full_at.len() >= self.keys_max
            && self.swept.is_none_or(|swept| now >= swept + SWEEP_INTERVAL)
        {
            self.swept = Some(now);
            self.full_at.retain(|_, full_at| *full_at > now);
        }
        if self.full_at.len() < self.keys_max {
            let full_at = add(None);
            self.full_at.insert(key, full_at);
        } else {
            self.others_full_at = Some(add(self.others_full_at));
        }
    }

    fn wait(&self, now: Instant, key: K) -> Duration {
        let room = self.full_at.len() < self.keys_max;
        let others = self.others_full_at.filter(|_| !room);
        let Some(full_at) = self.full_at.get(&key).copied().or(others) else {
            return Duration::ZERO;
        };
        full_at.saturating_duration_since(now).saturating_sub(self.bucket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn allowances() -> Allowances {
        let of = |percent, seconds| Allowance { percent, burst: SECOND * seconds };
        Allowances { device: of(10, 1), account: of(20, 2), address: of(50, 4) }
    }

    fn payers(device: u8, account: u8, address: &str) -> Payers {
        Payers {
            device: DeviceId([device; 16]),
            account: AccountId([account; 16]),
            address: AddressKey::of(address.parse().unwrap()),
        }
    }

    /// So many seconds of the hub's thread, in units.
    fn seconds(seconds: u64) -> u64 {
        seconds * 1_000_000
    }

    #[test]
    fn a_burst_is_free_and_then_a_device_waits_for_its_share() {
        let (start, mut pace) = (Instant::now(), Pace::new(allowances(), 10));
        let phone = payers(1, 1, "192.0.2.1");
        pace.charge(start, &phone, seconds(1));
        assert_eq!(pace.wait(start, &phone), None, "as much as it may have at once");
        pace.charge(start, &phone, 1_000);
        let millis = Duration::from_millis;
        assert_eq!(pace.wait(start, &phone), Some((millis(10), UsedUp::Device)), "a tenth");
        assert_eq!(pace.wait(start + millis(10), &phone), None);
        assert_eq!(pace.wait(start, &payers(2, 2, "192.0.2.2")), None, "others do not wait");
    }

    #[test]
    fn the_devices_of_an_account_share_what_it_has_and_so_do_accounts_behind_one_address() {
        let (start, mut pace) = (Instant::now(), Pace::new(allowances(), 10));
        let devices = [1, 2, 3].map(|device| payers(device, 1, "192.0.2.1"));
        for device in &devices {
            assert_eq!(pace.wait(start, device), None);
            pace.charge(start, device, seconds(1));
        }
        for device in &devices {
            assert_eq!(pace.wait(start, device), Some((SECOND * 5, UsedUp::Account)));
        }
        let neighbour = payers(4, 2, "192.0.2.1");
        assert_eq!(pace.wait(start, &neighbour), None);
        pace.charge(start, &payers(5, 3, "192.0.2.1"), seconds(1));
        pace.charge(start, &payers(6, 4, "192.0.2.1"), seconds(1));
        assert_eq!(pace.wait(start, &neighbour), Some((SECOND * 2, UsedUp::Address)));
    }

    #[test]
    fn nobody_owes_more_than_a_bucket() {
        let (start, mut pace) = (Instant::now(), Pace::new(allowances(), 10));
        let flood = payers(1, 1, "192.0.2.1");
        (0..10).for_each(|_| pace.charge(start, &flood, u64::MAX));
        let (wait, _) = pace.wait(start, &flood).unwrap();
        assert_eq!(wait, SECOND * 10);
        assert_eq!(pace.wait(start + wait, &flood), None);
    }

    #[test]
    fn the_memory_is_bounded_and_those_without_room_share_one_bucket() {
        let (start, mut pace) = (Instant::now(), Pace::new(allowances(), 2));
        let people: Vec<Payers> = (1..=200).map(|n| payers(n, n, &format!("10.0.0.{n}"))).collect();
        for person in &people {
            pace.charge(start, person, 10_000);
        }
        assert_eq!(pace.devices.full_at.len(), 2);
        assert_eq!(pace.wait(start, &people[0]), None, "who is remembered pays for itself alone");
        let (wait, _) = pace.wait(start, &people[199]).unwrap();
        assert!(wait > SECOND, "{wait:?}");
        // Once the first have paid, there is room again.
        let later = start + SECOND * 60;
        pace.charge(later, &people[199], 1);
        assert_eq!(pace.devices.full_at.len(), 1);
        assert_eq!(pace.wait(later, &people[199]), None);
    }
}
