//! A sync message: version, heads, need, have, changes, flags.

use automerge::ChangeHash;

use super::chunk::{Budget, walk_all};
use super::error::{Step, ensure, no};
use super::reader::Reader;
use crate::limits::{
    CHANGES_COUNT_MAX, FRAME_BYTES_MAX, HAVES_COUNT_MAX, HEADS_COUNT_MAX, NEEDS_COUNT_MAX,
    SYNC_FLAGS_COUNT_MAX,
};

/// The first byte of a message of the first and of the second version.
const FIRST_BYTES: [u8; 2] = [0x42, 0x43];

/// What every implementation writes, and the only parameters for which reading is known to be harmless.
const BLOOM_BITS_PER_ENTRY: u64 = 10;
const BLOOM_PROBES: u64 = 7;

const HASH_BYTES: usize = 32;

pub(super) fn walk(bytes: &[u8], budget: &mut Budget) -> Step {
    ensure(bytes.len() <= FRAME_BYTES_MAX, "size")?;
    let mut reader = Reader::new(bytes);
    ensure(FIRST_BYTES.contains(&reader.byte()?), "version")?;
    hashes(&mut reader, HEADS_COUNT_MAX, "heads", |_| ())?;
    hashes(&mut reader, NEEDS_COUNT_MAX, "need", |_| ())?;
    for _ in 0..reader.count(HAVES_COUNT_MAX, "have")? {
        hashes(&mut reader, HEADS_COUNT_MAX, "have", |_| ())?;
        bloom_filter(reader.prefixed()?)?;
    }
    // In the second version all chunks stand in one item, but it may be more.
    for _ in 0..reader.count(CHANGES_COUNT_MAX, "changes")? {
        walk_all(reader.prefixed()?, budget)?;
    }
    flags(&mut reader)
}

/// Reads the heads at the beginning of a message.
pub(super) fn heads(bytes: &[u8]) -> Step<Vec<ChangeHash>> {
    let mut reader = Reader::new(bytes);
    ensure(FIRST_BYTES.contains(&reader.byte()?), "version")?;
    let mut heads = Vec::new();
    hashes(&mut reader, HEADS_COUNT_MAX, "heads", |hash| heads.push(ChangeHash(*hash)))?;
    Ok(heads)
}

/// Hashes in ascending order, each once: a hash that is asked for twice would be answered twice.
fn hashes(
    reader: &mut Reader<'_>,
    max: usize,
    what: &'static str,
    mut each: impl FnMut(&[u8; HASH_BYTES]),
) -> Step {
    let mut last: Option<&[u8; HASH_BYTES]> = None;
    for _ in 0..reader.count(max, what)? {
        let hash = reader.array()?;
        ensure(last.is_none_or(|last| last < hash), "hash-order")?;
        each(hash);
        last = Some(hash);
    }
    Ok(())
}

/// A Bloom filter; one of nothing has no bytes.
fn bloom_filter(bytes: &[u8]) -> Step {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut reader = Reader::new(bytes);
    let entries = reader.count(CHANGES_COUNT_MAX, "bloom-filter")? as u64;
    let parameters = (reader.unsigned()?, reader.unsigned()?);
    ensure(entries > 0 && parameters == (BLOOM_BITS_PER_ENTRY, BLOOM_PROBES), "bloom-filter")?;
    let length = (entries * BLOOM_BITS_PER_ENTRY).div_ceil(8);
    ensure(reader.len() as u64 == length, "bloom-filter")
}

/// Flags, which older clients leave out or write as single bytes: 1 and 2 say which versions they know, and
/// newer ones set the highest bit.
fn flags(reader: &mut Reader<'_>) -> Step {
    if reader.is_empty() {
        return Ok(());
    }
    let flags = reader.prefixed()?;
    ensure(flags.len() <= SYNC_FLAGS_COUNT_MAX, "flags")?;
    if !flags.iter().all(|flag| matches!(flag, 1 | 2 | 0x80..)) {
        return no("flags");
    }
    ensure(reader.is_empty(), "trailing-bytes")
}
