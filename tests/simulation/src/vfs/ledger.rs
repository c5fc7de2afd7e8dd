//! The server's ledger on a simulated disk.

use std::io;

use samsynk_server::store::ledger::{Ledger, LedgerFile};
use samsynk_server::store::{Store, StoreError};

use super::Machine;
use crate::disk::{Disk, Failure, FileId};

/// The names of the server's files on its disk.
const DATABASE: &str = "samsynk.db";
const LEDGER: &str = "ledger";

/// The ledger's file, open since some boot of the machine.
#[derive(Debug)]
struct FileOnMachine {
    machine: Machine,
    boot: u64,
    file: FileId,
}

impl FileOnMachine {
    fn open(machine: &Machine) -> io::Result<Self> {
        let found = machine.disk(|disk| match disk.find(LEDGER) {
            Some(file) => Ok(file),
            None => disk.create(LEDGER),
        });
        let (file, boot) = (found.map_err(error)?, machine.boot());
        Ok(Self { machine: machine.clone(), boot, file })
    }

    fn disk<T>(&self, work: impl FnOnce(&mut Disk, FileId) -> Result<T, Failure>) -> io::Result<T> {
        if self.machine.boot() != self.boot {
            return Err(error(Failure::Off));
        }
        self.machine.disk(|disk| work(disk, self.file)).map_err(error)
    }
}

fn error(failure: Failure) -> io::Error {
    match failure {
        Failure::Full => io::ErrorKind::StorageFull.into(),
        Failure::Error | Failure::PowerGoes | Failure::Off => io::Error::other("the disk failed"),
    }
}

impl LedgerFile for FileOnMachine {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        self.disk(|disk, file| {
            let mut bytes = vec![0; disk.size(file)];
            disk.read(file, 0, &mut bytes).map(|_| bytes)
        })
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        let size = usize::try_from(bytes).expect("it is in memory");
        self.disk(|disk, file| disk.resize(file, size))
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk(|disk, file| disk.append(file, bytes))
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk(|disk, file| {
            disk.sync(file)?;
            disk.sync_names();
            Ok(())
        })
    }
}

impl Machine {
    /// What SQLite opens for the server's database.
    #[must_use]
    pub fn database(&self) -> std::path::PathBuf {
        self.path(DATABASE).into()
    }

    /// Opens the server's store that is on this machine's disk.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub fn open_store(&self) -> Result<Store, StoreError> {
        let failed = |error| StoreError::File { path: LEDGER.into(), error };
        Store::open_on(self.database(), || {
            let file = FileOnMachine::open(self).map_err(failed)?;
            Ledger::open_on(Box::new(file), LEDGER.into())
        })
    }
}
