//! Sync messages, chunks and columns of any content, with checksums that are right: what a client can write who
//! means harm and knows the format.

pub mod rows;

use std::io::Write as _;

use flate2::{Compress, Compression, FlushCompress};
use sha2::{Digest as _, Sha256};

/// The types of chunks.
pub const DOCUMENT: u8 = 0;
/// A change.
pub const CHANGE: u8 = 1;
/// A compressed change.
pub const DEFLATED_CHANGE: u8 = 2;

/// The first bytes of sync messages of the two versions.
pub const VERSIONS: [u8; 2] = [0x42, 0x43];

/// The numbers of the columns of operations.
#[allow(missing_docs)]
pub mod column {
    pub const OBJECT_ACTOR: u64 = 0x01;
    pub const OBJECT_COUNTER: u64 = 0x02;
    pub const KEY_ACTOR: u64 = 0x11;
    pub const KEY_COUNTER: u64 = 0x13;
    pub const KEY_TEXT: u64 = 0x15;
    pub const ID_ACTOR: u64 = 0x21;
    pub const ID_COUNTER: u64 = 0x23;
    pub const INSERT: u64 = 0x34;
    pub const ACTION: u64 = 0x42;
    pub const VALUE_META: u64 = 0x56;
    pub const VALUE: u64 = 0x57;
    pub const PRED_COUNT: u64 = 0x70;
    pub const PRED_ACTOR: u64 = 0x71;
    pub const PRED_COUNTER: u64 = 0x73;
    pub const SUCC_COUNT: u64 = 0x80;
    pub const SUCC_ACTOR: u64 = 0x81;
    pub const SUCC_COUNTER: u64 = 0x83;
    pub const EXPAND: u64 = 0x94;
    pub const MARK: u64 = 0xa5;
    /// The bit of a compressed column.
    pub const DEFLATED: u64 = 0x08;
}

/// An unsigned LEB128 number.
#[must_use]
pub fn unsigned(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A signed LEB128 number.
#[must_use]
pub fn signed(mut value: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = value as u8 & 0x7f;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

/// Bytes after their length.
#[must_use]
pub fn prefixed(bytes: &[u8]) -> Vec<u8> {
    [unsigned(bytes.len() as u64), bytes.to_vec()].concat()
}

/// A run of equal numbers.
#[must_use]
pub fn repeat(count: i64, value: u64) -> Vec<u8> {
    match count {
        1 => [signed(-1), unsigned(value)].concat(),
        _ => [signed(count), unsigned(value)].concat(),
    }
}

/// A run of nulls.
#[must_use]
pub fn nulls(count: u64) -> Vec<u8> {
    [signed(0), unsigned(count)].concat()
}

/// A run of equal texts.
#[must_use]
pub fn texts(count: i64, text: &str) -> Vec<u8> {
    let count = if count == 1 { -1 } else { count };
    [signed(count), prefixed(text.as_bytes())].concat()
}

/// A sync message that says nothing but what it brings.
#[must_use]
pub fn message(version: u8, changes: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![version, 0, 0, 0];
    bytes.extend(unsigned(changes.len() as u64));
    bytes.extend(changes.iter().flat_map(|change| prefixed(change)));
    bytes.extend([2, 0x02, 0x84]);
    bytes
}

/// A sync message with one summary of what its sender has, whose Bloom filter is this.
#[must_use]
pub fn summary(version: u8, bloom_filter: &[u8]) -> Vec<u8> {
    [&[version, 0, 0, 1, 0][..], &prefixed(bloom_filter), &[0]].concat()
}

/// A chunk with the right checksum.
#[must_use]
pub fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = unsigned(body.len() as u64);
    let hash = Sha256::new().chain_update([kind]).chain_update(&length).chain_update(body);
    let checksum = &hash.finalize()[..4];
    [&[0x85, 0x6f, 0x4a, 0x83], checksum, &[kind], &length, body].concat()
}

/// A chunk of a change that is compressed already, whose checksum is that of `body`.
#[must_use]
pub fn compressed_chunk(body: &[u8], compressed: &[u8]) -> Vec<u8> {
    let plain = chunk(CHANGE, body);
    [&plain[..8], &[DEFLATED_CHANGE], &prefixed(compressed)].concat()
}

/// Compresses as Automerge does.
///
/// # Panics
///
/// Never: it writes to memory.
#[must_use]
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

/// A compressed stream of about one byte a kibibyte that it comes to: zeros.
///
/// # Panics
///
/// Never: it writes to memory.
#[must_use]
pub fn bomb(mebibytes: usize) -> Vec<u8> {
    let mut compressor = Compress::new(Compression::best(), false);
    let zeros = vec![0; 1 << 20];
    let mut block = Vec::with_capacity(8 << 10);
    compressor.compress_vec(&zeros, &mut block, FlushCompress::Full).expect("to memory");
    assert_eq!(compressor.total_in(), 1 << 20, "all of it fits into the block");
    // A block that ends with a full flush means the same wherever it stands. The last is empty.
    [block.repeat(mebibytes), vec![0x03, 0x00]].concat()
}

/// A change. Columns without bytes are left out, as honest clients do.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Change {
    pub deps: Vec<[u8; 32]>,
    pub actor: Vec<u8>,
    pub seq: u64,
    pub start_op: u64,
    pub time: i64,
    pub message: Vec<u8>,
    pub others: Vec<Vec<u8>>,
    pub columns: Vec<(u64, Vec<u8>)>,
    pub extra: Vec<u8>,
}

