//! Where the server is, which certificates to trust, and what the device shows at the door.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::{HeaderValue, Uri};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};

use super::TransportError;

/// Where the WebSocket is when the address names no path.
const SYNC_PATH: &str = "/sync";

/// The server that a device belongs to.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where it is.
    pub url: ServerUrl,
    /// What the device shows at the door.
    pub token: Token,
    /// Whose certificates are trusted; not used without TLS.
    pub roots: Roots,
}

/// The address of a WebSocket: `wss://host[:port][/path]`, or `ws://` for this machine alone.
///
/// Read from text. `https` and `http` mean `wss` and `ws`, so that the address of the app will do, and the
/// path is `/sync` unless another is given. User info, queries and fragments are refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerUrl {
    tls: bool,
    host: String,
    port: u16,
    path: String,
}

impl ServerUrl {
    /// Whether the connection is encrypted.
    #[must_use]
    pub fn tls(&self) -> bool {
        self.tls
    }

    /// The host's name, or its address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The name that the server's certificate must bear.
    pub(super) fn server_name(&self) -> Result<ServerName<'static>, TransportError> {
        ServerName::try_from(self.host.clone()).map_err(|_| TransportError::InvalidUrl)
    }

    fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        self.host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|ip| ip.is_loopback())
    }
}

impl FromStr for ServerUrl {
    type Err = TransportError;

    fn from_str(text: &str) -> Result<Self, TransportError> {
        let invalid = || TransportError::InvalidUrl;
        let uri: Uri = text.parse().map_err(|_| invalid())?;
        let (tls, default_port) = match uri.scheme_str() {
            Some("wss" | "https") => (true, 443),
            Some("ws" | "http") => (false, 80),
            _ => return Err(invalid()),
        };
        let authority = uri.authority().ok_or_else(invalid)?;
        if authority.as_str().contains('@') || uri.query().is_some() || text.contains('#') {
            return Err(invalid());
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let path = if uri.path() == "/" { SYNC_PATH } else { uri.path() };
        let port = authority.port_u16().unwrap_or(default_port);
        let url = Self { tls, host, port, path: path.to_owned() };
        if !url.tls && !url.is_loopback() {
            return Err(TransportError::Plaintext);
        }
        url.server_name()?;
        Ok(url)
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "wss" } else { "ws" };
        let Self { host, port, path, .. } = self;
        if host.contains(':') {
            write!(f, "{scheme}://[{host}]:{port}{path}")
        } else {
            write!(f, "{scheme}://{host}:{port}{path}")
        }
    }
}

/// A device's secret. Neither `Debug` nor any error shows it.
#[derive(Clone)]
pub struct Token(HeaderValue);

impl Token {
    /// The header that shows the token at the door.
    pub(super) fn authorization(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl FromStr for Token {
    type Err = TransportError;

    fn from_str(token: &str) -> Result<Self, TransportError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
        if token.is_empty() || !token.bytes().all(plain) {
            return Err(TransportError::InvalidToken);
        }
        let header = HeaderValue::try_from(format!("Bearer {token}"));
        let mut header = header.map_err(|_| TransportError::InvalidToken)?;
        header.set_sensitive(true);
        Ok(Self(header))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The certificates that a server's certificate must be signed by, or be.
#[derive(Debug, Clone, Default)]
pub struct Roots(Vec<CertificateDer<'static>>);

impl Roots {
    /// Certificates in DER, one each.
    #[must_use]
    pub fn from_der(certificates: Vec<Vec<u8>>) -> Self {
        Self(certificates.into_iter().map(CertificateDer::from).collect())
    }

    /// The certificates in a PEM text.
    ///
    /// # Errors
    /// `InvalidRoot` when there are none, or one cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TransportError> {
        let certificates = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| TransportError::InvalidRoot)?;
        if certificates.is_empty() {
            return Err(TransportError::InvalidRoot);
        }
        Ok(Self(certificates))
    }

    /// What rustls trusts.
    pub(super) fn store(&self) -> Result<RootCertStore, TransportError> {
        let mut store = RootCertStore::empty();
        for certificate in &self.0 {
            store.add(certificate.clone()).map_err(|_| TransportError::InvalidRoot)?;
        }
        Ok(store)
    }
}
