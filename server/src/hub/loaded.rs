//! A document in memory.

use std::collections::HashMap;

use automerge::transaction::CommitOptions;
use automerge::{ActorId, AutoCommit, ChangeHash, ReadDoc as _};
use samsynk_core::domain::{Document, Moment};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Heads;

use crate::gate::content::Content;
use crate::gate::order::Known;
use crate::gate::parts::Facts;

/// What a document takes at least, with its content, in bytes.
const BASE_BYTES: usize = 16 * 1024;

/// What each of its changes takes, in bytes.
const CHANGE_BYTES: usize = 400;

/// What each of its operations takes, with what it says in the content, in bytes.
const OPERATION_BYTES: usize = 40;

/// What each byte takes of what it would be on disk if that were not compressed: once in the document, once in
/// the content, and what vectors have spare.
const BYTES_PER_RAW_BYTE: usize = 3;

/// A document with what has been read off it.
#[derive(Debug)]
pub(super) struct Loaded {
    pub doc: AutoCommit,
    /// What it holds.
    pub content: Content,
    /// How many changes each actor has made, and the last operation's number; counted when first needed.
    counted: Option<Counted>,
    /// About how large it would be on disk if that were not compressed; counted when first needed.
    raw_bytes: Option<usize>,
}

#[derive(Debug, Default)]
struct Counted {
    seqs: HashMap<ActorId, u64>,
    max_op: u64,
}

impl Loaded {
    pub(super) fn new(doc: AutoCommit) -> Self {
        let content = Document::of(&doc);
        Self { doc, content, counted: None, raw_bytes: None }
    }

    /// Its heads.
    pub(super) fn heads(&mut self) -> Heads {
        Heads::new(self.doc.get_heads())
    }

    /// Whether it has a change.
    pub(super) fn has(&mut self, hash: &ChangeHash) -> bool {
        self.doc.get_change_meta_by_hash(hash).is_some()
    }

    /// What it takes in memory, rather too much than too little: measured for plans, texts, lists and maps by
    /// `cargo run -p samsynk-server --example document_memory`. A multiple of the size on disk would not do: text
    /// is packed a thousandfold, and a change that is 10 bytes there takes hundreds here.
    pub(super) fn memory_bytes(&mut self) -> usize {
        let doc = &mut self.doc;
        let raw_bytes = *self.raw_bytes.get_or_insert_with(|| doc.save_nocompress().len());
        let stats = doc.stats();
        let changes = (stats.num_changes as usize).saturating_mul(CHANGE_BYTES);
        let operations = (stats.num_ops as usize).saturating_mul(OPERATION_BYTES);
        let raw = raw_bytes.saturating_mul(BYTES_PER_RAW_BYTE);
        BASE_BYTES.saturating_add(changes).saturating_add(operations).saturating_add(raw)
    }

    /// Reads the content off again after changes from outside, of so many bytes if they were not compressed.
    pub(super) fn changed(&mut self, new: &[Facts], ready: &[usize], raw_bytes: Option<usize>) {
        self.raw_bytes = self.raw_bytes.zip(raw_bytes).map(|(before, more)| before + more);
        self.content = Document::of(&self.doc);
        if let Some(counted) = &mut self.counted {
            for fact in ready.iter().map(|i| &new[*i]) {
                counted.add(&fact.actor, fact.seq, fact.max_op);
            }
        }
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
        self.counted = None;
        let change = self.doc.get_last_local_change().map_or(0, |change| change.raw_bytes().len());
        self.raw_bytes = self.raw_bytes.map(|before| before + change);
        Ok(())
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
