//! Puts a backup in the place of the data, and says what that brings back.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use samsynk_core::domain::{Document, Moment, Profile, Role};
use samsynk_core::ids::AccountId;
use samsynk_core::wire::untrusted;

use crate::accounts::SystemRandom;
use crate::hub::Hub;
use crate::store::ledger::{Final, Ledger};
use crate::store::{
    DataDir, Store, StoreError, accounts, documents, finality, is_empty, open_read_only, upkeep,
};

/// What a restore has done.
#[derive(Debug)]
pub struct Restored {
    /// Where the data that was there now is, if there was any.
    pub aside: Option<PathBuf>,
    /// What had been taken back since the backup; none, if the data that was there could not be read.
    pub again: Option<Again>,
}

/// What had been taken back since a backup, and is there again with it.
#[derive(Debug, Default)]
pub struct Again {
    /// Roles.
    pub roles: Vec<(AccountId, Role)>,
    /// Those whose identity was protected and is not now.
    pub unprotected: Vec<AccountId>,
}

/// Puts a backup in the place of the data in a folder, and holds it to what is final.
///
/// # Errors
///
/// [`StoreError::InUse`] while a server runs; [`StoreError::NoBackup`] for one that is damaged or of another program;
/// [`StoreError::Ledger`]; what SQLite and the file system say. The data is then as it was.
pub fn restore(folder: &Path, backup: &Path) -> Result<Restored, StoreError> {
    upkeep::check_backup(backup)?;
    let data = DataDir::open(folder)?;
    let mut ledger = Ledger::open(&data.ledger())?;
    let before = read(&data.database());
    if let Some((_, finals)) = &before {
        // A ledger that was lost is made again before what it said is.
        ledger.note(finals)?;
    }
    drop(ledger);
    let new = upkeep::copy_in(&data, backup)?;
    let mut store = Store::open_on(new, || Ledger::open(&data.ledger()))?;
    Hub::new(&mut store, &mut SystemRandom)?;
    let again = before.and_then(|(before, _)| store.read(|now| again(&before, now)).ok());
    drop(store);
    Ok(Restored { aside: upkeep::put_in_place(&data)?, again })
}

/// The database that is there and what it knows to be final, where it can be read.
fn read(database: &Path) -> Option<(Connection, Vec<(Final, Moment)>)> {
    if is_empty(database).unwrap_or(true) {
        return None;
    }
    let connection = open_read_only(database).ok()?;
    let finals = finality::all(&connection).ok()?;
    Some((connection, finals))
}

fn again(before: &Connection, now: &Connection) -> Result<Again, StoreError> {
    let mut again = Again::default();
    for account in accounts::all(before)? {
        let had = accounts::roles_of(before, account)?;
        let roles = accounts::roles_of(now, account)?.into_iter();
        again.roles.extend(roles.filter(|role| !had.contains(role)).map(|role| (account, role)));
        if is_protected(before, account)? && !is_protected(now, account)? {
            again.unprotected.push(account);
        }
    }
    Ok(again)
}

/// Whether somebody who is here has a protected identity.
fn is_protected(tx: &Connection, account: AccountId) -> Result<bool, StoreError> {
    let Some(bytes) = documents::load(tx, Profile::id_of(account))? else { return Ok(false) };
    let content = untrusted::document(&bytes).ok().map(|(doc, _)| Document::of(&doc));
    Ok(matches!(content, Some(Ok(Document::Profile(profile))) if profile.protected))
}
