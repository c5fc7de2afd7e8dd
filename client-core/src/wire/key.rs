//! The names of the keys in a frame's map.

macro_rules! keys {
    ($($key:ident = $name:literal),+ $(,)?) => {
        /// A key that some frame uses.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Key { $($key),+ }

        impl Key {
            /// Every key, in the order of the enum, so that `Key as usize` is an index.
            const ALL: &'static [Key] = &[$(Key::$key),+];

            /// How many keys there are.
            pub(super) const COUNT: usize = Key::ALL.len();

            /// The key as it stands in the map.
            pub(super) fn name(self) -> &'static str {
                match self { $(Key::$key => $name),+ }
            }
        }
    };
}

keys! {
    Type = "type",
    SenderId = "senderId",
    TargetId = "targetId",
    DocumentId = "documentId",
    Data = "data",
    Count = "count",
    SessionId = "sessionId",
    Message = "message",
    PeerMetadata = "peerMetadata",
    StorageId = "storageId",
    IsEphemeral = "isEphemeral",
    SupportedVersions = "supportedProtocolVersions",
    SelectedVersion = "selectedProtocolVersion",
    Add = "add",
    Remove = "remove",
    NewHeads = "newHeads",
    Timestamp = "timestamp",
    Entries = "entries",
    Heads = "heads",
    Hashes = "hashes",
    Code = "code",
    Params = "params",
    Epoch = "epoch",
    Reason = "reason",
    Id = "id",
    Command = "command",
    Ok = "ok",
    Receipt = "receipt",
    Seal = "seal",
}

impl Key {
    /// The key of that name, if any frame uses it.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.name() == name)
    }
}
