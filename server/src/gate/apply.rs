//! New changes go into a document, looked at before and after.

use automerge::AutoCommit;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Heads;

use super::bytes::unreadable;
use super::order::Ordered;
use super::parts::{Facts, Parts};
use super::{kept, places};

/// What a message brings, looked at.
#[derive(Debug)]
pub struct Brought<'a> {
    /// A whole document, or changes, or both.
    pub parts: Parts,
    /// The facts of all changes, first the whole document's.
    pub facts: &'a [Facts],
    /// Which are new, in which order.
    pub ordered: Ordered,
    /// How many bytes the changes take before they are compressed.
    pub bytes: usize,
}

impl Brought<'_> {
    /// The changes that can be applied.
    pub fn ready(&self) -> impl Iterator<Item = &Facts> + Clone {
        self.ordered.ready.iter().map(|i| &self.facts[*i])
    }
}

/// Applies the changes that are ready. Gives the bytes of a whole document if it is now just that. After a
/// refusal, or a panic, the document is to be dropped.
///
/// # Errors
///
/// As [`places::check`] and [`kept::check`].
pub fn apply(doc: &mut AutoCommit, brought: &mut Brought<'_>) -> Result<Option<Vec<u8>>, Refusal> {
    let before = Heads::new(doc.get_heads());
    let whole_count = brought.facts.len() - brought.parts.changes.len();
    brought.parts.check_whole(&brought.facts[..whole_count])?;
    let whole = brought.parts.whole.take();
    let merges = whole.is_some() && !before.is_empty();
    let mut received = None;
    match whole {
        Some(mut whole) if merges => {
            doc.merge(&mut whole.doc).map_err(|_| unreadable())?;
        }
        Some(whole) => {
            *doc = whole.doc;
            received = Some(whole.bytes);
        }
        None => {}
    }
    let between = Heads::new(doc.get_heads());
    let singles = brought.ordered.ready.iter().filter_map(|i| i.checked_sub(whole_count));
    let facts = &brought.facts[whole_count..];
    let changes = &brought.parts.changes;
    let marks = places::check(doc, &between, singles.clone().map(|i| (&facts[i], &changes[i])))?;
    let changes: Vec<_> = singles.map(|i| changes[i].clone()).collect();
    // A whole document that loads has been compared with its heads, change by change.
    let all_compared = changes.is_empty() && !merges;
    if !changes.is_empty() {
        received = None;
        doc.apply_changes(changes).map_err(|_| unreadable())?;
    }
    if !all_compared {
        let applied = brought.ready().map(|facts| facts.hash);
        kept::check(doc, &before, applied, marks || merges)?;
    }
    Ok(received)
}
