//! What operators, the program's commands and the routes ask for, in the hub's own transaction.

use samsynk_core::domain::{Card, Diary, Document, Home, Profile, Role};
use samsynk_core::ids::{AccountId, DeviceId, DocumentId, UniversityId};
use samsynk_core::refusal::Refusal;

use super::Hub;
use super::batch::Batch;
use super::join::REVOKED;
use crate::accounts::{enrolment, hash};
use crate::admin::{AccountLine, AdminReply, AdminRequest, Import, NewAccount};
use crate::gate::author::SERVER;
use crate::store::ledger::Final;
use crate::store::{StoreError, access, accounts, documents, journal, undoable};

/// An answer, or why not; what was written is then undone.
type Answer = Result<Result<AdminReply, Refusal>, StoreError>;

/// Gives the value or hands the refusal on.
macro_rules! granted {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(refusal) => return Ok(Err(refusal)),
        }
    };
}

impl Hub {
    pub(super) fn admin(
        &mut self,
        batch: &mut Batch<'_>,
        request: AdminRequest,
    ) -> Result<AdminReply, StoreError> {
        let tx = batch.tx;
        let finals = batch.finals.len();
        let done = undoable(tx, || self.answer(batch, request))?;
        Ok(done.unwrap_or_else(|refusal| {
            // What it wrote is undone in the store; in memory it must be forgotten.
            for id in &batch.changed {
                self.cache.remove(*id);
            }
            self.subjects.clear();
            batch.finals.truncate(finals);
            AdminReply::Refused(refusal)
        }))
    }

    fn answer(&mut self, batch: &mut Batch<'_>, request: AdminRequest) -> Answer {
        let now = batch.now;
        match request {
            AdminRequest::AccountAdd { name, roles, university } => {
                let new = NewAccount {
                    id: AccountId(batch.random.id()),
                    name: name.unwrap_or_default(),
                    function: String::new(),
                    roles,
                    university,
                };
                granted!(self.add_account(batch, &new)?);
                Ok(Ok(AdminReply::Account { account: new.id }))
            }
            AdminRequest::AccountList => self.list(batch),
            AdminRequest::RoleAdd { account, role } => {
                self.change_role(batch, account, &role, true)
            }
            AdminRequest::RoleRemove { account, role } => {
                self.change_role(batch, account, &role, false)
            }
            AdminRequest::Token { account, label } => {
                let made = enrolment::enrol(batch.tx, account, &label, now, batch.random)?;
                let (identity, token) = granted!(made);
                audit(batch, "token-made", &identity.device)?;
                Ok(Ok(AdminReply::Token { token: token.into_text(), device: identity.device }))
            }
            AdminRequest::Invite { account } => {
                let secret = granted!(enrolment::invite(batch.tx, account, now, batch.random)?);
                audit(batch, "invited", &account)?;
                Ok(Ok(AdminReply::Invited { invitation: secret.into_text() }))
            }
            AdminRequest::Redeem { invitation, label } => {
                let redeemed = enrolment::redeem(batch.tx, &invitation, &label, now, batch.random)?;
                let (identity, token) = granted!(redeemed);
                batch.finally(Final::Used(hash(&invitation)));
                audit(batch, "enrolled", &identity.device)?;
                let (account, device) = (identity.account, identity.device);
                let (token, home) = (token.into_text(), Home::id_of(account));
                Ok(Ok(AdminReply::Redeemed { token, account, device, home }))
            }
            AdminRequest::TokenRevoke { token } => {
                match accounts::device_of_token(batch.tx, hash(&token))? {
                    Some(device) => self.revoke(batch, device),
                    None => Ok(Err(Refusal::new("no-such-token"))),
                }
            }
            AdminRequest::DeviceRevoke { device } => self.revoke(batch, device),
            AdminRequest::Erase { account } => {
                granted!(self.erase(batch, account)?);
                audit(batch, "erased", &account)?;
                Ok(Ok(AdminReply::Done))
            }
            AdminRequest::ForgetHistory { document } => {
                granted!(self.forget_history(batch, document)?);
                audit(batch, "history-forgotten", &document)?;
                Ok(Ok(AdminReply::Done))
            }
            AdminRequest::Import(import) => self.import(batch, &import),
            AdminRequest::Check | AdminRequest::Backup { .. } => {
                // The loop around the hub answers these, on a connection of their own.
                Ok(Err(Refusal::new("not-here")))
            }
        }
    }

    /// Adds an account with the documents that come with it. Where it exists, only roles are added: what
    /// people have written about themselves stays.
    fn add_account(
        &mut self,
        batch: &mut Batch<'_>,
        new: &NewAccount,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let account = new.id;
        if account == SERVER {
            return Ok(Err(Refusal::new("no-such-account")));
        }
        let mut roles = Vec::new();
        for role in &new.roles {
            roles.push(granted!(parse_role(role)));
        }
        let existed = access::account_exists(batch.tx, account)?;
        let home = documents::get(batch.tx, Home::id_of(account))?;
        if home.is_some_and(|home| home.erased.is_some()) {
            return Ok(Err(Refusal::new("account-erased").with("account", account)));
        }
        accounts::add(batch.tx, account, batch.now)?;
        batch.affect([account]);
        for role in &roles {
            self.set_role(batch, account, role, true)?;
        }
        for (id, content) in belongings(new, &roles) {
            if documents::get(batch.tx, id)?.is_none() {
                granted!(content.check(None));
                granted!(self.write(batch, id, &content)?);
            }
        }
        if !existed {
            audit(batch, "account-added", &account)?;
        }
        Ok(Ok(()))
    }

