//! The changes in a sync message: single ones, or a whole document.

use automerge::sync::Message;
use automerge::{ActorId, AutoCommit, Change, ChangeHash, ChangeMetadata};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Heads;
use samsynk_core::wire::untrusted::guarded;

use super::bytes::unreadable;
use super::places;

/// The first bytes of a chunk, before its checksum of 4 bytes, its type and its length.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

const TYPE_DOCUMENT: u8 = 0;
const TYPES_CHANGE: [u8; 2] = [1, 2];

/// What a message brings.
#[derive(Debug, Default)]
pub struct Parts {
    /// A whole document.
    pub whole: Option<Whole>,
    /// Single changes.
    pub changes: Vec<Change>,
}

/// A whole document.
#[derive(Debug)]
pub struct Whole {
    /// As it was loaded.
    pub doc: AutoCommit,
    /// As it was sent.
    pub bytes: Vec<u8>,
}

/// What the gate looks at in a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its hash.
    pub hash: ChangeHash,
    /// Who wrote it.
    pub actor: ActorId,
    /// Its number among the actor's changes, from 1.
    pub seq: u64,
    /// The number of its first operation.
    pub start_op: u64,
    /// The number of its last operation; one less than the first if it has none.
    pub max_op: u64,
    /// What it follows on.
    pub deps: Vec<ChangeHash>,
}

impl Facts {
    /// How many operations it has.
    #[must_use]
    pub fn ops(&self) -> usize {
        usize::try_from((self.max_op + 1).saturating_sub(self.start_op)).unwrap_or(usize::MAX)
    }
}

impl Parts {
    /// Parses what a message brings, which a walk has been over.
    ///
    /// # Errors
    ///
    /// `message-unreadable`.
    pub fn of(message: &Message) -> Result<Self, Refusal> {
        guarded(|| Self::parse(message)).unwrap_or_else(|why| {
            tracing::error!(%why, "the changes in a sync message");
            Err(unreadable().with("why", "panic"))
        })
    }

    fn parse(message: &Message) -> Result<Self, Refusal> {
        let mut parts = Self::default();
        for mut rest in message.changes.iter() {
            while !rest.is_empty() {
                let (chunk, kind) = next_chunk(rest).ok_or_else(unreadable)?;
                rest = &rest[chunk.len()..];
                if kind == TYPE_DOCUMENT && parts.whole.is_none() {
                    let doc = AutoCommit::load(chunk).map_err(|_| unreadable())?;
                    parts.whole = Some(Whole { doc, bytes: chunk.to_vec() });
                } else if TYPES_CHANGE.contains(&kind) {
                    parts.changes.push(Change::try_from(chunk).map_err(|_| unreadable())?);
                } else {
                    return Err(unreadable());
                }
            }
        }
        Ok(parts)
    }

    /// Checks the operations of a whole document among each other. What its changes look like does not show in
    /// it, so that they must be made again, unless each follows on the one before and has seen everything.
    ///
    /// # Errors
    ///
    /// As [`places::check`].
    pub fn check_whole(&mut self, facts: &[Facts]) -> Result<(), Refusal> {
        let Some(whole) = &mut self.whole else { return Ok(()) };
        let in_line = facts.first().is_none_or(|first| first.deps.is_empty())
            && facts.windows(2).all(|pair| pair[1].deps == [pair[0].hash]);
        if in_line {
            return Ok(());
        }
        let changes = whole.doc.get_changes(&[]);
        let facts: Vec<Facts> = changes.iter().map(facts_of_change).collect();
        places::check(&mut AutoCommit::new(), &Heads::default(), facts.iter().zip(&changes))?;
        Ok(())
    }

    /// The facts of all changes, first the whole document's.
    pub fn facts(&mut self) -> Vec<Facts> {
        let whole = self.whole.as_mut().map(|whole| whole.doc.get_changes_meta(&[]));
        let whole = whole.unwrap_or_default();
        let whole = whole.iter().map(facts_of_meta);
        whole.chain(self.changes.iter().map(facts_of_change)).collect()
    }
}

/// The facts of a change that a document has.
#[must_use]
pub fn facts_of_meta(meta: &ChangeMetadata<'_>) -> Facts {
    Facts {
        hash: meta.hash,
        actor: meta.actor.as_ref().clone(),
        seq: meta.seq,
        start_op: meta.start_op,
        max_op: meta.max_op,
        deps: meta.deps.clone(),
    }
}

/// The facts of a change by itself.
#[must_use]
pub fn facts_of_change(change: &Change) -> Facts {
    Facts {
        hash: change.hash(),
        actor: change.actor_id().clone(),
        seq: change.seq(),
        start_op: change.start_op().get(),
        max_op: (change.start_op().get() - 1).saturating_add(change.len() as u64),
        deps: change.deps().to_vec(),
    }
}

/// The chunk that the bytes begin with, and its type.
fn next_chunk(bytes: &[u8]) -> Option<(&[u8], u8)> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let kind = *rest.get(4)?;
    let (length, length_bytes) = leb128(&rest[5..])?;
    let head = MAGIC.len() + 5 + length_bytes;
    let end = head.checked_add(usize::try_from(length).ok()?)?;
    Some((bytes.get(..end)?, kind))
}

/// An unsigned number, and how many bytes it takes.
fn leb128(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (i, byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((value, i + 1));
        }
    }
    None
}
