//! A server's word that it once had a document's history.

/// A server's proof, checked by nobody but itself, that heads of a document with all that they build on were on its
/// disk: a MAC over the document, its epoch and the heads. A change's hash commits to everything before it, so a
/// seal of a few heads stands for the whole history. A server that was restored from a backup takes
/// back what it has sealed, from whoever still holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seal(pub [u8; Self::BYTES]);

impl Seal {
    /// How long a seal is, in bytes.
    pub const BYTES: usize = 32;
}
