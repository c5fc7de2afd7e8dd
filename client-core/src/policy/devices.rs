//! Who may look after the ways into an account: its devices and its invitations. No row of the table has them, since
//! they are no documents.
//!
//! | ways into an account | oneself | lead | others |
//! |---|---|---|---|
//! | see, revoke, withdraw | yes | of everybody but administrators | no |
//! | invite a device | yes | of everybody but leads and administrators | no |
//!
//! An invitation opens all that its account may read: a lead who could invite as an administrator would be one.

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
    let is_own = subject.account == account;
    if is_own || looks_after_others(subject) && !roles.contains(&Role::Admin) {
        return Ok(());
    }
    Err(Refusal::new("not-yours"))
}

/// May this account invite a device of an account with these roles?
///
/// # Errors
///
/// `not-yours`.
pub fn may_invite(subject: &Subject, account: AccountId, roles: &[Role]) -> Result<(), Refusal> {
    may_look_after(subject, account, roles)?;
    if subject.account == account || !roles.contains(&Role::Lead) {
        return Ok(());
    }
    Err(Refusal::new("not-yours"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: AccountId = AccountId([2; 16]);

    #[test]
    fn a_lead_looks_after_all_but_administrators_and_others_after_themselves() {
        let me = AccountId([1; 16]);
        let roles = [Role::Student, Role::Lead, Role::Admin];
        let may = |mine: &Role, of: AccountId, theirs: &Role| {
            let subject = Subject::new(me, [mine.clone()], []);
            let theirs = [theirs.clone()];
            let see = may_look_after(&subject, of, &theirs).is_ok();
            (see, may_invite(&subject, of, &theirs).is_ok())
        };
        for mine in &roles {
            assert_eq!(may(mine, me, mine), (true, true), "{mine:?} of themselves");
        }
        for theirs in &roles {
            assert_eq!(may(&Role::Student, OTHER, theirs), (false, false));
            assert_eq!(may(&Role::Admin, OTHER, theirs), (false, false), "sees no content");
        }
        assert_eq!(may(&Role::Lead, OTHER, &Role::Student), (true, true));
        assert_eq!(may(&Role::Lead, OTHER, &Role::Lead), (true, false));
        assert_eq!(may(&Role::Lead, OTHER, &Role::Admin), (false, false));
    }
}
