//! Seals: the server's word, checked by itself alone, that it once had a document's history on disk.
//!
//! A seal is HMAC-SHA-256 (RFC 2104) under a secret of the database. It covers the document and its epoch, so that it
//! says nothing about any other, and the heads, each of which commits to all changes before it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use samsynk_core::ids::DocumentId;
use samsynk_core::wire::{Heads, Seal};
use sha2::Sha256;

/// What the MAC begins with, so that the key can never be made to say something else.
const PURPOSE: &[u8] = b"samsynk seal 1\0";

/// Makes and checks seals.
#[derive(Clone)]
pub struct Sealer(Hmac<Sha256>);

impl Sealer {
    /// A sealer with the secret of a database.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        let mac = Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
        Self(mac.chain_update(PURPOSE))
    }

    /// The seal of heads that are on disk.
    #[must_use]
    pub fn seal(&self, document: DocumentId, epoch: u32, heads: &Heads) -> Seal {
        Seal(self.over(document, epoch, heads).finalize().into_bytes().into())
    }

    /// Whether this server once sealed these heads; in constant time.
    #[must_use]
    pub fn is_mine(&self, seal: &Seal, document: DocumentId, epoch: u32, heads: &Heads) -> bool {
        self.over(document, epoch, heads).verify_slice(&seal.0).is_ok()
    }

    fn over(&self, document: DocumentId, epoch: u32, heads: &Heads) -> Hmac<Sha256> {
        // Fixed lengths before the heads, which are sorted: no two inputs give the same bytes.
        let mac = self.0.clone().chain_update(document.0).chain_update(epoch.to_be_bytes());
        heads.as_slice().iter().fold(mac, |mac, head| mac.chain_update(head.0))
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

#[cfg(test)]
mod tests {
    use automerge::ChangeHash;

    use super::*;

    #[test]
    fn a_seal_is_for_one_document_one_epoch_and_these_heads() {
        let sealer = Sealer::new(&[7; 32]);
        let (id, epoch) = (DocumentId([1; 16]), 3);
        let heads = Heads::new(vec![ChangeHash([4; 32]), ChangeHash([2; 32])]);
        let seal = sealer.seal(id, epoch, &heads);
        assert!(sealer.is_mine(&seal, id, epoch, &heads));
        assert!(!sealer.is_mine(&seal, DocumentId([2; 16]), epoch, &heads));
        assert!(!sealer.is_mine(&seal, id, 4, &heads));
        assert!(!sealer.is_mine(&seal, id, epoch, &Heads::new(vec![ChangeHash([4; 32])])));
        assert!(!Sealer::new(&[8; 32]).is_mine(&seal, id, epoch, &heads));
        let mut other = seal;
        other.0[31] ^= 1;
        assert!(!sealer.is_mine(&other, id, epoch, &heads));
    }
}
