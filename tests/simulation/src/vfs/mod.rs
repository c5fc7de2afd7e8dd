//! SQLite on a [`Disk`]: a VFS of SQLite's own kind ("virtual file system", <https://sqlite.org/vfs.html>).
//!
//! ```text
//!   calls   what SQLite calls; the only unsafe code of this crate
//!   open    the same in safe Rust
//!   locks   who may read and write a file
//!   shared  the shared memory of a write-ahead log
//!   ledger  the server's ledger, which is no database
//! ```
//!
//! A [`Machine`] is a disk and what is in memory around it. Its files are named by URIs that lead SQLite here,
//! so that real stores open them by an ordinary path.

mod calls;
mod ledger;
mod locks;
mod open;
mod shared;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use crate::dice::Dice;
use crate::disk::{Disk, Faults, FileId};
use locks::Locks;
use shared::SharedMemory;

/// What SQLite calls this VFS.
const NAME: &str = "samsynk-simulation";

/// One machine: a disk, and what its processes share in memory until the power goes.
#[derive(Debug, Clone)]
pub struct Machine {
    number: u64,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    disk: Disk,
    /// How often it has been switched on; a file opened before that is gone.
    boot: u64,
    locks: BTreeMap<FileId, Locks>,
    /// Also held by the open files: SQLite looks at it until it has closed them.
    shared: BTreeMap<FileId, Arc<Mutex<SharedMemory>>>,
    /// The number of the newest open file.
    handles: u64,
}

/// Machines by number.
type Machines = BTreeMap<u64, Weak<Mutex<Inner>>>;

/// All machines that there are: SQLite knows only names.
fn machines() -> MutexGuard<'static, Machines> {
    static MACHINES: OnceLock<Mutex<Machines>> = OnceLock::new();
    MACHINES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

impl Machine {
    /// A machine with this disk.
    #[must_use]
    pub fn new(disk: Disk) -> Self {
        static NEWEST: AtomicU64 = AtomicU64::new(0);
        calls::register();
        let number = NEWEST.fetch_add(1, Ordering::Relaxed);
        let inner = Arc::new(Mutex::new(Inner { disk, ..Inner::default() }));
        let mut machines = machines();
        machines.retain(|_, machine| machine.strong_count() > 0);
        machines.insert(number, Arc::downgrade(&inner));
        Self { number, inner }
    }

    /// What SQLite opens for a file of this name.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        format!("file:/{}/{name}?vfs={NAME}", self.number)
    }

    /// Its disk, to set faults and to look at.
    pub fn disk<T>(&self, look: impl FnOnce(&mut Disk) -> T) -> T {
        look(&mut self.lock().disk)
    }

    /// Does something during which nothing goes wrong.
    pub fn calmly<T>(&self, work: impl FnOnce() -> T) -> T {
        self.disk(|disk| disk.faults.pause(true));
        let done = work();
        self.disk(|disk| disk.faults.pause(false));
        done
    }

    /// How often it has been switched on.
    #[must_use]
    pub fn boot(&self) -> u64 {
        self.lock().boot
    }

    /// Whether the power has gone.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.disk(|disk| disk.faults.is_off())
    }

    /// The power went and is back: what was in memory is gone, files that are open will only fail, and of what
    /// was not synced the dice decide.
    pub fn reboot(&self, dice: &mut Dice) {
        let mut inner = self.lock();
        inner.boot += 1;
        inner.locks.clear();
        inner.shared.clear();
        inner.disk.crash(dice);
    }

    /// The system ended all processes: what they wrote is there, synced or not, and their open files only fail.
    pub fn kill(&self) {
        let mut inner = self.lock();
        inner.boot += 1;
        inner.locks.clear();
        inner.shared.clear();
    }

    /// A machine of its own with the same on its disk, pending changes included, and no faults.
    #[must_use]
    pub fn copy(&self) -> Self {
        let mut disk = self.lock().disk.clone();
        disk.faults = Faults::default();
        Self::new(disk)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl samsynk_core::store::Files for Machine {
    fn exists(&self, name: &str) -> bool {
        self.disk(|disk| disk.find(name).is_some())
    }

    fn path(&self, name: &str) -> String {
        self.path(name)
    }
}

/// A path within the disk of a machine, of the form `/NUMBER/NAME`.
fn locate(path: &str) -> Option<(Arc<Mutex<Inner>>, &str)> {
    let (number, name) = path.strip_prefix('/')?.split_once('/')?;
    let machine = machines().get(&number.parse().ok()?)?.upgrade()?;
    Some((machine, name))
}
