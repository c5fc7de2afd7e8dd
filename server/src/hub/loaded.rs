//! A document in memory.

use std::collections::HashMap;

use automerge::transaction::CommitOptions;
use automerge::{ActorId, AutoCommit, ChangeHash, ReadDoc as _};
use samsynk_core::domain::{Document, Moment, Projection};
use samsynk_core::ids::DeviceId;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Heads;
use samsynk_core::wire::walk::Walked;

use super::cost::{Target, fields};
use crate::gate::content::Content;
use crate::gate::order::Known;
use crate::gate::parts::{Facts, facts_of_change, facts_of_meta};
use crate::gate::room::Size;

/// What a document takes at least, with its content, in bytes.
pub(super) const BASE_BYTES: usize = 16 * 1024;

/// What each of its changes takes, with what the gate has counted, in bytes.
const CHANGE_BYTES: usize = 500;

/// What each of its operations takes, with what it says in the content, in bytes.
const OPERATION_BYTES: usize = 40;

/// What each of its actors takes, in bytes.
const ACTOR_BYTES: usize = 300;

/// What each byte takes of what it would be on disk if that were not compressed: once in the document and once in
/// the content.
const BYTES_PER_RAW_BYTE: usize = 2;

/// A document with what has been read off it.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub doc: AutoCommit,
    /// What it holds.
    pub content: Content,
    /// About how many bytes its changes are before they are compressed.
    bytes: usize,
    /// What is in it; counted when first needed.
    counted: Option<Counted>,
    /// The document as a client sent it whole, while it is still that.
    received: Option<Vec<u8>>,
    /// The device that was last seen to write as each actor, as the gate allowed it.
    authors: HashMap<ActorId, DeviceId>,
}

#[derive(Debug, Clone, Default)]
struct Counted {
    /// How many changes each actor has made.
    seqs: HashMap<ActorId, u64>,
    /// The last operation of each change.
    max_ops: HashMap<ChangeHash, u64>,
    max_op: u64,
    ops: usize,
    deps: usize,
    /// How many changes build on several.
    merges: usize,
}

impl Loaded {
    pub(super) fn new(doc: AutoCommit) -> Self {
        let content = Document::of(&doc);
        Self { doc, content, bytes: 0, counted: None, received: None, authors: HashMap::new() }
    }

    /// A document with nothing in it yet.
    pub(super) fn empty() -> Self {
        Self::new(AutoCommit::new())
    }

    /// Notes the bytes in which a client sent all of it: they need not be made again.
    pub(super) fn was_received(&mut self, whole: Vec<u8>) {
        self.received = Some(whole);
    }

    /// The whole document, in one piece.
    pub(super) fn snapshot(&mut self) -> Vec<u8> {
        self.received.take().unwrap_or_else(|| self.doc.save())
    }

    /// A document from its stored bytes, of which a walk has found this.
    pub(super) fn stored(doc: AutoCommit, bytes: usize, walked: Walked) -> Self {
        Self { bytes: bytes + walked.inflated_bytes, ..Self::new(doc) }
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
    pub(super) fn memory_bytes(&self) -> usize {
        let stats = self.doc.stats();
        let of = |count: u64, bytes: usize| (count as usize).saturating_mul(bytes);
        let received = self.received.as_ref().map_or(0, Vec::len);
        BASE_BYTES
            .saturating_add(of(stats.num_changes, CHANGE_BYTES))
            .saturating_add(of(stats.num_ops, OPERATION_BYTES))
            .saturating_add(of(stats.num_actors, ACTOR_BYTES))
            .saturating_add(self.bytes.saturating_mul(BYTES_PER_RAW_BYTE))
            .saturating_add(received)
    }

    /// How large it is.
    pub(super) fn size(&mut self) -> Size {
        let heads = self.heads().len();
        let bytes = self.bytes;
        let counted = self.counted();
        Size {
            changes: counted.max_ops.len(),
            ops: counted.ops,
            deps: counted.deps,
            actors: counted.seqs.len(),
            heads,
            bytes,
        }
    }

    /// Reads the content off again after changes from outside, which take so many bytes.
    pub(super) fn changed<'a>(&mut self, new: impl Iterator<Item = &'a Facts>, bytes: usize) {
        self.content = Document::of(&self.doc);
        self.received = None;
        self.bytes += bytes;
        if let Some(counted) = &mut self.counted {
            new.for_each(|facts| counted.add(facts));
        }
    }

    /// Gives it this content by the server's hand, touching only what differs; with how many operations.
    pub(super) fn write(
        &mut self,
        content: &Document,
        actor: &ActorId,
        now: Moment,
    ) -> Result<u64, Refusal> {
        self.doc.set_actor(actor.clone());
        match &self.content {
            Ok(before) => content.write_over(before, &mut self.doc)?,
            Err(_) => content.write(&mut self.doc)?,
        }
        let options = CommitOptions::default().with_time(now.millis() / 1000);
        if self.doc.commit_with(options).is_none() {
            return Ok(0);
        }
        debug_assert_eq!(Document::of(&self.doc).as_ref(), Ok(content), "what was written is read");
        self.content = Ok(content.clone());
        self.received = None;
        let Some(made) = self.doc.get_last_local_change() else { return Ok(0) };
        self.bytes += made.raw_bytes().len();
        if let Some(counted) = &mut self.counted {
            counted.add(&facts_of_change(&made));
        }
        Ok(made.len() as u64)
    }

    /// What it holds, with the fields that have several values. These are looked for only where people wrote beside each
    /// other: a history that is one line has none.
    pub(super) fn projection(&mut self) -> Projection {
        match self.is_one_line() {
            true => Projection { content: self.content.clone(), conflicts: Vec::new() },
            false => Projection::of(&self.doc),
        }
    }

    /// Whether each of its changes has seen all that were before it.
    pub(super) fn is_one_line(&mut self) -> bool {
        self.heads().len() <= 1 && self.counted().merges == 0
    }

    /// What changes come to, for what they cost.
    pub(super) fn target(&self, bytes: u64) -> Target {
        let changes = self.doc.stats().num_changes;
        Target { changes, bytes, fields: fields(&self.content) }
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
            for meta in &doc.get_changes_meta(&[]) {
                counted.add(&facts_of_meta(meta));
            }
            counted
        })
    }
}

impl Counted {
    fn add(&mut self, facts: &Facts) {
        match self.seqs.get_mut(&facts.actor) {
            Some(last) => *last = facts.seq.max(*last),
            None => {
                self.seqs.insert(facts.actor.clone(), facts.seq);
            }
        }
        self.max_ops.insert(facts.hash, facts.max_op);
        self.max_op = self.max_op.max(facts.max_op);
        self.ops = self.ops.saturating_add(facts.ops());
        self.deps += facts.deps.len();
        self.merges += usize::from(facts.deps.len() > 1);
    }
}

impl Known for Loaded {
    fn max_op_of(&mut self, hash: &ChangeHash) -> Option<u64> {
        self.counted().max_ops.get(hash).copied()
    }

    fn seq_of(&mut self, actor: &ActorId) -> u64 {
        self.counted().seqs.get(actor).copied().unwrap_or(0)
    }

    fn max_op(&mut self) -> u64 {
        self.counted().max_op
    }
}