impl Change {
    /// The first change of an actor, which sets the key `k` to true as often as this.
    #[must_use]
    pub fn setting(actor: &[u8], count: i64) -> Self {
        let columns = vec![
            (column::KEY_TEXT, texts(count, "k")),
            (column::INSERT, unsigned(count.unsigned_abs())),
            (column::ACTION, repeat(count, 1)),
            (column::VALUE_META, repeat(count, 2)),
            (column::PRED_COUNT, repeat(count, 0)),
        ];
        let actor = actor.to_vec();
        let (deps, others, message, extra) = (vec![], vec![], vec![], vec![]);
        Self { deps, actor, seq: 1, start_op: 1, time: 0, message, others, columns, extra }
    }

    /// The same with another column.
    #[must_use]
    pub fn with(mut self, number: u64, bytes: Vec<u8>) -> Self {
        self.columns.retain(|(other, _)| *other != number);
        self.columns.push((number, bytes));
        self.columns.sort();
        self
    }

    /// Its body.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let mut body = unsigned(self.deps.len() as u64);
        body.extend(self.deps.as_flattened());
        body.extend(prefixed(&self.actor));
        body.extend(unsigned(self.seq));
        body.extend(unsigned(self.start_op));
        body.extend(signed(self.time));
        body.extend(prefixed(&self.message));
        body.extend(unsigned(self.others.len() as u64));
        body.extend(self.others.iter().flat_map(|actor| prefixed(actor)));
        body.extend(columns(&self.columns));
        body.extend(self.columns.iter().flat_map(|(_, bytes)| bytes));
        body.extend(&self.extra);
        body
    }

    /// Its chunk.
    #[must_use]
    pub fn chunk(&self) -> Vec<u8> {
        chunk(CHANGE, &self.body())
    }
}

/// A document.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct Document {
    pub actors: Vec<Vec<u8>>,
    pub heads: Vec<[u8; 32]>,
    pub changes: Vec<(u64, Vec<u8>)>,
    pub operations: Vec<(u64, Vec<u8>)>,
    pub head_places: Vec<u64>,
}

impl Document {
    /// Its chunk.
    #[must_use]
    pub fn chunk(&self) -> Vec<u8> {
        let mut body = unsigned(self.actors.len() as u64);
        body.extend(self.actors.iter().flat_map(|actor| prefixed(actor)));
        body.extend(unsigned(self.heads.len() as u64));
        body.extend(self.heads.as_flattened());
        body.extend(columns(&self.changes));
        body.extend(columns(&self.operations));
        body.extend(self.changes.iter().chain(&self.operations).flat_map(|(_, bytes)| bytes));
        body.extend(self.head_places.iter().flat_map(|place| unsigned(*place)));
        chunk(DOCUMENT, &body)
    }
}

/// How many columns there are, and for each its number and length.
fn columns(columns: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let specs = columns
        .iter()
        .flat_map(|(number, bytes)| [unsigned(*number), unsigned(bytes.len() as u64)].concat());
    [unsigned(columns.len() as u64), specs.collect()].concat()
}

/// What is read from the front of bytes that an honest client wrote.
struct Honest<'a>(&'a [u8]);

