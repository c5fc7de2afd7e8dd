//! What a document's content says about access, as the store keeps it.

use std::collections::BTreeSet;

use samsynk_core::domain::{Grant, Key, Maker, Moment};
use samsynk_core::ids::{AccountId, DocumentId};

use super::Hub;
use super::batch::Batch;
use super::cost;
use super::events::Effects;
use crate::accounts::Random;
use crate::gate::content::{Content, is_bare};
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

/// Stores what a document says now; notes whose access may have changed.
pub(super) fn update(
    batch: &mut Batch<'_>,
    id: DocumentId,
    after: &Says,
) -> Result<(), StoreError> {
    let before = access::said_by(batch.tx, id)?;
    if before == *after {
        return Ok(());
    }
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
const RULES_VERSION: u32 = 1;

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
                    update(&mut batch, stored.id, &says(stored.id, &content, stored.creator))?;
                }
            }
            access::set_rules_version(tx, RULES_VERSION)?;
            self.settle(&mut batch)
        })
    }
}
