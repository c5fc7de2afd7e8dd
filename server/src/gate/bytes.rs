//! What is asked of a sync message's bytes before Automerge parses them.
//!
//! So far the size and the first byte. The place for the bounded walk over counts, lengths, checksums,
//! inflation and run lengths is [`admit`]; until it is there, an enrolled device that means harm can stop
//! the server with a message that Automerge does not survive.

use samsynk_core::limits::FRAME_BYTES_MAX;
use samsynk_core::refusal::Refusal;

/// The first byte of a sync message of the first and the second version.
const FIRST_BYTES: [u8; 2] = [0x42, 0x43];

/// Whether Automerge may parse these bytes.
///
/// # Errors
///
/// `message-too-large`, `message-unreadable`.
pub fn admit(data: &[u8]) -> Result<(), Refusal> {
    if data.len() > FRAME_BYTES_MAX {
        return Err(Refusal::new("message-too-large").with("max", FRAME_BYTES_MAX));
    }
    match data.first() {
        Some(first) if FIRST_BYTES.contains(first) => Ok(()),
        _ => Err(unreadable()),
    }
}

/// The refusal of bytes that are no sync message.
#[must_use]
pub fn unreadable() -> Refusal {
    Refusal::new("message-unreadable")
}
