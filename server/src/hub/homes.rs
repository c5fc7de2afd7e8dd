//! The `home` documents: each account's keys, and the documents that it may open.

use std::collections::{BTreeMap, BTreeSet};

use samsynk_core::domain::{Document, Entry, Home};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::wire::Frame;

use super::Hub;
use super::batch::Batch;
use super::cost;
use super::port::SessionId;
use super::session::{Open, Session};
use crate::limits::{HOME_DOCUMENTS_COUNT_MAX, HOME_TITLE_BYTES_MAX};
use crate::store::withdrawals::{self, Withdrawal};
use crate::store::{StoreError, access, documents};

/// Kinds whose titles are a person's own words or name.
const PERSONAL_KINDS: [&str; 4] = ["card", "diary", "note", "profile"];

impl Hub {
    /// Rewrites the home of an account whose access may have changed, and tells its live sessions.
    pub(super) fn renew_home(
        &mut self,
        batch: &mut Batch<'_>,
        account: AccountId,
    ) -> Result<(), StoreError> {
        self.subjects.remove(&account);
        if !access::account_exists(batch.tx, account)? {
            return Ok(());
        }
        let id = Home::id_of(account);
        if documents::get(batch.tx, id)?.is_some_and(|stored| stored.erased.is_some()) {
            return Ok(());
        }
        let subject = self.subject(batch, account)?;
        let sessions: Vec<_> = self.sessions.of_account(account).collect();
        for session in sessions {
            if self.sessions.is_listening(session) {
                self.sessions.listen(session, &subject.keys);
            }
        }
        let before = self.home(batch, account)?;
        let listed = access::readable(batch.tx, &subject)?;
        batch.charge(cost::of_home(listed.len()));
        let epochs: BTreeMap<DocumentId, u32> = listed.iter().map(|l| (l.id, l.epoch)).collect();
        let mut documents: Vec<access::Listed> =
            listed.into_iter().filter(|l| l.id != id && !l.kind.is_empty()).collect();
        // What is one's own is on one's devices anyway.
        documents.sort_by_key(|listed| (listed.own, listed.id));
        documents.truncate(HOME_DOCUMENTS_COUNT_MAX);
        let after = Home {
            account,
            keys: subject.keys.iter().map(|key| (key.clone(), true)).collect(),
            documents: documents.into_iter().map(|listed| (listed.id, entry_of(listed))).collect(),
            notices: before.notices.clone(),
        };
        if after == before && epochs.contains_key(&id) {
            return Ok(());
        }
        if let Err(refusal) = self.write(batch, id, &Document::Home(after.clone()))? {
            tracing::error!(%account, %refusal, "a home cannot be written");
        }
        self.tell(batch, account, &before, &after, &epochs)
    }

    /// Notes what an account may now open, and what no longer; tells its live sessions.
    fn tell(
        &mut self,
        batch: &mut Batch<'_>,
        account: AccountId,
        before: &Home,
        after: &Home,
        epochs: &BTreeMap<DocumentId, u32>,
    ) -> Result<(), StoreError> {
        let had: BTreeSet<DocumentId> = before.documents.keys().copied().collect();
        let has: BTreeSet<DocumentId> = after.documents.keys().copied().collect();
        let gained = has.difference(&had).map(|id| (*id, epochs.get(id).copied().unwrap_or(0)));
        let gained: Vec<(DocumentId, u32)> = gained.collect();
        for (id, _) in &gained {
            withdrawals::forget(batch.tx, account, *id)?;
        }
        let mut lost: Vec<(DocumentId, Withdrawal)> = Vec::new();
        for id in had.iter().filter(|id| !epochs.contains_key(id)) {
            // A home that came back after a restore may list what is still to come back.
            let stored = documents::get(batch.tx, *id)?;
            lost.extend(stored.map(|stored| (*id, Withdrawal::now(&stored))));
        }
        if !lost.is_empty() {
            withdrawals::note(batch.tx, account, lost.iter().cloned())?;
        }
        let sessions: Vec<_> = self.sessions.of_account(account).collect();
        for session in sessions {
            // Who has not sent its catalogue gets them with the answer to that.
            let listens = self.sessions.get(session).is_some_and(Session::is_samsynk)
                && self.sessions.is_listening(session);
            if listens {
                batch.gained.entry(session).or_default().extend(gained.iter().copied());
            }
            // What came in this batch and goes in it has not been told, unless the session asked for it in between.
            let mut gained = batch.gained.remove(&session).unwrap_or_default();
            let open = self.sessions.get(session);
            let has_asked = |id| open.is_some_and(|open| open.documents.contains_key(id));
            let known = lost.iter().filter(|(id, _)| gained.remove(id).is_none() || has_asked(id));
            let known: Vec<_> = known.cloned().collect();
            batch.gained.insert(session, gained);
            self.tell_lost(batch, session, &known);
        }
        Ok(())
    }

    /// Tells sessions what their accounts may open at the end of a batch and could not at its beginning: a right that came and
    /// went within one batch is told to nobody.
    pub(super) fn tell_gained(&self, batch: &mut Batch<'_>) {
        for (session, gained) in std::mem::take(&mut batch.gained) {
            let Some(open) = self.sessions.get(session) else { continue };
            // Who syncs it already, because it made it, need not be told; nor who is about to hear that
            // it has changed.
            let news = gained.into_iter().filter(|(id, _)| {
                let syncs = matches!(open.documents.get(id), Some(Open::Syncing(_)));
                !(syncs || batch.changed.contains(id))
            });
            let entries: Vec<_> = news.collect();
            if !entries.is_empty() {
                batch.send(session, Frame::CatalogueAnswer { entries });
            }
        }
    }

    fn tell_lost(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        lost: &[(DocumentId, Withdrawal)],
    ) {
        let Some(samsynk) = self.sessions.get(session).map(Session::is_samsynk) else { return };
        for (id, withdrawal) in lost {
            if samsynk {
                self.sessions.close(session, *id);
                batch.send(session, withdrawal.clone().frame(*id));
            } else if self.has_open(session, *id) {
                self.unavailable(batch, session, *id, Open::Waiting);
            }
        }
    }

    fn has_open(&self, session: SessionId, id: DocumentId) -> bool {
        let open = self.sessions.get(session).and_then(|s| s.documents.get(&id));
        matches!(open, Some(Open::Syncing(_)))
    }
}

/// How a home lists a document. What a person has written about themselves stays out: a home keeps its
/// history, and erasing the person must not leave their name in it.
fn entry_of(listed: access::Listed) -> Entry {
    let personal = PERSONAL_KINDS.contains(&listed.kind.as_str());
    let title = if personal { String::new() } else { shortened(listed.title) };
    Entry { kind: listed.kind, title }
}

/// A title of at most [`HOME_TITLE_BYTES_MAX`] bytes.
fn shortened(mut title: String) -> String {
    const MORE: char = '…';
    if title.len() > HOME_TITLE_BYTES_MAX {
        title.truncate(title.floor_char_boundary(HOME_TITLE_BYTES_MAX - MORE.len_utf8()));
        title.push(MORE);
    }
    title
}
