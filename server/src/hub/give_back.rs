//! A server that was restored from a backup takes back what it has lost, from whoever still holds it.
//!
//! Each sync message to a samsynk-1 client carries the seal of the heads in it. A device whose changes are
//! refused although they are none of its own unsaved edits presents the seal with the history that it stands for. What
//! was accepted once needs no author and no policy again: it may be another's, or of a document that only the
//! server writes. Who may read it afterwards follows from what the server knows now.

use automerge::AutoCommit;
use rusqlite::Connection;
use samsynk_core::domain::Document;
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::limits::DOCUMENT_BYTES_MAX;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::walk::Walked;
use samsynk_core::wire::{Frame, Heads, Seal, walk};

use super::Hub;
use super::apply::apply;
use super::batch::Batch;
use super::cost;
use super::loaded::Loaded;
use super::port::SessionId;
use super::session::Session;
use super::standing::{Standing, standing};
use crate::gate::apply::Brought;
use crate::gate::parts::Parts;
use crate::gate::{bytes, content, order};
use crate::store::documents::Stored;
use crate::store::withdrawals::{self, Withdrawal};
use crate::store::{StoreError, accounts, documents, journal};

/// What a device gives back.
pub(super) struct Given {
    pub document: DocumentId,
    pub epoch: u32,
    pub seal: Seal,
    pub data: Vec<u8>,
}

/// Sealed history, before it is taken in.
struct Opened {
    heads: Heads,
    parts: Parts,
    /// How many bytes it takes before it is compressed.
    bytes: usize,
    walked: Walked,
}

impl Hub {
    pub(super) fn give_back(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        given: &Given,
    ) -> Result<(), StoreError> {
        let Some(from) = self.sessions.get(session).filter(|s| s.is_samsynk()) else {
            return Ok(());
        };
        let (giver, document) = (from.identity.account, given.document);
        batch.charge(cost::SEAL_UNITS);
        // The seal first: without one nothing is said of the document, and nothing is walked.
        if let Err(refusal) = self.check_seal(given) {
            self.reject(batch, session, document, refusal.into());
            return Ok(());
        }
        let subject = self.settled_subject(batch, giver)?;
        // The seal proves that this was given once: it is no guess, and the document may be looked at.
        let stored = documents::get(batch.tx, document)?;
        let standing = standing(batch, &subject, document)?;
        match (&stored, standing) {
            (Some(stored), Standing::Readable(_)) if stored.epoch > given.epoch => {
                let entries = vec![(document, stored.epoch)];
                batch.send(session, Frame::CatalogueAnswer { entries });
            }
            (Some(stored), standing) if stored.erased.is_some() || stored.epoch > given.epoch => {
                let withdrawal = match standing {
                    Standing::Withdrawn(withdrawal) => withdrawal,
                    Standing::Readable(_) | Standing::Nothing => Withdrawal::now(stored),
                };
                batch.send(session, withdrawal.frame(document));
            }
            _ => match self.take_back(batch, given, stored.as_ref(), giver)? {
                Ok(heads) => {
                    tracing::info!(%session, %document, "history was given back");
                    // The exchange begins anew, from what is here now.
                    self.sessions.close(session, document);
                    batch.send(session, Frame::Receipt { document, heads });
                    self.note_if_not_theirs(batch, giver, document)?;
                }
                Err(refusal) => self.reject(batch, session, document, refusal.into()),
            },
        }
        Ok(())
    }

    /// Whoever has given back what is no longer theirs is told so when they exchange it.
    fn note_if_not_theirs(
        &mut self,
        batch: &mut Batch<'_>,
        giver: AccountId,
        document: DocumentId,
    ) -> Result<(), StoreError> {
        let subject = self.settled_subject(batch, giver)?;
        if let Standing::Nothing = standing(batch, &subject, document)?
            && let Some(stored) = documents::get(batch.tx, document)?
        {
            withdrawals::note(batch.tx, giver, [(document, Withdrawal::now(&stored))])?;
        }
        Ok(())
    }

