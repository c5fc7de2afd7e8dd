//! The rules by name. Each is asked in one place, so that the tests can break one after the other and see that a table
//! shows it.

use crate::domain::{Access, Document};
use crate::ids::DocumentId;
use crate::refusal::Refusal;

/// A rule of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Who reads a document holds one of its keys for readers.
    Readers,
    /// Who edits a document holds one of its keys for writers.
    Writers,
    /// People edit only kinds that people write.
    PeopleWrite,
    /// People make only kinds that do not come with an account or a command.
    PeopleMake,
    /// A new note is its maker's own.
    OwnNotes,
    /// Only a host agrees to be shown.
    OwnConsent,
    /// Everybody looks after their own devices and invitations.
    OwnWays,
    /// Leads look after those of others.
    Leads,
    /// Nobody looks after those of administrators.
    Administrators,
    /// Leads invite no other leads.
    OtherLeads,
}

impl Rule {
    /// Whether the rule lets it pass.
    pub(super) fn holds(self, holds: bool) -> bool {
        #[cfg(test)]
        let holds = super::bent::rule(self, holds);
        holds
    }

    /// Lets it pass, or says why not.
    pub(super) fn ask(self, holds: bool, refusal: impl FnOnce() -> Refusal) -> Result<(), Refusal> {
        if self.holds(holds) { Ok(()) } else { Err(refusal()) }
    }
}

/// What a document says about access.
pub(super) fn access(id: DocumentId, document: &Document) -> Access {
    let access = document.access(id);
    #[cfg(test)]
    let access = super::bent::access(document.kind(), access);
    access
}
