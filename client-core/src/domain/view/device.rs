//! The screens about the device itself: what it holds, what could not be kept.

use serde::{Deserialize, Serialize};

use super::{About, Moment, SaveState};
use crate::domain::Edit;
use crate::ids::{AccountId, DeviceId, DocumentId, EditId};
use crate::refusal::Refusal;

/// Edits that could not be kept, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SetAsideView {
    /// The edits.
    pub items: Vec<SetAside>,
}

/// One edit that could not be kept, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SetAside {
    /// Its number on this device.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub number: i64,
    /// The document it was for.
    pub document: DocumentId,
    /// What the document was called.
    pub title: String,
    /// The edit, so that it can be made again.
    pub edit: Edit,
    /// What it was about.
    pub about: About,
    /// Why making it again would fail, as far as the device can tell; none where it may succeed.
    pub hopeless: Option<Refusal>,
    /// Why it could not be kept.
    pub refusal: Refusal,
    /// When it was put aside.
    pub at: Moment,
}

/// Edits that the server does not have yet, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct UnsentView {
    /// The edits.
    pub items: Vec<Unsent>,
}

/// One edit that the server does not have yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Unsent {
    /// Its id.
    pub id: EditId,
    /// What its document is called.
    pub title: String,
    /// The edit.
    pub edit: Edit,
    /// What it is about.
    pub about: About,
}

/// What this device holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DeviceView {
    /// This device.
    pub device: Option<DeviceId>,
    /// Whose it is.
    pub account: Option<AccountId>,
    /// The documents on it.
    pub documents: Vec<HeldDocument>,
    /// How large the store is.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
}

/// One document on this device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HeldDocument {
    /// Its id.
    pub document: DocumentId,
    /// Its kind.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// How far its edits have come.
    pub saved: SaveState,
    /// When it was last known to be what the server has.
    pub as_of: Option<Moment>,
    /// How large it is.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
}
