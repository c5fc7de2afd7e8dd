//! Which documents differ from the server's: one frame there, one back.

use std::collections::BTreeSet;

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
        self.link.liveness.want_ping();
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
            if !self.stored.rows.contains_key(document)
                && self.stored.rows.len() >= CATALOGUE_ENTRIES_MAX
            {
                // More than this device could ask after.
                continue;
            }
            self.take_epoch(turn, *document, *epoch)?;
            self.start_exchange(turn, *document)?;
        }
        let Some(listed) = first else { return Ok(()) };
        for edit in self.stored.outbox.clone() {
            let differs = entries.iter().any(|(document, _)| *document == edit.document);
            if differs {
                continue;
            }
            if listed.contains(&edit.id) && edit.is_made() {
                self.forget_unsaved(edit.id);
            } else {
                if !self.stored.rows.contains_key(&edit.document) {
                    self.add_row(turn, edit.document, 0);
                }
                self.start_exchange(turn, edit.document)?;
            }
        }
        self.seal_the_rest(turn, entries)?;
        self.effects.changed = true;
        if std::mem::take(&mut self.link.withdrawn_meanwhile) {
            // What went meanwhile may have become this account's again before the server had the question. A second
            // question would not do: answers come unasked, too, and cannot be told apart.
            self.disconnect(turn);
        }
        Ok(())
    }

    /// Has those documents sealed that are the same on the server's disk and not all sealed: a message was lost with a
    /// connection, or an older program kept them.
    fn seal_the_rest(
        &mut self,
        turn: &mut Turn<'_>,
        entries: &[(DocumentId, u32)],
    ) -> Result<(), StorageError> {
        let differ: BTreeSet<DocumentId> = entries.iter().map(|(id, _)| *id).collect();
        let same = self.stored.rows.keys().filter(|id| !differ.contains(id));
        let unsealed: Vec<DocumentId> = same.filter(|id| !self.is_sealed(**id)).copied().collect();
        for id in unsealed {
            self.start_exchange(turn, id)?;
        }
        Ok(())
    }

    /// A document with another epoch is another document: what is here goes, and unsaved edits are made again on
    /// the other. A server with an earlier epoch has lost the later one, and is given that back.
    fn take_epoch(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
        epoch: u32,
    ) -> Result<(), StorageError> {
        match self.stored.rows.get(&id).map(|row| row.epoch) {
            None => self.add_row(turn, id, epoch),
            Some(known) if known == epoch => {}
            Some(known) if known > epoch && self.give_back(turn, id, epoch)? => {}
            Some(_) => {
                self.link.renewed.insert(id);
                self.take_anew(turn, id, epoch);
            }
        }
        Ok(())
    }

    /// Where everything has been exchanged: what is here is what the server has, as of now.
    pub(super) fn note_if_synced(&mut self, now: Moment) {
        let due = |known: Option<Moment>| {
            // Also where the clock has been set back.
            known.is_none_or(|known| (now.millis() - known.millis()).abs() >= AS_OF_MILLIS)
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
