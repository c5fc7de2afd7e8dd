//! Questions for documents that nobody has, or not for who asks: answered a moment later.
//!
//! Unmodified clients take `doc-unavailable` as the last word on a document, and ask as soon as they know its
//! name: often before its maker's first message is here. automerge-repo's own server asks all its clients
//! before it answers; here whoever makes a document sends it, so it is enough to wait for that.

use crate::limits::ANSWER_WAIT_MILLIS;
use std::collections::VecDeque;

use samsynk_core::domain::Moment;
use samsynk_core::ids::DocumentId;

use super::Hub;
use super::batch::Batch;
use super::port::SessionId;
use super::session::Open;

/// One question.
#[derive(Debug)]
struct Asked {
    due: Moment,
    session: SessionId,
    document: DocumentId,
}

/// The questions that wait, oldest first: at most one for each document that a session has open.
#[derive(Debug, Default)]
pub(super) struct Questions(VecDeque<Asked>);

impl Questions {
    /// When the oldest is to be answered.
    pub(super) fn due(&self) -> Option<Moment> {
        self.0.front().map(|asked| asked.due)
    }

    fn pop_due(&mut self, now: Moment) -> Option<Asked> {
        let rest_millis = self.due()?.millis() - now.millis();
        // Where more than the whole wait is left, the clock was set back.
        let waits = (1..=ANSWER_WAIT_MILLIS).contains(&rest_millis);
        if waits { None } else { self.0.pop_front() }
    }
}

impl Hub {
    /// A client asks for a document that it cannot have, or not yet.
    pub(super) fn asked_in_vain(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        document: DocumentId,
    ) {
        let Some(from) = self.sessions.get(session) else { return };
        if from.is_samsynk() {
            // It knows what it may read from its catalogue.
            return self.unavailable(batch, session, document, Open::Waiting);
        }
        if !matches!(from.documents.get(&document), Some(Open::Asking)) {
            let due = Moment::from_millis(batch.now.millis() + ANSWER_WAIT_MILLIS);
            self.questions.0.push_back(Asked { due, session, document });
            self.keep(batch, session, document, Open::Asking);
        }
    }

    /// Answers the questions that have waited long enough.
    pub(super) fn answer_in_vain(&mut self, batch: &mut Batch<'_>) {
        while let Some(Asked { session, document, .. }) = self.questions.pop_due(batch.now) {
            let open = self.sessions.get(session).and_then(|s| s.documents.get(&document));
            if matches!(open, Some(Open::Asking)) {
                self.unavailable(batch, session, document, Open::Waiting);
            }
        }
    }
}
