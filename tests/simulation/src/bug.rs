//! Bugs that a simulation can be told to have, to see that it finds them.

/// A bug at a seam of the simulation: in what carries, stores or drives, not in the code under test. Those that
/// only that code itself can have are patches, in `tests/simulation/bugs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// The server's disk says that it has synced, and has not.
    ServerDiskLies,
    /// A device's disk says that it has synced, and has not.
    DeviceDiskLies,
    /// The server sends what follows from a batch, and then may lose the batch.
    ServerSendsBeforeCommit,
    /// The server calls what it has just received saved.
    ServerReceiptsTooSoon,
    /// The server sends a document to whoever is connected.
    ServerLeaks,
    /// A command arrives twice under different ids.
    CommandTwice,
    /// Word that a document was withdrawn gets lost.
    WithdrawalLost,
    /// A message within a connection gets lost.
    MessageLost,
    /// A device's transaction is forgotten now and then.
    DeviceSkipsCommit,
    /// A device goes on when its transaction fails, and sends.
    DeviceSendsBeforeCommit,
    /// A device's row of an edit in the outbox is forgotten now and then.
    DeviceLosesOutboxRow,
    /// A device does not remove what was withdrawn from its disk.
    DeviceSkipsPurge,
    /// A device forgets as whom it wrote, and takes a name that is taken.
    DeviceForgetsActor,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::ServerDiskLies,
        Self::DeviceDiskLies,
        Self::ServerSendsBeforeCommit,
        Self::ServerReceiptsTooSoon,
        Self::ServerLeaks,
        Self::CommandTwice,
        Self::WithdrawalLost,
        Self::MessageLost,
        Self::DeviceSkipsCommit,
        Self::DeviceSendsBeforeCommit,
        Self::DeviceLosesOutboxRow,
        Self::DeviceSkipsPurge,
        Self::DeviceForgetsActor,
    ];
}
