//! Devices and invitations: for operators, for whoever brings an invitation, and for people in the app.

use samsynk_core::domain::swedish::compare;
use samsynk_core::domain::{Home, comparable};
use samsynk_core::ids::{AccountId, DeviceId};
use samsynk_core::policy;
use samsynk_core::refusal::Refusal;

use super::Hub;
use super::admin::Answer;
use super::batch::Batch;
use super::join::REVOKED;
use super::port::{Identity, SessionId};
use crate::accounts::enrolment::{self, Attempt};
use crate::accounts::hash;
use crate::admin::access::{AccessRequest, AccountAccess, InvitationId, InvitationState};
use crate::admin::{AccountLine, AdminReply, AdminRequest};
use crate::gate::author::SERVER;
use crate::limits::{FOUND_ACCOUNTS_MAX, SEARCH_BYTES_MAX};
use crate::store::devices::Device;
use crate::store::invitations::Invitation;
use crate::store::ledger::Final;
use crate::store::{self, StoreError, access, accounts, devices, invitations, journal};

impl Hub {
    /// Answers what is asked about the ways into accounts.
    pub(super) fn way_in(&mut self, batch: &mut Batch<'_>, request: AdminRequest) -> Answer {
        match request {
            AdminRequest::Token { account, label } => {
                let made = enrolment::enrol(batch.tx, account, &label, batch.now, batch.random)?;
                let (identity, token) = granted!(made);
                let device = identity.device.to_string();
                journal::audit(batch.tx, batch.now, SERVER, "token-made", &device)?;
                Ok(Ok(AdminReply::Token { token: token.into_text(), device: identity.device }))
            }
            AdminRequest::Invite { account, days } => self.invite(batch, None, account, days),
            AdminRequest::Peek { invitation } => self.peek(batch, &invitation),
            AdminRequest::Redeem { invitation, nonce, label } => {
                let (invitation, nonce) = (invitation.as_str(), nonce.as_deref());
                self.redeem(batch, Attempt { invitation, nonce, label: &label })
            }
            AdminRequest::TokenRevoke { token } => {
                let none = |_| Refusal::new("no-such-token");
                match devices::of_token(batch.tx, hash(&token))? {
                    Some(device) => Ok(self.revoke(batch, SERVER, device)?.map_err(none)),
                    None => Ok(Err(Refusal::new("no-such-token"))),
                }
            }
            AdminRequest::DeviceRevoke { device } => self.revoke(batch, SERVER, device),
            AdminRequest::DeviceRevokeAll { account } => {
                self.revoke_all(batch, SERVER, account, None)
            }
            AdminRequest::DeviceName { device, name } => rename(batch, SERVER, device, &name),
            AdminRequest::DeviceList { account } => list_devices(batch, account),
            AdminRequest::InvitationList { account } => self.list_invitations(batch, account),
            AdminRequest::InvitationRevoke { invitation } => withdraw(batch, SERVER, invitation),
            AdminRequest::InvitationRevokeAll { account } => withdraw_all(batch, SERVER, account),
            AdminRequest::Access { by, ask } => self.access(batch, by, ask),
            // The loop around the hub answers what else there is, on a connection of its own.
            _ => Ok(Err(Refusal::new("not-here"))),
        }
    }

    /// Makes an invitation for somebody who asks on a device, or for an operator.
    fn invite(
        &mut self,
        batch: &mut Batch<'_>,
        by: Option<Identity>,
        account: AccountId,
        days: Option<u16>,
    ) -> Answer {
        self.close_fallen(batch, Some(account))?;
        let whom = (account, by.map(|by| by.device));
        let secret = granted!(enrolment::invite(batch.tx, whom, days, batch.now, batch.random)?);
        let by = by.map_or(SERVER, |by| by.account);
        journal::audit(batch.tx, batch.now, by, "invited", &account.to_string())?;
        let origin = store::origin(batch.tx)?;
        Ok(Ok(AdminReply::Invited { invitation: secret.into_text(), origin }))
    }

