//! Chunks: four magic bytes, four of a checksum, a type, a length, a body.

use sha2::{Digest as _, Sha256};

use super::error::{Step, ensure, no};
use super::inflate::inflate;
use super::reader::Reader;
use super::{Walked, change, document};
use crate::limits::{
    CHANGES_COUNT_MAX, DEPS_COUNT_MAX, INFLATED_BYTES_MAX, NEEDS_COUNT_MAX, OPS_COUNT_MAX,
};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

const DOCUMENT: u8 = 0;
pub(super) const CHANGE: u8 = 1;
const DEFLATED_CHANGE: u8 = 2;

/// What a walk has met so far, which is bounded over all of a message or file.
#[derive(Debug, Default)]
pub(super) struct Budget {
    walked: Walked,
    /// The hashes of single changes, and the last.
    changes: Vec<[u8; 32]>,
    last: [u8; 32],
    /// What they depend on, beside each on the one before it.
    deps: Vec<[u8; 32]>,
}

impl Budget {
    pub(super) fn walked(&self) -> Walked {
        self.walked
    }

    /// Notes in how many objects the deepest object of a document stands.
    pub(super) fn nests(&mut self, nesting: usize) {
        self.walked.nesting = self.walked.nesting.max(nesting);
    }

    fn add_change(&mut self, hash: [u8; 32]) {
        self.changes.push(hash);
        self.last = hash;
    }

    /// Notes a dependency of the next change. Too many on changes that did not come before are refused:
    /// Automerge would keep the changes until these come.
    pub(super) fn depends_on(&mut self, change: &[u8; 32]) -> Step {
        self.walked.deps += 1;
        ensure(self.walked.deps <= DEPS_COUNT_MAX, "dependencies")?;
        if *change == self.last {
            return Ok(());
        }
        self.deps.push(*change);
        if self.deps.len() <= 2 * NEEDS_COUNT_MAX {
            return Ok(());
        }
        self.changes.sort_unstable();
        self.deps.sort_unstable();
        self.deps.dedup();
        self.deps.retain(|dep| self.changes.binary_search(dep).is_err());
        ensure(self.deps.len() <= NEEDS_COUNT_MAX, "dependencies")
    }

    pub(super) fn changes_left(&self) -> usize {
        CHANGES_COUNT_MAX - self.walked.changes
    }

    pub(super) fn ops_left(&self) -> usize {
        OPS_COUNT_MAX - self.walked.ops
    }

    fn inflated_left(&self) -> usize {
        INFLATED_BYTES_MAX - self.walked.inflated_bytes
    }

    /// Charges what has been found to be within what is left.
    pub(super) fn charge(&mut self, changes: usize, ops: usize) -> Step {
        ensure(changes <= self.changes_left(), "changes")?;
        ensure(ops <= self.ops_left(), "operations")?;
        self.walked.changes += changes;
        self.walked.ops += ops;
        Ok(())
    }
}

/// Walks chunks, one after the other: a document may stand first, and changes follow.
pub(super) fn walk_all(bytes: &[u8], budget: &mut Budget) -> Step {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        walk(&mut reader, budget)?;
    }
    Ok(())
}

fn walk(reader: &mut Reader<'_>, budget: &mut Budget) -> Step {
    let chunk = Chunk::read(reader)?;
    match chunk.kind {
        DOCUMENT => {
            ensure(budget.walked() == Walked::default(), "document-place")?;
            chunk.verify(DOCUMENT, chunk.body)?;
            let mut inflated = Vec::new();
            document::walk(chunk.body, &mut inflated, budget)?;
            budget.walked.inflated_bytes += inflated.len();
            Ok(())
        }
        CHANGE => {
            let hash = chunk.verify(CHANGE, chunk.body)?;
            change::walk(chunk.body, budget, &mut ())?;
            budget.add_change(hash);
            Ok(())
        }
        DEFLATED_CHANGE => {
            let mut body = Vec::new();
            inflate(chunk.body, &mut body, budget.inflated_left())?;
            budget.walked.inflated_bytes += body.len();
            let hash = chunk.verify(CHANGE, &body)?;
            change::walk(&body, budget, &mut ())?;
            budget.add_change(hash);
            Ok(())
        }
        // Bundles (3) are written by no sync message and no saved document.
        _ => no("chunk-type"),
    }
}

/// A chunk whose checksum has not been looked at.
pub(super) struct Chunk<'a> {
    checksum: &'a [u8; 4],
    pub kind: u8,
    pub body: &'a [u8],
}

impl<'a> Chunk<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Step<Self> {
        ensure(*reader.array()? == MAGIC, "chunk-magic")?;
        let checksum = reader.array()?;
        let kind = reader.byte()?;
        Ok(Self { checksum, kind, body: reader.prefixed()? })
    }

    /// Compares the checksum, and gives the hash that it is from; of a compressed change that of the change as
    /// it was.
    fn verify(&self, kind: u8, body: &[u8]) -> Step<[u8; 32]> {
        let mut head = [kind; 11];
        let mut length = body.len();
        let mut end = 1;
        loop {
            head[end] = (length & 0x7f) as u8;
            length >>= 7;
            end += 1;
            if length == 0 {
                break;
            }
            head[end - 1] |= 0x80;
        }
        let hash = Sha256::new().chain_update(&head[..end]).chain_update(body).finalize();
        ensure(hash[..4] == self.checksum[..], "checksum")?;
        Ok(hash.into())
    }
}
