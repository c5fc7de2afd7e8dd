//! What is asked of a sync message's bytes before Automerge parses them: the bounded walk of
//! [`samsynk_core::wire::walk`], over heads, Bloom filters, checksums, inflation, run lengths and each operation.

use automerge::sync::Message;
use samsynk_core::limits::{
    CHANGE_OPS_COUNT_MAX, CHANGES_COUNT_MAX, DOCUMENT_NESTING_DEPTH_MAX, FRAME_BYTES_MAX,
    INFLATED_BYTES_MAX,
};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::untrusted::{self, Unparsed};
use samsynk_core::wire::walk::{Malformed, Walked};

/// Parses a sync message that Automerge may parse, and says what it brings.
///
/// # Errors
///
/// `message-too-large` where a limit is exceeded, `message-unreadable` for all else. Both say `why`.
pub fn admit(data: &[u8]) -> Result<(Message, Walked), Refusal> {
    let (message, walked) = untrusted::message(data).map_err(|why| match why {
        Unparsed::Malformed(malformed) => refusal(malformed),
        Unparsed::Refused(_) => unreadable(),
        Unparsed::Panicked(why) => {
            tracing::error!(%why, bytes = data.len(), "a sync message");
            unreadable()
        }
    })?;
    if walked.nesting > DOCUMENT_NESTING_DEPTH_MAX {
        return Err(refusal(TOO_DEEP));
    }
    Ok((message, walked))
}

/// Why a document is refused whose objects stand in too many others.
pub const TOO_DEEP: Malformed = Malformed { what: "nesting" };

/// The refusal of bytes that are no sync message.
#[must_use]
pub fn unreadable() -> Refusal {
    Refusal::new("message-unreadable")
}

/// The refusal of what a walk found to be malformed or too large.
#[must_use]
pub fn refusal(malformed: Malformed) -> Refusal {
    let max = match malformed.what {
        "size" => FRAME_BYTES_MAX,
        "changes" => CHANGES_COUNT_MAX,
        "operations" => CHANGE_OPS_COUNT_MAX,
        "inflated-bytes" => INFLATED_BYTES_MAX,
        "nesting" => DOCUMENT_NESTING_DEPTH_MAX,
        what => return unreadable().with("why", what),
    };
    Refusal::new("message-too-large").with("max", max).with("why", malformed.what)
}
