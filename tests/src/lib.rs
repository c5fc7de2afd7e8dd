//! What tests that cross crates share: a town with a real server, devices, networks that can be cut; clients
//! that say what they like, and what the server uses meanwhile.
//!
//! The stories are in `tests/`; those that need a browser are in `browser/`, those of unmodified automerge-repo
//! clients in `interop/`.
//!
//! ```text
//!   town     a server over TLS with the demo's people      server    one with nothing, in clear text
//!   device   a person's device, in this process            worker    devices in processes that can be killed
//!   network  a way to the server that can be cut           replica   what a device has in its store
//!   program  how `samsynk` is started                      command   its runs that need no data
//!   raw      frames and bytes as no client would send      forge     changes as no client would make
//!   meter    what a process uses                           round     made-up rounds of thesis topics
//!   seed     chance that can be replayed
//! ```

mod accepted;
mod command;
mod device;
pub mod forge;
pub mod gate;
mod meter;
mod network;
pub mod people;
mod program;
mod raw;
mod replica;
mod round;
mod seed;
mod server;
pub mod targets;
mod town;
mod worker;

pub use command::Ran;
pub(crate) use device::PATIENCE;
pub use device::{SystemRandom, TestDevice};
pub use meter::{Meter, Used};
pub use network::Network;
pub use raw::{Answer, Raw, post, token};
pub use replica::{Replica, settled};
pub use round::Round;
pub use seed::Seed;
pub use server::Server;
pub use town::Town;
pub use worker::Workers;
