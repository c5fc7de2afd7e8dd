//! What only reads, on a connection of its own, while the hub goes on.

use std::path::Path;

use rusqlite::Connection;
use samsynk_core::domain::Document;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::{Heads, untrusted};

use super::AdminReply;
use crate::hub::access::says;
use crate::store::documents::{self, Stored};
use crate::store::{StoreError, access, open_read_only, upkeep};

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

fn problem(tx: &Connection, stored: &Stored) -> Result<Option<String>, StoreError> {
    let Some(bytes) = documents::load(tx, stored.id)? else {
        return Ok(Some("has no content".to_owned()));
    };
    let mut doc = match untrusted::document(&bytes) {
        Ok((doc, _)) => doc,
        Err(why) => return Ok(Some(format!("does not load: {why}"))),
    };
    if Heads::new(doc.get_heads()) != stored.heads {
        return Ok(Some("has other heads than the index says".to_owned()));
    }
    let said = says(stored.id, &Document::of(&doc), stored.creator);
    if access::said_by(tx, stored.id)? != said {
        return Ok(Some("is open to others than it says".to_owned()));
    }
    Ok(None)
}

fn failed(error: &StoreError) -> AdminReply {
    tracing::error!(%error, "upkeep failed");
    AdminReply::Refused(Refusal::new(error.code()).with("why", error))
}
