//! A document in memory.

use std::collections::HashMap;

use automerge::transaction::CommitOptions;
use automerge::{ActorId, AutoCommit, ChangeHash};
use samsynk_core::domain::{Document, Moment};
use samsynk_core::ids::DeviceId;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Heads;

use crate::gate::content::Content;
use crate::gate::order::Known;
use crate::gate::parts::Facts;

/// A document with what has been read off it.
#[derive(Debug)]
pub(super) struct Loaded {
    pub doc: AutoCommit,
    /// What it holds.
    pub content: Content,
    /// How many changes each actor has made, and the last operation's number; counted when first needed.
    counted: Option<Counted>,
    /// The document as a client sent it whole, while it is still that.
    received: Option<Vec<u8>>,
    /// The device that was last seen to write as each actor, as the gate allowed it.
    authors: HashMap<ActorId, DeviceId>,
}

#[derive(Debug, Default)]
struct Counted {
    seqs: HashMap<ActorId, u64>,
    max_op: u64,
}

impl Loaded {
    pub(super) fn new(doc: AutoCommit) -> Self {
        let content = Document::of(&doc);
        Self { doc, content, counted: None, received: None, authors: HashMap::new() }
    }

    /// Notes the bytes in which a client sent all of it: they need not be made again.
    pub(super) fn was_received(&mut self, whole: Vec<u8>) {
        self.received = Some(whole);
    }

    /// The whole document, in one piece.
    pub(super) fn snapshot(&mut self) -> Vec<u8> {
        self.received.take().unwrap_or_else(|| self.doc.save())
    }

    /// Its heads.
    pub(super) fn heads(&mut self) -> Heads {
        Heads::new(self.doc.get_heads())
    }

    /// Whether it has a change.
    pub(super) fn has(&mut self, hash: &ChangeHash) -> bool {
        self.doc.get_change_meta_by_hash(hash).is_some()
    }

    /// Reads the content off again after changes from outside.
    pub(super) fn changed(&mut self, new: &[Facts], ready: &[usize]) {
        self.content = Document::of(&self.doc);
        self.received = None;
        if let Some(counted) = &mut self.counted {
            for fact in ready.iter().map(|i| &new[*i]) {
                counted.add(&fact.actor, fact.seq, fact.max_op);
            }
        }
    }

    /// Reads everything off again after a merge.
    pub(super) fn replaced(&mut self) {
        self.content = Document::of(&self.doc);
        self.counted = None;
        self.received = None;
    }

    /// Gives it this content by the server's hand, touching only what differs.
    pub(super) fn write(
        &mut self,
        content: &Document,
        actor: &ActorId,
        now: Moment,
    ) -> Result<(), Refusal> {
        self.doc.set_actor(actor.clone());
        content.write(&mut self.doc)?;
        self.doc.commit_with(CommitOptions::default().with_time(now.millis() / 1000));
        self.content = Document::of(&self.doc);
        self.received = None;
        self.counted = None;
        Ok(())
    }

    /// Whether a device has been seen to write as an actor.
    pub(super) fn knows_author(&self, device: DeviceId, actor: &ActorId) -> bool {
        self.authors.get(actor) == Some(&device)
    }

    /// Notes that a device may write as an actor.
    pub(super) fn note_author(&mut self, device: DeviceId, actor: &ActorId) {
        self.authors.insert(actor.clone(), device);
    }

    fn counted(&mut self) -> &mut Counted {
        let doc = &mut self.doc;
        self.counted.get_or_insert_with(|| {
            let mut counted = Counted::default();
            for meta in doc.get_changes_meta(&[]) {
                counted.add(&meta.actor, meta.seq, meta.max_op);
            }
            counted
        })
    }
}

impl Counted {
    fn add(&mut self, actor: &ActorId, seq: u64, max_op: u64) {
        match self.seqs.get_mut(actor) {
            Some(last) => *last = seq.max(*last),
            None => {
                self.seqs.insert(actor.clone(), seq);
            }
        }
        self.max_op = self.max_op.max(max_op);
    }
}

impl Known for Loaded {
    fn max_op_of(&mut self, hash: &ChangeHash) -> Option<u64> {
        self.doc.get_change_meta_by_hash(hash).map(|meta| meta.max_op)
    }

    fn seq_of(&mut self, actor: &ActorId) -> u64 {
        self.counted().seqs.get(actor).copied().unwrap_or(0)
    }

    fn max_op(&mut self) -> u64 {
        self.counted().max_op
    }
}
