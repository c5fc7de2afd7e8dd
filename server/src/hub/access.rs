//! What a document's content says about access, as the store keeps it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use samsynk_core::domain::{Grant, Key, Maker, Moment};
use samsynk_core::ids::{AccountId, DocumentId};

use super::Hub;
use super::batch::Batch;
use super::cost;
use super::events::Effects;
use crate::accounts::Random;
use crate::gate::author::SERVER;
use crate::gate::content::{Content, is_bare};
use crate::limits::{GRANTS_OF_MAKER_MAX, SHARED_NOTES_COUNT_MAX, SHARED_NOTES_OF_MAKER_MAX};
use crate::store::access::{self, Says};
use crate::store::{Store, StoreError, documents};

/// What a document says. `creator` matters for those of unmodified clients, which are their maker's alone.
pub(crate) fn says(id: DocumentId, content: &Content, creator: AccountId) -> Says {
    let document = match content {
        Ok(document) => document,
        Err(_) if is_bare(content) => {
            let readers = BTreeSet::from([(id, Key::Account(creator))]);
            return Says { readers, ..Says::default() };
        }
        Err(_) => return Says::default(),
    };
    let access = document.access(id);
    let own = access.readers.into_iter().map(|key| (id, key));
    // People cannot open what is not theirs to others, only the server can; and a document gives no keys but its own
    // groups', or as a profile, which only the server makes, its account's cohort.
    let is_of_server = document.maker() == Maker::Server;
    let shares = access.shares.into_iter().filter(|_| is_of_server);
    let is_its_own = |grant: &Grant| match &grant.key {
        Key::Group(pilot, _) => *pilot == id,
        Key::Cohort(_) => is_of_server,
        _ => false,
    };
    Says {
        readers: own.chain(shares).collect(),
        grants: access.grants.into_iter().filter(is_its_own).collect(),
        is_closed: access.is_closed,
    }
}

/// What of this a document may say: what it has said before, and beyond that no more than is its maker's to give to one
/// account. Whatever is decided by the index of access is then decided alike.
fn bounded(
    batch: &mut Batch<'_>,
    before: &Says,
    mut after: Says,
    maker: AccountId,
) -> Result<Says, StoreError> {
    if maker == SERVER {
        return Ok(after);
    }
    let new: Vec<_> = after.readers.difference(&before.readers).cloned().collect();
    for reader in new {
        let Key::Account(account) = reader.1 else { continue };
        if account == maker {
            continue;
        }
        let named = access::naming(batch.tx, account, maker)?;
        batch.charge(cost::of_entries(named.all));
        if named.of_others >= SHARED_NOTES_COUNT_MAX || named.of_maker >= SHARED_NOTES_OF_MAKER_MAX
        {
            after.readers.remove(&reader);
        }
    }
    let new: Vec<Grant> = after.grants.difference(&before.grants).cloned().collect();
    let mut room: BTreeMap<AccountId, usize> = BTreeMap::new();
    for grant in new {
        let room = match room.entry(grant.account) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let count = access::granted_by(batch.tx, grant.account, maker)?;
                batch.charge(cost::of_entries(count));
                entry.insert(GRANTS_OF_MAKER_MAX.saturating_sub(count))
            }
        };
        match room.checked_sub(1) {
            Some(left) => *room = left,
            None => drop(after.grants.remove(&grant)),
        }
    }
    Ok(after)
}

/// Whether what is known of a document is what it says, but for what [`bounded`] may have left out.
pub(crate) fn is_said(known: &Says, says: &Says, maker: AccountId) -> bool {
    let may_lack =
        |reader: &(DocumentId, Key)| matches!(reader.1, Key::Account(account) if account != maker);
    known == says
        || (maker != SERVER
            && known.is_closed == says.is_closed
            && known.readers.is_subset(&says.readers)
            && says.readers.difference(&known.readers).all(may_lack)
            && known.grants.is_subset(&says.grants))
}

/// Stores what a document says now; notes whose access may have changed.
pub(super) fn update(
    batch: &mut Batch<'_>,
    id: DocumentId,
    after: Says,
    maker: AccountId,
) -> Result<(), StoreError> {
    let before = access::said_by(batch.tx, id)?;
    if before == after {
        return Ok(());
    }
    let after = &bounded(batch, &before, after, maker)?;
    batch.charge(cost::of_keys(
        before.readers.symmetric_difference(&after.readers).count()
            + before.grants.symmetric_difference(&after.grants).count(),
        0,
    ));
    // Who loses a key is found before, who gains one after.
    let mut readers: BTreeSet<Key> =
        before.readers.symmetric_difference(&after.readers).map(|(_, key)| key.clone()).collect();
    if before.is_closed != after.is_closed {
        readers.extend(access::possible_readers(batch.tx, id)?);
    }
    affect_holders(batch, &readers)?;
    access::say(batch.tx, id, &before, after)?;
    affect_holders(batch, &readers)?;
    let granted = before.grants.symmetric_difference(&after.grants).map(|grant| grant.account);
    batch.affect(granted);
    Ok(())
}

/// Notes all who may read a document.
pub(super) fn affect_readers(batch: &mut Batch<'_>, id: DocumentId) -> Result<(), StoreError> {
    let readers = access::readers(batch.tx, id)?;
    batch.listings_count += affect_holders(batch, &readers)?;
    Ok(())
}

/// Notes who holds one of these keys; how many that are, counted for each key.
fn affect_holders(batch: &mut Batch<'_>, keys: &BTreeSet<Key>) -> Result<usize, StoreError> {
    let mut count = 0;
    for key in keys {
        let holders = access::holders(batch.tx, key)?;
        batch.charge(cost::of_keys(1, holders.len()));
        count += holders.len();
        batch.affect(holders);
    }
    Ok(count)
}

/// Raised when what a document says about access is read off it in another way than before.
const RULES_VERSION: u32 = 2;

impl Hub {
    /// Reads again what every document says about access, where an older program has read it by other rules.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub(super) fn apply_rules(
        &mut self,
        store: &mut Store,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        if store.read(|tx| access::rules_version(tx))? == RULES_VERSION {
            return Ok(());
        }
        let mut effects = Effects::default();
        store.write::<_, StoreError>(|tx| {
            let mut batch = Batch::new(tx, Moment::from_millis(0), random, &mut effects);
            for stored in documents::all(tx)? {
                if stored.erased.is_none()
                    && let Some(content) = self.content(&batch, &stored)?
                {
                    let says = says(stored.id, &content, stored.creator);
                    update(&mut batch, stored.id, says, stored.creator)?;
                }
            }
            access::set_rules_version(tx, RULES_VERSION)?;
            self.settle(&mut batch)
        })
    }
}
