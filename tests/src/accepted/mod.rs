//! A document that was accepted, through all that happens to it then: validity, projection, views, commands, catalogue, homes,
//! copies without history; on a server and on a device. None of it may fail over what a document says.
//!
//! * [`server`]: a hub on a real store. * [`device`]: a client on a real store.
//! * [`written`]: documents of any kind, damaged as instructions say.

mod device;
mod server;
mod written;

use automerge::{AutoCommit, ChangeHash};
use samsynk_core::wire::untrusted;

use crate::forge::{VERSIONS, message, repaired};

/// A sync message with checksums set right: if somebody accepts it, they live with it.
pub(crate) fn bytes(data: &[u8]) {
    lives(&repaired(data));
}

/// Instructions to write a document: whoever gets it lives with it.
pub(crate) fn instructions(data: &[u8]) {
    let mut doc = written::by(data);
    lives(&message(VERSIONS[1], &[doc.save()]));
}

fn lives(message: &[u8]) {
    if untrusted::message(message).is_err() {
        return;
    }
    server::lives_with(message);
    device::lives_with(message);
}

/// The heads that a document gets by a message.
fn heads_after(message: &[u8]) -> Option<Vec<ChangeHash>> {
    use automerge::sync::{State, SyncDoc as _};
    let (message, _) = untrusted::message(message).ok()?;
    let mut doc = AutoCommit::new();
    untrusted::guarded(|| {
        doc.sync().receive_sync_message(&mut State::new(), message).ok()?;
        Some(doc.get_heads())
    })
    .ok()?
}
