//! Erasing a person: what is theirs alone leaves the store and every device. Others refer to them by a random
//! id, which then says nothing. Tombstones keep what is erased from coming back.

use samsynk_core::domain::{Card, Diary, Home, Profile};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::refusal::Refusal;

use super::Hub;
use super::access::affect_readers;
use super::batch::Batch;
use crate::store::ledger::Final;
use crate::store::{StoreError, access, accounts, documents};

/// The reason in `withdrawn` and in the tombstone.
pub(super) const ERASED: &str = "erased";

/// Close code and reason for the person's own sessions.
const GONE: (u16, &str) = (4401, ERASED);

impl Hub {
    /// Erases a person.
    ///
    /// # Errors
    ///
    /// `no-such-account`; the outer error is the store's.
    pub(super) fn erase(
        &mut self,
        batch: &mut Batch<'_>,
        account: AccountId,
    ) -> Result<Result<(), Refusal>, StoreError> {
        if !access::account_exists(batch.tx, account)? {
            return Ok(Err(Refusal::new("no-such-account")));
        }
        let own = [
            Home::id_of(account),
            Profile::id_of(account),
            Diary::id_of(account),
            Card::id_of(account),
        ];
        let notes = documents::notes_of(batch.tx, account)?;
        for id in own.into_iter().chain(notes) {
            self.erase_document(batch, id)?;
        }
        self.forget_writer(batch, account)?;
        accounts::erase(batch.tx, account, batch.now)?;
        self.quotas.clear();
        self.subjects.remove(&account);
        let sessions: Vec<_> = self.sessions.of_account(account).collect();
        for session in sessions {
            self.end(batch, session, None, GONE);
        }
        Ok(Ok(()))
    }

    pub(super) fn erase_document(
        &mut self,
        batch: &mut Batch<'_>,
        id: DocumentId,
    ) -> Result<(), StoreError> {
        let stored = documents::get(batch.tx, id)?;
        if stored.is_none_or(|stored| stored.erased.is_some()) {
            return Ok(());
        }
        // Their homes no longer list it, and their devices are told to purge it.
        affect_readers(batch, id)?;
        let said = access::said_by(batch.tx, id)?;
        access::say(batch.tx, id, &said, &access::Says::default())?;
        documents::erase(batch.tx, id, batch.now, ERASED)?;
        self.cache.remove(id);
        batch.erased = true;
        batch.finally(Final::Erased(id));
        Ok(())
    }
}