impl<'a> Honest<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for i in 0..10 {
            let byte = self.bytes(1)?[0];
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let before = self.0;
        let value = self.unsigned()?.cast_signed();
        let bits = 7 * (before.len() - self.0.len());
        // The sign stands in the highest of the bits.
        Some(if bits < 64 { value << (64 - bits) >> (64 - bits) } else { value })
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.unsigned()?).ok()
    }

    fn prefixed(&mut self) -> Option<Vec<u8>> {
        let length = self.count()?;
        Some(self.bytes(length)?.to_vec())
    }

    fn hashes(&mut self) -> Option<Vec<[u8; 32]>> {
        let count = self.count()?;
        Some(self.bytes(32 * count)?.as_chunks::<32>().0.to_vec())
    }

    fn many(&mut self) -> Option<Vec<Vec<u8>>> {
        (0..self.count()?).map(|_| self.prefixed()).collect()
    }

    fn specs(&mut self) -> Option<Vec<(u64, usize)>> {
        (0..self.count()?).map(|_| Some((self.unsigned()?, self.count()?))).collect()
    }

    fn columns(&mut self, specs: &[(u64, usize)]) -> Option<Vec<(u64, Vec<u8>)>> {
        specs
            .iter()
            .map(|(number, length)| Some((*number, self.bytes(*length)?.to_vec())))
            .collect()
    }
}

/// The type and body of a chunk.
fn opened(chunk: &[u8]) -> Option<(u8, Honest<'_>)> {
    let mut rest = Honest(chunk.get(8..)?);
    let kind = rest.bytes(1)?[0];
    rest.unsigned()?;
    Some((kind, rest))
}

impl Change {
    /// The change in a chunk of an honest client that is not compressed.
    #[must_use]
    pub fn opened(chunk: &[u8]) -> Option<Self> {
        let (CHANGE, mut rest) = opened(chunk)? else { return None };
        let deps = rest.hashes()?;
        let (actor, seq, start_op) = (rest.prefixed()?, rest.unsigned()?, rest.unsigned()?);
        let (time, message, others) = (rest.signed()?, rest.prefixed()?, rest.many()?);
        let specs = rest.specs()?;
        let columns = rest.columns(&specs)?;
        let extra = rest.0.to_vec();
        Some(Self { deps, actor, seq, start_op, time, message, others, columns, extra })
    }
}

impl Document {
    /// The document in a chunk of an honest client.
    #[must_use]
    pub fn opened(chunk: &[u8]) -> Option<Self> {
        let (DOCUMENT, mut rest) = opened(chunk)? else { return None };
        let (actors, heads) = (rest.many()?, rest.hashes()?);
        let (changes, operations) = (rest.specs()?, rest.specs()?);
        let (changes, operations) = (rest.columns(&changes)?, rest.columns(&operations)?);
        let head_places = heads.iter().map(|_| rest.unsigned()).collect::<Option<_>>()?;
        Some(Self { actors, heads, changes, operations, head_places })
    }
}

/// The same bytes with the checksum of each chunk set right, so that what is changed by chance gets that far.
#[must_use]
pub fn repaired(bytes: &[u8]) -> Vec<u8> {
    const COMPRESSED_BYTES_MAX: usize = 1 << 20;
    let mut repaired = bytes.to_vec();
    for at in 0..bytes.len() {
        if !bytes[at..].starts_with(&[0x85, 0x6f, 0x4a, 0x83]) {
            continue;
        }
        let Some((kind, mut rest)) = opened(&bytes[at..]) else { continue };
        let header = bytes.len() - at - rest.0.len();
        let length = Honest(&bytes[at + 9..]).count().unwrap_or(usize::MAX);
        let Some(body) = rest.bytes(length) else { continue };
        let whole = match kind {
            DEFLATED_CHANGE => {
                let mut inflated = Vec::with_capacity(COMPRESSED_BYTES_MAX);
                let mut decompressor = flate2::Decompress::new(false);
                let finish = flate2::FlushDecompress::Finish;
                // What does not end within this gets no checksum.
                if decompressor.decompress_vec(body, &mut inflated, finish).is_err() {
                    continue;
                }
                chunk(CHANGE, &inflated)
            }
            kind => chunk(kind, body),
        };
        debug_assert!(header >= 10);
        repaired[at + 4..at + 8].copy_from_slice(&whole[4..8]);
    }
    repaired
}
