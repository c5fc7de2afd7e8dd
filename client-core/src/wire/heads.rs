//! The heads of a document, and what stands for them in a catalogue.

use automerge::ChangeHash;
use sha2::{Digest as _, Sha256};

/// The bytes of a change hash and its base58check checksum.
const CHECKED_HASH_BYTES: usize = 36;

/// The longest base58 text of 36 bytes: 36 × log 256 / log 58 = 49.2, rounded up.
const HASH_TEXT_BYTES_MAX: usize = 50;

/// The heads of a document, sorted and without repetition. Decoding admits at most `HEADS_COUNT_MAX`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Heads(Vec<ChangeHash>);

impl Heads {
    /// The heads in these hashes, whatever their order.
    #[must_use]
    pub fn new(mut hashes: Vec<ChangeHash>) -> Self {
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    /// The hashes, sorted.
    #[must_use]
    pub fn as_slice(&self) -> &[ChangeHash] {
        &self.0
    }

    /// Whether there are none: the document has no changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What stands for these heads in a catalogue digest.
    #[must_use]
    pub fn digest(&self) -> [u8; 8] {
        digest_sorted(&self.0)
    }

    /// The hashes, sorted.
    #[must_use]
    pub fn into_vec(self) -> Vec<ChangeHash> {
        self.0
    }
}

impl From<Vec<ChangeHash>> for Heads {
    fn from(hashes: Vec<ChangeHash>) -> Self {
        Self::new(hashes)
    }
}

impl FromIterator<ChangeHash> for Heads {
    fn from_iter<I: IntoIterator<Item = ChangeHash>>(hashes: I) -> Self {
        Self::new(hashes.into_iter().collect())
    }
}

/// The first 8 bytes of SHA-256 over the sorted heads' 32 bytes each, whatever order they come in.
#[must_use]
pub fn digest(heads: &[ChangeHash]) -> [u8; 8] {
    Heads::new(heads.to_vec()).digest()
}

fn digest_sorted(heads: &[ChangeHash]) -> [u8; 8] {
    let hash = heads.iter().fold(Sha256::new(), |sha, head| sha.chain_update(head.0)).finalize();
    hash[..8].try_into().expect("SHA-256 gives 32 bytes")
}

/// A change hash in base58check, as automerge-repo writes heads.
pub(super) fn hash_to_text(hash: &ChangeHash) -> String {
    bs58::encode(hash.0).with_check().into_string()
}

/// The change hash in a base58check text.
pub(super) fn hash_from_text(text: &str) -> Option<ChangeHash> {
    if text.len() > HASH_TEXT_BYTES_MAX {
        return None;
    }
    let mut checked = [0; CHECKED_HASH_BYTES];
    let length = bs58::decode(text).with_check(None).onto(&mut checked).ok()?;
    checked[..length].try_into().ok().map(ChangeHash)
}
