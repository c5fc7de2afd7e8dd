//! How much each account may have the server keep. What people made counts, whoever writes to it now: a
//! document's writers trust each other with all of it. What the server made is bounded by what it makes.

use std::collections::HashMap;

use rusqlite::Connection;
use samsynk_core::ids::AccountId;
use samsynk_core::refusal::Refusal;

use crate::gate::author::SERVER;
use crate::limits::{
    ACCOUNT_DOCUMENTS_MAX, ACCOUNT_PLANS_MAX, ACCOUNT_SHARED_PARTS, REMEMBERED_ACCOUNTS_MAX,
};
use crate::store::StoreError;
use crate::store::documents::{self, Made};

const MIB: u64 = 1024 * 1024;

/// What accounts have used.
#[derive(Debug)]
pub(super) struct Quotas {
    bytes_max: u64,
    /// Never less than what is stored; counted when first needed, and when it seems too much.
    made: HashMap<AccountId, Made>,
}

impl Quotas {
    pub(super) fn new(bytes_max: u64) -> Self {
        Self { bytes_max, made: HashMap::new() }
    }

    /// Whether an account may make `more` than there is of it, and how many documents were counted to know.
    pub(super) fn admit(
        &mut self,
        tx: &Connection,
        account: AccountId,
        more: Made,
    ) -> Result<(Result<(), Refusal>, u64), StoreError> {
        if account == SERVER || self.made.get(&account).is_some_and(|made| self.fits(*made, more)) {
            return Ok((Ok(()), 0));
        }
        let made = documents::made_by(tx, account)?;
        if self.made.len() >= REMEMBERED_ACCOUNTS_MAX {
            self.made.clear();
        }
        self.made.insert(account, made);
        let counted = made.documents;
        if self.fits(made, more) {
            return Ok((Ok(()), counted));
        }
        let refusal = Refusal::new("quota-exceeded")
            .with("documents", made.documents)
            .with("documentsMax", ACCOUNT_DOCUMENTS_MAX)
            .with("plans", made.plans)
            .with("plansMax", ACCOUNT_PLANS_MAX)
            .with("mib", made.bytes.div_ceil(MIB))
            .with("mibMax", self.bytes_max / MIB)
            .with("sharedMib", made.shared_bytes.div_ceil(MIB))
            .with("sharedMibMax", self.bytes_max / ACCOUNT_SHARED_PARTS / MIB);
        Ok((Err(refusal), counted))
    }

    /// Notes what was added.
    pub(super) fn add(&mut self, account: AccountId, more: Made) {
        if let Some(made) = self.made.get_mut(&account) {
            made.documents += more.documents;
            made.bytes += more.bytes;
            made.plans += more.plans;
            made.shared_bytes += more.shared_bytes;
        }
    }

    /// Forgets what may not be as it was noted.
    pub(super) fn clear(&mut self) {
        self.made.clear();
    }

    fn fits(&self, made: Made, more: Made) -> bool {
        made.documents + more.documents <= ACCOUNT_DOCUMENTS_MAX
            && made.bytes + more.bytes <= self.bytes_max
            && (more.plans == 0 || made.plans + more.plans <= ACCOUNT_PLANS_MAX)
            && (more.shared_bytes == 0
                || made.shared_bytes + more.shared_bytes <= self.bytes_max / ACCOUNT_SHARED_PARTS)
    }
}
