//! Is this request a WebSocket upgrade (RFC 6455, section 4.2.1), and what is the answer?

use data_encoding::BASE64;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Why a request cannot become a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAnUpgrade {
    /// It does not ask for one: 426.
    NotAsked,
    /// It asks for another version than 13: 426.
    OtherVersion,
    /// It asks for one in a wrong way: 400.
    Malformed,
}

/// The headers of the 101 answer.
///
/// # Errors
/// [`NotAnUpgrade`].
pub fn answer(headers: &HeaderMap) -> Result<[(HeaderName, HeaderValue); 3], NotAnUpgrade> {
    if !lists(headers, CONNECTION, "upgrade") || !lists(headers, UPGRADE, "websocket") {
        return Err(NotAnUpgrade::NotAsked);
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(NotAnUpgrade::OtherVersion);
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).ok_or(NotAnUpgrade::Malformed)?;
    if BASE64.decode(key.as_bytes()).map_or(true, |nonce| nonce.len() != 16) {
        return Err(NotAnUpgrade::Malformed);
    }
    let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes()))
        .expect("base64 is a valid header value");
    Ok([
        (CONNECTION, HeaderValue::from_static("upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_ACCEPT, accept),
    ])
}

/// Whether a header that is a list has this word.
fn lists(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_is_accepted_and_others_are_told_apart() {
        let good: HeaderMap = [
            (CONNECTION, "keep-alive, Upgrade"),
            (UPGRADE, "websocket"),
            (SEC_WEBSOCKET_VERSION, "13"),
            (SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
        ]
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
        .into_iter()
        .collect();
        let accepted = answer(&good).unwrap();
        assert_eq!(accepted[2].1, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");

        for (name, value, expected) in [
            (CONNECTION, "close", NotAnUpgrade::NotAsked),
            (UPGRADE, "h2c", NotAnUpgrade::NotAsked),
            (SEC_WEBSOCKET_VERSION, "8", NotAnUpgrade::OtherVersion),
            (SEC_WEBSOCKET_KEY, "c2hvcnQ=", NotAnUpgrade::Malformed),
        ] {
            let mut bad = good.clone();
            bad.insert(name, HeaderValue::from_static(value));
            assert_eq!(answer(&bad), Err(expected), "{value}");
        }
    }
}
