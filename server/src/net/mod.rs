//! Connections: from a TCP socket to HTTP requests and sessions.
//!
//! ```text
//!   listener      accept → place → TLS → HTTP/1.1 → routes
//!   peer          who is on the other end, and how many places each address may take
//!   proxy         which proxies are believed, and whom they name
//!   tls           certificates
//!   credentials   which token a request carries, and whether its origin may use it
//!   handshake     is this request a WebSocket upgrade?
//!   session       one WebSocket: frames ↔ hub
//!   pongs         signs of life beside the hub
//!   running       what all connections of one server share
//!   rate          how often one address may try something
//!   account_places  how many sessions one account may have
//!   unfinished    what has arrived of messages that have not ended
//!   pace          how much of the hub devices, accounts and addresses may use
//! ```
//!
//! warp's own server sets no timeouts and cannot do TLS, and its WebSocket keeps 128 KiB for each socket; that
//! is why the loop and the upgrade are ours and only the routing is warp's.

pub mod account_places;
pub mod credentials;
pub mod handshake;
pub mod listener;
pub mod pace;
pub mod peer;
mod pongs;
pub mod proxy;
pub mod rate;
pub mod running;
pub mod session;
pub mod tls;
pub mod unfinished;

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;

use crate::hub::port::HubHandle;
pub use crate::limits::connections as limits;
use crate::routes::app::Assets;
use credentials::Authenticate;
use limits::Limits;
pub use listener::serve;
use proxy::TrustedProxies;

/// What a server is made of.
#[derive(Clone)]
pub struct App {
    /// The hub that sessions talk to.
    pub hub: HubHandle,
    /// Who knows whose token it is.
    pub authenticator: Arc<dyn Authenticate>,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
    /// Whether others than the machine itself may read the metrics.
    pub metrics_public: bool,
    /// How clients reach this server.
    pub exposure: Exposure,
    /// The proxies that are believed when they say for whom they ask.
    pub proxies: TrustedProxies,
    /// Where people reach the app, if the operator has said so.
    pub origin: Option<String>,
    /// Whom people write to who find something that they cannot use, if the operator has said so.
    pub contact: Option<String>,
    /// The app's files.
    pub assets: Assets,
    /// Every bound.
    pub limits: Limits,
}

/// How clients reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// Over our own TLS.
    Tls,
    /// In clear text, from this machine alone; for trying things out.
    Loopback,
    /// In clear text from a reverse proxy that speaks TLS to the world.
    BehindProxy,
}

impl Exposure {
    /// The scheme that clients see.
    #[must_use]
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Tls | Self::BehindProxy => "https",
            Self::Loopback => "http",
        }
    }

    /// The name of the cookie that holds a device's token. The prefix makes browsers insist on
    /// `Secure`, which they cannot over clear text.
    #[must_use]
    pub fn cookie_name(self) -> &'static str {
        match self {
            Self::Tls | Self::BehindProxy => "__Host-samsynk",
            Self::Loopback => "samsynk",
        }
    }
}
