//! Who speaks, and in which version of the protocol.

use std::fmt;
use std::str::FromStr;

use super::WireError;
use super::key::Key;
use crate::limits::PEER_ID_BYTES_MAX;

/// What a peer calls itself, at most `PEER_ID_BYTES_MAX` bytes. Only a label: whose session it is
/// follows from authentication.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(String);

impl PeerId {
    /// A label for a peer.
    ///
    /// # Errors
    /// `OverLimit` when it is too long.
    pub fn new(label: impl Into<String>) -> Result<Self, WireError> {
        let label = label.into();
        if label.len() > PEER_ID_BYTES_MAX {
            return Err(WireError::OverLimit { key: Key::SenderId.name(), max: PEER_ID_BYTES_MAX });
        }
        Ok(Self(label))
    }

    /// The label as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PeerId {
    type Err = WireError;

    fn from_str(text: &str) -> Result<Self, WireError> {
        Self::new(text)
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a peer tells about its storage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeerMetadata {
    /// The name of its storage, when it has one that lasts.
    pub storage_id: Option<String>,
    /// Whether it forgets everything when it leaves.
    pub is_ephemeral: Option<bool>,
    /// What its clock says, in milliseconds since 1970; our server tells its devices.
    pub time: Option<u64>,
}

/// A version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `"1"`: the automerge-repo protocol.
    One,
    /// `"samsynk-1"`: the same with receipts, refusals, commands and the catalogue.
    Samsynk1,
}

impl Version {
    /// The version as it stands in `join` and `peer`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Samsynk1 => "samsynk-1",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The version to speak with a peer that offers `versions`, `samsynk-1` before `1`; `None` when it
/// offers neither.
#[must_use]
pub fn negotiate(versions: &[String]) -> Option<Version> {
    [Version::Samsynk1, Version::One]
        .into_iter()
        .find(|version| versions.iter().any(|offered| offered == version.as_str()))
}
