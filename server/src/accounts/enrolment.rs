//! How a device comes to an account: by an invitation, or by a token that an operator makes.

use rusqlite::Connection;
use samsynk_core::domain::Moment;
use samsynk_core::ids::{AccountId, DeviceId};
use samsynk_core::refusal::Refusal;

use super::{Random, Secret, hash};
use crate::hub::port::Identity;
use crate::limits::{DEVICE_LABEL_BYTES_MAX, INVITATION_MILLIS};
use crate::store::{StoreError, access, accounts};

/// Makes an invitation, to be used once within 14 days.
///
/// # Errors
///
/// `no-such-account`; the outer error is the store's.
pub fn invite(
    tx: &Connection,
    account: AccountId,
    now: Moment,
    random: &mut dyn Random,
) -> Result<Result<Secret, Refusal>, StoreError> {
    if !access::account_exists(tx, account)? {
        return Ok(Err(Refusal::new("no-such-account")));
    }
    let secret = Secret::new(random);
    let expires = Moment::from_millis(now.millis().saturating_add(INVITATION_MILLIS));
    accounts::add_invitation(tx, secret.hash(), account, expires)?;
    Ok(Ok(secret))
}

/// Redeems an invitation: a new device and its token.
///
/// # Errors
///
/// `invitation-unknown`, `invitation-used`, `invitation-expired`; the outer error is the store's.
pub fn redeem(
    tx: &Connection,
    invitation: &str,
    label: &str,
    now: Moment,
    random: &mut dyn Random,
) -> Result<Result<(Identity, Secret), Refusal>, StoreError> {
    let hash = hash(invitation);
    let Some(found) = accounts::invitation(tx, hash)? else {
        return Ok(Err(Refusal::new("invitation-unknown")));
    };
    if found.used {
        return Ok(Err(Refusal::new("invitation-used")));
    }
    if found.expires < now {
        return Ok(Err(Refusal::new("invitation-expired")));
    }
    accounts::use_invitation(tx, hash, now)?;
    enrol(tx, found.account, label, now, random)
}

/// Enrols a device: its token.
///
/// # Errors
///
/// `no-such-account`, `text-too-long`; the outer error is the store's.
pub fn enrol(
    tx: &Connection,
    account: AccountId,
    label: &str,
    now: Moment,
    random: &mut dyn Random,
) -> Result<Result<(Identity, Secret), Refusal>, StoreError> {
    if label.len() > DEVICE_LABEL_BYTES_MAX {
        return Ok(Err(Refusal::new("text-too-long").with("field", "label")));
    }
    if !access::account_exists(tx, account)? {
        return Ok(Err(Refusal::new("no-such-account")));
    }
    let device = DeviceId(random.id());
    let token = Secret::new(random);
    accounts::add_device(tx, device, account, label, token.hash(), now)?;
    Ok(Ok((Identity { account, device }, token)))
}
