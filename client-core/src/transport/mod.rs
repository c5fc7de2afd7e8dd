//! The device's WebSocket over rustls, for phones and desktops; in a browser, JavaScript holds the socket.
//!
//! ```text
//!   endpoint     where the server is, which certificates to trust, and the device's token
//!   connection   connect · send · receive · close
//!   error        why there is no connection
//!   device       a client that keeps itself connected
//! ```
//!
//! Messages are bytes here; `wire` gives them meaning, and the engine says when to connect.

mod connection;
mod device;
mod endpoint;
mod error;
#[cfg(test)]
mod tests;

pub use connection::{Connection, connect};
pub use device::{Device, now};
pub use endpoint::{Endpoint, Roots, ServerUrl, Token};
pub use error::TransportError;
