//! What operators, the program's commands and the routes ask for, in the hub's own transaction.

use std::collections::BTreeMap;

use samsynk_core::domain::{
    Card, Diary, Directory, Document, Giver, Home, Profile, Role, check_text,
};
use samsynk_core::ids::{AccountId, DocumentId, UniversityId};
use samsynk_core::refusal::Refusal;

use super::Hub;
use super::batch::Batch;
use super::people;
use crate::admin::{AccountLine, AdminReply, AdminRequest, ChangedPerson, Import, NewAccount};
use crate::gate::author::SERVER;
use crate::limits::{IMPORT_ENTRIES_MAX, IMPORT_LISTINGS_MAX};
use crate::store::imported::{self, Said};
use crate::store::{self, StoreError, access, accounts, documents, journal};

/// An answer, or why not; what was written is then undone.
pub(super) type Answer = Result<Result<AdminReply, Refusal>, StoreError>;

impl Hub {
    pub(super) fn admin(
        &mut self,
        batch: &mut Batch<'_>,
        request: AdminRequest,
    ) -> Result<AdminReply, StoreError> {
        let done = self.undoable(batch, |hub, batch| hub.answer(batch, request))?;
        Ok(done.unwrap_or_else(AdminReply::Refused))
    }

    fn answer(&mut self, batch: &mut Batch<'_>, request: AdminRequest) -> Answer {
        match request {
            AdminRequest::AccountAdd { name, roles, university } => {
                granted!(self.check_new(batch, name.as_deref(), &roles, university.as_ref())?);
                let new = NewAccount {
                    name: name.unwrap_or_default(),
                    roles,
                    university,
                    ..NewAccount::of(AccountId(batch.random.id()))
                };
                granted!(self.add_account(batch, &new)?);
                Ok(Ok(AdminReply::Account { account: new.id }))
            }
            AdminRequest::AccountList => {
                Ok(Ok(AdminReply::Accounts { accounts: self.accounts(batch)? }))
            }
            AdminRequest::RoleAdd { account, role } => {
                granted!(self.check_new(batch, None, std::slice::from_ref(&role), None)?);
                self.change_role(batch, account, &role, true)
            }
            AdminRequest::RoleRemove { account, role } => {
                self.change_role(batch, account, &role, false)
            }
            AdminRequest::SetOrigin { origin } => {
                store::set_origin(batch.tx, &origin)?;
                Ok(Ok(AdminReply::Done))
            }
            AdminRequest::Erase { account } => {
                granted!(self.erase(batch, account)?);
                audit(batch, "erased", &account)?;
                Ok(Ok(AdminReply::Done))
            }
            AdminRequest::ForgetHistory { document } => {
                granted!(self.forget_history(batch, document)?);
                granted!(self.forget_elsewhere(batch, document)?);
                audit(batch, "history-forgotten", &document)?;
                Ok(Ok(AdminReply::Done))
            }
            AdminRequest::Import(import) => self.import(batch, &import),
            AdminRequest::Mend { document } => {
                granted!(self.mend(batch, document)?);
                audit(batch, "begun-anew", &document)?;
                Ok(Ok(AdminReply::Done))
            }
            other => self.way_in(batch, other),
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

    /// Lists the accounts that are not erased.
    pub(super) fn accounts(
        &mut self,
        batch: &mut Batch<'_>,
    ) -> Result<Vec<AccountLine>, StoreError> {
        let mut lines = Vec::new();
        for account in accounts::all(batch.tx)? {
            let home = documents::get(batch.tx, Home::id_of(account))?;
            if home.is_some_and(|home| home.erased.is_some()) {
                continue;
            }
            let profile = self.profile_of(batch, account)?;
            let protected = profile.as_ref().is_some_and(|profile| profile.protected);
            let name = profile.map(|profile| profile.name).unwrap_or_default();
            let mut roles: Vec<String> =
                accounts::roles_of(batch.tx, account)?.iter().map(Role::to_string).collect();
            roles.sort();
            lines.push(AccountLine { account, name, roles, protected });
        }
        Ok(lines)
    }

    /// Checks a new account's name, and that units and universities are known, where any are.
    fn check_new(
        &mut self,
        batch: &mut Batch<'_>,
        name: Option<&str>,
        roles: &[String],
        university: Option<&UniversityId>,
    ) -> Result<Result<(), Refusal>, StoreError> {
        if name.is_some_and(|name| name.trim().is_empty()) {
            return Ok(Err(Refusal::new("name-empty")));
        }
        let directory = self.directory(batch)?;
        let unknown = |what: &str, id: &str, known: String| {
            Refusal::new(what).with("id", id).with("known", known)
        };
        for role in roles {
            granted!(check_text("role", role));
            let (units, universities) = (&directory.units, &directory.universities);
            match granted!(parse_role(role)) {
                Role::Staff(unit) if !units.is_empty() && !units.contains_key(&unit) => {
                    let known = listed(units.keys());
                    return Ok(Err(unknown("no-such-unit", unit.as_str(), known)));
                }
                Role::Coordinator(of) if is_unknown(universities, &of) => {
                    let known = listed(universities.keys());
                    return Ok(Err(unknown("no-such-university", of.as_str(), known)));
                }
                _ => {}
            }
        }
        if let Some(university) = university {
            granted!(check_text("university", university.as_str()));
        }
        match university.filter(|of| is_unknown(&directory.universities, of)) {
            Some(of) => {
                let known = listed(directory.universities.keys());
                Ok(Err(unknown("no-such-university", of.as_str(), known)))
            }
            None => Ok(Ok(())),
        }
    }

    /// Returns the directory; an empty one where there is none yet.
    fn directory(&mut self, batch: &mut Batch<'_>) -> Result<Directory, StoreError> {
        let stored = documents::get(batch.tx, Directory::id())?;
        let Some(stored) = stored else { return Ok(Directory::default()) };
        Ok(match self.content(batch, &stored)? {
            Some(Ok(Document::Directory(directory))) => directory,
            _ => Directory::default(),
        })
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
            let function = String::new();
            let card = Card { account, unit: unit.clone(), name, function, shown: true };
            granted!(self.write(batch, Card::id_of(account), &Document::Card(card))?);
        }
        Ok(Ok(AdminReply::Done))
    }

    pub(super) fn name_of(
        &mut self,
        batch: &Batch<'_>,
        account: AccountId,
    ) -> Result<String, StoreError> {
        Ok(self.profile_of(batch, account)?.map(|profile| profile.name).unwrap_or_default())
    }

    fn profile_of(
        &mut self,
        batch: &Batch<'_>,
        account: AccountId,
    ) -> Result<Option<Profile>, StoreError> {
        let Some(stored) = documents::get(batch.tx, Profile::id_of(account))? else {
            return Ok(None);
        };
        Ok(match self.content(batch, &stored)? {
            Some(Ok(Document::Profile(profile))) => Some(profile),
            _ => None,
        })
    }

    fn import(&mut self, batch: &mut Batch<'_>, import: &Import) -> Answer {
        let count = import.accounts.len() + import.documents.len();
        if count > IMPORT_ENTRIES_MAX {
            let refusal = Refusal::new("import-too-large").with("count", count);
            return Ok(Err(refusal.with("max", IMPORT_ENTRIES_MAX)));
        }
        batch.listings_count = 0;
        let mut changed = Vec::new();
        for new in &import.accounts {
            let named = new.named.as_deref();
            let place = |refusal: Refusal| match named {
                Some(named) => refusal.with("person", named),
                None => refusal,
            };
            let fields = granted!(self.import_person(batch, new)?.map_err(place));
            if let Some(named) = named.filter(|_| !fields.is_empty()) {
                changed.push(ChangedPerson { named: named.to_owned(), fields });
            }
            granted!(few_listings(batch));
        }
        for (id, content) in &import.documents {
            let named = |refusal: Refusal| refusal.with("document", id);
            granted!(content.check(None).map_err(named));
            granted!(self.write(batch, *id, content)?.map_err(named));
            granted!(few_listings(batch));
        }
        for command in &import.commands {
            let document = command.document();
            match self.execute(batch, Giver::Operator, command)? {
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
        let nothing = changed.is_empty();
        Ok(Ok(if nothing { AdminReply::Done } else { AdminReply::Imported { changed } }))
    }

    /// Adds a person whom files name, or gives one who is there what the files say anew; which fields changed.
    fn import_person(
        &mut self,
        batch: &mut Batch<'_>,
        new: &NewAccount,
    ) -> Result<Result<Vec<String>, Refusal>, StoreError> {
        let existed = access::account_exists(batch.tx, new.id)?;
        let Some(named) = &new.named else {
            return Ok(self.add_account(batch, new)?.map(|()| Vec::new()));
        };
        let said = match imported::account(batch.tx, named)? {
            // Two imports at once, neither of which knew the name.
            Some((id, _)) if id != new.id => return Ok(Err(Refusal::new("import-again"))),
            Some((_, said)) => said,
            None => Said::new(),
        };
        let mut fields = Vec::new();
        if existed && people::lacking(batch, new.id, &new.roles)? {
            fields.push("roles".to_owned());
        }
        granted!(self.add_account(batch, new)?);
        if existed {
            fields.extend(granted!(self.update_person(batch, new, &said)?));
        }
        people::remember(batch, named, new)?;
        Ok(Ok(fields))
    }
}

/// Whether the homes that an import changes can be written in seconds: what a unit's many people are to read, each of them lists.
fn few_listings(batch: &Batch<'_>) -> Result<(), Refusal> {
    match batch.listings_count <= IMPORT_LISTINGS_MAX {
        true => Ok(()),
        false => Err(Refusal::new("import-read-by-too-many").with("max", IMPORT_LISTINGS_MAX)),
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
        contact: new.contact.clone(),
        needs: new.needs.clone(),
        protected: new.protected == Some(true),
    };
    let shown = new.shown != Some(false) && !profile.protected;
    let mut documents = vec![
        (Profile::id_of(account), Document::Profile(profile)),
        (Diary::id_of(account), Document::Diary(Diary::new(account))),
    ];
    let unit = roles.iter().find_map(|role| match role {
        Role::Staff(unit) => Some(unit.clone()),
        _ => None,
    });
    if let Some(unit) = unit {
        let (name, function) = (new.name.clone(), new.function.clone());
        let card = Document::Card(Card { account, unit, name, function, shown });
        documents.push((Card::id_of(account), card));
    }
    documents
}

fn is_unknown<T>(known: &BTreeMap<UniversityId, T>, id: &UniversityId) -> bool {
    !known.is_empty() && !known.contains_key(id)
}

/// Names ids in a sentence.
fn listed(ids: impl Iterator<Item: std::fmt::Display>) -> String {
    ids.map(|id| id.to_string()).collect::<Vec<_>>().join(", ")
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
