//! What a document's content says about access, as the store keeps it.

use std::collections::BTreeSet;

use samsynk_core::domain::{Key, Maker};
use samsynk_core::ids::{AccountId, DocumentId};

use super::batch::Batch;
use crate::gate::content::{Content, is_bare};
use crate::store::StoreError;
use crate::store::access::{self, Says};

/// What a document says. `creator` matters for those of unmodified clients, which are their maker's alone.
pub(crate) fn says(id: DocumentId, content: &Content, creator: AccountId) -> Says {
    let document = match content {
        Ok(document) => document,
        Err(_) if is_bare(content) => {
            let readers = BTreeSet::from([(id, Key::Account(creator))]);
            return Says { readers, grants: BTreeSet::new() };
        }
        Err(_) => return Says::default(),
    };
    let access = document.access(id);
    let own = access.readers.into_iter().map(|key| (id, key));
    // People cannot open what is not theirs to others, only the server can; and a document gives no
    // keys but its own groups'.
    let shares = access.shares.into_iter().filter(|_| document.maker() == Maker::Server);
    let is_own_group = |key: &Key| matches!(key, Key::Group(pilot, _) if *pilot == id);
    Says {
        readers: own.chain(shares).collect(),
        grants: access.grants.into_iter().filter(|(_, key)| is_own_group(key)).collect(),
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
    // Who loses a key is found before, who gains one after.
    let readers: Vec<Key> =
        before.readers.symmetric_difference(&after.readers).map(|(_, key)| key.clone()).collect();
    affect_holders(batch, &readers)?;
    access::say(batch.tx, id, &before, after)?;
    affect_holders(batch, &readers)?;
    let granted = before.grants.symmetric_difference(&after.grants).map(|(account, _)| *account);
    batch.affect(granted);
    Ok(())
}

/// Notes all who may read a document.
pub(super) fn affect_readers(batch: &mut Batch<'_>, id: DocumentId) -> Result<(), StoreError> {
    let readers: Vec<Key> = access::readers(batch.tx, id)?.into_iter().collect();
    affect_holders(batch, &readers)
}

fn affect_holders(batch: &mut Batch<'_>, keys: &[Key]) -> Result<(), StoreError> {
    for key in keys {
        batch.affect(access::holders(batch.tx, key)?);
    }
    Ok(())
}
