//! The end of a batch: homes first, then whoever has a changed document open or waits for an answer. Many
//! changes of one document in one batch lead to one message for each reader.

use std::collections::BTreeSet;

use samsynk_core::domain::Key;
use samsynk_core::ids::DocumentId;
use samsynk_core::wire::Frame;

use super::Hub;
use super::batch::{Batch, Owed};
use super::cost;
use super::news::News;
use super::port::SessionId;
use super::save::unloadable;
use super::session::Open;
use crate::store::{StoreError, access, documents};

impl Hub {
    pub(super) fn settle(&mut self, batch: &mut Batch<'_>) -> Result<(), StoreError> {
        self.protect(batch)?;
        // A new home affects its account once more, and then nothing differs.
        batch.pay_for_homes();
        while let Some(account) = batch.affected.pop_first() {
            self.renew_home(batch, account)?;
            self.charge_loads(batch);
        }
        self.tell_gained(batch);
        self.return_what_was_withdrawn(batch)?;
        let mut waiting = std::mem::take(&mut self.owed);
        for (id, sessions) in std::mem::take(&mut batch.waiting) {
            waiting.entry(id).or_default().sessions.extend(sessions);
        }
        for id in std::mem::take(&mut batch.changed) {
            let owed = waiting.entry(id).or_default();
            owed.sessions.extend(self.sessions.of_document(id));
            batch.pay_for(id, owed);
            self.announce(batch, id)?;
        }
        batch.begin_news();
        for (id, owed) in waiting {
            if !owed.sessions.is_empty() {
                batch.pay_for(id, &owed);
                self.send_news(batch, id, owed.sessions)?;
                self.charge_loads(batch);
            }
        }
        Ok(())
    }

    /// Names documents again to sessions that were told they are not theirs, where they are after all: a role may be taken
    /// and given back in one batch, and then no home differs.
    fn return_what_was_withdrawn(&mut self, batch: &mut Batch<'_>) -> Result<(), StoreError> {
        for (session, id) in std::mem::take(&mut batch.withdrawn) {
            let Some(account) = self.sessions.get(session).map(|open| open.identity.account) else {
                continue;
            };
            let subject = self.subject(batch, account)?;
            let stored = documents::get(batch.tx, id)?.filter(|stored| stored.erased.is_none());
            if let Some(stored) = stored
                && access::may_read(batch.tx, &subject, id)?
            {
                let entries = vec![(id, stored.epoch)];
                batch.send(session, Frame::CatalogueAnswer { entries });
            }
        }
        Ok(())
    }

    /// Names a changed document to the devices that may read it and, because it was the same when they
    /// came, have not opened it. One that has begun anew is named to all: who has just opened it did so for the epoch
    /// that it was told before.
    fn announce(&self, batch: &mut Batch<'_>, id: DocumentId) -> Result<(), StoreError> {
        batch.charge(cost::ANNOUNCE_UNITS);
        let keys = access::readers(batch.tx, id)?;
        let sessions = match batch.renewed.contains(&id) {
            true => self.sessions.listeners(&keys),
            false => self.sessions.unopened(id, &keys),
        };
        if sessions.is_empty() {
            return Ok(());
        }
        let epoch = documents::get(batch.tx, id)?.map_or(0, |stored| stored.epoch);
        for session in sessions {
            batch.send(session, Frame::CatalogueAnswer { entries: vec![(id, epoch)] });
        }
        Ok(())
    }

    fn send_news(
        &mut self,
        batch: &mut Batch<'_>,
        id: DocumentId,
        sessions: BTreeSet<SessionId>,
    ) -> Result<(), StoreError> {
        let payer = batch.payer;
        if !batch.has_room_for_news() {
            self.owed.insert(id, Owed { sessions, payer });
            return Ok(());
        }
        batch.charge(cost::NEWS_UNITS);
        let Some(stored) = documents::get(batch.tx, id)? else { return Ok(()) };
        if stored.erased.is_some() {
            return Ok(());
        }
        let mut loaded = match self.cache.take(batch.tx, id) {
            Ok(Some(loaded)) => loaded,
            Ok(None) => return Ok(()),
            Err(error @ StoreError::Document { .. }) => {
                unloadable(&error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        // Each time: whoever was told that it is not theirs any more must not hear of it by any other way.
        let readers = access::readers(batch.tx, id)?;
        let mut news = News::of(&mut loaded);
        let many = sessions.len() > 1;
        let mut sessions = sessions.into_iter();
        while batch.has_room_for_news()
            && let Some(session) = sessions.next()
        {
            batch.charge(cost::HEARER_UNITS);
            if !self.listens(batch, session, (id, &readers))? {
                continue;
            }
            let mut syncing = self.sessions.syncing(session, id);
            let message = if many { news.shared(&mut syncing) } else { news.own(&mut syncing) };
            let Ok(message) = message else {
                // The document is dropped; the others hear of it with the next change.
                self.unavailable(batch, session, id, Open::Waiting);
                return Ok(());
            };
            self.keep_open(batch, session, id, syncing);
            if let Some(message) = message {
                let seal = self.seal(session, id, (stored.epoch, &stored.heads));
                self.send_sync(batch, session, id, message, seal);
            }
        }
        self.cache.put(id, loaded);
        let rest: BTreeSet<SessionId> = sessions.collect();
        if !rest.is_empty() {
            self.owed.insert(id, Owed { sessions: rest, payer });
        }
        Ok(())
    }

    /// Whether a session is to hear of a document, which these keys open: it syncs it, or it asked for it and now may.
    fn listens(
        &mut self,
        batch: &Batch<'_>,
        session: SessionId,
        (id, readers): (DocumentId, &BTreeSet<Key>),
    ) -> Result<bool, StoreError> {
        let Some(open) = self.sessions.get(session) else { return Ok(false) };
        match open.documents.get(&id) {
            Some(Open::Syncing(_) | Open::Offered(_) | Open::Asking | Open::Waiting) => {
                let account = open.identity.account;
                Ok(self.subject(batch, account)?.holds_any(readers))
            }
            Some(Open::Stopped) | None => Ok(false),
        }
    }
}
