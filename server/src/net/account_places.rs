//! The sessions that one account may have at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use samsynk_core::ids::AccountId;

/// How many sessions each account has.
#[derive(Debug)]
pub struct AccountPlaces {
    max: usize,
    taken: Mutex<HashMap<AccountId, usize>>,
}

impl AccountPlaces {
    /// So many for each account.
    #[must_use]
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, taken: Mutex::default() })
    }

    /// Takes a place, given back when it is dropped; `None` where the account has taken all.
    #[must_use]
    pub fn take(self: &Arc<Self>, account: AccountId) -> Option<AccountPlace> {
        let mut taken = self.lock();
        let mine = taken.entry(account).or_default();
        if *mine >= self.max {
            metrics::counter!("samsynk_sessions_refused_total").increment(1);
            return None;
        }
        *mine += 1;
        Some(AccountPlace { places: Arc::clone(self), account })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One session's place.
#[derive(Debug)]
pub struct AccountPlace {
    places: Arc<AccountPlaces>,
    account: AccountId,
}

impl Drop for AccountPlace {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        if let Some(mine) = taken.get_mut(&self.account) {
            *mine -= 1;
            if *mine == 0 {
                taken.remove(&self.account);
            }
        }
    }
}
