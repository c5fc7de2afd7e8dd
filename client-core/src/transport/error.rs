//! Why there is no connection. Nothing here holds the token or what was sent.

use std::error::Error as StdError;
use std::io;

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;
use tokio_tungstenite::tungstenite;
use tungstenite::error::CapacityError;

use crate::engine::EndReason;

/// Why a server cannot be reached or a connection ended.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The text is not the address of a server.
    #[error("not a server's address: expected wss://host:port")]
    InvalidUrl,
    /// The address asks for a connection without TLS to another machine.
    #[error("without TLS only this machine may be connected to")]
    Plaintext,
    /// A token has characters that no token has.
    #[error("not a token")]
    InvalidToken,
    /// A certificate to trust cannot be read.
    #[error("not a certificate to trust")]
    InvalidRoot,
    /// The server cannot be reached: no network, no such host, or nobody listens there.
    #[error("the server cannot be reached")]
    Unreachable(#[source] io::Error),
    /// The server's certificate is not signed by one that is trusted, has expired, or names another host.
    #[error("the server's certificate is not trusted")]
    Untrusted(#[source] io::Error),
    /// The server does not admit this device: its token is unknown or revoked (401, 403).
    #[error("the server does not admit this device")]
    Unauthorised,
    /// The device was revoked or its account erased (401, and says so).
    #[error("this device has lost its access")]
    Ended(EndReason),
    /// The server answers, but not with a WebSocket.
    #[error("the server answers with status {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The server was silent for too long.
    #[error("the server does not answer in time")]
    TimedOut,
    /// A message is over `FRAME_BYTES_MAX`, in either direction.
    #[error("a message is too large")]
    TooLarge,
    /// The other end does not keep to the WebSocket protocol.
    #[error("the server does not speak WebSocket as it should")]
    Protocol,
    /// The connection broke or was closed before.
    #[error("the connection is closed")]
    Closed,
}

impl TransportError {
    /// A stable code, for logs and language files.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidUrl => "server-url-invalid",
            Self::Plaintext => "server-url-plaintext",
            Self::InvalidToken => "token-invalid",
            Self::InvalidRoot => "certificate-invalid",
            Self::Unreachable(_) => "server-unreachable",
            Self::Untrusted(_) => "server-untrusted",
            Self::Unauthorised => "device-unauthorised",
            Self::Ended(reason) => reason.code(),
            Self::Refused { .. } => "server-refused",
            Self::TimedOut => "server-timeout",
            Self::TooLarge => "frame-too-large",
            Self::Protocol => "server-protocol",
            Self::Closed => "connection-closed",
        }
    }

    /// Whether trying again later can help without a person doing something first.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut | Self::Closed => true,
            // Too many requests, or a proxy whose server is being restarted.
            Self::Refused { status } => *status == 429 || *status >= 500,
            _ => false,
        }
    }

    /// What went wrong in the TLS handshake.
    pub(super) fn from_tls(error: io::Error) -> Self {
        let cause = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>());
        match cause {
            Some(rustls::Error::InvalidCertificate(_)) => Self::Untrusted(error),
            Some(_) => Self::Protocol,
            None => Self::Unreachable(error),
        }
    }

    /// What went wrong in the HTTP upgrade.
    pub(super) fn from_upgrade(error: tungstenite::Error) -> Self {
        match error {
            tungstenite::Error::Http(response) => match response.status().as_u16() {
                401 | 403 => ended(response.headers()).map_or(Self::Unauthorised, Self::Ended),
                status => Self::Refused { status },
            },
            tungstenite::Error::Io(error) => Self::Unreachable(error),
            other => Self::from_open(&other),
        }
    }

    /// What went wrong on an open connection.
    pub(super) fn from_open(error: &tungstenite::Error) -> Self {
        use tungstenite::Error as E;
        match error {
            E::Capacity(CapacityError::MessageTooLong { .. }) | E::WriteBufferFull(_) => {
                Self::TooLarge
            }
            E::ConnectionClosed | E::AlreadyClosed | E::Io(_) => Self::Closed,
            // The other end vanished without a close frame.
            E::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
                Self::Closed
            }
            _ => Self::Protocol,
        }
    }
}

/// Why a device is turned away, where the answer names an end of its access (RFC 6750, section 3).
fn ended(headers: &HeaderMap) -> Option<EndReason> {
    let challenge = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let names = |reason: &EndReason| challenge.contains(&format!("\"{}\"", reason.code()));
    [EndReason::Revoked, EndReason::Erased].into_iter().find(names)
}

// The bindings pass errors between threads.
const _: fn() = || {
    fn sendable<T: StdError + Send + Sync + 'static>() {}
    sendable::<TransportError>();
};
