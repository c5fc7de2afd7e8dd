//! Bytes from outside become Automerge's values here and nowhere else: walked first, then parsed where a panic
//! ends nothing but the work itself.
//!
//! The walk is what keeps Automerge from harm. The second net is for what nobody has thought of: Automerge has
//! hundreds of assertions, and a server that stops for one of them stops for everyone.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use automerge::AutoCommit;
use automerge::sync::Message;

use super::walk::{self, Malformed, Walked};

/// Automerge panicked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Automerge panicked at {place}")]
pub struct Panicked {
    /// File and line. Its words are not kept, because they may quote a document.
    pub place: String,
}

/// Why bytes did not become what they should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unparsed {
    /// The walk refused them.
    #[error("malformed ({0})")]
    Malformed(#[from] Malformed),
    /// Automerge refused them, with these words.
    #[error("{0}")]
    Refused(String),
    /// Automerge did not survive them.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// Lets Automerge work on something that came from outside. Whatever it was changing is to be dropped after a
/// panic, and loaded again from the store.
///
/// In a browser a panic ends the program all the same: there only the server's gate stands before it.
///
/// # Errors
///
/// Automerge panicked.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    note_guarded_panics();
    let before = GUARDED.replace(true);
    // The caller promises to drop what was being changed.
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    outcome.map_err(|_| Panicked { place: PLACE.take().unwrap_or_default() })
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Has panics under guard noted instead of printed: the usual report quotes values, and where it prints a
/// backtrace it costs more than all that the walk prevents.
fn note_guarded_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if GUARDED.get() {
                PLACE.set(panic.location().map(ToString::to_string));
            } else {
                usual(panic);
            }
        }));
    });
}

/// Parses a sync message, and says what it brings.
///
/// # Errors
///
/// Why not.
pub fn message(bytes: &[u8]) -> Result<(Message, Walked), Unparsed> {
    let walked = walk::sync_message(bytes)?;
    let message = guarded(|| Message::decode(bytes))?;
    Ok((message.map_err(|error| Unparsed::Refused(error.to_string()))?, walked))
}

/// Loads a document as it was saved, in a device's store, a server's, or a backup, and says what is in it.
///
/// # Errors
///
/// Why not.
pub fn document(bytes: &[u8]) -> Result<(AutoCommit, Walked), Unparsed> {
    let walked = walk::saved(bytes)?;
    let doc = guarded(|| AutoCommit::load(bytes))?;
    Ok((doc.map_err(|error| Unparsed::Refused(error.to_string()))?, walked))
}

#[cfg(test)]
mod tests {
    use automerge::ROOT;
    use automerge::sync::{State, SyncDoc as _};
    use automerge::transaction::Transactable as _;

    use super::*;

    #[test]
    fn a_panic_is_an_answer() {
        assert_eq!(guarded(|| 3), Ok(3));
        let empty: Vec<u8> = Vec::new();
        let Panicked { place } = guarded(|| empty[0]).unwrap_err();
        assert!(place.contains("untrusted.rs"), "{place}");
    }

    #[test]
    fn what_was_sent_and_saved_is_parsed() {
        let mut doc = AutoCommit::new();
        doc.put(ROOT, "title", "Plan").unwrap();
        let saved = doc.save();
        let (mut loaded, walked) = document(&saved).unwrap();
        assert_eq!(loaded.get_heads(), doc.get_heads());
        assert_eq!((walked.changes, walked.ops), (1, 1));
        let malformed = Malformed { what: "chunk-magic" };
        assert_eq!(document(&saved[1..]).unwrap_err(), Unparsed::Malformed(malformed));

        let bytes = doc.sync().generate_sync_message(&mut State::new()).unwrap().encode();
        let (message, walked) = message(&bytes).unwrap();
        assert_eq!((message.heads, walked), (doc.get_heads(), Walked::default()));
    }
}
