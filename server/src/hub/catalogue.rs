//! What differs from what a client has, answered from the index: no document is loaded.

use std::collections::{BTreeMap, BTreeSet};

use samsynk_core::ids::DocumentId;
use samsynk_core::limits::CATALOGUE_ENTRIES_MAX;
use samsynk_core::wire::{CatalogueEntry, Frame};

use super::Hub;
use super::batch::Batch;
use super::cost;
use super::port::SessionId;
use crate::store::{StoreError, access, withdrawals};

impl Hub {
    pub(super) fn catalogue(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        entries: &[CatalogueEntry],
    ) -> Result<(), StoreError> {
        let Some(account) = self.sessions.get(session).filter(|s| s.is_samsynk()) else {
            return Ok(());
        };
        let account = account.identity.account;
        let subject = self.settled_subject(batch, account)?;
        self.sessions.listen(session, &subject.keys);
        let mut has: BTreeMap<DocumentId, &CatalogueEntry> =
            entries.iter().map(|entry| (entry.document, entry)).collect();
        let mut answer = Vec::new();
        let readable = access::readable(batch.tx, &subject)?;
        batch.charge(cost::of_entries(entries.len() + readable.len()));
        for listed in readable {
            let same = |entry: &CatalogueEntry| {
                entry.epoch == listed.epoch && entry.digest == listed.digest
            };
            let entry = has.remove(&listed.id);
            if entry.is_none() {
                // Whatever it was sent before, it has nothing of it.
                self.sessions.close(session, listed.id);
            }
            if !entry.is_some_and(same) {
                answer.push((listed.id, listed.epoch));
            }
        }
        batch.charge(cost::of_guesses(has.len()));
        for (document, entry) in has {
            match withdrawals::get(batch.tx, account, document)? {
                Some(withdrawal) => batch.send(session, withdrawal.frame(document)),
                // The client made it, and it has not arrived yet; or a restore has lost it; or it is made up. Whether there is
                // such a document is not looked at.
                None => answer.push((document, entry.epoch)),
            }
        }
        if let Some(gained) = batch.gained.get_mut(&session) {
            let told: BTreeSet<DocumentId> = answer.iter().map(|(id, _)| *id).collect();
            gained.retain(|id, _| !told.contains(id));
        }
        // Also when nothing differs: the client waits for it.
        if answer.is_empty() {
            batch.send(session, Frame::CatalogueAnswer { entries: Vec::new() });
        }
        for part in answer.chunks(CATALOGUE_ENTRIES_MAX) {
            batch.send(session, Frame::CatalogueAnswer { entries: part.to_vec() });
        }
        Ok(())
    }
}