    /// Revokes a device, for good, and ends its sessions.
    fn revoke(&mut self, batch: &mut Batch<'_>, by: AccountId, device: DeviceId) -> Answer {
        let Some(Device { account, .. }) = devices::get(batch.tx, device)? else {
            return Ok(Err(Refusal::new("no-such-device")));
        };
        devices::revoke(batch.tx, device, batch.now)?;
        batch.finally(Final::Revoked(device));
        journal::audit(batch.tx, batch.now, by, "device-revoked", &device.to_string())?;
        let of_device = |id: &SessionId| {
            self.sessions.get(*id).is_some_and(|session| session.identity.device == device)
        };
        let sessions: Vec<_> = self.sessions.of_account(account).filter(of_device).collect();
        for session in sessions {
            self.end(batch, session, None, REVOKED);
        }
        Ok(Ok(AdminReply::Done))
    }

    /// Revokes all devices of an account but one.
    fn revoke_all(
        &mut self,
        batch: &mut Batch<'_>,
        by: AccountId,
        account: AccountId,
        but: Option<DeviceId>,
    ) -> Answer {
        if !access::account_exists(batch.tx, account)? {
            return Ok(Err(Refusal::new("no-such-account")));
        }
        for device in devices::live(batch.tx, Some(account))? {
            if Some(device.id) != but {
                granted!(self.revoke(batch, by, device.id)?);
            }
        }
        Ok(Ok(AdminReply::Done))
    }

    /// Answers a person in the app, by what policy lets them do.
    fn access(&mut self, batch: &mut Batch<'_>, by: Identity, ask: AccessRequest) -> Answer {
        let Some(device) = devices::get(batch.tx, by.device)? else {
            return Ok(Err(Refusal::new("device-revoked")));
        };
        if devices::is_unused(device.seen, batch.now) {
            return Ok(Err(Refusal::new("token-expired")));
        }
        match ask {
            AccessRequest::Overview { account } => {
                self.overview(batch, by, account.unwrap_or(by.account))
            }
            AccessRequest::Find { text } => self.find(batch, by, &text),
            AccessRequest::Name { device, name } => {
                granted!(self.may_touch(batch, by, device)?);
                rename(batch, by.account, device, &name)
            }
            AccessRequest::Revoke { device } => {
                granted!(self.may_touch(batch, by, device)?);
                self.revoke(batch, by.account, device)
            }
            AccessRequest::RevokeAll { account } => {
                let account = account.unwrap_or(by.account);
                granted!(self.may_look_after(batch, by, account)?);
                self.revoke_all(batch, by.account, account, Some(by.device))
            }
            AccessRequest::Invite { account } => {
                let account = account.unwrap_or(by.account);
                let roles = accounts::roles_of(batch.tx, account)?;
                let subject = self.subject(batch, by.account)?;
                granted!(policy::may_invite(&subject, account, &roles));
                self.invite(batch, Some(by), account, None)
            }
            AccessRequest::Withdraw { invitation } => {
                let found = granted!(find_invitation(batch, invitation)?);
                // As of one that does not exist, where it is none of theirs.
                let may = self.may_look_after(batch, by, found.account)?;
                granted!(may.map_err(|_| no_such_invitation()));
                withdraw(batch, by.account, invitation)
            }
        }
    }

    fn may_look_after(
        &mut self,
        batch: &Batch<'_>,
        by: Identity,
        account: AccountId,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let roles = accounts::roles_of(batch.tx, account)?;
        let subject = self.subject(batch, by.account)?;
        Ok(policy::may_look_after(&subject, account, &roles))
    }

    /// As for a device that does not exist, where it is none of theirs.
    fn may_touch(
        &mut self,
        batch: &Batch<'_>,
        by: Identity,
        device: DeviceId,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let none = || Refusal::new("no-such-device");
        let Some(Device { account, .. }) = devices::get(batch.tx, device)? else {
            return Ok(Err(none()));
        };
        Ok(self.may_look_after(batch, by, account)?.map_err(|_| none()))
    }