    /// Takes sealed history into the document and to the store; the sealed heads.
    fn take_back(
        &mut self,
        batch: &mut Batch<'_>,
        given: &Given,
        stored: Option<&Stored>,
        giver: AccountId,
    ) -> Result<Result<Heads, Refusal>, StoreError> {
        let id = given.document;
        let opened = match open_sealed(batch, given) {
            Ok(opened) => opened,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let heads = opened.heads.clone();
        let before_epoch = stored.map_or(given.epoch, |stored| stored.epoch);
        let mut loaded = match self.cache.take(batch.tx, id) {
            Err(error @ StoreError::Document { .. }) => {
                return Ok(Err(super::save::unloadable(&error)));
            }
            loaded => loaded?.unwrap_or_else(|| Loaded::new(AutoCommit::new())),
        };
        let (before, before_content) = (loaded.heads(), loaded.content.clone());
        let known = stored.map(|_| &before_content);
        let bytes = opened.bytes - opened.walked.inflated_bytes;
        let target = loaded.target(stored.map_or(0, |stored| stored.bytes));
        batch.charge(cost::of_changes(&opened.walked, bytes as u64, &target));
        if before_epoch < given.epoch {
            // It had begun anew after the backup.
            loaded = Loaded::new(AutoCommit::new());
        }
        if let Err(refusal) = merge(&mut loaded, id, opened, known) {
            return Ok(Err(refusal));
        }
        if loaded.heads() == before {
            self.cache.put(id, loaded);
            return Ok(Ok(heads));
        }
        let maker = maker(batch.tx, &mut loaded, giver)?;
        if before_epoch < given.epoch {
            let kept = stored.map_or(maker, |stored| stored.creator);
            self.begin_anew(batch, id, loaded, (given.epoch, kept))?;
        } else {
            self.save(batch, id, &mut loaded, (&before, &before_content), maker)?;
            documents::set_epoch(batch.tx, id, given.epoch)?;
            if let Ok(Document::Home(home)) = &loaded.content {
                // It says what was readable once.
                batch.affect([home.account]);
            }
            self.cache.put(id, loaded);
        }
        journal::audit(batch.tx, batch.now, giver, "given-back", &id.to_string())?;
        metrics::counter!("samsynk_documents_given_back_total").increment(1);
        Ok(Ok(heads))
    }

    /// Whether this server has sealed the heads that are given. Only these are read.
    fn check_seal(&self, given: &Given) -> Result<(), Refusal> {
        let heads = walk::sync_heads(&given.data).map_err(bytes::refusal)?;
        if self.sealer.is_mine(&given.seal, given.document, given.epoch, &Heads::new(heads)) {
            return Ok(());
        }
        Err(Refusal::new("seal-wrong"))
    }

    /// The seal for what a session is sent of a document: of these heads, which are on disk when it is sent.
    pub(super) fn seal(
        &self,
        session: SessionId,
        document: DocumentId,
        (epoch, heads): (u32, &Heads),
    ) -> Option<Seal> {
        let samsynk = self.sessions.get(session).is_some_and(Session::is_samsynk);
        samsynk.then(|| self.sealer.seal(document, epoch, heads))
    }
}

/// What was given, if it is exactly what the seal stands for.
fn open_sealed(batch: &mut Batch<'_>, given: &Given) -> Result<Opened, Refusal> {
    let (message, walked) = bytes::admit(&given.data)?;
    batch.charge(cost::of_walk(given.data.len(), Some(&walked)));
    let heads = Heads::new(message.heads.clone());
    let size: usize = message.changes.iter().map(<[u8]>::len).sum();
    if size > DOCUMENT_BYTES_MAX {
        return Err(Refusal::new("document-too-large").with("max", DOCUMENT_BYTES_MAX));
    }
    let mut parts = Parts::of(&message)?;
    let whole = parts.whole.as_mut().ok_or_else(bytes::unreadable)?;
    // Heads commit to all that is before them: where they are the same, nothing else is in it.
    if Heads::new(whole.doc.get_heads()) != heads || !parts.changes.is_empty() {
        return Err(Refusal::new("seal-wrong"));
    }
    Ok(Opened { heads, parts, bytes: size + walked.inflated_bytes, walked })
}

/// Takes sealed history into the document. On a refusal the document is to be dropped.
fn merge(
    loaded: &mut Loaded,
    id: DocumentId,
    opened: Opened,
    known: Option<&content::Content>,
) -> Result<(), Refusal> {
    let Opened { mut parts, bytes, .. } = opened;
    let facts = parts.facts();
    let ordered = order::order(&facts, loaded);
    if ordered.wrong.is_some() {
        return Err(order::sequence_wrong());
    }
    if !ordered.ready.is_empty() {
        apply(loaded, id, Brought { parts, facts: &facts, ordered, bytes })?;
    }
    content::may_return(known, &loaded.content)
}

/// Who made a document that the server no longer knows.
fn maker(tx: &Connection, loaded: &mut Loaded, giver: AccountId) -> Result<AccountId, StoreError> {
    let first =
        loaded.doc.get_changes_meta(&[]).first().map(|change| change.actor.as_ref().clone());
    let Some(first) = first else { return Ok(giver) };
    if let Some(author) = accounts::writer(tx, &first)? {
        return Ok(author);
    }
    Ok(match &loaded.content {
        Ok(Document::Note(note)) => note.owner,
        // Nobody else could read it.
        _ => giver,
    })
}
