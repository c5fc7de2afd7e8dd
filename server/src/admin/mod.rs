//! What operators, the program's commands and the routes may ask of the hub.
//!
//! ```text
//!   access   devices and invitations, and what people may ask about them in the app
//!   beside   what is answered beside the hub, since it only reads: backup, check
//!   socket   the way in for commands of the program while a server runs
//!   call     the program's commands: through the socket, or on the data itself
//!   restore  a backup in the place of the data, and what that brings back
//! ```

pub mod access;
pub mod beside;
mod call;
mod restore;
pub mod socket;

use std::path::PathBuf;

use samsynk_core::domain::{Command, Document};
use samsynk_core::ids::{AccountId, DeviceId, DocumentId, UniversityId};
use samsynk_core::refusal::Refusal;
use serde::{Deserialize, Serialize};

use crate::hub::port::Identity;
use access::{
    AccessRequest, AccountAccess, DeviceLine, InvitationId, InvitationLine, InvitationState,
};

pub use call::{CallError, call, call_within};
pub use restore::{Again, Restored, restore};

/// A request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub enum AdminRequest {
    /// Adds an account, with its home, profile and diary, and a card for staff.
    AccountAdd {
        /// The person's name, for their profile and card.
        name: Option<String>,
        /// The account's roles.
        roles: Vec<String>,
        /// The university whose cohort a student is in.
        #[serde(default)]
        university: Option<UniversityId>,
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
        /// What the account's owner sees of it.
        #[serde(default)]
        label: String,
    },
    /// Revokes a token with its device.
    TokenRevoke {
        /// The token.
        token: String,
    },
    /// Lists devices, of one account or of all.
    DeviceList {
        /// Whose.
        account: Option<AccountId>,
    },
    /// Gives a device another name.
    DeviceName {
        /// The device.
        device: DeviceId,
        /// Its name.
        name: String,
    },
    /// Revokes a device: its token stops working and its sessions end.
    DeviceRevoke {
        /// The device.
        device: DeviceId,
    },
    /// Revokes all devices of an account.
    DeviceRevokeAll {
        /// Whose.
        account: AccountId,
    },
    /// Makes an invitation, to be used once.
    Invite {
        /// Whom it enrols.
        account: AccountId,
        /// For how many days, unless it is for the usual time.
        #[serde(default)]
        days: Option<u16>,
    },
    /// Lists the invitations that can be used, of one account or of all.
    InvitationList {
        /// Whose.
        account: Option<AccountId>,
    },
    /// Withdraws an invitation.
    InvitationRevoke {
        /// Which.
        invitation: InvitationId,
    },
    /// Withdraws all invitations of an account.
    InvitationRevokeAll {
        /// Whose.
        account: AccountId,
    },
    /// Asks what an invitation is for; changes nothing.
    Peek {
        /// The invitation's secret.
        invitation: String,
    },
    /// Redeems an invitation: enrols a new device.
    Redeem {
        /// The invitation's secret.
        invitation: String,
        /// What the device calls its attempt.
        #[serde(default)]
        nonce: Option<String>,
        /// What the account's owner sees of the device.
        label: String,
    },
    /// Asks, in the app, about devices and invitations, or changes them.
    Access {
        /// The person who asks, and the device that they ask on.
        by: Identity,
        /// What they ask.
        ask: AccessRequest,
    },
    /// Keeps where people reach the app, for links.
    SetOrigin {
        /// A scheme and a host.
        origin: String,
    },
    /// Erases a person: profile, card, diary, notes, home, and their access.
    Erase {
        /// Whom.
        account: AccountId,
    },
    /// Begins a document anew from what it holds now: what was deleted in it is then nowhere.
    ForgetHistory {
        /// Which.
        document: DocumentId,
    },
    /// Begins a document anew that is too large, also where it is too large to load.
    Mend {
        /// Which.
        document: DocumentId,
    },
    /// Lists the documents that do not load for their size, or have used nine tenths of what loads.
    Oversized,
    /// Imports accounts and documents: all or nothing, and the same again changes nothing.
    Import(Box<Import>),
    /// Checks all data.
    Check,
    /// Writes a backup.
    Backup {
        /// A file that is not there yet.
        path: PathBuf,
    },
}

