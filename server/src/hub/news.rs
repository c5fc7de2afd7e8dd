//! What a changed document's readers are told: most of them are in the same state, and get the same message.

use std::collections::HashMap;

use automerge::sync::{State, SyncDoc as _};
use samsynk_core::wire::untrusted::{Panicked, guarded};

use super::loaded::Loaded;
use super::session::Syncing;

/// The messages about one document as it is now.
pub(super) struct News<'a> {
    loaded: &'a mut Loaded,
    made: HashMap<State, Made>,
}

/// What a state leads to: the message, if there is something to say, and the state after it.
struct Made {
    message: Option<Vec<u8>>,
    after: State,
}

impl<'a> News<'a> {
    pub(super) fn of(loaded: &'a mut Loaded) -> Self {
        Self { loaded, made: HashMap::new() }
    }

    /// The next message for a session, if there is something to say.
    ///
    /// # Errors
    ///
    /// Automerge panicked: the document is to be dropped.
    pub(super) fn own(&mut self, syncing: &mut Syncing) -> Result<Option<Vec<u8>>, Panicked> {
        let (doc, state) = (&mut self.loaded.doc, &mut syncing.state);
        let message = guarded(|| doc.sync().generate_sync_message(state))
            .inspect_err(|why| tracing::error!(%why, "no sync message for a client"))?;
        let Some(mut message) = message else { return Ok(None) };
        syncing.owes_answer = false;
        let missing = std::mem::take(&mut syncing.missing);
        message.need.extend(missing.into_iter().filter(|hash| !self.loaded.has(hash)));
        message.need.sort_unstable();
        message.need.dedup();
        Ok(Some(message.encode()))
    }

    /// The same, made once for all sessions in one state: for fifty readers of a plan that is most of the work.
    ///
    /// # Errors
    ///
    /// As [`News::own`].
    pub(super) fn shared(&mut self, syncing: &mut Syncing) -> Result<Option<Vec<u8>>, Panicked> {
        if !syncing.missing.is_empty() {
            return self.own(syncing);
        }
        if let Some(made) = self.made.get(&syncing.state) {
            syncing.state.clone_from(&made.after);
            syncing.owes_answer &= made.message.is_none();
            return Ok(made.message.clone());
        }
        let before = syncing.state.clone();
        let message = self.own(syncing)?;
        self.made.insert(before, Made { message: message.clone(), after: syncing.state.clone() });
        Ok(message)
    }
}
