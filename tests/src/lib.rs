//! What tests that cross crates share: a town with a real server, devices, networks that can be cut.
//!
//! The stories are in `tests/`; those that need a browser are in `browser/`, those of unmodified automerge-repo
//! clients in `interop/`.

mod device;
mod network;
mod town;

pub use device::TestDevice;
pub use network::Network;
pub use town::Town;
