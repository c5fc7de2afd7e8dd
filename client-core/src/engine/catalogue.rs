//! Which documents differ from the server's: one frame there, one back.

use super::{Engine, StorageError, Turn, Write};
use crate::domain::Moment;
use crate::ids::DocumentId;
use crate::limits::CATALOGUE_ENTRIES_MAX;
use crate::wire::{CatalogueEntry, Frame};

/// How much time may pass, in milliseconds, before "as of" is written again while nothing else is.
const AS_OF_MILLIS: i64 = 60_000;

impl Engine {
    pub(super) fn send_catalogue(&mut self) {
        let rows = self.stored.rows.iter().take(CATALOGUE_ENTRIES_MAX);
        let entries = rows.map(|(id, row)| CatalogueEntry {
            document: *id,
            epoch: row.epoch,
            digest: row.heads.digest(),
        });
        let frame = Frame::CatalogueDigest { entries: entries.collect() };
        self.link.awaiting_catalogue =
            Some(self.stored.outbox.iter().map(|edit| edit.id).collect());
        self.send(&frame);
        self.effects.changed = true;
    }

    /// Takes in which documents differ. Those not named are the same on the server's disk.
    pub(super) fn catalogue_answer(
        &mut self,
        turn: &mut Turn<'_>,
        entries: &[(DocumentId, u32)],
    ) -> Result<(), StorageError> {
        let first = self.link.awaiting_catalogue.take();
        for (document, epoch) in entries {
            self.take_epoch(turn, *document, *epoch);
            self.start_exchange(turn, *document)?;
        }
        let Some(listed) = first else { return Ok(()) };
        for edit in self.stored.outbox.clone() {
            let differs = entries.iter().any(|(document, _)| *document == edit.document);
            if differs {
                continue;
            }
            if listed.contains(&edit.id) {
                self.forget_unsaved(edit.id);
            } else {
                self.start_exchange(turn, edit.document)?;
            }
        }
        self.effects.changed = true;
        Ok(())
    }

    /// A document with another epoch is another document: what is here goes, edits are set aside.
    fn take_epoch(&mut self, turn: &mut Turn<'_>, document: DocumentId, epoch: u32) {
        let known = self.stored.rows.get(&document).map(|row| row.epoch);
        if known.is_some_and(|known| known != epoch) {
            self.purge(turn.now, document, "document-replaced");
        }
        if !self.stored.rows.contains_key(&document) {
            self.add_row(turn, document, epoch);
        }
    }

    /// Where everything has been exchanged: what is here is what the server has, as of now.
    pub(super) fn note_if_synced(&mut self, now: Moment) {
        let due = |known: Option<Moment>| {
            known.is_none_or(|known| now.millis() - known.millis() >= AS_OF_MILLIS)
        };
        if self.link.is_synced() {
            self.attempt_succeeded();
        }
        if self.link.is_synced() && (!self.writes.is_empty() || due(self.stored.as_of)) {
            self.note_as_of(now);
        }
    }

    pub(super) fn note_as_of(&mut self, now: Moment) {
        self.stored.as_of = Some(now);
        self.writes.push(Write::AsOf(now));
        self.effects.changed = true;
    }
}
