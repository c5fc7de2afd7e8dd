//! A document that was accepted, through all that happens to it then: validity, projection, views, commands, catalogue, homes,
//! copies without history; on a server and on a device. None of it may fail over what a document says.
//!
//! * [`server`]: a hub on a real store. * [`device`]: a client on a real store.
//! * [`written`]: documents of any kind, damaged as instructions say.

mod device;
mod server;
mod written;

use automerge::{AutoCommit, ChangeHash};
use samsynk_core::ids::AccountId;
use samsynk_core::wire::untrusted;

use crate::forge::{VERSIONS, message, repaired};

/// Who writes all of them.
const WRITER: AccountId = AccountId([1; 16]);

/// A sync message with checksums set right: if somebody accepts it, they live with it.
pub(crate) fn bytes(data: &[u8]) -> bool {
    lives(&repaired(data))
}

/// Instructions to write a document: whoever gets it lives with it.
pub(crate) fn instructions(data: &[u8]) -> bool {
    let mut doc = written::by(data);
    lives(&message(VERSIONS[1], &[doc.save()]))
}

/// Returns whether the server accepted it.
fn lives(message: &[u8]) -> bool {
    if untrusted::message(message).is_err() {
        return false;
    }
    device::lives_with(message);
    server::lives_with(message)
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn seed(target: &str, name: &str) -> Vec<u8> {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
        std::fs::read(seeds.join(target).join(name)).unwrap()
    }

    /// Otherwise the fuzzer would never see what happens to a document that was accepted.
    #[test]
    fn what_the_fuzzer_starts_from_is_accepted_if_people_may_write_it() {
        let by_people = ["note", "note-two", "pilot", "pilot-two", "visit", "visit-two"];
        let refused = by_people.iter().filter(|name| !instructions(&seed("written", name)));
        assert_eq!(refused.collect::<Vec<_>>(), Vec::<&&str>::new());
        assert!(bytes(&seed("accepted", "first-document")));
        assert!(!instructions(&seed("written", "home")), "nobody but the server makes one");
    }
}
