//! The disk of one machine: what is written is seen at once, and certain to survive only once it is synced.
//!
//! ```text
//!   contents  the bytes of one file: seen, kept, pending
//!   fate      what becomes of pending changes when the power goes
//!   faults    what is to go wrong, and when
//! ```
//!
//! A crash keeps any subset of the pending writes of any file, whole or torn between sectors. Names (files
//! created and deleted) survive in the order in which they were changed, as on a file system with a
//! journal, and are certain only once their folder is synced.

mod contents;
mod fate;
mod faults;

use std::collections::BTreeMap;

pub use faults::{Failure, Faults, Operation};

use crate::dice::Dice;
use contents::Contents;
use fate::Fate;

/// A file, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(u64);

/// One machine's disk; a clone is another disk with the same on it.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    /// What is to go wrong.
    pub faults: Faults,
    names: BTreeMap<String, FileId>,
    kept_names: BTreeMap<String, FileId>,
    pending_names: Vec<NameChange>,
    files: BTreeMap<FileId, Contents>,
    /// The number of the newest file or change.
    newest: u64,
}

#[derive(Debug, Clone)]
struct NameChange {
    number: u64,
    name: String,
    /// What it now names, if anything.
    file: Option<FileId>,
}

impl Disk {
    /// The file with a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<FileId> {
        self.names.get(name).copied()
    }

    /// Creates a file.
    ///
    /// # Errors
    ///
    /// What [`Faults`] say; so with all operations.
    pub fn create(&mut self, name: &str) -> Result<FileId, Failure> {
        let done = self.faults.before(Operation::Name);
        if !is_done(done) {
            return done.map(|()| FileId(0));
        }
        let file = FileId(self.number());
        self.files.insert(file, Contents::default());
        self.rename(name, Some(file));
        done.map(|()| file)
    }

    /// Deletes a file; those who have it open keep it.
    ///
    /// # Errors
    ///
    /// What [`Faults`] say.
    pub fn delete(&mut self, name: &str) -> Result<(), Failure> {
        let done = self.faults.before(Operation::Name);
        if is_done(done) {
            self.rename(name, None);
        }
        done
    }

    /// Makes sure of all names.
    pub fn sync_names(&mut self) {
        if self.faults.lying {
            return;
        }
        for NameChange { name, file, .. } in self.pending_names.drain(..) {
            set(&mut self.kept_names, name, file);
        }
    }

    /// How long a file is, in bytes.
    #[must_use]
    pub fn size(&self, file: FileId) -> usize {
        self.files.get(&file).map_or(0, Contents::len)
    }

    /// Reads into the buffer; how many bytes there were.
    ///
    /// # Errors
    ///
    /// What [`Faults`] say.
    pub fn read(&mut self, file: FileId, at: usize, into: &mut [u8]) -> Result<usize, Failure> {
        self.faults.before(Operation::Read)?;
        Ok(self.files.get(&file).map_or(0, |contents| contents.read(at, into)))
    }

    /// Writes.
    ///
    /// # Errors
    ///
    /// [`Failure::Full`], and what [`Faults`] say.
    pub fn write(&mut self, file: FileId, at: usize, bytes: &[u8]) -> Result<(), Failure> {
        let grows = at + bytes.len() > self.size(file);
        if grows && self.faults.full {
            return Err(Failure::Full);
        }
        let done = self.faults.before(Operation::Write);
        if is_done(done) {
            self.change(file, |contents, number| contents.write(number, at, bytes));
        }
        done
    }

    /// Writes at the end of a file that only grows.
    ///
    /// # Errors
    ///
    /// [`Failure::Full`], and what [`Faults`] say.
    pub fn append(&mut self, file: FileId, bytes: &[u8]) -> Result<(), Failure> {
        if self.faults.full {
            return Err(Failure::Full);
        }
        let done = self.faults.before(Operation::Write);
        if is_done(done) {
            self.change(file, |contents, number| contents.append(number, bytes));
        }
        done
    }

    /// Makes a file this long.
    ///
    /// # Errors
    ///
    /// What [`Faults`] say.
    pub fn resize(&mut self, file: FileId, size: usize) -> Result<(), Failure> {
        let done = self.faults.before(Operation::Write);
        if is_done(done) {
            self.change(file, |contents, number| contents.resize(number, size));
        }
        done
    }

    /// Makes sure of what was written to a file.
    ///
    /// # Errors
    ///
    /// What [`Faults`] say. Of what was pending then any part may survive, and the rest never will.
    pub fn sync(&mut self, file: FileId) -> Result<(), Failure> {
        let done = self.faults.before(Operation::Sync);
        let newest = self.newest;
        let Some(contents) = self.files.get_mut(&file) else { return done };
        match done {
            Ok(()) if self.faults.lying => {}
            Ok(()) => contents.sync(),
            Err(Failure::Error) => {
                // As random as anything, and the same for the same disk.
                let mut dice = Dice::new(newest);
                let first = contents.first_pending().unwrap_or(newest);
                contents.sync_failed(&mut Fate::draw(&mut dice, first, newest));
            }
            Err(_) => {}
        }
        done
    }

    /// The power went, and comes back: what survived is on the disk, and nothing is to go wrong for now.
    pub fn crash(&mut self, dice: &mut Dice) {
        let pending = self.files.values().filter_map(Contents::first_pending);
        let names = self.pending_names.first().map(|change| change.number);
        let first = pending.chain(names).min().unwrap_or(self.newest);
        let mut fate = Fate::draw(dice, first, self.newest);
        for NameChange { number, name, file } in self.pending_names.drain(..) {
            if !fate.keeps(number) {
                break;
            }
            set(&mut self.kept_names, name, file);
        }
        self.pending_names.clear();
        for contents in self.files.values_mut() {
            contents.crash(&mut fate);
        }
        self.names.clone_from(&self.kept_names);
        let named: Vec<FileId> = self.names.values().copied().collect();
        self.files.retain(|file, _| named.contains(file));
        self.faults.mend();
    }

    fn number(&mut self) -> u64 {
        self.newest += 1;
        self.newest
    }

    fn rename(&mut self, name: &str, file: Option<FileId>) {
        let number = self.number();
        set(&mut self.names, name.to_owned(), file);
        self.pending_names.push(NameChange { number, name: name.to_owned(), file });
    }

    fn change(&mut self, file: FileId, change: impl FnOnce(&mut Contents, u64)) {
        let number = self.number();
        if let Some(contents) = self.files.get_mut(&file) {
            change(contents, number);
        }
    }
}

/// Whether an operation takes place, at least in what is pending.
fn is_done(done: Result<(), Failure>) -> bool {
    matches!(done, Ok(()) | Err(Failure::PowerGoes))
}

fn set(names: &mut BTreeMap<String, FileId>, name: String, file: Option<FileId>) {
    match file {
        Some(file) => names.insert(name, file),
        None => names.remove(&name),
    };
}
