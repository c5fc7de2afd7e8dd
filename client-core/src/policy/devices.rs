//! Who may look after the ways into an account: its devices and its invitations. No row of the table has them, since
//! they are no documents.
//!
//! | ways into an account | oneself | lead | others |
//! |---|---|---|---|
//! | see, revoke, withdraw | yes | of everybody but administrators | no |
//! | invite a device | yes | of everybody but leads and administrators | no |
//!
//! An invitation opens all that its account may read: a lead who could invite as an administrator would be one.

use super::rule::Rule;
use crate::domain::{Key, Role, Subject};
use crate::ids::AccountId;
use crate::refusal::Refusal;

/// May this account look after the accounts of others?
#[must_use]
pub fn looks_after_others(subject: &Subject) -> bool {
    subject.keys.contains(&Key::Role(Role::Lead))
}

/// May this account see and revoke the devices and invitations of an account with these roles?
///
/// # Errors
///
/// `not-yours`.
pub fn may_look_after(
    subject: &Subject,
    account: AccountId,
    roles: &[Role],
) -> Result<(), Refusal> {
    let is_own = Rule::OwnWays.holds(subject.account == account);
    let may = is_own
        || Rule::Leads.holds(looks_after_others(subject))
            && Rule::Administrators.holds(!roles.contains(&Role::Admin));
    if may { Ok(()) } else { Err(not_yours()) }
}

/// May this account invite a device of an account with these roles?
///
/// # Errors
///
/// `not-yours`.
pub fn may_invite(subject: &Subject, account: AccountId, roles: &[Role]) -> Result<(), Refusal> {
    may_look_after(subject, account, roles)?;
    let is_own = subject.account == account;
    Rule::OtherLeads.ask(is_own || !roles.contains(&Role::Lead), not_yours)
}

fn not_yours() -> Refusal {
    Refusal::new("not-yours")
}
