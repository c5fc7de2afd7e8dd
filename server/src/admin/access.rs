//! Devices and invitations: as lists show them, and what people may ask about them in the app.

use std::fmt;
use std::str::FromStr;

use samsynk_core::domain::Moment;
use samsynk_core::ids::{AccountId, DeviceId, hex, unhex};
use serde::{Deserialize, Serialize};

use crate::store::devices::{Device, SecretHash};
use crate::store::invitations::Invitation;

/// Names an invitation without giving it away: the first half of the hash of its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvitationId(pub [u8; 16]);

impl InvitationId {
    /// Returns the id of the invitation whose secret has this hash.
    #[must_use]
    pub fn of(secret: &SecretHash) -> Self {
        let mut id = [0; 16];
        id.copy_from_slice(&secret[..16]);
        Self(id)
    }
}

impl fmt::Display for InvitationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for InvitationId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        unhex(text)
            .map(Self)
            .ok_or("expected 32 hexadecimal digits, as `samsynk invitation list` shows")
    }
}

impl Serialize for InvitationId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for InvitationId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A device in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLine {
    /// Its id.
    pub device: DeviceId,
    /// The account that it is enrolled to.
    pub account: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// When it was enrolled.
    pub created: Moment,
    /// The day on which it last connected.
    pub seen: Moment,
}

impl From<Device> for DeviceLine {
    fn from(device: Device) -> Self {
        let Device { id, account, label, created, seen } = device;
        Self { device: id, account, name: label, created, seen }
    }
}

/// An invitation in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationLine {
    /// Its id.
    pub invitation: InvitationId,
    /// Whom it enrols.
    pub account: AccountId,
    /// When it was made.
    pub created: Moment,
    /// Until when it can be used.
    pub expires: Moment,
}

impl From<Invitation> for InvitationLine {
    fn from(found: Invitation) -> Self {
        let Invitation { hash, account, created, expires, .. } = found;
        Self { invitation: InvitationId::of(&hash), account, created, expires }
    }
}

/// Whether an invitation can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InvitationState {
    /// It can.
    Open,
    /// It was used, or withdrawn.
    Used,
    /// Its time is over.
    Expired,
}

/// What a person may ask in the app about the ways into an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum AccessRequest {
    /// Shows devices and open invitations.
    Overview {
        /// Whose; one's own, if none is named.
        #[serde(default)]
        account: Option<AccountId>,
    },
    /// Finds accounts by a part of a name or role.
    Find {
        /// The part.
        text: String,
    },
    /// Gives a device another name.
    Name {
        /// The device.
        device: DeviceId,
        /// Its name.
        name: String,
    },
    /// Revokes a device.
    Revoke {
        /// The device.
        device: DeviceId,
    },
    /// Revokes all devices of an account but the one that asks.
    RevokeAll {
        /// Whose; one's own, if none is named.
        #[serde(default)]
        account: Option<AccountId>,
    },
    /// Makes an invitation.
    Invite {
        /// Whom it enrols; oneself, if nobody is named.
        #[serde(default)]
        account: Option<AccountId>,
    },
    /// Withdraws an invitation.
    Withdraw {
        /// Which.
        invitation: InvitationId,
    },
}

/// Who can come in as an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountAccess {
    /// The account.
    pub account: AccountId,
    /// The name in its profile.
    pub name: String,
    /// The device that asks.
    pub this: DeviceId,
    /// Its devices.
    pub devices: Vec<DeviceLine>,
    /// Its open invitations.
    pub invitations: Vec<InvitationLine>,
    /// Whether the person who asks may look after other accounts.
    pub others: bool,
}
