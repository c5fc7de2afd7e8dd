//! What only reads, on a connection of its own, while the hub goes on.

use std::path::Path;

use rusqlite::Connection;
use samsynk_core::domain::Document;
use samsynk_core::ids::DocumentId;
use samsynk_core::limits::DOCUMENT_NESTING_DEPTH_MAX;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::walk;
use samsynk_core::wire::{Heads, untrusted};

use super::{AdminReply, AdminRequest};
use crate::gate::room::nears_bounds;
use crate::hub::access::{is_said, says};
use crate::store::documents::{self, Stored};
use crate::store::{StoreError, access, open_read_only, upkeep};

/// How a request is answered from a database.
pub type Work = Box<dyn FnOnce(&Path) -> AdminReply + Send>;

/// Returns how to answer what only reads; none for what is the hub's to answer.
#[must_use]
pub fn work(request: &AdminRequest) -> Option<Work> {
    match request {
        AdminRequest::Check => Some(Box::new(check)),
        AdminRequest::Oversized => Some(Box::new(oversized)),
        AdminRequest::Backup { path } => {
            let path = path.clone();
            Some(Box::new(move |database| backup(database, &path)))
        }
        _ => None,
    }
}

/// Writes a backup.
#[must_use]
pub fn backup(database: &Path, to: &Path) -> AdminReply {
    match upkeep::backup(database, to) {
        Ok(()) => AdminReply::Done,
        Err(StoreError::File { error, .. })
            if error.kind() == std::io::ErrorKind::AlreadyExists =>
        {
            AdminReply::Refused(Refusal::new("file-exists").with("path", to.display()))
        }
        Err(error) => failed(&error),
    }
}

/// Checks all data: the file, every document, and who may read what.
#[must_use]
pub fn check(database: &Path) -> AdminReply {
    let look = || -> Result<Vec<String>, StoreError> {
        let mut problems = upkeep::integrity(database)?;
        let connection = open_read_only(database)?;
        // One moment, while the hub goes on.
        let tx = connection.unchecked_transaction()?;
        for stored in documents::all(&tx)? {
            let found = problem(&tx, &stored)?;
            problems.extend(found.map(|problem| format!("document {}: {problem}", stored.id)));
        }
        Ok(problems)
    };
    match look() {
        Ok(problems) => AdminReply::Checked { problems },
        Err(error) => failed(&error),
    }
}

/// Lists the documents that do not load for their size, or have used nine tenths of what loads.
#[must_use]
pub fn oversized(database: &Path) -> AdminReply {
    let look = || -> Result<Vec<DocumentId>, StoreError> {
        let connection = open_read_only(database)?;
        let tx = connection.unchecked_transaction()?;
        let mut documents = Vec::new();
        for stored in documents::all(&tx)? {
            let Some(bytes) = documents::load(&tx, stored.id)? else { continue };
            if size_problem(&bytes).is_some() {
                documents.push(stored.id);
            }
        }
        Ok(documents)
    };
    match look() {
        Ok(documents) => AdminReply::Oversized { documents },
        Err(error) => failed(&error),
    }
}

/// What is wrong with the size of stored bytes: a limit that they exceed, or that they are near.
fn size_problem(bytes: &[u8]) -> Option<String> {
    match walk::saved(bytes) {
        Ok(walked) if walked.nesting > DOCUMENT_NESTING_DEPTH_MAX => {
            Some("is nested too deep".to_owned())
        }
        Ok(walked) if nears_bounds(&walked) => Some("is nearly as large as loads".to_owned()),
        Ok(_) => None,
        Err(malformed) if TOO_LARGE.contains(&malformed.what) => {
            Some(format!("does not load: malformed ({})", malformed.what))
        }
        Err(_) => None,
    }
}

/// The words of the walk for bounds that a whole document exceeds.
const TOO_LARGE: [&str; 5] = ["changes", "operations", "inflated-bytes", "dependencies", "actors"];

fn problem(tx: &Connection, stored: &Stored) -> Result<Option<String>, StoreError> {
    let Some(bytes) = documents::load(tx, stored.id)? else {
        return Ok(Some("has no content".to_owned()));
    };
    if let Some(problem) = size_problem(&bytes) {
        return Ok(Some(format!("{problem}; `samsynk mend {}` begins it anew", stored.id)));
    }
    let mut doc = match untrusted::document(&bytes) {
        Ok((doc, _)) => doc,
        Err(why) => return Ok(Some(format!("does not load: {why}"))),
    };
    if Heads::new(doc.get_heads()) != stored.heads {
        return Ok(Some("has other heads than the index says".to_owned()));
    }
    let says = says(stored.id, &Document::of(&doc), stored.creator);
    if !is_said(&access::said_by(tx, stored.id)?, &says, stored.creator) {
        return Ok(Some("is open to others than it says".to_owned()));
    }
    Ok(None)
}

fn failed(error: &StoreError) -> AdminReply {
    AdminReply::Refused(error.refusal())
}
