//! Proxies whose word counts: the operator names their addresses, and nobody else's headers are believed.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use http::HeaderMap;
use http::header::{FORWARDED, VIA};

/// What else proxies add to a request, beside `x-forwarded-…`. A proxy that adds nothing at all cannot be told from a person
/// at its address.
const PROXY_HEADERS: [&str; 11] = [
    "cf-connecting-ip",
    "client-ip",
    "fastly-client-ip",
    "forwarded-for",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "x-original-host",
    "x-originating-ip",
    "x-real-ip",
];

/// Returns whether a request says that it came through a proxy, truly or not.
#[must_use]
pub fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| {
        let is_known = PROXY_HEADERS.contains(&name.as_str());
        name == FORWARDED || name == VIA || is_known || name.as_str().starts_with("x-forwarded")
    })
}

/// An address, or all that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

/// Why a text names no network of proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an address or a network, as 10.0.0.7 or 10.0.0.0/24")]
pub struct NoNetwork;

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| NoNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = bits.map_or(Ok(most), str::parse).map_err(|_| NoNetwork)?;
        // Whoever believes everybody may as well believe nobody.
        if prefix_bits == 0 || prefix_bits > most {
            return Err(NoNetwork);
        }
        Ok(Self { address, prefix_bits })
    }
}

impl Network {
    fn has(&self, address: IpAddr) -> bool {
        let same = |ours: u128, theirs: u128, most: u8| {
            (ours ^ theirs).checked_shr(u32::from(most - self.prefix_bits)).unwrap_or(0) == 0
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                same(ours.to_bits().into(), theirs.to_bits().into(), 32)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => same(ours.to_bits(), theirs.to_bits(), 128),
            _ => false,
        }
    }
}

/// The proxies that the operator has named.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// These, and no others.
    #[must_use]
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Returns whether a proxy of the operator is at an address.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.has(address))
    }

    /// Returns the address of the client whose request came from `peer`. Each proxy adds the address that it was asked from
    /// at the right end; so the first from the right which is none of these proxies is the one that a client cannot choose.
    /// Where a proxy names none that can be read, the last that could counts.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        for address in named(headers) {
            if !self.has(client) {
                break;
            }
            match address {
                Some(address) => client = address,
                None => break,
            }
        }
        client
    }
}

/// The addresses that proxies have named, the last first; none in place of one that cannot be read. `Forwarded` counts where
/// there is no `X-Forwarded-For`.
fn named(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let list = |name: &str, read: fn(&str) -> Option<IpAddr>| -> Vec<Option<IpAddr>> {
        let lines = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default());
        let mut all: Vec<_> = lines.flat_map(|line| line.split(',')).map(read).collect();
        all.reverse();
        all
    };
    if headers.contains_key("x-forwarded-for") {
        return list("x-forwarded-for", address);
    }
    list(FORWARDED.as_str(), |element| {
        let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
        let mut of = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
        of.next().and_then(|(_, node)| address(node.trim().trim_matches('"')))
    })
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn proxies(texts: &[&str]) -> TrustedProxies {
        TrustedProxies::new(texts.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn a_network_is_an_address_or_a_prefix() {
        for (text, inside, outside) in [
            ("10.0.0.7", "10.0.0.7", "10.0.0.8"),
            ("10.0.0.0/24", "10.0.0.255", "10.0.1.0"),
            ("10.0.0.7/24", "10.0.0.1", "10.0.1.7"),
            ("128.0.0.0/1", "255.0.0.1", "127.0.0.1"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"),
            ("::1", "::1", "::2"),
            ("10.0.0.7", "::ffff:10.0.0.7", "::10.0.0.7"),
        ] {
            let network: Network = text.parse().unwrap();
            assert!(network.has(inside.parse().unwrap()), "{text} has {inside}");
            assert!(!network.has(outside.parse().unwrap()), "{text} has not {outside}");
        }
        for wrong in
            ["", "proxy", "10.0.0", "10.0.0.0/33", "0.0.0.0/0", "::/0", "::/129", "1.2.3.4/"]
        {
            assert_eq!(wrong.parse::<Network>(), Err(NoNetwork), "{wrong}");
        }
    }

    #[test]
    fn only_a_named_proxy_is_believed_and_only_what_it_has_added_itself() {
        let ours = proxies(&["10.0.0.0/24", "2001:db8::1"]);
        let xff = "x-forwarded-for";
        for (peer, lines, client) in [
            // Nobody's word but the proxy's.
            ("192.0.2.1", vec![(xff, "198.51.100.1")], "192.0.2.1"),
            ("192.0.2.1", vec![("forwarded", "for=198.51.100.1")], "192.0.2.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            // What the client has sent itself is further left.
            ("10.0.0.1", vec![(xff, "198.51.100.9, 192.0.2.7")], "192.0.2.7"),
            ("10.0.0.1", vec![(xff, "198.51.100.9"), (xff, "192.0.2.7")], "192.0.2.7"),
            ("10.0.0.1", vec![(xff, "10.0.0.9, 192.0.2.7")], "192.0.2.7"),
            // Proxies before proxies.
            ("10.0.0.1", vec![(xff, "198.51.100.9, 192.0.2.7, 10.0.0.2")], "192.0.2.7"),
            ("10.0.0.1", vec![(xff, "10.0.0.3,10.0.0.2")], "10.0.0.3"),
            ("2001:db8::1", vec![(xff, "[2001:db8:1::7]:4711")], "2001:db8:1::7"),
            ("::ffff:10.0.0.1", vec![(xff, "192.0.2.7:4711")], "192.0.2.7"),
            // What cannot be read is nobody's address, and nothing left of it counts.
            ("10.0.0.1", vec![(xff, "192.0.2.7, unknown")], "10.0.0.1"),
            ("10.0.0.1", vec![(xff, "")], "10.0.0.1"),
            (
                "10.0.0.1",
                vec![("forwarded", "for=1.1.1.1, For=\"[2001:db8:1::7]:80\";by=x")],
                "2001:db8:1::7",
            ),
            ("10.0.0.1", vec![("forwarded", "by=x;for=192.0.2.7;proto=https")], "192.0.2.7"),
            ("10.0.0.1", vec![("forwarded", "for=192.0.2.7, for=_hidden")], "10.0.0.1"),
            ("10.0.0.1", vec![("forwarded", "for=1.1.1.1"), (xff, "192.0.2.7")], "192.0.2.7"),
        ] {
            let found = ours.client(peer.parse().unwrap(), &headers(&lines));
            assert_eq!(found, client.parse::<IpAddr>().unwrap(), "{peer} {lines:?}");
        }
    }

    #[test]
    fn whatever_a_proxy_adds_is_noticed() {
        let more = ["forwarded", "via", "x-forwarded-for", "x-forwarded-proto", "x-forwarded"];
        for name in PROXY_HEADERS.into_iter().chain(more) {
            assert!(is_forwarded(&headers(&[(name, "x")])), "{name}");
        }
        assert!(!is_forwarded(&headers(&[("host", "localhost"), ("accept", "*/*")])));
    }
}
