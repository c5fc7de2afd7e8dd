//! The shared core of samsynk: what a phone, a browser and the server agree on.
//!
//! The modules stand on floors, and each knows only those below it:
//!
//! ```text
//!   transport        the device's WebSocket            (feature `native-transport`)
//!   client           open · view · watch · edit · command · status   (feature `device`)
//!   store            SQLite on the device              (feature `device`)
//!   engine           handle(now, Event) -> Effects     pure of network and clock
//!   policy           who may read and write what       pure
//!   matching         teams → thesis topics             pure
//!   domain   wire    documents | frames                pure
//!   ids  limits  random  refusal   names for things | bounds | randomness as an argument | why not
//! ```
//!
//! Nothing here reads a clock, a random number or a network: time and randomness are arguments,
//! and so is storage.

mod as_text;
#[cfg(feature = "device")]
pub mod client;
pub mod domain;
pub mod engine;
pub mod ids;
pub mod limits;
pub mod matching;
pub mod policy;
pub mod random;
pub mod refusal;
#[cfg(feature = "device")]
pub mod store;
#[cfg(feature = "native-transport")]
pub mod transport;
pub mod wire;
