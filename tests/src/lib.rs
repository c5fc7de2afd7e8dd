//! What tests that cross crates share: a town with a real server, devices, networks that can be cut; clients
//! that say what they like, and what the server uses meanwhile.
//!
//! The stories are in `tests/`; those that need a browser are in `browser/`, those of unmodified automerge-repo
//! clients in `interop/`.

mod device;
pub mod forge;
mod meter;
mod network;
mod raw;
mod town;

pub use device::TestDevice;
pub use meter::{Meter, Used};
pub use network::Network;
pub use raw::{Answer, Raw};
pub use town::Town;