    fn list(&mut self, batch: &mut Batch<'_>) -> Answer {
        let mut lines = Vec::new();
        for account in accounts::all(batch.tx)? {
            let home = documents::get(batch.tx, Home::id_of(account))?;
            if home.is_some_and(|home| home.erased.is_some()) {
                continue;
            }
            let name = self.name_of(batch, account)?;
            let mut roles: Vec<String> =
                accounts::roles_of(batch.tx, account)?.iter().map(Role::to_string).collect();
            roles.sort();
            lines.push(AccountLine { account, name, roles });
        }
        Ok(Ok(AdminReply::Accounts { accounts: lines }))
    }

    fn change_role(
        &mut self,
        batch: &mut Batch<'_>,
        account: AccountId,
        role: &str,
        has: bool,
    ) -> Answer {
        let role = granted!(parse_role(role));
        if !access::account_exists(batch.tx, account)? {
            return Ok(Err(Refusal::new("no-such-account")));
        }
        if self.set_role(batch, account, &role, has)? {
            let action = if has { "role-added" } else { "role-removed" };
            audit(batch, action, &format!("{account} {role}"))?;
        }
        if let (Role::Staff(unit), true) = (&role, has)
            && documents::get(batch.tx, Card::id_of(account))?.is_none()
        {
            let name = self.name_of(batch, account)?;
            let card = Card { account, unit: unit.clone(), name, function: String::new() };
            granted!(self.write(batch, Card::id_of(account), &Document::Card(card))?);
        }
        Ok(Ok(AdminReply::Done))
    }

    fn name_of(&mut self, batch: &Batch<'_>, account: AccountId) -> Result<String, StoreError> {
        let Some(stored) = documents::get(batch.tx, Profile::id_of(account))? else {
            return Ok(String::new());
        };
        Ok(match self.content(batch, &stored)? {
            Some(Ok(Document::Profile(profile))) => profile.name,
            _ => String::new(),
        })
    }

    fn revoke(&mut self, batch: &mut Batch<'_>, device: DeviceId) -> Answer {
        let Some(account) = accounts::revoke_device(batch.tx, device, batch.now)? else {
            return Ok(Err(Refusal::new("no-such-device")));
        };
        batch.finally(Final::Revoked(device));
        audit(batch, "device-revoked", &device)?;
        let of_device = |id: &super::port::SessionId| {
            self.sessions.get(*id).is_some_and(|session| session.identity.device == device)
        };
        let sessions: Vec<_> = self.sessions.of_account(account).filter(of_device).collect();
        for session in sessions {
            self.end(batch, session, None, REVOKED);
        }
        Ok(Ok(AdminReply::Done))
    }

    fn import(&mut self, batch: &mut Batch<'_>, import: &Import) -> Answer {
        for new in &import.accounts {
            granted!(self.add_account(batch, new)?);
        }
        for (id, content) in &import.documents {
            let named = |refusal: Refusal| refusal.with("document", id);
            granted!(content.check(None).map_err(named));
            granted!(self.write(batch, *id, content)?.map_err(named));
        }
        for command in &import.commands {
            let document = command.document();
            match self.execute(batch, command)? {
                Ok(()) => journal::audit(
                    batch.tx,
                    batch.now,
                    SERVER,
                    command.name(),
                    &document.to_string(),
                )?,
                // Importing the same once more decides nothing new.
                Err(refusal) if refusal.code == "nothing-changed" => {}
                Err(refusal) => return Ok(Err(refusal.with("document", document))),
            }
        }
        audit(batch, "imported", &import.documents.len())?;
        Ok(Ok(AdminReply::Done))
    }
}

/// The documents that come with an account, beside its home, which follows from its access.
fn belongings(new: &NewAccount, roles: &[Role]) -> Vec<(DocumentId, Document)> {
    let account = new.id;
    let of_role = roles.iter().find_map(|role| match role {
        Role::Coordinator(university) => Some(university.clone()),
        _ => None,
    });
    let university: Option<UniversityId> = new.university.clone().or(of_role);
    let profile = Profile {
        account,
        university,
        name: new.name.clone(),
        contact: String::new(),
        needs: String::new(),
        protected: false,
    };
    let diary = Diary {
        account,
        acknowledged: std::collections::BTreeMap::new(),
        secrecy: std::collections::BTreeMap::new(),
        notes: std::collections::BTreeMap::new(),
        packing: std::collections::BTreeMap::new(),
    };
    let mut documents = vec![
        (Profile::id_of(account), Document::Profile(profile)),
        (Diary::id_of(account), Document::Diary(diary)),
    ];
    let unit = roles.iter().find_map(|role| match role {
        Role::Staff(unit) => Some(unit.clone()),
        _ => None,
    });
    if let Some(unit) = unit {
        let (name, function) = (new.name.clone(), new.function.clone());
        let card = Document::Card(Card { account, unit, name, function });
        documents.push((Card::id_of(account), card));
    }
    documents
}

fn parse_role(text: &str) -> Result<Role, Refusal> {
    text.parse().map_err(|_| Refusal::new("no-such-role").with("role", text))
}

/// An operator did something.
fn audit(
    batch: &Batch<'_>,
    action: &str,
    subject: &impl std::fmt::Display,
) -> Result<(), StoreError> {
    journal::audit(batch.tx, batch.now, SERVER, action, &subject.to_string())
}
