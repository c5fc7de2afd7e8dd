//! How a device stands with its server, in one value that every screen can show.

use serde::{Deserialize, Serialize};

use super::Moment;
use crate::ids::{CommandId, DocumentId};
use crate::refusal::Refusal;

/// How a device stands with its server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SyncStatus {
    /// Whether it is connected.
    pub link: Link,
    /// Edits that are only on this device.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub on_device: usize,
    /// Edits that have been sent and wait for the server's word.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub sent: usize,
    /// Commands that wait for the server's answer.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub waiting: usize,
    /// Edits that could not be kept and that nobody has dealt with.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub set_aside: usize,
    /// When this device last knew that it had all that the server has.
    pub as_of: Option<Moment>,
    /// What stands in the way, if anything: `signed-out`, `device-revoked`, `account-erased`, `storage-full`,
    /// `storage-broken`, `clock-off`, `update-needed`.
    pub problem: Option<Refusal>,
    /// The commands that were not executed, the newest first, each until a person acknowledges it or decides anew.
    pub refused: Vec<RefusedCommand>,
}

/// A command that was not executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RefusedCommand {
    /// Its id, to acknowledge it.
    pub id: CommandId,
    /// Its name, as [`Command::name`](crate::domain::Command::name) has it.
    pub command: String,
    /// The document that it was to decide on.
    pub document: DocumentId,
    /// Why not.
    pub refusal: Refusal,
}

/// Whether a device is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Link {
    /// No connection; the next attempt comes by itself.
    Offline,
    /// Being made.
    Connecting,
    /// Connected, and documents are being exchanged.
    Syncing,
    /// Connected, and both sides have the same.
    Synced,
}
