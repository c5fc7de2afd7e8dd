//! Decompression that stops at a limit.

use flate2::{Decompress, FlushDecompress, Status};

use super::error::{Step, ensure, no};

/// What is tried first, in bytes: most compressed chunks and columns come to less.
const FIRST_BYTES: usize = 4 * 1024;

/// Appends to `out` what `compressed` comes to, if `out` then has at most `max` bytes. `out` never grows
/// beyond that.
pub(super) fn inflate(compressed: &[u8], out: &mut Vec<u8>, max: usize) -> Step {
    let mut inflater = Decompress::new(false);
    let mut room = FIRST_BYTES.max(compressed.len().saturating_mul(4));
    loop {
        let read = usize::try_from(inflater.total_in()).or(no("compression"))?;
        room = room.min(max.saturating_sub(out.len()));
        out.reserve_exact(room);
        let before = out.len();
        // As much as the reserved room holds.
        let status = inflater
            .decompress_vec(&compressed[read..], out, FlushDecompress::Finish)
            .or(no("compression"))?;
        let read = usize::try_from(inflater.total_in()).or(no("compression"))?;
        match status {
            _ if out.len() > max => return no("inflated-bytes"),
            // Whatever follows the end of the stream Automerge would not look at.
            Status::StreamEnd => return ensure(read == compressed.len(), "compression"),
            _ if out.len() == max => return no("inflated-bytes"),
            // The room is used up, or the stream is cut off.
            _ => ensure(out.len() > before, "compression")?,
        }
        room = room.saturating_mul(2);
    }
}
