//! What an account may know of a document. This is the one place that decides who is told what:
//!
//! | the document, to the account | answer |
//! |---|---|
//! | is readable | the document |
//! | was readable, and is no longer | `withdrawn`, for the reason of that day |
//! | unknown; never readable; erased, and never readable | nothing is here: the same answer, the same work |
//!
//! The last row is one row because nothing but the index of readers and the list of withdrawals is asked: a document that
//! the account has never been given is not even looked at. Whoever makes up an id, heads or a digest learns nothing.

use std::sync::Arc;

use samsynk_core::domain::Subject;
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::wire::Frame;

use super::Hub;
use super::batch::Batch;
use super::port::SessionId;
use super::session::Session;
use crate::store::documents::{self, Stored};
use crate::store::withdrawals::{self, Withdrawal};
use crate::store::{StoreError, access};

/// The reason in `withdrawn` when an account may no longer read a document.
const NO_LONGER_YOURS: &str = "no-longer-yours";

/// What a document is to an account.
#[derive(Debug)]
pub(super) enum Standing {
    /// It may read it.
    Readable(Stored),
    /// It may no longer read it.
    Withdrawn(Withdrawal),
    /// There is nothing, or nothing that it has ever had to do with.
    Nothing,
}

impl Hub {
    /// An account with its keys, once what this batch has changed of them is in its home and told: what it has lost by now
    /// is then among what was withdrawn.
    pub(super) fn settled_subject(
        &mut self,
        batch: &mut Batch<'_>,
        account: AccountId,
    ) -> Result<Arc<Subject>, StoreError> {
        if batch.affected.remove(&account) {
            let payer = batch.payer;
            batch.pay_for_homes();
            self.renew_home(batch, account)?;
            batch.payer = payer;
        }
        self.subject(batch, account)
    }

    /// Tells a session that a document is no longer its account's, unless it has nothing of it anyway.
    pub(super) fn withdraw(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        document: DocumentId,
        (withdrawal, has_some): (Withdrawal, bool),
    ) {
        let is_samsynk = self.sessions.get(session).is_some_and(Session::is_samsynk);
        if has_some && is_samsynk {
            batch.send(session, withdrawal.frame(document));
        }
        self.asked_in_vain(batch, session, document);
    }
}

/// What a document is to an account, whose home is as it should be.
pub(super) fn standing(
    batch: &Batch<'_>,
    subject: &Subject,
    id: DocumentId,
) -> Result<Standing, StoreError> {
    if access::may_read(batch.tx, subject, id)?
        && let Some(stored) = documents::get(batch.tx, id)?
        && stored.erased.is_none()
    {
        return Ok(Standing::Readable(stored));
    }
    let withdrawn = withdrawals::get(batch.tx, subject.account, id)?;
    Ok(withdrawn.map_or(Standing::Nothing, Standing::Withdrawn))
}

impl Withdrawal {
    /// How a document is withdrawn today.
    pub(super) fn now(stored: &Stored) -> Self {
        let reason = stored.erased.clone().unwrap_or_else(|| NO_LONGER_YOURS.to_owned());
        Self { epoch: stored.epoch, reason }
    }

    /// What a device is told.
    pub(super) fn frame(self, document: DocumentId) -> Frame {
        Frame::Withdrawn { document, epoch: self.epoch, reason: self.reason }
    }
}
