//! What a changed document's readers are told: most of them are in the same state, and get the same message.

use std::collections::HashMap;

use automerge::sync::{State, SyncDoc as _};

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
    pub(super) fn own(&mut self, syncing: &mut Syncing) -> Option<Vec<u8>> {
        let mut message = self.loaded.doc.sync().generate_sync_message(&mut syncing.state)?;
        let missing = std::mem::take(&mut syncing.missing);
        message.need.extend(missing.into_iter().filter(|hash| !self.loaded.has(hash)));
        message.need.sort_unstable();
        message.need.dedup();
        Some(message.encode())
    }

    /// The same, made once for all sessions in one state: for fifty readers of a plan that is most of the work.
    pub(super) fn shared(&mut self, syncing: &mut Syncing) -> Option<Vec<u8>> {
        if !syncing.missing.is_empty() {
            return self.own(syncing);
        }
        if let Some(made) = self.made.get(&syncing.state) {
            syncing.state.clone_from(&made.after);
            return made.message.clone();
        }
        let before = syncing.state.clone();
        let message = self.own(syncing);
        self.made.insert(before, Made { message: message.clone(), after: syncing.state.clone() });
        message
    }
}
