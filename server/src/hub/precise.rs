//! Which of the changes that came together is wrong: so that what is before it is kept, and nothing else is
//! refused.

use automerge::sync::Message;
use automerge::{Change, ChangeHash};
use samsynk_core::refusal::Refusal;
use std::collections::HashMap;

use super::accept::{Sending, attempt, size_of, too_large};
use super::loaded::Loaded;
use crate::gate::apply::Brought;
use crate::gate::order::Ordered;
use crate::gate::parts::Parts;
use crate::limits::TRIED_CHANGES_MAX;

/// What was found.
pub(super) struct Found {
    /// The document with the changes before the first that is wrong.
    pub loaded: Loaded,
    /// How many these are.
    pub count: usize,
    pub stopped: Stopped,
    /// How many attempts to apply changes it took.
    pub attempts_count: u64,
}

/// Why no more were applied.
pub(super) enum Stopped {
    /// The next is wrong, and perhaps others for the same reason.
    Refused(Refusal, Vec<ChangeHash>),
    /// Enough were tried; this one is to be asked for.
    Bounded(ChangeHash),
    /// There were no more.
    Not,
}

/// The longest beginning of changes, in an order in which they can be applied, after which the next is wrong.
pub(super) fn longest(
    sending: &Sending<'_>,
    base: Loaded,
    message: &Message,
    ready: &[ChangeHash],
) -> Found {
    let tried = ready.len().min(TRIED_CHANGES_MAX);
    let changes = match changes_of(message, &ready[..tried]) {
        Ok(changes) => changes,
        Err(refusal) => {
            let stopped = Stopped::Refused(refusal, ready.to_vec());
            return Found { loaded: base, count: 0, stopped, attempts_count: 0 };
        }
    };
    let fits = sending.has_room(size_of(message));
    let try_first = |count: usize| {
        let changes = changes[..count].to_vec();
        let bytes: usize = changes.iter().map(|change| change.raw_bytes().len()).sum();
        if !fits && !sending.has_room(bytes) {
            return Err(too_large());
        }
        let mut parts = Parts { whole: None, changes };
        let facts = parts.facts();
        let ordered = Ordered { ready: (0..count).collect(), ..Ordered::default() };
        let (before, mut loaded) = (&base.content, base.clone());
        let brought = Brought { parts, facts: &facts, ordered, bytes };
        attempt(sending, before, &mut loaded, brought)?;
        Ok(loaded)
    };
    let mut why = match try_first(tried) {
        Ok(loaded) => {
            let stopped = ready.get(tried).map_or(Stopped::Not, |next| Stopped::Bounded(*next));
            return Found { loaded, count: tried, stopped, attempts_count: 1 };
        }
        Err(refusal) => refusal,
    };
    // The first `good` are fine, and the first `bad` are not.
    let (mut good, mut bad, mut best) = (0, tried, None);
    let mut attempts_count = 1;
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        attempts_count += 1;
        match try_first(middle) {
            Ok(loaded) => (good, best) = (middle, Some(loaded)),
            Err(refusal) => (bad, why) = (middle, refusal),
        }
    }
    // Where there is no room for one, there is none for those after it.
    let end = if why.code == too_large().code { ready.len() } else { bad };
    let stopped = Stopped::Refused(why, ready[good..end].to_vec());
    Found { loaded: best.unwrap_or(base), count: good, stopped, attempts_count }
}

/// The changes with these hashes, those of a whole document too.
fn changes_of(message: &Message, hashes: &[ChangeHash]) -> Result<Vec<Change>, Refusal> {
    let Parts { whole, changes } = Parts::of(message)?;
    let whole = whole.map(|mut whole| whole.doc.get_changes(&[])).unwrap_or_default();
    let mut by_hash: HashMap<ChangeHash, Change> =
        whole.into_iter().chain(changes).map(|change| (change.hash(), change)).collect();
    Ok(hashes.iter().filter_map(|hash| by_hash.remove(hash)).collect())
}
