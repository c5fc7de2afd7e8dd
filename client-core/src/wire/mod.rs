//! What goes over the WebSocket: one CBOR map in each binary message.
//!
//! ```text
//!   frame    the frames, one variant for each `type`
//!   peer     who speaks: labels, versions and their negotiation
//!   heads    heads of a document and their digest
//!   seal     a server's word that it once had these heads
//!   decode   bytes -> frame; reads with `fields`, a bounded walk over the map
//!   encode   frame -> bytes; writes as cbor-x does, with `writer`
//!   key      the names of the map's keys
//!   error    why bytes are not a frame
//!   walk     what is asked of bytes before Automerge parses them
//!   untrusted  where such bytes become Automerge's values
//! ```
//!
//! Version `"1"` is the automerge-repo protocol as its JavaScript clients speak it; `"samsynk-1"` adds
//! frames and changes none.

mod decode;
mod encode;
mod error;
mod fields;
mod frame;
mod heads;
mod key;
mod peer;
mod seal;
#[cfg(test)]
mod tests;
pub mod untrusted;
pub mod walk;
mod writer;

pub use error::WireError;
pub use frame::{CatalogueEntry, Frame, RemoteHeads};
pub use heads::{Heads, digest};
pub use peer::{PeerId, PeerMetadata, Version, negotiate};
pub use seal::Seal;
