//! What ought to be: bookkeeping beside the programs, from what they committed and said.
//!
//! ```text
//!   access    who may read what, by the words of the design
//!   books     each edit and command, from the moment it was made to what became of it
//! ```

mod access;
mod books;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use automerge::{AutoCommit, ChangeHash};
use samsynk_core::domain::{Document, Role};
use samsynk_core::ids::{AccountId, CommandId, DocumentId};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Heads;
use samsynk_server::store::{Store, StoreError};

pub use books::{Books, CommandFate, EditFate, Seen};

use crate::violation::{Checked, Violation, ensure};

/// A document on the server's disk.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its epoch.
    pub epoch: u32,
    /// Its heads.
    pub heads: Heads,
    /// What it holds, or why it cannot be read.
    pub content: Rc<Result<Document, Refusal>>,
    /// Its changes.
    pub hashes: Rc<BTreeSet<ChangeHash>>,
    /// Its bytes.
    pub bytes: Rc<Vec<u8>>,
    /// Who made it.
    pub creator: AccountId,
    /// Whether it has been erased.
    pub erased: bool,
}

impl Known {
    /// The document itself.
    #[must_use]
    pub fn load(&self) -> AutoCommit {
        AutoCommit::load(&self.bytes).expect("it was loaded before")
    }
}

/// What has been committed on the server.
#[derive(Debug, Clone, Default)]
pub struct Committed {
    /// Every document that is or was there.
    pub documents: BTreeMap<DocumentId, Known>,
    /// The roles of every account.
    pub roles: BTreeMap<AccountId, BTreeSet<Role>>,
}

/// A command as the server has recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its receipt.
    pub receipt: u64,
    /// What it decided on.
    pub document: DocumentId,
    /// Whether it was executed.
    pub accepted: bool,
}

/// All bookkeeping.
#[derive(Debug, Default)]
pub struct Model {
    /// As of the last batch.
    pub now: Committed,
    /// As of the batch before that.
    pub before: Committed,
    /// Edits and commands.
    pub books: Books,
}

impl Model {
    /// Takes in what a server has on disk.
    ///
    /// # Errors
    ///
    /// A document that does not load, or has lost a change that it had.
    pub fn refresh(&mut self, store: &mut Store) -> Checked {
        let after = store.read(|tx| self.now.refreshed(tx)).map_err(|error| failed(&error))??;
        self.before = std::mem::replace(&mut self.now, after);
        for (id, was) in &self.before.documents {
            let Some(is) = self.now.documents.get(id) else {
                return Err(Violation(format!("the server has lost document {id}")));
            };
            ensure!(!was.erased || is.erased, "{id} was erased and is back");
            ensure!(was.epoch <= is.epoch, "an old history of {id} is back");
            let readable = was.content.is_err() || is.erased || is.content.is_ok();
            ensure!(
                readable,
                "{id} cannot be read any more: {:?}",
                is.content.as_ref().as_ref().err()
            );
            let same = is.erased || was.epoch < is.epoch || Rc::ptr_eq(&was.hashes, &is.hashes);
            if !same && let Some(lost) = was.hashes.difference(&is.hashes).next() {
                return Err(Violation(format!("the server has lost change {lost} of {id}")));
            }
        }
        Ok(())
    }

    /// The commands that a server has recorded.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn recorded(store: &mut Store) -> Checked<BTreeMap<CommandId, Recorded>> {
        let read = |tx: &rusqlite::Transaction<'_>| -> Result<_, StoreError> {
            let sql = "SELECT id, receipt, document, refusal IS NULL FROM commands";
            let mut select = tx.prepare_cached(sql)?;
            let rows = select.query_map([], |row| {
                let (receipt, document) = (row.get(1)?, DocumentId(row.get(2)?));
                let recorded = Recorded { receipt, document, accepted: row.get(3)? };
                Ok((CommandId(row.get(0)?), recorded))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        store.read(read).map_err(|error| failed(&error))
    }
}

fn failed(error: &StoreError) -> Violation {
    Violation(format!("the server's store cannot be read: {error}"))
}

impl Committed {
    /// The same as of now; what has not changed is not loaded again.
    fn refreshed(&self, tx: &rusqlite::Connection) -> Result<Checked<Self>, StoreError> {
        let mut after = Self { documents: BTreeMap::new(), roles: roles(tx)? };
        let sql = "SELECT id, epoch, heads, creator, erased_at IS NOT NULL FROM documents";
        let mut select = tx.prepare_cached(sql)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let (id, heads) = (DocumentId(row.get(0)?), row.get::<_, Vec<u8>>(2)?);
            let heads: Heads =
                heads.as_chunks::<32>().0.iter().map(|hash| ChangeHash(*hash)).collect();
            let (epoch, creator, erased) = (row.get(1)?, AccountId(row.get(3)?), row.get(4)?);
            let known = self.documents.get(&id).filter(|k| k.heads == heads && k.erased == erased);
            let known = match known {
                Some(known) => Known { epoch, ..known.clone() },
                None => match load(tx, id, heads, erased)? {
                    Ok(loaded) => Known { epoch, creator, ..loaded },
                    Err(violation) => return Ok(Err(violation)),
                },
            };
            after.documents.insert(id, known);
        }
        Ok(Ok(after))
    }
}

fn load(
    tx: &rusqlite::Connection,
    id: DocumentId,
    heads: Heads,
    erased: bool,
) -> Result<Checked<Known>, StoreError> {
    let bytes = samsynk_server::store::documents::load(tx, id)?.unwrap_or_default();
    let mut doc = match AutoCommit::load(&bytes) {
        Ok(doc) => doc,
        Err(error) => {
            return Ok(Err(Violation(format!("stored document {id} does not load: {error}"))));
        }
    };
    if Heads::new(doc.get_heads()) != heads {
        return Ok(Err(Violation(format!("stored document {id} has other heads than its row"))));
    }
    Ok(Ok(Known {
        epoch: 0,
        heads,
        content: Rc::new(Document::of(&doc)),
        hashes: Rc::new(doc.get_changes_meta(&[]).into_iter().map(|meta| meta.hash).collect()),
        bytes: Rc::new(bytes),
        creator: AccountId([0; 16]),
        erased,
    }))
}

fn roles(tx: &rusqlite::Connection) -> Result<BTreeMap<AccountId, BTreeSet<Role>>, StoreError> {
    let sql = "SELECT a.id, r.role FROM accounts a LEFT JOIN roles r ON r.account = a.id";
    let mut select = tx.prepare_cached(sql)?;
    let mut rows = select.query([])?;
    let mut all: BTreeMap<AccountId, BTreeSet<Role>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let of = all.entry(AccountId(row.get(0)?)).or_default();
        if let Some(role) = row.get::<_, Option<String>>(1)? {
            of.insert(role.parse().map_err(|_| StoreError::Unreadable("role"))?);
        }
    }
    Ok(all)
}
