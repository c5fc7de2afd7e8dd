//! What is to go wrong, and when.

/// An operation on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Bytes are read.
    Read,
    /// Bytes are written, or a file is made longer or shorter.
    Write,
    /// A file is synced.
    Sync,
    /// A file is created or deleted.
    Name,
}

/// Why an operation did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The disk says so.
    Error,
    /// There is no room.
    Full,
    /// The power goes while it is under way.
    PowerGoes,
    /// The machine has no power.
    Off,
}

/// What is to go wrong on one disk.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// How many more changes (writes, syncs, names) there will be before the power goes.
    pub crash_in: Option<u64>,
    /// The operation that fails, and how many more of its sort succeed before.
    pub fail_in: Option<(Operation, u64)>,
    /// Files cannot grow.
    pub full: bool,
    /// Syncs do nothing, and say that they did. A disk like that is broken; the simulation must notice.
    pub lying: bool,
    off: bool,
    paused: bool,
}

impl Faults {
    /// Whether the power has gone.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.off
    }

    /// Switches the machine off now.
    pub fn switch_off(&mut self) {
        self.off = true;
    }

    /// Nothing is to go wrong from now on, and the power is back; a disk that lies goes on lying.
    pub fn mend(&mut self) {
        *self = Self { lying: self.lying, ..Self::default() };
    }

    /// While the simulation itself looks at the disk, nothing goes wrong.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Whether an operation happens.
    pub(super) fn before(&mut self, operation: Operation) -> Result<(), Failure> {
        if self.off {
            return Err(Failure::Off);
        }
        if self.paused {
            return Ok(());
        }
        if operation != Operation::Read
            && let Some(left) = &mut self.crash_in
        {
            if *left == 0 {
                self.off = true;
                self.crash_in = None;
                return Err(Failure::PowerGoes);
            }
            *left -= 1;
        }
        if let Some((failing, left)) = &mut self.fail_in
            && *failing == operation
        {
            if *left == 0 {
                self.fail_in = None;
                return Err(Failure::Error);
            }
            *left -= 1;
        }
        Ok(())
    }
}
