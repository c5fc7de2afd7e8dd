//! What is final stays final: before anybody is served, the database is held to the ledger beside it, which a restored
//! backup knows less than.

use std::collections::{BTreeMap, BTreeSet};

use samsynk_core::domain::{Home, Moment};
use samsynk_core::ids::DocumentId;

use super::Hub;
use super::batch::Batch;
use super::erase::ERASED;
use super::events::Effects;
use crate::accounts::Random;
use crate::store::ledger::Final;
use crate::store::{Store, StoreError, accounts, devices, documents, finality, invitations};

impl Hub {
    /// Does again what the ledger knows and the database does not, and notes in the ledger what a crash
    /// kept from it.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub(super) fn hold_to_ledger(
        &mut self,
        store: &mut Store,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let known = store.ledger().known().clone();
        let (undone, done) = store.read::<_, StoreError>(|tx| {
            let mut undone = BTreeMap::new();
            for (what, at) in known {
                if !finality::holds(tx, &what)? {
                    undone.insert(what, at);
                }
            }
            Ok((undone, finality::all(tx)?))
        })?;
        store.note(&done)?;
        if undone.is_empty() {
            return Ok(());
        }
        tracing::warn!(count = undone.len(), "an older database is held to what is final");
        let mut effects = Effects::default();
        store.write::<_, StoreError>(|tx| {
            let mut batch = Batch::new(tx, Moment::from_millis(0), random, &mut effects);
            let mut erased = BTreeSet::new();
            for (what, at) in undone {
                batch.now = at;
                self.do_again(&mut batch, what)?;
                if let Final::Erased(document) = what {
                    erased.insert(document);
                }
            }
            self.erase_accounts(&mut batch, &erased)?;
            self.settle(&mut batch)
        })?;
        store.clear_log();
        Ok(())
    }

    fn do_again(&mut self, batch: &mut Batch<'_>, what: Final) -> Result<(), StoreError> {
        match what {
            Final::Erased(document) => self.bury(batch, document),
            Final::Revoked(device) => devices::revoke(batch.tx, device, batch.now),
            Final::Used(secret) => invitations::close(batch.tx, secret, batch.now),
        }
    }

    /// Erases a document, whether or not it is here.
    fn bury(&mut self, batch: &mut Batch<'_>, id: DocumentId) -> Result<(), StoreError> {
        if documents::get(batch.tx, id)?.is_some() {
            return self.erase_document(batch, id);
        }
        documents::put_tombstone(batch.tx, id, batch.now, ERASED)
    }

    /// Whoever's home is erased is erased; what they wrote in notes of others goes with a home that was here again.
    fn erase_accounts(
        &mut self,
        batch: &mut Batch<'_>,
        erased: &BTreeSet<DocumentId>,
    ) -> Result<(), StoreError> {
        for account in accounts::all(batch.tx)? {
            let home = documents::get(batch.tx, Home::id_of(account))?;
            if let Some(home) = home.filter(|home| home.erased.is_some()) {
                if erased.contains(&home.id) {
                    self.forget_writer(batch, account)?;
                }
                accounts::erase(batch.tx, account, batch.now)?;
                batch.affected.remove(&account);
            }
        }
        Ok(())
    }
}
