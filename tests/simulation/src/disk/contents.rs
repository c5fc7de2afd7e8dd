//! The bytes of one file: what the running machine reads, and what is on the platter.

use super::fate::Fate;

/// What a file system writes at once; a write is torn between sectors, never within one.
const SECTOR_BYTES: usize = 512;

/// One file.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    /// What the machine reads.
    seen: Vec<u8>,
    /// What a crash leaves for certain.
    kept: Vec<u8>,
    /// What has happened since the last sync, in order.
    pending: Vec<Pending>,
}

/// A change that is not yet certain to survive.
#[derive(Debug, Clone)]
struct Pending {
    /// Its place among all changes of the disk.
    number: u64,
    change: Change,
}

#[derive(Debug, Clone)]
enum Change {
    Write {
        at: usize,
        bytes: Vec<u8>,
    },
    /// At the end of a file that only grows. File systems write such bytes before they say that the file has grown
    /// (ext4's ordered mode does), so that of these only a beginning survives.
    Append {
        at: usize,
        bytes: Vec<u8>,
    },
    Resize(usize),
}

impl Contents {
    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }

    /// The number of the oldest change that is pending.
    pub(super) fn first_pending(&self) -> Option<u64> {
        self.pending.first().map(|pending| pending.number)
    }

    /// Reads into the buffer; how many bytes there were.
    pub(super) fn read(&self, at: usize, into: &mut [u8]) -> usize {
        let there = self.seen.get(at..).unwrap_or_default();
        let count = there.len().min(into.len());
        into[..count].copy_from_slice(&there[..count]);
        count
    }

    pub(super) fn write(&mut self, number: u64, at: usize, bytes: &[u8]) {
        put(&mut self.seen, at, bytes);
        let change = Change::Write { at, bytes: bytes.to_vec() };
        self.pending.push(Pending { number, change });
    }

    pub(super) fn append(&mut self, number: u64, bytes: &[u8]) {
        let change = Change::Append { at: self.seen.len(), bytes: bytes.to_vec() };
        self.seen.extend_from_slice(bytes);
        self.pending.push(Pending { number, change });
    }

    pub(super) fn resize(&mut self, number: u64, size: usize) {
        self.seen.resize(size, 0);
        self.pending.push(Pending { number, change: Change::Resize(size) });
    }

    /// All of it is on the platter.
    pub(super) fn sync(&mut self) {
        for pending in self.pending.drain(..) {
            apply(&mut self.kept, &pending.change);
        }
    }

    /// A sync failed: some of it reached the platter, and the rest never will, though the machine goes on
    /// reading it. (So Linux does: a page whose writing failed counts as clean. A. Rebello et al., *Can
    /// Applications Recover from fsync Failures?*, USENIX ATC 2020.)
    pub(super) fn sync_failed(&mut self, fate: &mut Fate<'_>) {
        for Pending { number, change } in self.pending.drain(..) {
            survive(&mut self.kept, number, &change, fate);
        }
    }

    /// The power went: what survives of the pending changes is all there is.
    pub(super) fn crash(&mut self, fate: &mut Fate<'_>) {
        self.sync_failed(fate);
        self.seen.clone_from(&self.kept);
    }
}

fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}

fn apply(file: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { at, bytes } | Change::Append { at, bytes } => put(file, *at, bytes),
        Change::Resize(size) => file.resize(*size, 0),
    }
}

/// Applies as much of a change as fate leaves.
fn survive(file: &mut Vec<u8>, number: u64, change: &Change, fate: &mut Fate<'_>) {
    match change {
        // What it would follow on did not arrive.
        Change::Append { at, .. } if *at != file.len() => {}
        _ if fate.keeps(number) => apply(file, change),
        Change::Append { bytes, .. } if fate.tears() => {
            file.extend_from_slice(&bytes[..fate.beginning(bytes.len())]);
        }
        Change::Write { at, bytes } if fate.tears() => {
            let mut from = 0;
            while from < bytes.len() {
                // Sectors lie on the disk, not in the write.
                let to = (from + SECTOR_BYTES - (at + from) % SECTOR_BYTES).min(bytes.len());
                if fate.keeps_sector() {
                    put(file, at + from, &bytes[from..to]);
                } else if fate.leaves_garbage() && at + from >= file.len() {
                    // The file grew, but what was to be in it did not arrive: whatever lay there shows.
                    put(file, at + from, &fate.garbage(to - from));
                }
                from = to;
            }
        }
        _ => {}
    }
}
