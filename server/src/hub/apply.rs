//! Changes that have come through the gate go into the document, where a panic ends nothing else.

use samsynk_core::ids::DocumentId;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::untrusted::guarded;

use super::loaded::Loaded;
use crate::gate::bytes::unreadable;
use crate::gate::order::Ordered;
use crate::gate::parts::{Facts, Parts};
use crate::gate::{kept, places};

/// What a message brings, looked at.
pub(super) struct Brought {
    pub parts: Parts,
    /// The facts of all changes, first the whole document's.
    pub facts: Vec<Facts>,
    pub ordered: Ordered,
    /// How many bytes the changes take before they are compressed.
    pub bytes: usize,
}

/// Applies the changes that are ready. On a refusal the document is to be dropped.
pub(super) fn apply(loaded: &mut Loaded, id: DocumentId, brought: Brought) -> Result<(), Refusal> {
    match guarded(|| apply_checked(loaded, brought)) {
        Ok(outcome) => outcome,
        Err(why) => {
            tracing::error!(document = %id, %why, "changes were refused");
            Err(unreadable().with("why", "panic"))
        }
    }
}

fn apply_checked(loaded: &mut Loaded, brought: Brought) -> Result<(), Refusal> {
    let Brought { mut parts, facts, ordered, bytes } = brought;
    let before = loaded.heads();
    let new = ordered.ready.iter().map(|i| &facts[*i]);
    let mut size = loaded.size_with(new.clone(), bytes);
    size.check()?;
    let whole_count = facts.len() - parts.changes.len();
    parts.check_whole(&facts[..whole_count])?;
    let merges = parts.whole.is_some() && !before.is_empty();
    let mut received = None;
    if let Some(mut whole) = parts.whole.take() {
        if merges {
            loaded.doc.merge(&mut whole.doc).map_err(|_| unreadable())?;
        } else {
            loaded.doc = whole.doc;
            received = Some(whole.bytes);
        }
    }
    let between = loaded.heads();
    let singles: Vec<usize> =
        ordered.ready.iter().filter_map(|i| i.checked_sub(whole_count)).collect();
    let looked_at = singles.iter().map(|i| (&facts[whole_count + i], &parts.changes[*i]));
    let marks = places::check(&mut loaded.doc, &between, looked_at)?;
    if !singles.is_empty() {
        let changes: Vec<_> = singles.iter().map(|i| parts.changes[*i].clone()).collect();
        loaded.doc.apply_changes(changes).map_err(|_| unreadable())?;
    }
    // A whole document that loads has been compared with its heads, change by change.
    if merges || !singles.is_empty() {
        let applied = new.clone().map(|facts| facts.hash);
        kept::check(&mut loaded.doc, &before, applied, marks || merges)?;
    }
    size.heads = loaded.heads().len();
    size.check()?;
    loaded.changed(new, bytes);
    if let Some(whole) = received.filter(|_| singles.is_empty()) {
        loaded.was_received(whole);
    }
    Ok(())
}
