//! How a device comes to an account: by an invitation, or by a token that an operator makes.

use rusqlite::Connection;
use samsynk_core::domain::{Moment, check_text};
use samsynk_core::ids::{AccountId, DeviceId};
use samsynk_core::refusal::Refusal;

use super::{Random, Secret, hash};
use crate::hub::port::Identity;
use crate::limits::{
    DAY_MILLIS, DEVICE_LABEL_BYTES_MAX, DEVICES_COUNT_MAX, ENROLMENT_REPEAT_MILLIS,
    INVITATION_DAYS, INVITATION_DAYS_MAX, INVITATIONS_OPEN_MAX,
};
use crate::store::devices::{self, Device};
use crate::store::invitations::{self, Invitation};
use crate::store::{StoreError, access};

/// A value, or why not; the outer error is the store's.
type Granted<T> = Result<Result<T, Refusal>, StoreError>;

/// Makes an invitation that can be used once, within so many days, on a device or by an operator.
///
/// # Errors
///
/// `no-such-account`, `too-many-days`, `too-many-invitations`; the outer error is the store's.
pub fn invite(
    tx: &Connection,
    (account, maker): (AccountId, Option<DeviceId>),
    days: Option<u16>,
    now: Moment,
    random: &mut dyn Random,
) -> Granted<Secret> {
    let days = days.unwrap_or(INVITATION_DAYS);
    if days == 0 || days > INVITATION_DAYS_MAX {
        return Ok(Err(Refusal::new("too-many-days").with("max", INVITATION_DAYS_MAX)));
    }
    if !access::account_exists(tx, account)? {
        return Ok(Err(Refusal::new("no-such-account")));
    }
    if invitations::open(tx, Some(account), now)?.len() >= INVITATIONS_OPEN_MAX {
        return Ok(Err(Refusal::new("too-many-invitations").with("max", INVITATIONS_OPEN_MAX)));
    }
    let secret = Secret::new(random);
    let expires = now.millis().saturating_add(i64::from(days) * DAY_MILLIS);
    let (hash, expires) = (secret.hash(), Moment::from_millis(expires));
    let new = Invitation { hash, account, created: now, expires, used: None, by: None, maker };
    invitations::add(tx, &new)?;
    Ok(Ok(secret))
}

/// What a device shows to be enrolled.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The invitation's secret.
    pub invitation: &'a str,
    /// What the device calls its attempt: with the same it may ask once more when an answer was lost.
    pub nonce: Option<&'a str>,
    /// What the device is called.
    pub label: &'a str,
}

/// Redeems an invitation: a new device and its token. The same attempt within the hour gets the same device again, with
/// a new token in place of the one whose answer was lost.
///
/// # Errors
///
/// `invitation-unknown`, `invitation-used`, `invitation-expired`, and as [`enrol`]; the outer error is the store's.
pub fn redeem(
    tx: &Connection,
    attempt: Attempt<'_>,
    now: Moment,
    random: &mut dyn Random,
) -> Granted<(Identity, Secret)> {
    let secret = hash(attempt.invitation);
    let Some(found) = invitations::get(tx, secret)? else {
        return Ok(Err(Refusal::new("invitation-unknown")));
    };
    let nonce = attempt.nonce.filter(|nonce| !nonce.is_empty()).map(hash);
    if let Some(used) = found.used {
        let is_late = now.millis().saturating_sub(used.millis()) > ENROLMENT_REPEAT_MILLIS;
        return match found.by.filter(|(_, known)| !is_late && nonce == Some(*known)) {
            Some((device, _)) => answer_again(tx, found.account, device, random),
            None => Ok(Err(Refusal::new("invitation-used"))),
        };
    }
    if found.expires < now {
        return Ok(Err(Refusal::new("invitation-expired")));
    }
    let enrolled = enrol(tx, found.account, attempt.label, now, random)?;
    if let Ok((identity, _)) = &enrolled {
        invitations::close(tx, secret, now)?;
        if let Some(nonce) = nonce {
            invitations::note_device(tx, secret, identity.device, nonce)?;
        }
    }
    Ok(enrolled)
}

fn answer_again(
    tx: &Connection,
    account: AccountId,
    device: DeviceId,
    random: &mut dyn Random,
) -> Granted<(Identity, Secret)> {
    if !devices::is_live(tx, device)? {
        return Ok(Err(Refusal::new("invitation-used")));
    }
    let token = Secret::new(random);
    devices::renew_token(tx, device, token.hash())?;
    Ok(Ok((Identity { account, device }, token)))
}

/// Enrols a device: its token.
///
/// # Errors
///
/// `no-such-account`, `too-many-devices`, and as [`check_label`]; the outer error is the store's.
pub fn enrol(
    tx: &Connection,
    account: AccountId,
    label: &str,
    now: Moment,
    random: &mut dyn Random,
) -> Granted<(Identity, Secret)> {
    if let Err(refusal) = check_label(label) {
        return Ok(Err(refusal));
    }
    if !access::account_exists(tx, account)? {
        return Ok(Err(Refusal::new("no-such-account")));
    }
    if devices::live(tx, Some(account))?.len() >= DEVICES_COUNT_MAX {
        return Ok(Err(Refusal::new("too-many-devices").with("max", DEVICES_COUNT_MAX)));
    }
    let id = DeviceId(random.id());
    let token = Secret::new(random);
    let (label, seen) = (label.trim().to_owned(), devices::day_of(now));
    devices::add(tx, &Device { id, account, label, created: now, seen }, token.hash())?;
    Ok(Ok((Identity { account, device: id }, token)))
}

/// Checks what somebody calls a device.
///
/// # Errors
///
/// `text-too-long`, `personal-number`.
pub fn check_label(label: &str) -> Result<(), Refusal> {
    if label.len() > DEVICE_LABEL_BYTES_MAX {
        let refusal = Refusal::new("text-too-long").with("field", "label");
        return Err(refusal.with("max", DEVICE_LABEL_BYTES_MAX));
    }
    // An empty one is for whoever asks for a name to refuse.
    check_text("label", label.trim())
}
