//! `samsynk token`, `invite` and `device …`: how devices come and go.

use std::path::Path;

use samsynk_core::domain::Moment;
use samsynk_core::ids::AccountId;

use super::args::{DeviceCommand, InvitationCommand};
use super::failure::Failure;
use super::{ask, output};
use crate::accounts::hash;
use crate::accounts::links::{self, link};
use crate::admin::access::{DeviceLine, InvitationId, InvitationLine};
use crate::admin::{AdminReply, AdminRequest};

pub(super) fn run(data: &Path, command: DeviceCommand) -> Result<(), Failure> {
    match command {
        DeviceCommand::List { account } => list(data, account),
        DeviceCommand::Name { device, name } => {
            ask::done(data, AdminRequest::DeviceName { device, name })
        }
        DeviceCommand::Revoke { device: Some(device), .. } => {
            ask::done(data, AdminRequest::DeviceRevoke { device })
        }
        DeviceCommand::Revoke { all: Some(account), .. } => {
            ask::done(data, AdminRequest::DeviceRevokeAll { account })
        }
        DeviceCommand::Revoke { .. } => Err(neither("a device")),
        DeviceCommand::RevokeToken { token } => {
            ask::done(data, AdminRequest::TokenRevoke { token })
        }
    }
}

pub(super) fn invitations(data: &Path, command: InvitationCommand) -> Result<(), Failure> {
    let (invitation, all) = match command {
        InvitationCommand::List { account } => return list_invitations(data, account),
        InvitationCommand::Revoke { invitation, all } => (invitation, all),
    };
    ask::done(
        data,
        match (invitation, all) {
            (Some(invitation), _) => AdminRequest::InvitationRevoke { invitation },
            (None, Some(account)) => AdminRequest::InvitationRevokeAll { account },
            (None, None) => return Err(neither("an invitation")),
        },
    )
}

/// Both parts of a choice are missing, which the arguments already rule out.
fn neither(what: &str) -> Failure {
    Failure::Usage(format!("name {what}, or an account with --all"))
}

fn list(data: &Path, account: Option<AccountId>) -> Result<(), Failure> {
    match ask::ask(data, AdminRequest::DeviceList { account })? {
        AdminReply::Devices { devices } => {
            for DeviceLine { device, account, name, created, seen } in devices {
                let (name, created, seen) = (output::one_line(&name), day(created), day(seen));
                output::line(format_args!("{device}\t{account}\t{name}\t{created}\t{seen}"))?;
            }
            Ok(())
        }
        other => Err(ask::unexpected(&other)),
    }
}

fn list_invitations(data: &Path, account: Option<AccountId>) -> Result<(), Failure> {
    match ask::ask(data, AdminRequest::InvitationList { account })? {
        AdminReply::Invitations { invitations } => {
            for InvitationLine { invitation, account, created, expires } in invitations {
                let (created, expires) = (day(created), day(expires));
                output::line(format_args!("{invitation}\t{account}\t{created}\t{expires}"))?;
            }
            Ok(())
        }
        other => Err(ask::unexpected(&other)),
    }
}

/// The day of a moment, as its text begins.
fn day(moment: Moment) -> String {
    moment.to_string().chars().take_while(|c| *c != 'T').collect()
}

pub(super) fn token(data: &Path, account: AccountId, label: String) -> Result<(), Failure> {
    output::check_is_read()?;
    match ask::ask(data, AdminRequest::Token { account, label })? {
        AdminReply::Token { token, .. } => output::secret(&token)
            .map_err(|error| taken_back(data, AdminRequest::TokenRevoke { token }, error)),
        other => Err(ask::unexpected(&other)),
    }
}

/// Nobody has read what was made: it must not stay. Whoever asks again gets another.
fn taken_back(data: &Path, revoke: AdminRequest, error: std::io::Error) -> Failure {
    let text = match ask::done(data, revoke) {
        Ok(()) => "cannot print it, so it is revoked".to_owned(),
        Err(other) => format!("cannot print it, nor revoke it ({})", other.message()),
    };
    anyhow::Error::new(error).context(text).into()
}

pub(super) fn invite(
    data: &Path,
    account: AccountId,
    days: Option<u16>,
    named: Option<String>,
) -> Result<(), Failure> {
    output::check_is_read()?;
    let (invitation, kept) = match ask::ask(data, AdminRequest::Invite { account, days })? {
        AdminReply::Invited { invitation, origin } => (invitation, origin),
        other => return Err(ask::unexpected(&other)),
    };
    let origin = named.or(kept);
    let link = link(origin.as_deref().unwrap_or_default(), &invitation);
    output::secret(&link).map_err(|error| {
        let invitation = InvitationId::of(&hash(&invitation));
        taken_back(data, AdminRequest::InvitationRevoke { invitation }, error)
    })?;
    if origin.is_none() {
        output::remark(
            "samsynk: this is not the whole link, since nobody has said where people reach the app: put that address \
             before it, or give --origin URL here or, for good, to `samsynk serve`",
        );
    } else if output::is_read_by_a_person() {
        output::remark(links::for_terminal(&link));
    }
    Ok(())
}
