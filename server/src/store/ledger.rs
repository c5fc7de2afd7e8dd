//! What is final: a file beside the database that outlives every backup.
//!
//! Erasing a document, revoking a device and using up an invitation must hold also after an older backup has been
//! put in the place of the database. So each is noted here as well, ids and times only, one line each, on disk before it is
//! acknowledged. The hub applies what the database does not know before it serves anybody, and notes
//! here what the database knows and a crash kept from being noted.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use samsynk_core::domain::Moment;
use samsynk_core::ids::{DeviceId, DocumentId, hex, unhex};

use super::StoreError;
use super::devices::SecretHash;

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

/// Where a ledger's bytes lie: a file, or what a test has instead.
pub trait LedgerFile: fmt::Debug + Send {
    /// All that is there.
    ///
    /// # Errors
    ///
    /// What the file system says; so with all of these.
    fn read(&mut self) -> io::Result<Vec<u8>>;

    /// Cuts it to this many bytes.
    ///
    /// # Errors
    ///
    /// What the file system says.
    fn cut(&mut self, bytes: u64) -> io::Result<()>;

    /// Writes at the end.
    ///
    /// # Errors
    ///
    /// What the file system says.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes sure of what was written, and that it will be found.
    ///
    /// # Errors
    ///
    /// What the file system says.
    fn sync(&mut self) -> io::Result<()>;
}

/// The open ledger of a data folder.
#[derive(Debug)]
pub struct Ledger {
    file: Box<dyn LedgerFile>,
    path: PathBuf,
    known: BTreeMap<Final, Moment>,
    /// How long it is.
    bytes: u64,
}

impl Ledger {
    /// Opens a ledger, or makes one. A last line that a power cut tore is dropped: it was not acknowledged.
    ///
    /// # Errors
    ///
    /// [`StoreError::Ledger`] where another line cannot be read; what the file system says.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = FileOnDisk::open(path);
        let file = file.map_err(|error| StoreError::File { path: path.to_owned(), error })?;
        Self::open_on(Box::new(file), path.to_owned())
    }

    /// Opens a ledger that lies somewhere; the path is for messages.
    ///
    /// # Errors
    ///
    /// As [`Ledger::open`].
    pub fn open_on(file: Box<dyn LedgerFile>, path: PathBuf) -> Result<Self, StoreError> {
        let mut ledger = Self { file, path, known: BTreeMap::new(), bytes: 0 };
        let bytes = ledger.file.read().map_err(|error| ledger.failed(error))?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole < bytes.len() {
            tracing::warn!(path = %ledger.path.display(), "the ledger's last line was torn");
            ledger.file.cut(whole as u64).map_err(|error| ledger.failed(error))?;
        }
        ledger.known = read(&bytes[..whole])
            .map_err(|why| StoreError::Ledger { file: ledger.path.clone(), why })?;
        ledger.bytes = whole as u64;
        if whole == 0 {
            ledger.append(HEAD)?;
        }
        Ok(ledger)
    }

    /// All that is final, and since when.
    #[must_use]
    pub fn known(&self) -> &BTreeMap<Final, Moment> {
        &self.known
    }

    /// Notes what is final now; it is on disk when this returns. Returns what was not known.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn note(
        &mut self,
        entries: &[(Final, Moment)],
    ) -> Result<Vec<(Final, Moment)>, StoreError> {
        let new = entries.iter().filter(|(what, _)| !self.known.contains_key(what));
        let new: Vec<_> = new.copied().collect();
        if !new.is_empty() {
            let lines: String = new.iter().map(|(what, at)| line(what, *at)).collect();
            self.append(&lines)?;
            self.known.extend(new.iter().copied());
        }
        Ok(new)
    }

    fn append(&mut self, lines: &str) -> Result<(), StoreError> {
        let done = self.file.append(lines.as_bytes()).and_then(|()| self.file.sync());
        if let Err(error) = done {
            // What is half there must not be read together with what comes next.
            self.file.cut(self.bytes).map_err(|error| self.failed(error))?;
            return Err(self.failed(error));
        }
        self.bytes += lines.len() as u64;
        Ok(())
    }

    fn failed(&self, error: io::Error) -> StoreError {
        StoreError::File { path: self.path.clone(), error }
    }
}

/// A ledger's file.
#[derive(Debug)]
struct FileOnDisk {
    file: File,
    path: PathBuf,
    /// Whether its name is on disk for certain. Who made it may have ended before that was so.
    is_named: bool,
}

impl FileOnDisk {
    fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self { file: options.open(path)?, path: path.to_owned(), is_named: false })
    }
}

impl LedgerFile for FileOnDisk {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.rewind()?;
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.file.set_len(bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_all()?;
        if !self.is_named {
            sync_folder(&self.path)?;
            self.is_named = true;
        }
        Ok(())
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
            assert_eq!(Ledger::open(&path).unwrap_err().code(), "ledger-corrupt");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
