//! Who is on the other end of a connection, and the places that connections take.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use samsynk_core::ids::AccountId;

use super::proxy::{self, TrustedProxies};

/// The other end of a connection; an extension on each of its requests.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Where the connection comes from. A proxy's own address, behind one.
    pub address: SocketAddr,
    /// Who asks: the same, unless a proxy that is trusted names another.
    client: IpAddr,
    /// Whether the connection is that of a proxy that is trusted.
    is_proxy: bool,
    /// Whether the request says that it came through a proxy.
    is_forwarded: bool,
    /// Held until the connection, and a session that grew out of it, ends.
    _place: Arc<Place>,
    /// The client's own place, where others share the connection.
    _client_place: Option<Arc<Place>>,
}

impl Peer {
    /// The peer at this address, with its place.
    #[must_use]
    pub fn new(address: SocketAddr, place: Place) -> Self {
        let (client, place) = (address.ip(), Arc::new(place));
        Self {
            address,
            client,
            is_proxy: false,
            is_forwarded: false,
            _place: place,
            _client_place: None,
        }
    }

    /// Who made one request on this connection; none when the client has no place left.
    #[must_use]
    pub fn of_request(
        &self,
        proxies: &TrustedProxies,
        places: &Arc<Places>,
        headers: &HeaderMap,
    ) -> Option<Self> {
        let is_forwarded = proxy::is_forwarded(headers);
        if !proxies.has(self.address.ip()) {
            return Some(Self { is_forwarded, ..self.clone() });
        }
        let client = proxies.client(self.address.ip(), headers);
        // A proxy's own questions, such as whether we are well, are bounded by its connections.
        let place = match proxies.has(client) {
            true => None,
            false => Some(Arc::new(places.take_of_client(client)?)),
        };
        Some(Self { client, is_proxy: true, is_forwarded, _client_place: place, ..self.clone() })
    }

    /// Whether the request comes from this machine, and from no proxy's address.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.may_measure() && !self.is_proxy
    }

    /// Whether the request comes from this machine, and did not come through a proxy: one that is trusted says so with
    /// each request, and others on its machine do not.
    #[must_use]
    pub fn may_measure(&self) -> bool {
        self.address.ip().to_canonical().is_loopback() && !self.is_forwarded
    }

    /// The address to count attempts by.
    #[must_use]
    pub fn client(&self) -> AddressKey {
        AddressKey::of(self.client)
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

    /// Takes a place for a connection, given back when it is dropped; `None` when there is none.
    #[must_use]
    pub fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let is_bounded = !address.to_canonical().is_loopback();
        self.take_as(Some((AddressKey::of(address), is_bounded)), true)
    }

    /// Takes a place for a connection of a proxy, which has those of many.
    #[must_use]
    pub fn take_of_proxy(self: &Arc<Self>) -> Option<Place> {
        self.take_as(None, true)
    }

    /// Takes a place among those of a client that shares a proxy's connection with others.
    #[must_use]
    pub fn take_of_client(self: &Arc<Self>, client: IpAddr) -> Option<Place> {
        self.take_as(Some((AddressKey::of(client), true)), false)
    }

    fn take_as(
        self: &Arc<Self>,
        of: Option<(AddressKey, bool)>,
        is_connection: bool,
    ) -> Option<Place> {
        let mut taken = self.lock();
        if is_connection && taken.all >= self.max {
            return None;
        }
        if let Some((key, is_bounded)) = of {
            let mine = taken.by_address.get(&key).copied().unwrap_or(0);
            if is_bounded && mine >= self.per_address_max {
                return None;
            }
            taken.by_address.insert(key, mine + 1);
        }
        if is_connection {
            taken.all += 1;
            metrics::gauge!("samsynk_connections").increment(1);
        }
        Some(Place { places: Arc::clone(self), key: of.map(|(key, _)| key), is_connection })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection's place.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    key: Option<AddressKey>,
    is_connection: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        if self.is_connection {
            taken.all -= 1;
            metrics::gauge!("samsynk_connections").decrement(1);
        }
        let Some(key) = self.key else { return };
        if let Some(mine) = taken.by_address.get_mut(&key) {
            *mine -= 1;
            if *mine == 0 {
                taken.by_address.remove(&key);
            }
        }
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
    fn behind_a_trusted_proxy_each_client_has_places_of_its_own() {
        let places = Places::new(3, 2);
        let proxies = TrustedProxies::new(vec!["10.0.0.1".parse().unwrap()]);
        let connection = || places.take_of_proxy().unwrap();
        let proxy = Peer::new("10.0.0.1:1".parse().unwrap(), connection());
        let others = [connection(), connection()];
        assert!(places.take_of_proxy().is_none(), "all connections are taken");

        let request = |of: &Peer, client: &str| {
            let headers = HeaderMap::from_iter([(
                "x-forwarded-for".parse().unwrap(),
                client.parse().unwrap(),
            )]);
            of.of_request(&proxies, &places, &headers)
        };
        let key = |text: &str| AddressKey::of(text.parse().unwrap());
        let first = request(&proxy, "192.0.2.1").unwrap();
        assert_eq!(first.client(), key("192.0.2.1"));
        let second = request(&proxy, "192.0.2.1").unwrap();
        assert!(request(&proxy, "192.0.2.1").is_none(), "as many as one address may have");
        let other = request(&proxy, "192.0.2.2").unwrap();
        drop(second);
        assert!(request(&proxy, "192.0.2.1").is_some());
        drop((first, other, others, proxy));
        assert!(places.lock().by_address.is_empty());
        assert_eq!(places.lock().all, 0);
    }

    #[test]
    fn nobody_else_is_believed_and_nothing_forwarded_is_local() {
        let places = Places::new(4, 4);
        let nobody = TrustedProxies::default();
        let at = |text: &str| {
            let address: SocketAddr = text.parse().unwrap();
            Peer::new(address, places.take(address.ip()).unwrap())
        };
        let key = |text: &str| AddressKey::of(text.parse().unwrap());
        let plain = HeaderMap::new();
        let forwarded = HeaderMap::from_iter([(
            "x-forwarded-for".parse().unwrap(),
            "1.1.1.1".parse().unwrap(),
        )]);
        let here = at("127.0.0.1:1");
        assert!(here.of_request(&nobody, &places, &plain).unwrap().is_local());
        let through = here.of_request(&nobody, &places, &forwarded).unwrap();
        assert!(!through.is_local());
        assert_eq!(through.client(), key("127.0.0.1"));
        // At the address of a proxy that has been named nobody is let off what others pay.
        let proxies = TrustedProxies::new(vec!["127.0.0.1".parse().unwrap()]);
        let named = here.of_request(&proxies, &places, &plain).unwrap();
        assert_eq!((named.is_local(), named.client()), (false, key("127.0.0.1")));
        assert!(named.may_measure());
        let through = here.of_request(&proxies, &places, &forwarded).unwrap();
        assert!(!through.is_local() && !through.may_measure());
        assert!(!at("192.0.2.1:1").of_request(&proxies, &places, &plain).unwrap().may_measure());
    }
}
