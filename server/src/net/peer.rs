//! Who is on the other end of a connection, and the places that connections take.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use samsynk_core::ids::AccountId;

use super::Exposure;

/// What reverse proxies add to a request. One that adds none of these cannot be told from a person on this machine.
const PROXY_HEADERS: [&str; 6] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

/// The other end of a connection; an extension on each of its requests.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Where it comes from. A proxy's own address, behind one.
    pub address: SocketAddr,
    /// Held until the connection, and a session that grew out of it, ends.
    _place: Arc<Place>,
}

impl Peer {
    /// The peer at this address, with its place.
    #[must_use]
    pub fn new(address: SocketAddr, place: Place) -> Self {
        Self { address, _place: Arc::new(place) }
    }

    /// Whether the request comes from this machine, and not through a proxy on it.
    #[must_use]
    pub fn is_local(&self, headers: &HeaderMap) -> bool {
        let through_a_proxy = PROXY_HEADERS.iter().any(|header| headers.contains_key(*header));
        self.address.ip().to_canonical().is_loopback() && !through_a_proxy
    }

    /// The address to count attempts by. Behind a proxy it is the last that the proxy names, which is
    /// the only one that the client cannot choose.
    #[must_use]
    pub fn client(&self, exposure: Exposure, headers: &HeaderMap) -> AddressKey {
        let forwarded = || {
            let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
            last.rsplit(',').next()?.trim().parse().ok()
        };
        let forwarded = (exposure == Exposure::BehindProxy).then(forwarded).flatten();
        AddressKey::of(forwarded.unwrap_or(self.address.ip()))
    }
}

/// What counts as one address: an IPv4 address, or the /64 that one IPv6 customer has at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressKey(u64);

impl AddressKey {
    /// The key under which requests of somebody who is signed in are counted, wherever they come from.
    #[must_use]
    pub fn of_account(account: AccountId) -> Self {
        let half = account.0.first_chunk().expect("sixteen bytes");
        Self(u64::from_be_bytes(*half))
    }

    /// The key of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(u64::from(v4.to_bits())),
            IpAddr::V6(v6) => Self((v6.to_bits() >> 64) as u64),
        }
    }
}

/// The places that connections take, in all and by address.
#[derive(Debug)]
pub struct Places {
    max: usize,
    per_address_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<AddressKey, usize>,
}

impl Places {
    /// So many in all, and so many for each address.
    #[must_use]
    pub fn new(max: usize, per_address_max: usize) -> Arc<Self> {
        Arc::new(Self { max, per_address_max, taken: Mutex::default() })
    }

    /// Takes a place, given back when it is dropped; `None` when there is none.
    #[must_use]
    pub fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let local = address.to_canonical().is_loopback();
        let key = AddressKey::of(address);
        let mut taken = self.lock();
        if taken.all >= self.max {
            return None;
        }
        let mine = taken.by_address.entry(key).or_default();
        if *mine >= self.per_address_max && !local {
            return None;
        }
        *mine += 1;
        taken.all += 1;
        metrics::gauge!("samsynk_connections").increment(1);
        Some(Place { places: Arc::clone(self), key })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection's place.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    key: AddressKey,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all -= 1;
        if let Some(mine) = taken.by_address.get_mut(&self.key) {
            *mine -= 1;
            if *mine == 0 {
                taken.by_address.remove(&self.key);
            }
        }
        metrics::gauge!("samsynk_connections").decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_by_address_and_in_all_and_come_back() {
        let places = Places::new(4, 2);
        let take = |text: &str| places.take(text.parse().unwrap());
        let campus = [take("2001:db8::1").unwrap(), take("2001:db8::2").unwrap()];
        assert!(take("2001:db8::3").is_none(), "the same /64");
        let other = take("2001:db8:0:1::3").unwrap();
        let mapped = take("::ffff:192.0.2.1").unwrap();
        assert!(take("127.0.0.1").is_none(), "all are taken");
        drop((campus, other));
        let local = [0; 3].map(|_| take("127.0.0.1").unwrap());
        assert!(take("192.0.2.1").is_none());
        drop((local, mapped));
        assert!(places.lock().by_address.is_empty());
        assert_eq!(places.lock().all, 0);
    }

    #[test]
    fn behind_a_proxy_the_last_forwarded_address_counts() {
        let places = Places::new(1, 1);
        let address: SocketAddr = "127.0.0.1:1".parse().unwrap();
        let peer = Peer::new(address, places.take(address.ip()).unwrap());
        let mut headers = HeaderMap::<http::HeaderValue>::new();
        assert!(peer.is_local(&headers));
        for header in PROXY_HEADERS {
            let through = HeaderMap::from_iter([(header.parse().unwrap(), "x".parse().unwrap())]);
            assert!(!peer.is_local(&through), "{header}");
        }
        headers.append("x-forwarded-for", "198.51.100.9, 192.0.2.7".parse().unwrap());
        assert!(!peer.is_local(&headers));
        let key = |text: &str| AddressKey::of(text.parse().unwrap());
        assert_eq!(peer.client(Exposure::BehindProxy, &headers), key("192.0.2.7"));
        assert_eq!(peer.client(Exposure::Tls, &headers), key("127.0.0.1"));
    }
}
