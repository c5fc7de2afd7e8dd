//! What operators, the program's commands and the routes may ask of the hub.

use std::path::PathBuf;

use samsynk_core::ids::{AccountId, DeviceId, DocumentId};
use samsynk_core::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub enum AdminRequest {
    /// Adds an account.
    AccountAdd {
        /// The person's name, for their profile.
        name: Option<String>,
        /// The account's roles.
        roles: Vec<String>,
    },
    /// Lists the accounts.
    AccountList,
    /// Gives a role.
    RoleAdd {
        /// To whom.
        account: AccountId,
        /// The role.
        role: String,
    },
    /// Takes a role back.
    RoleRemove {
        /// From whom.
        account: AccountId,
        /// The role.
        role: String,
    },
    /// Makes a token for scripts.
    Token {
        /// Whose access it carries.
        account: AccountId,
    },
    /// Revokes a token.
    TokenRevoke {
        /// The token.
        token: String,
    },
    /// Revokes a device: its token stops working and its sessions end.
    DeviceRevoke {
        /// The device.
        device: DeviceId,
    },
    /// Makes an invitation.
    Invite {
        /// Whom it enrols.
        account: AccountId,
    },
    /// Redeems an invitation: enrols a new device.
    Redeem {
        /// The invitation's secret.
        invitation: String,
        /// What the account's owner sees of the device.
        label: String,
    },
    /// Imports files.
    Import {
        /// Their paths.
        files: Vec<PathBuf>,
    },
    /// Checks the data.
    Check,
    /// Writes a backup.
    Backup {
        /// Where.
        path: PathBuf,
    },
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum AdminReply {
    /// It is done.
    Done,
    /// A device is enrolled.
    Redeemed {
        /// Its token; kept nowhere else.
        token: String,
        /// Its account.
        account: AccountId,
        /// The device.
        device: DeviceId,
        /// The account's home document.
        home: DocumentId,
    },
    /// It is refused.
    Refused(Refusal),
}
