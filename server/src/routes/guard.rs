//! What every request must pass.

use std::future;

use http::HeaderMap;
use http::header::HOST;
use http::uri::Authority;
use warp::Filter as _;
use warp::filters::BoxedFilter;

use crate::net::Exposure;

/// The request is for a host that we are not.
#[derive(Debug)]
pub(super) struct Misdirected;

impl warp::reject::Reject for Misdirected {}

/// In clear text on this machine, `Host` must name this machine. Otherwise any web page could have its name
/// resolve to 127.0.0.1 and talk to us as its own server (DNS rebinding). Over TLS the certificate sees to it.
pub(super) fn host(exposure: Exposure) -> BoxedFilter<()> {
    warp::header::headers_cloned()
        .and_then(move |headers: HeaderMap| {
            let passes = exposure != Exposure::Loopback || names_this_machine(&headers);
            future::ready(passes.then_some(()).ok_or_else(|| warp::reject::custom(Misdirected)))
        })
        .untuple_one()
        .boxed()
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let authority = || headers.get(HOST)?.to_str().ok()?.parse::<Authority>().ok();
    authority().is_some_and(|authority| {
        let host = authority.host().to_ascii_lowercase();
        matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_pass() {
        let passes =
            |host: &str| names_this_machine(&[(HOST, host.parse().unwrap())].into_iter().collect());
        for ours in ["localhost", "LOCALHOST:8080", "desk.localhost", "127.0.0.1:1", "[::1]:8080"] {
            assert!(passes(ours), "{ours}");
        }
        for other in ["evil.example", "127.0.0.1.evil.example", "evillocalhost", "10.0.0.1", ""] {
            assert!(!passes(other), "{other}");
        }
        assert!(!names_this_machine(&HeaderMap::new()));
    }
}
