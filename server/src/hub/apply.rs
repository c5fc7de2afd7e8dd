//! Changes that have come through the gate go into the document, where a panic ends nothing else.

use samsynk_core::ids::DocumentId;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::untrusted::guarded;

use super::loaded::Loaded;
use crate::gate::apply::{self, Brought};
use crate::gate::bytes::unreadable;

/// Applies the changes that are ready, of so many bytes before they are compressed. On a refusal the document
/// is to be dropped.
pub(super) fn apply(
    loaded: &mut Loaded,
    id: DocumentId,
    mut brought: Brought,
    bytes: usize,
) -> Result<(), Refusal> {
    let applied = guarded(|| {
        let mut size = loaded.size_with(brought.ready(), bytes);
        size.check()?;
        apply::apply(&mut loaded.doc, &mut brought)?;
        size.heads = loaded.heads().len();
        size.check()?;
        loaded.changed(brought.ready(), bytes);
        Ok(())
    });
    applied.unwrap_or_else(|why| {
        tracing::error!(document = %id, %why, "changes were refused");
        Err(unreadable().with("why", "panic"))
    })
}
