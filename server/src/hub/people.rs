//! What an import says of people who are there already, and protected identity.
//!
//! People write about themselves; so does whoever imports. A field that the file says otherwise than the last import did
//! takes the file's value. One that the file only repeats stays as people have edited it.

use samsynk_core::domain::{Card, Document, Profile, Role};
use samsynk_core::ids::{AccountId, hex};
use samsynk_core::refusal::Refusal;
use sha2::{Digest as _, Sha256};

use super::Hub;
use super::batch::Batch;
use crate::admin::NewAccount;
use crate::store::imported::{self, Said};
use crate::store::{StoreError, accounts, documents};

/// How many bytes of a digest tell one text from the next; nobody has a reason to make two that agree.
const DIGEST_BYTES: usize = 8;

/// What changed of a person, by the names that files have for fields.
type Fields = Vec<String>;

/// One person as an import finds them.
struct Found {
    profile: Profile,
    card: Option<Card>,
}

impl Hub {
    /// Gives the documents of a person what an import says of them; what changed.
    ///
    /// The inner error is a refusal: `protected-not-stated`, or what the documents' checks say.
    pub(super) fn update_person(
        &mut self,
        batch: &mut Batch<'_>,
        new: &NewAccount,
        before: &Said,
    ) -> Result<Result<Fields, Refusal>, StoreError> {
        let Some(Found { profile, card }) = self.person(batch, new.id)? else {
            return Ok(Ok(Fields::new()));
        };
        if profile.protected && new.protected.is_none() {
            // A file from before would bring the real name back.
            return Ok(Err(Refusal::new("protected-not-stated")));
        }
        let (mut profile_after, mut card_after) = (profile.clone(), card);
        let mut fields = apply_to_profile(&mut profile_after, new, before);
        if let Some(card) = &mut card_after {
            fields.extend(apply_to_card(card, &profile_after, &profile, new, before));
        }
        let writes = [
            (Profile::id_of(new.id), Some(Document::Profile(profile_after.clone()))),
            (Card::id_of(new.id), card_after.map(Document::Card)),
        ];
        for (id, content) in writes {
            let Some(content) = content else { continue };
            let done = match content.check(None) {
                Ok(()) => self.write(batch, id, &content)?,
                refused => refused,
            };
            if let Err(refusal) = done {
                return Ok(Err(refusal));
            }
        }
        if hides_a_name(&profile, &profile_after) {
            batch.protected.insert(new.id);
        }
        fields.dedup();
        Ok(Ok(fields))
    }

    /// Carries out the protection of identities that were protected, or given another alias, in this batch: whatever
    /// said the name before begins anew, here and on every device, and groups no longer see the card.
    pub(super) fn protect(&mut self, batch: &mut Batch<'_>) -> Result<(), StoreError> {
        while let Some(account) = batch.protected.pop_first() {
            let Some(Found { profile, card }) = self.person(batch, account)? else { continue };
            if !profile.protected {
                continue;
            }
            self.begin_without_past(batch, Profile::id_of(account))?;
            let Some(card) = card else { continue };
            let card = Card { name: profile.name, shown: false, ..card };
            if let Err(refusal) = self.write(batch, Card::id_of(account), &Document::Card(card))? {
                tracing::error!(%account, %refusal, "a card cannot take its alias");
            }
            self.begin_without_past(batch, Card::id_of(account))?;
        }
        Ok(())
    }

    fn begin_without_past(
        &mut self,
        batch: &mut Batch<'_>,
        id: samsynk_core::ids::DocumentId,
    ) -> Result<(), StoreError> {
        if let Err(refusal) = self.forget_history(batch, id)? {
            tracing::error!(document = %id, %refusal, "a protected name stays in a history");
        }
        Ok(())
    }

    fn person(
        &mut self,
        batch: &Batch<'_>,
        account: AccountId,
    ) -> Result<Option<Found>, StoreError> {
        let mut content = |id| match documents::get(batch.tx, id)? {
            Some(stored) if stored.erased.is_none() => self.content(batch, &stored),
            _ => Ok(None),
        };
        let Some(Ok(Document::Profile(profile))) = content(Profile::id_of(account))? else {
            return Ok(None);
        };
        let card = match content(Card::id_of(account))? {
            Some(Ok(Document::Card(card))) => Some(card),
            _ => None,
        };
        Ok(Some(Found { profile, card }))
    }
}

/// Whether a profile hides a name that it said before.
pub(super) fn hides_a_name(before: &Profile, after: &Profile) -> bool {
    after.protected && (!before.protected || before.name != after.name)
}

/// Digests of all that an import says of a person.
pub(super) fn said_of(new: &NewAccount) -> Said {
    let fields = [
        ("name", &new.name),
        ("contact", &new.contact),
        ("needs", &new.needs),
        ("function", &new.function),
    ];
    fields.map(|(name, text)| (name.to_owned(), digest(text))).into()
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text)[..DIGEST_BYTES])
}

/// Whether a file says something else of a field than the last import did. Where nobody knows what that said, only
/// what is not there yet is taken from the file.
fn is_new(before: &Said, field: &str, text: &str, now: &str) -> bool {
    match before.get(field) {
        Some(said) => *said != digest(text),
        None => now.is_empty() && !text.is_empty(),
    }
}

fn apply_to_profile(profile: &mut Profile, new: &NewAccount, before: &Said) -> Fields {
    let mut fields = Fields::new();
    let protects = new.protected == Some(true) && !profile.protected;
    let texts = [
        ("name", &mut profile.name, &new.name),
        ("contact", &mut profile.contact, &new.contact),
        ("needs", &mut profile.needs, &new.needs),
    ];
    for (field, now, text) in texts {
        if *now != *text && (protects || is_new(before, field, text, now)) {
            now.clone_from(text);
            fields.push(field.to_owned());
        }
    }
    if let Some(protected) = new.protected.filter(|protected| *protected != profile.protected) {
        profile.protected = protected;
        fields.push("protected".to_owned());
    }
    if new.university.is_some() && new.university != profile.university {
        profile.university.clone_from(&new.university);
        fields.push("university".to_owned());
    }
    fields
}

fn apply_to_card(
    card: &mut Card,
    profile: &Profile,
    profile_before: &Profile,
    new: &NewAccount,
    before: &Said,
) -> Fields {
    let mut fields = Fields::new();
    // The card's name was the profile's, or the host chose another; an alias is the same everywhere.
    if profile.protected || card.name == profile_before.name {
        card.name.clone_from(&profile.name);
    }
    if card.function != new.function && is_new(before, "function", &new.function, &card.function) {
        card.function.clone_from(&new.function);
        fields.push("function".to_owned());
    }
    let shown = new.shown.unwrap_or(card.shown) && !profile.protected;
    if shown != card.shown {
        card.shown = shown;
        fields.push("shown".to_owned());
    }
    fields
}

/// The roles among some that an account does not have yet.
pub(super) fn lacking(
    batch: &Batch<'_>,
    account: AccountId,
    roles: &[String],
) -> Result<bool, StoreError> {
    let has: Vec<String> =
        accounts::roles_of(batch.tx, account)?.iter().map(Role::to_string).collect();
    Ok(roles.iter().any(|role| !has.contains(role)))
}

/// Keeps what an import said of a person.
///
/// # Errors
///
/// What the store says.
pub(super) fn remember(batch: &Batch<'_>, named: &str, new: &NewAccount) -> Result<(), StoreError> {
    imported::keep(batch.tx, named, new.id, &said_of(new))
}