    fn overview(&mut self, batch: &mut Batch<'_>, by: Identity, account: AccountId) -> Answer {
        granted!(self.may_look_after(batch, by, account)?);
        if !access::account_exists(batch.tx, account)? {
            return Ok(Err(Refusal::new("no-such-account")));
        }
        self.close_fallen(batch, Some(account))?;
        let live = devices::live(batch.tx, Some(account))?;
        let open = invitations::open(batch.tx, Some(account), batch.now)?;
        let subject = self.subject(batch, by.account)?;
        Ok(Ok(AdminReply::Access(AccountAccess {
            account,
            name: self.name_of(batch, account)?,
            this: by.device,
            devices: live.into_iter().map(Into::into).collect(),
            invitations: open.into_iter().map(Into::into).collect(),
            others: policy::looks_after_others(&subject),
        })))
    }

    /// Whether whoever made an invitation could make it now: its device is not revoked, and the person may invite as this
    /// account, whose roles may have changed as well.
    fn stands(&mut self, batch: &Batch<'_>, found: &Invitation) -> Result<bool, StoreError> {
        let Some(maker) = found.maker else { return Ok(true) };
        let Some(maker) = devices::get(batch.tx, maker)? else { return Ok(false) };
        let roles = accounts::roles_of(batch.tx, found.account)?;
        let subject = self.subject(batch, maker.account)?;
        Ok(policy::may_invite(&subject, found.account, &roles).is_ok())
    }

    /// Closes the open invitations that nobody could make now, of one account or of all.
    fn close_fallen(
        &mut self,
        batch: &mut Batch<'_>,
        account: Option<AccountId>,
    ) -> Result<(), StoreError> {
        for found in invitations::open(batch.tx, account, batch.now)? {
            if !self.stands(batch, &found)? {
                close(batch, SERVER, &found)?;
            }
        }
        Ok(())
    }

    fn list_invitations(&mut self, batch: &mut Batch<'_>, account: Option<AccountId>) -> Answer {
        granted!(exists(batch, account)?);
        self.close_fallen(batch, account)?;
        let open = invitations::open(batch.tx, account, batch.now)?;
        Ok(Ok(AdminReply::Invitations { invitations: open.into_iter().map(Into::into).collect() }))
    }

    /// Says what an invitation is for.
    fn peek(&mut self, batch: &Batch<'_>, invitation: &str) -> Answer {
        let Some(found) = invitations::get(batch.tx, hash(invitation))? else {
            return Ok(Err(Refusal::new("invitation-unknown")));
        };
        let state = match found.used {
            Some(_) => InvitationState::Used,
            None if found.expires < batch.now => InvitationState::Expired,
            None if !self.stands(batch, &found)? => InvitationState::Used,
            None => InvitationState::Open,
        };
        Ok(Ok(AdminReply::Peeked { account: found.account, state }))
    }

    /// Redeems an invitation.
    fn redeem(&mut self, batch: &mut Batch<'_>, attempt: Attempt<'_>) -> Answer {
        let secret = hash(attempt.invitation);
        if let Some(found) = invitations::get(batch.tx, secret)?
            && found.used.is_none()
            && !self.stands(batch, &found)?
        {
            return Ok(Err(Refusal::new("invitation-used")));
        }
        let redeemed = enrolment::redeem(batch.tx, attempt, batch.now, batch.random)?;
        let (Identity { account, device }, token) = granted!(redeemed);
        batch.finally(Final::Used(secret));
        journal::audit(batch.tx, batch.now, SERVER, "enrolled", &device.to_string())?;
        let (token, home) = (token.into_text(), Home::id_of(account));
        Ok(Ok(AdminReply::Redeemed { token, account, device, home }))
    }

