//! Who may do what, and if not, why. The device asks before an edit is made, the server before it
//! is kept: the same functions, so that they cannot disagree.

use crate::domain::{Command, Document, Maker, Subject};
use crate::ids::DocumentId;
use crate::refusal::Refusal;

#[cfg(test)]
mod table;

/// May this account read this document?
///
/// # Errors
///
/// `not-reader`.
pub fn may_read(subject: &Subject, id: DocumentId, document: &Document) -> Result<(), Refusal> {
    if subject.holds_any(&document.access(id).readers) {
        return Ok(());
    }
    Err(Refusal::new("not-reader").with("kind", document.kind()))
}

/// May this account change this document?
///
/// # Errors
///
/// `server-writes-this` for kinds that no person writes; `not-writer`.
pub fn may_edit(subject: &Subject, id: DocumentId, document: &Document) -> Result<(), Refusal> {
    let writers = document.access(id).writers;
    if writers.is_empty() {
        return Err(Refusal::new("server-writes-this").with("kind", document.kind()));
    }
    if subject.holds_any(&writers) {
        return Ok(());
    }
    Err(Refusal::new("not-writer").with("kind", document.kind()))
}

/// May this account bring this document into being?
///
/// # Errors
///
/// `server-makes-this` for kinds that come with an account or a command; `not-writer`.
pub fn may_create(subject: &Subject, id: DocumentId, document: &Document) -> Result<(), Refusal> {
    match document.maker() {
        Maker::Server => Err(Refusal::new("server-makes-this").with("kind", document.kind())),
        Maker::Writer => may_edit(subject, id, document),
    }
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
