//! Changes that have come through the gate go into the document, where a panic ends nothing else.

use samsynk_core::ids::DocumentId;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::untrusted::guarded;

use super::loaded::Loaded;
use crate::gate::apply::{self, Brought};
use crate::gate::bytes::unreadable;
use crate::gate::room::Size;

/// Applies the changes that are ready. On a refusal the document is to be dropped.
pub(super) fn apply(
    loaded: &mut Loaded,
    id: DocumentId,
    mut brought: Brought<'_>,
) -> Result<(), Refusal> {
    let applied = guarded(|| {
        let mut size = brought.ready().fold(loaded.size(), Size::with);
        size.bytes += brought.bytes;
        size.check()?;
        let received = apply::apply(&mut loaded.doc, &mut brought)?;
        size.heads = loaded.heads().len();
        size.check()?;
        loaded.changed(brought.ready(), brought.bytes);
        if let Some(whole) = received {
            loaded.was_received(whole);
        }
        Ok(())
    });
    applied.unwrap_or_else(|why| {
        tracing::error!(document = %id, %why, "changes were refused");
        Err(unreadable().with("why", "panic"))
    })
}
