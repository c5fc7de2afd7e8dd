//! `samsynk token`, `invite` and `device …`: how devices come and go.

use std::path::Path;

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use samsynk_core::ids::AccountId;

use super::args::DeviceCommand;
use super::failure::Failure;
use super::{ask, output};
use crate::admin::{AdminReply, AdminRequest};

pub(super) fn run(data: &Path, command: DeviceCommand) -> Result<(), Failure> {
    match command {
        DeviceCommand::Revoke { device } => ask::done(data, AdminRequest::DeviceRevoke { device }),
        DeviceCommand::RevokeToken { token } => {
            ask::done(data, AdminRequest::TokenRevoke { token })
        }
    }
}

pub(super) fn token(data: &Path, account: AccountId, label: String) -> Result<(), Failure> {
    match ask::ask(data, AdminRequest::Token { account, label })? {
        AdminReply::Token { token, .. } => Ok(output::line(token)?),
        other => Err(ask::unexpected(&other)),
    }
}

pub(super) fn invite(data: &Path, account: AccountId, origin: Option<&str>) -> Result<(), Failure> {
    let invitation = match ask::ask(data, AdminRequest::Invite { account })? {
        AdminReply::Invited { invitation } => invitation,
        other => return Err(ask::unexpected(&other)),
    };
    let link = link(origin.unwrap_or_default(), &invitation);
    output::line(&link)?;
    if output::is_read_by_a_person() {
        if origin.is_some() {
            output::remark(qr(&link));
        } else {
            output::remark("put the app's address before it, or use --origin URL for a QR code");
        }
    }
    Ok(())
}

/// The link that enrols a device. The secret is in the fragment, which browsers send to nobody.
pub(super) fn link(origin: &str, invitation: &str) -> String {
    format!("{origin}/#enrol={invitation}")
}

/// A QR code in half blocks, light on dark as terminals are.
fn qr(link: &str) -> String {
    match QrCode::new(link) {
        Ok(code) => code
            .render::<Dense1x2>()
            .dark_color(Dense1x2::Light)
            .light_color(Dense1x2::Dark)
            .build(),
        // Only for a link of some thousand characters.
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_its_secret_in_the_fragment_and_fits_a_qr_code() {
        let link = link("https://samsynk.example", &"x".repeat(43));
        assert!(link.starts_with("https://samsynk.example/#enrol=xxx"), "{link}");
        let code = qr(&link);
        assert!(code.lines().count() > 15, "{code}");
    }
}
