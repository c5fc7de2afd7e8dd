//! Seals: a restored server's lost history is given back from here.
//!
//! With every sync message the server seals the heads in it. The newest seal is kept with each document. A server
//! that refuses changes which are no unsaved edits of this device has lost what it once had; it is then given
//! all that the seal stands for, and only then goes the exchange on.

use automerge::AutoCommit;
use automerge::sync::{ChunkList, Message, MessageFlags, MessageVersion};

use super::link::GivingBack;
use super::{Engine, Sealed, StorageError, Turn, Write};
use crate::ids::DocumentId;
use crate::refusal::Refusal;
use crate::wire::{Frame, Heads, Seal};

impl Engine {
    /// Keeps the seal of heads that the document has, unless the one that is kept stands for something which this does
    /// not: a restored server seals its older heads. Whether it is another than before.
    pub(super) fn take_seal(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
        heads: Heads,
        seal: Seal,
    ) -> Result<bool, StorageError> {
        let kept = self.stored.rows.get(&id).and_then(|row| row.seal.clone());
        let known = kept.as_ref().is_some_and(|kept| kept.heads == heads);
        let doc = self.document(turn.storage, id)?;
        if known || !covers(doc, &heads, kept.as_ref()) {
            return Ok(false);
        }
        let Some(row) = self.stored.rows.get_mut(&id) else { return Ok(false) };
        row.seal = Some(Sealed { heads, seal });
        Ok(true)
    }

    /// Whether all that is here of a document is sealed.
    pub(super) fn is_sealed(&self, id: DocumentId) -> bool {
        let row = self.stored.rows.get(&id);
        row.is_none_or(|row| row.seal.as_ref().is_some_and(|sealed| sealed.heads == row.heads))
    }

    /// Gives the server, which has a document in this epoch or not at all, back what it has sealed of it, once a
    /// connection. Whether that was possible.
    pub(super) fn give_back(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
        servers_epoch: u32,
    ) -> Result<bool, StorageError> {
        let Some((epoch, sealed)) =
            self.stored.rows.get(&id).and_then(|row| Some((row.epoch, row.seal.clone()?)))
        else {
            return Ok(false);
        };
        if !self.link.gave_back.insert(id) {
            return Ok(false);
        }
        let doc = self.document(turn.storage, id)?;
        let Ok(mut whole) = doc.fork_at(sealed.heads.as_slice()) else { return Ok(false) };
        let message = Message {
            heads: sealed.heads.as_slice().to_vec(),
            need: Vec::new(),
            have: Vec::new(),
            changes: ChunkList::from(whole.save()),
            flags: Some(MessageFlags::new()),
            version: MessageVersion::V2,
        };
        tracing::info!(document = %id, "the server has lost changes and is given them back");
        self.link.stop_exchange(id);
        self.link.exchanging.insert(id);
        let (heads, servers) = (sealed.heads, servers_epoch);
        self.link.giving_back.insert(id, GivingBack { heads, epoch: servers });
        let (document, seal, data) = (id, sealed.seal, message.encode());
        self.send(&Frame::GiveBack { document, epoch, seal, data });
        Ok(true)
    }

    /// Whether this receipt answers what was given back; the exchange then goes on.
    pub(super) fn is_given_back(&mut self, id: DocumentId, heads: &Heads) -> bool {
        let answered = self.link.giving_back.get(&id).is_some_and(|given| given.heads == *heads);
        if answered {
            self.link.giving_back.remove(&id);
        }
        answered
    }

    /// A refusal while something is being given back: of that, or of what was under way before.
    pub(super) fn refused_while_giving_back(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
        answers_it: bool,
        refusal: &Refusal,
    ) -> Result<(), StorageError> {
        if !answers_it {
            return Ok(());
        }
        let given = self.link.giving_back.remove(&id);
        let epoch = given.map_or(0, |given| given.epoch);
        self.start_over(turn, id, epoch, refusal)
    }

    /// Writes a document's row, once in a transaction.
    pub(super) fn write_row(&mut self, id: DocumentId) {
        let Some(row) = self.stored.rows.get(&id) else { return };
        // The last one counts.
        self.writes.retain(|write| !matches!(write, Write::Row(other, _) if *other == id));
        self.writes.push(Write::Row(id, row.clone()));
    }
}

/// Whether a document has these heads, and they build on all that was sealed before.
fn covers(doc: &mut AutoCommit, heads: &Heads, kept: Option<&Sealed>) -> bool {
    if Heads::new(doc.get_heads()) == *heads {
        return true;
    }
    if !heads.as_slice().iter().all(|head| doc.get_change_meta_by_hash(head).is_some()) {
        return false;
    }
    let Some(kept) = kept else { return true };
    let beyond = doc.get_changes_meta(heads.as_slice());
    !beyond.iter().any(|change| kept.heads.as_slice().contains(&change.hash))
}