    fn find(&mut self, batch: &mut Batch<'_>, by: Identity, text: &str) -> Answer {
        if text.len() > SEARCH_BYTES_MAX {
            return Ok(Err(Refusal::new("text-too-long").with("max", SEARCH_BYTES_MAX)));
        }
        let subject = self.subject(batch, by.account)?;
        if !policy::looks_after_others(&subject) {
            return Ok(Err(Refusal::new("not-yours")));
        }
        let mut found = self.accounts(batch)?;
        found.retain(|line| matches(line, text));
        found.sort_by(|a, b| compare(&a.name, &b.name));
        let more = found.len().saturating_sub(FOUND_ACCOUNTS_MAX);
        found.truncate(FOUND_ACCOUNTS_MAX);
        Ok(Ok(AdminReply::Found { accounts: found, more }))
    }
}

fn no_such_invitation() -> Refusal {
    Refusal::new("no-such-invitation")
}

/// Whether a part of a name, a role or an id is this text, in whatever case and however it is composed and spaced.
fn matches(line: &AccountLine, text: &str) -> bool {
    let text = comparable(text).to_lowercase();
    let has = |part: &str| comparable(part).to_lowercase().contains(&text);
    has(&line.name) || line.roles.iter().any(|role| has(role)) || line.account.to_string() == text
}

fn list_devices(batch: &Batch<'_>, account: Option<AccountId>) -> Answer {
    granted!(exists(batch, account)?);
    let devices = devices::live(batch.tx, account)?.into_iter().map(Into::into).collect();
    Ok(Ok(AdminReply::Devices { devices }))
}

fn exists(
    batch: &Batch<'_>,
    account: Option<AccountId>,
) -> Result<Result<(), Refusal>, StoreError> {
    match account {
        Some(account) if !access::account_exists(batch.tx, account)? => {
            Ok(Err(Refusal::new("no-such-account")))
        }
        _ => Ok(Ok(())),
    }
}

/// Gives a device another name.
fn rename(batch: &Batch<'_>, by: AccountId, device: DeviceId, name: &str) -> Answer {
    granted!(enrolment::check_label(name));
    let name = name.trim();
    if name.is_empty() {
        return Ok(Err(Refusal::new("name-empty")));
    }
    if devices::get(batch.tx, device)?.is_none() {
        return Ok(Err(Refusal::new("no-such-device")));
    }
    devices::rename(batch.tx, device, name)?;
    journal::audit(batch.tx, batch.now, by, "device-named", &device.to_string())?;
    Ok(Ok(AdminReply::Done))
}

/// Withdraws an invitation, for good.
fn withdraw(batch: &mut Batch<'_>, by: AccountId, invitation: InvitationId) -> Answer {
    let found = granted!(find_invitation(batch, invitation)?);
    close(batch, by, &found)?;
    Ok(Ok(AdminReply::Done))
}

fn withdraw_all(batch: &mut Batch<'_>, by: AccountId, account: AccountId) -> Answer {
    granted!(exists(batch, Some(account))?);
    for found in invitations::open(batch.tx, Some(account), batch.now)? {
        close(batch, by, &found)?;
    }
    Ok(Ok(AdminReply::Done))
}

fn close(batch: &mut Batch<'_>, by: AccountId, found: &Invitation) -> Result<(), StoreError> {
    invitations::close(batch.tx, found.hash, batch.now)?;
    batch.finally(Final::Used(found.hash));
    journal::audit(batch.tx, batch.now, by, "invitation-withdrawn", &found.account.to_string())
}

fn find_invitation(
    batch: &Batch<'_>,
    invitation: InvitationId,
) -> Result<Result<Invitation, Refusal>, StoreError> {
    let open = invitations::open(batch.tx, None, batch.now)?;
    let found = open.into_iter().find(|found| InvitationId::of(&found.hash) == invitation);
    Ok(found.ok_or_else(no_such_invitation))
}
