//! Who may do what, and if not, why. The device asks before an edit is made, the server before it
//! is kept: the same functions, so that they cannot disagree.

use crate::domain::{CardEdit, Command, Document, Edit, Maker, Subject};
use crate::ids::{AccountId, DocumentId};
use crate::refusal::Refusal;

#[cfg(test)]
mod bent;
mod devices;
mod rule;
#[cfg(test)]
mod tables;

pub use devices::{looks_after_others, may_invite, may_look_after};
use rule::{Rule, access};

/// May this account read this document?
///
/// # Errors
///
/// `not-reader`.
pub fn may_read(subject: &Subject, id: DocumentId, document: &Document) -> Result<(), Refusal> {
    let holds = subject.holds_any(&access(id, document).readers);
    Rule::Readers.ask(holds, || Refusal::new("not-reader").with("kind", document.kind()))
}

/// May this account change this document?
///
/// # Errors
///
/// `server-writes-this` for kinds that no person writes; `not-writer`.
pub fn may_edit(subject: &Subject, id: DocumentId, document: &Document) -> Result<(), Refusal> {
    let writers = access(id, document).writers;
    let refused = |code: &str| Refusal::new(code).with("kind", document.kind());
    Rule::PeopleWrite.ask(!writers.is_empty(), || refused("server-writes-this"))?;
    Rule::Writers.ask(subject.holds_any(&writers), || refused("not-writer"))
}

/// May this account bring this document into being?
///
/// # Errors
///
/// `server-makes-this` for kinds that come with an account or a command; `owner-not-you`; `not-writer`.
pub fn may_create(subject: &Subject, id: DocumentId, document: &Document) -> Result<(), Refusal> {
    let refused = |code: &str| Refusal::new(code).with("kind", document.kind());
    let by_people = document.maker() != Maker::Server;
    Rule::PeopleMake.ask(by_people, || refused("server-makes-this"))?;
    // Otherwise one could put words into another's mouth.
    if let Document::Note(note) = document {
        Rule::OwnNotes.ask(note.owner == subject.account, || refused("owner-not-you"))?;
    }
    may_edit(subject, id, document)
}

/// May this account make this edit of a document that it may edit? The device's question; [`may_change`] is the server's.
///
/// # Errors
///
/// `consent-not-yours`.
pub fn may_make(subject: &Subject, document: &Document, edit: &Edit) -> Result<(), Refusal> {
    match (document, edit) {
        (Document::Card(card), Edit::Card(CardEdit::SetShown { shown: true })) => {
            consent(subject, card.account)
        }
        _ => Ok(()),
    }
}

/// May this account bring a document that it may edit from one content to another?
///
/// # Errors
///
/// As [`may_make`].
pub fn may_change(subject: &Subject, before: &Document, after: &Document) -> Result<(), Refusal> {
    match (before, after) {
        (Document::Card(before), Document::Card(after)) if after.shown && !before.shown => {
            consent(subject, before.account)
        }
        _ => Ok(()),
    }
}

/// Nobody agrees for another, who may have a reason not to be seen.
fn consent(subject: &Subject, of: AccountId) -> Result<(), Refusal> {
    Rule::OwnConsent.ask(subject.account == of, || Refusal::new("consent-not-yours"))
}

/// May this account give this command on this document?
///
/// # Errors
///
/// As [`may_edit`] for the document that the command decides on.
pub fn may_command(
    subject: &Subject,
    command: &Command,
    document: &Document,
) -> Result<(), Refusal> {
    may_edit(subject, command.document(), document)
}
