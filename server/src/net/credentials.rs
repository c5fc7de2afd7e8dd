//! Which token a request carries, and whether the page it comes from may use it.

use data_encoding::BASE64;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::{HeaderMap, Uri};

use super::Exposure;
use crate::hub::port::Identity;
use crate::limits::TOKEN_BYTES_MAX;

/// The accounts could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the accounts cannot be read: {0}")]
pub struct AuthenticationFailed(#[from] pub Box<dyn std::error::Error + Send + Sync>);

/// Knows whose token it is.
pub trait Authenticate: Send + Sync + 'static {
    /// Returns the identity that the token stands for, or why it stands for nobody. May block.
    ///
    /// # Errors
    /// [`AuthenticationFailed`] when the accounts cannot be read.
    fn authenticate(&self, token: &str) -> Result<Result<Identity, Denied>, AuthenticationFailed>;
}

/// Why a token lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// It was never made here.
    Unknown,
    /// Its device was revoked: the device is to forget what it has from here.
    Revoked,
    /// Its account was erased: so is this.
    Erased,
}

impl Denied {
    /// The code of the answer.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "token-unknown",
            Self::Revoked => "device-revoked",
            Self::Erased => "account-erased",
        }
    }
}

/// Why a request has no usable token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoToken {
    /// It carries none, or one that is none.
    Missing,
    /// It comes from a page of another origin, whose cookies and passwords are not its own.
    ForeignOrigin,
}

/// The token of a request: `Authorization: Bearer`, or `Basic` with the token as password, or the app's cookie.
///
/// A browser adds the cookie and a remembered password by itself, also for a page of somebody else; hence
/// the origin must be ours for these. A bearer token only comes from a program that has it.
///
/// # Errors
/// [`NoToken`].
pub fn token(
    headers: &HeaderMap,
    exposure: Exposure,
    known: Option<&str>,
) -> Result<String, NoToken> {
    let origin = origin(headers, exposure, known);
    let token = if let Some(value) = headers.get(AUTHORIZATION) {
        let (scheme, rest) =
            value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(NoToken::Missing)?;
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" => rest.trim().to_owned(),
            "basic" if origin == Origin::Foreign => return Err(NoToken::ForeignOrigin),
            "basic" => basic_password(rest.trim()).ok_or(NoToken::Missing)?,
            _ => return Err(NoToken::Missing),
        }
    } else {
        let token = cookie(headers, exposure.cookie_name()).ok_or(NoToken::Missing)?;
        if origin != Origin::Ours {
            return Err(NoToken::ForeignOrigin);
        }
        token
    };
    if token.is_empty() || token.len() > TOKEN_BYTES_MAX {
        return Err(NoToken::Missing);
    }
    Ok(token)
}

/// Where the page that sent a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The request names none: it does not come from a page's script.
    None,
    /// From this server.
    Ours,
    /// From elsewhere, or from a page that hides it.
    Foreign,
}

/// The origin of a request: ours if its scheme is the one clients see and its host and port are those of `Host`.
/// Browsers leave `Origin` out of a page's plain requests to its own server, and say so in `Sec-Fetch-Site`, which
/// no script can set. The origin that the operator has named is ours whatever `Host` a proxy sends.
#[must_use]
pub fn origin(headers: &HeaderMap, exposure: Exposure, known: Option<&str>) -> Origin {
    let Some(origin) = headers.get(ORIGIN) else {
        let same = headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin");
        return if same { Origin::Ours } else { Origin::None };
    };
    if known.is_some_and(|known| origin.as_bytes().eq_ignore_ascii_case(known.as_bytes())) {
        return Origin::Ours;
    }
    let ours = || {
        let origin: Uri = origin.to_str().ok()?.parse().ok()?;
        let host = headers.get(HOST)?.to_str().ok()?;
        let same_host = origin.authority()?.as_str().eq_ignore_ascii_case(host);
        Some(same_host && origin.scheme_str()? == exposure.scheme())
    };
    if ours().unwrap_or(false) { Origin::Ours } else { Origin::Foreign }
}

fn basic_password(encoded: &str) -> Option<String> {
    let decoded = String::from_utf8(BASE64.decode(encoded.as_bytes()).ok()?).ok()?;
    decoded.split_once(':').map(|(_, password)| password.to_owned())
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect()
    }

    fn token_of(pairs: &[(&'static str, &str)]) -> Result<String, NoToken> {
        token(&headers(pairs), Exposure::Tls, None)
    }

    #[test]
    fn a_program_sends_its_token_in_the_authorization_header() {
        let secret = Ok("secret".to_owned());
        assert_eq!(token_of(&[("authorization", "Bearer secret")]), secret);
        assert_eq!(token_of(&[("authorization", "bearer secret")]), secret);
        // base64 of "x:secret"
        assert_eq!(token_of(&[("authorization", "Basic eDpzZWNyZXQ=")]), secret);
        for wrong in ["Bearer", "Bearer ", "Basic ?", "Basic c2VjcmV0", "Digest secret"] {
            assert_eq!(token_of(&[("authorization", wrong)]), Err(NoToken::Missing), "{wrong}");
        }
        let long = format!("Bearer {}", "x".repeat(TOKEN_BYTES_MAX + 1));
        assert_eq!(token_of(&[("authorization", &long)]), Err(NoToken::Missing));
        assert_eq!(token_of(&[]), Err(NoToken::Missing));
    }

    #[test]
    fn a_cookie_counts_only_for_our_own_pages() {
        let cookie = ("cookie", "theme=dark; __Host-samsynk=secret");
        let host = ("host", "samsynk.example:8443");
        let from = |origin| token_of(&[cookie, host, ("origin", origin)]);
        assert_eq!(from("https://SAMSYNK.example:8443"), Ok("secret".to_owned()));
        for foreign in [
            "https://samsynk.example",
            "http://samsynk.example:8443",
            "https://evil.example:8443",
            "null",
            "",
        ] {
            assert_eq!(from(foreign), Err(NoToken::ForeignOrigin), "{foreign}");
        }
        assert_eq!(token_of(&[cookie, host]), Err(NoToken::ForeignOrigin), "no origin");
        let other_name = ("cookie", "samsynk=secret");
        assert_eq!(token_of(&[other_name, host]), Err(NoToken::Missing), "not over TLS");
    }

    #[test]
    fn the_origin_that_the_operator_named_is_ours_behind_a_proxy_that_rewrites_the_host() {
        let from = |origin: &str| {
            let pairs = [("host", "10.0.0.5:8080"), ("origin", origin)];
            let known = Some("https://samsynk.example");
            super::origin(&headers(&pairs), Exposure::BehindProxy, known)
        };
        assert_eq!(from("https://samsynk.example"), Origin::Ours);
        for foreign in ["http://samsynk.example", "https://samsynk.example.evil.example", "null"] {
            assert_eq!(from(foreign), Origin::Foreign, "{foreign}");
        }
    }

    #[test]
    fn a_remembered_password_does_not_work_for_a_foreign_page_but_a_bearer_token_does() {
        let host = ("host", "samsynk.example");
        let foreign = ("origin", "https://evil.example");
        let basic = ("authorization", "Basic eDpzZWNyZXQ=");
        let bearer = ("authorization", "Bearer secret");
        assert_eq!(token_of(&[basic, host, foreign]), Err(NoToken::ForeignOrigin));
        assert_eq!(token_of(&[bearer, host, foreign]), Ok("secret".to_owned()));
    }
}
