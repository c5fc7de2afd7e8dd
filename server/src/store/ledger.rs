//! What is final: a file beside the database that outlives every backup.
//!
//! Erasing a document, revoking a device and using up an invitation must hold also after an older backup has been
//! put in the place of the database. So each is noted here as well, ids and times only, one line each, on disk before it is
//! acknowledged. The hub applies what the database does not know before it serves anybody, and notes
//! here what the database knows and a crash kept from being noted.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use samsynk_core::domain::Moment;
use samsynk_core::ids::{DeviceId, DocumentId, hex, unhex};

use super::StoreError;
use super::accounts::SecretHash;

/// What a ledger begins with.
const HEAD: &str = "samsynk ledger 1\n";

/// Something that is final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Final {
    /// A document was erased.
    Erased(DocumentId),
    /// A device was revoked.
    Revoked(DeviceId),
    /// An invitation was used; its secret's hash.
    Used(SecretHash),
}

/// The open ledger of a data folder.
#[derive(Debug)]
pub struct Ledger {
    file: File,
    path: PathBuf,
    known: BTreeMap<Final, Moment>,
}

impl Ledger {
    /// Opens a ledger, or makes one. A last line that a power cut tore is dropped: it was not acknowledged.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] where another line cannot be read; what the file system says.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |error| StoreError::File { path: path.to_owned(), error };
        let new = !path.exists();
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole < bytes.len() {
            tracing::warn!(path = %path.display(), "the ledger's last line was torn");
            file.set_len(whole as u64).map_err(failed)?;
        }
        let known = read(&bytes[..whole]).map_err(|why| {
            let file = path.to_owned();
            StoreError::Corrupt { file, why }
        })?;
        let mut ledger = Self { file, path: path.to_owned(), known };
        if whole == 0 {
            ledger.append(HEAD)?;
        }
        if new {
            sync_folder(path).map_err(failed)?;
        }
        Ok(ledger)
    }

    /// All that is final, and since when.
    #[must_use]
    pub fn known(&self) -> &BTreeMap<Final, Moment> {
        &self.known
    }

    /// Notes what is final now; it is on disk when this returns.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn note(&mut self, entries: &[(Final, Moment)]) -> Result<(), StoreError> {
        let new: Vec<_> =
            entries.iter().filter(|(what, _)| !self.known.contains_key(what)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let lines: String = new.iter().map(|(what, at)| line(what, *at)).collect();
        self.append(&lines)?;
        self.known.extend(new.into_iter().copied());
        Ok(())
    }

    fn append(&mut self, lines: &str) -> Result<(), StoreError> {
        let failed = |error| StoreError::File { path: self.path.clone(), error };
        let before = self.file.metadata().map_err(failed)?.len();
        let done = self.file.write_all(lines.as_bytes()).and_then(|()| self.file.sync_all());
        if done.is_err() {
            // What is half there must not be read together with what comes next.
            self.file.set_len(before).map_err(failed)?;
        }
        done.map_err(failed)
    }
}

fn line(what: &Final, at: Moment) -> String {
    let at = at.millis();
    match what {
        Final::Erased(document) => format!("erased {document} {at}\n"),
        Final::Revoked(device) => format!("revoked {device} {at}\n"),
        Final::Used(hash) => format!("used {} {at}\n", hex(hash)),
    }
}

fn read(bytes: &[u8]) -> Result<BTreeMap<Final, Moment>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not a ledger".to_owned())?;
    if text.is_empty() {
        return Ok(BTreeMap::new());
    }
    let lines = text.strip_prefix(HEAD).ok_or_else(|| "not a ledger of this version".to_owned())?;
    let entry = |(number, line)| {
        // The first line is the head.
        parse(line).ok_or_else(|| format!("line {} of the ledger is unreadable", number + 2))
    };
    lines.lines().enumerate().map(entry).collect()
}

fn parse(line: &str) -> Option<(Final, Moment)> {
    let mut words = line.split(' ');
    let (what, id, at) = (words.next()?, words.next()?, words.next()?);
    let what = match what {
        "erased" => Final::Erased(id.parse().ok()?),
        "revoked" => Final::Revoked(id.parse().ok()?),
        "used" => Final::Used(unhex(id)?),
        _ => return None,
    };
    let at = Moment::from_millis(at.parse().ok()?);
    words.next().is_none().then_some((what, at))
}

/// A new file's name is on disk only with its folder.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERASED: Final = Final::Erased(DocumentId([1; 16]));
    const REVOKED: Final = Final::Revoked(DeviceId([2; 16]));
    const USED: Final = Final::Used([3; 32]);

    fn at(millis: i64) -> Moment {
        Moment::from_millis(millis)
    }

    #[test]
    fn what_was_noted_is_known_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let mut ledger = Ledger::open(&path).unwrap();
        assert!(ledger.known().is_empty());
        ledger.note(&[(ERASED, at(5)), (REVOKED, at(6))]).unwrap();
        ledger.note(&[(ERASED, at(9)), (USED, at(7))]).unwrap();
        drop(ledger);
        let known = BTreeMap::from([(ERASED, at(5)), (REVOKED, at(6)), (USED, at(7))]);
        assert_eq!(*Ledger::open(&path).unwrap().known(), known);
        let lines = std::fs::read_to_string(&path).unwrap();
        assert_eq!(lines.lines().count(), 4, "each once, after the head: {lines}");
    }

    #[test]
    fn a_line_that_a_power_cut_tore_is_dropped_and_the_next_begins_afresh() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let mut ledger = Ledger::open(&path).unwrap();
        ledger.note(&[(ERASED, at(5)), (USED, at(7))]).unwrap();
        drop(ledger);
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let mut ledger = Ledger::open(&path).unwrap();
            assert!(ledger.known().len() < 2);
            ledger.note(&[(REVOKED, at(6)), (USED, at(7))]).unwrap();
            drop(ledger);
            let again = Ledger::open(&path).unwrap();
            assert!(again.known().contains_key(&REVOKED) && again.known().contains_key(&USED));
        }
    }

    #[test]
    fn a_ledger_that_cannot_be_read_is_named_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        for text in
            ["something else\n", "samsynk ledger 1\nerased x 5\n", "samsynk ledger 1\nsung y 5\n"]
        {
            std::fs::write(&path, text).unwrap();
            assert_eq!(Ledger::open(&path).unwrap_err().code(), "store-corrupt");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
