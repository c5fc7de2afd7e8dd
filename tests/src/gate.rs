//! A sync message through the gate and into a document, as the hub does it but for accounts and storage.

use automerge::{ActorId, AutoCommit, ChangeHash};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::untrusted::guarded;
use samsynk_server::gate::apply::{self, Brought};
use samsynk_server::gate::bytes;
use samsynk_server::gate::order::{self, Known};
use samsynk_server::gate::parts::{Parts, facts_of_meta};

/// A document as the gate asks about it.
struct Asked<'a>(&'a mut AutoCommit);

impl Known for Asked<'_> {
    fn max_op_of(&mut self, hash: &ChangeHash) -> Option<u64> {
        self.0.get_change_meta_by_hash(hash).map(|meta| facts_of_meta(&meta).max_op)
    }

    fn seq_of(&mut self, actor: &ActorId) -> u64 {
        let metas = self.0.get_changes_meta(&[]);
        metas.iter().filter(|meta| *meta.actor == *actor).count() as u64
    }

    fn max_op(&mut self) -> u64 {
        self.0.get_changes_meta(&[]).iter().map(|meta| meta.max_op).max().unwrap_or(0)
    }
}

/// Takes a message through the gate, and gives the hashes of what was applied.
///
/// # Errors
///
/// What the gate says; then the document is to be dropped.
pub fn pass(doc: &mut AutoCommit, data: &[u8]) -> Result<Vec<ChangeHash>, Refusal> {
    let (message, _) = bytes::admit(data)?;
    let mut parts = Parts::of(&message)?;
    let facts = parts.facts();
    let ordered = order::order(&facts, &mut Asked(doc));
    if ordered.wrong.is_some() {
        return Err(order::sequence_wrong());
    }
    let mut brought = Brought { parts, facts: &facts, ordered, bytes: data.len() };
    let applied = guarded(|| apply::apply(doc, &mut brought));
    applied.unwrap_or_else(|_| Err(bytes::unreadable().with("why", "panic")))?;
    Ok(brought.ready().map(|facts| facts.hash).collect())
}
