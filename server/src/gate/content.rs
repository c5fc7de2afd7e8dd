//! May this account write this document, and is it valid after the change?

use samsynk_core::domain::{Document, Subject};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::policy;
use samsynk_core::refusal::Refusal;

/// What a document holds, or why this program cannot read it.
pub type Content = Result<Document, Refusal>;

/// Whether a document is one that an unmodified client made: it names no kind, and is its maker's alone.
#[must_use]
pub fn is_bare(content: &Content) -> bool {
    matches!(content, Err(refusal) if refusal.code == "no-kind")
}

/// May this account change the document as it is?
///
/// # Errors
///
/// As [`policy::may_edit`].
pub fn may_begin(
    subject: &Subject,
    id: DocumentId,
    before: &Content,
    creator: AccountId,
) -> Result<(), Refusal> {
    match before {
        Ok(document) => policy::may_edit(subject, id, document),
        Err(_) if is_bare(before) => bare_writer(subject, creator),
        Err(refusal) => Err(refusal.clone()),
    }
}

/// May the document be like this after the account's change? `before` is none for a new document.
///
/// # Errors
///
/// What the document's check says, or [`policy`].
pub fn may_end(
    subject: &Subject,
    id: DocumentId,
    before: Option<(&Content, AccountId)>,
    after: &Content,
) -> Result<(), Refusal> {
    match (before, after) {
        (Some((Ok(before), _)), Ok(after)) => {
            after.check(Some(before))?;
            policy::may_edit(subject, id, after)?;
            policy::may_change(subject, before, after)
        }
        // A bare document may become one of a kind, as if it were new.
        (None | Some((Err(_), _)), Ok(after)) => {
            policy::may_create(subject, id, after)?;
            after.check(None)
        }
        (None, Err(_)) if is_bare(after) => Ok(()),
        (Some((before, creator)), Err(_)) if is_bare(before) && is_bare(after) => {
            bare_writer(subject, creator)
        }
        (_, Err(refusal)) => Err(refusal.clone()),
    }
}

/// May the document be like this after history has come back that was accepted before? `before` is none where
/// there is no such document.
///
/// # Errors
///
/// What the document's check says, or why it cannot be read.
pub fn may_return(before: Option<&Content>, after: &Content) -> Result<(), Refusal> {
    match (before, after) {
        (before, Ok(after)) => after.check(before.and_then(|before| before.as_ref().ok())),
        (None, Err(_)) if is_bare(after) => Ok(()),
        (Some(before), Err(_)) if is_bare(before) && is_bare(after) => Ok(()),
        (_, Err(refusal)) => Err(refusal.clone()),
    }
}

fn bare_writer(subject: &Subject, creator: AccountId) -> Result<(), Refusal> {
    if subject.account == creator {
        return Ok(());
    }
    Err(Refusal::new("not-writer").with("kind", "note"))
}