/// What an import brings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// Accounts; those that exist get the roles that they lack.
    #[serde(default)]
    pub accounts: Vec<NewAccount>,
    /// Documents and what they hold from now on.
    #[serde(default)]
    pub documents: Vec<(DocumentId, Document)>,
    /// Decisions, executed after that.
    #[serde(default)]
    pub commands: Vec<Command>,
}

/// An account to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// The person's name, for profile and card.
    #[serde(default)]
    pub name: String,
    /// What a member of staff does, for the card.
    #[serde(default)]
    pub function: String,
    /// Its roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The university whose cohort a student is in.
    #[serde(default)]
    pub university: Option<UniversityId>,
    /// How to reach the person.
    #[serde(default)]
    pub contact: String,
    /// What the person needs to take part.
    #[serde(default)]
    pub needs: String,
    /// Whether the identity is protected, where that is said.
    #[serde(default)]
    pub protected: Option<bool>,
    /// Whether the card is shown to groups, where that is said.
    #[serde(default)]
    pub shown: Option<bool>,
    /// What files call the person; none for an account that no file made.
    #[serde(default)]
    pub named: Option<String>,
}

impl NewAccount {
    /// An account of which nothing is said but its id.
    #[must_use]
    pub fn of(id: AccountId) -> Self {
        Self {
            id,
            name: String::new(),
            function: String::new(),
            roles: Vec::new(),
            university: None,
            contact: String::new(),
            needs: String::new(),
            protected: None,
            shown: None,
            named: None,
        }
    }
}

/// What an import changed of a person who was there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedPerson {
    /// What files call the person.
    pub named: String,
    /// The names of the fields that hold something else now, as files call them.
    pub fields: Vec<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum AdminReply {
    /// It is done.
    Done,
    /// An import is done, and changed people who were there already.
    Imported {
        /// Them.
        changed: Vec<ChangedPerson>,
    },
    /// An account was added.
    Account {
        /// Its id.
        account: AccountId,
    },
    /// The accounts.
    Accounts {
        /// One line each.
        accounts: Vec<AccountLine>,
    },
    /// Accounts that were found, by name.
    Found {
        /// The first of them, one line each.
        accounts: Vec<AccountLine>,
        /// How many more there are.
        more: usize,
    },
    /// A token was made.
    Token {
        /// The token; kept nowhere else.
        token: String,
        /// The device that it stands for.
        device: DeviceId,
    },
    /// An invitation was made.
    Invited {
        /// Its secret; kept nowhere else.
        invitation: String,
        /// Where people reach the app, if a server was told.
        #[serde(default)]
        origin: Option<String>,
    },
    /// The devices.
    Devices {
        /// One line each.
        devices: Vec<DeviceLine>,
    },
    /// The invitations.
    Invitations {
        /// One line each.
        invitations: Vec<InvitationLine>,
    },
    /// What an invitation is for.
    Peeked {
        /// Whom it enrols.
        account: AccountId,
        /// Whether it can be used.
        state: InvitationState,
    },
    /// Who can come in as an account.
    Access(AccountAccess),
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
    /// What is wrong with the data; nothing, if empty.
    Checked {
        /// One line each.
        problems: Vec<String>,
    },
    /// Documents that do not load for their size, or nearly so.
    Oversized {
        /// Which.
        documents: Vec<DocumentId>,
    },
    /// It is refused.
    Refused(Refusal),
}

/// An account in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLine {
    /// Its id.
    pub account: AccountId,
    /// The name in its profile.
    pub name: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// Whether the person's identity is protected.
    pub protected: bool,
}
