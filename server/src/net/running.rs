//! What all connections of one running server share.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use samsynk_core::ids::AccountId;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::App;
use super::account_places::AccountPlaces;
use super::limits::{PACE_KEYS_MAX, RATE_ADDRESSES_MAX};
use super::pace::{Pace, Payers};
use super::peer::{AddressKey, Places};
use super::rate::Buckets;
use super::unfinished::Budgets;
use crate::hub::port::{Meter, Outbox, SessionId};

/// A session that waits; it may end while it does.
struct Paused;

impl Drop for Paused {
    fn drop(&mut self) {
        metrics::gauge!("samsynk_sessions_paused").decrement(1);
    }
}

/// A running server.
pub struct Running {
    /// What it is made of.
    pub app: App,
    /// Cancelled when it should end.
    pub stop: CancellationToken,
    /// The places for connections.
    pub places: Arc<Places>,
    /// What waits for all sessions.
    pub outbox: Arc<Outbox>,
    /// The places for sessions of each account.
    pub account_places: Arc<AccountPlaces>,
    /// What has arrived of messages that have not ended.
    pub unfinished: Arc<Budgets>,
    tasks: TaskTracker,
    abandon: CancellationToken,
    sessions: AtomicU64,
    enrolments: Mutex<Buckets>,
    accesses: Mutex<Buckets>,
    pace: Arc<Mutex<Pace>>,
}

/// Notes what a session costs the hub.
#[derive(Debug)]
struct SessionMeter {
    pace: Arc<Mutex<Pace>>,
    payers: Option<Payers>,
}

impl Meter for SessionMeter {
    fn charge(&self, units: u64) {
        let Some(payers) = &self.payers else { return };
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        pace.charge(Instant::now(), payers, units);
    }
}

impl Running {
    /// A server that starts and ends with `stop`.
    #[must_use]
    pub fn new(app: App, stop: CancellationToken) -> Arc<Self> {
        let limits = &app.limits;
        let places = Places::new(limits.connections_max, limits.connections_per_address_max);
        let account_places = AccountPlaces::new(limits.account_sessions_max);
        let buckets = || {
            let (burst, interval) = (limits.enrolments_burst_max, limits.enrolment_interval);
            Mutex::new(Buckets::new(burst, interval, RATE_ADDRESSES_MAX))
        };
        let (enrolments, accesses) = (buckets(), buckets());
        let pace = Pace::new(limits.allowances, PACE_KEYS_MAX);
        Arc::new(Self {
            app,
            stop,
            places,
            outbox: Arc::default(),
            account_places,
            unfinished: Arc::default(),
            tasks: TaskTracker::new(),
            abandon: CancellationToken::new(),
            sessions: AtomicU64::new(1),
            enrolments,
            accesses,
            pace: Arc::new(Mutex::new(pace)),
        })
    }

    /// Runs a task that the end of the server waits for.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let abandon = self.abandon.clone();
        // On the heap, since each layer around a future has room for it twice: 14 KB for a session of 3.
        let task = Box::pin(task);
        self.tasks.spawn(async move {
            let _ = abandon.run_until_cancelled_owned(task).await;
        });
    }

    /// A session id that was never used.
    pub fn next_session(&self) -> SessionId {
        SessionId(self.sessions.fetch_add(1, Ordering::Relaxed))
    }

    /// Takes one enrolment from what the address may try.
    ///
    /// # Errors
    /// The time to wait.
    pub fn take_enrolment(&self, address: AddressKey) -> Result<(), Duration> {
        let mut buckets = self.enrolments.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.take(Instant::now(), address)
    }

    /// Takes one request about devices and invitations from what an account may make: whoever floods enrolments from the same
    /// address does not keep a lead from revoking a device.
    ///
    /// # Errors
    /// The time to wait.
    pub fn take_access(&self, account: AccountId) -> Result<(), Duration> {
        let mut buckets = self.accesses.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.take(Instant::now(), AddressKey::of_account(account))
    }

    /// Hears what a session costs the hub, and notes it for those who pay for it, if anybody does.
    pub fn meter(&self, payers: Option<Payers>) -> Arc<dyn Meter> {
        Arc::new(SessionMeter { pace: Arc::clone(&self.pace), payers })
    }

    /// Waits until those who pay for a session may use more of the hub.
    pub async fn wait_for_allowance(&self, payers: &Payers) {
        let wait = {
            let pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
            pace.wait(Instant::now(), payers)
        };
        if let Some((wait, whose)) = wait {
            metrics::counter!("samsynk_pauses_total", "allowance" => whose.as_str()).increment(1);
            metrics::gauge!("samsynk_sessions_paused").increment(1);
            let _paused = Paused;
            tokio::time::sleep(wait.min(self.app.limits.pause_max)).await;
        }
    }

    /// Waits for all tasks, and abandons those that take longer than the limit.
    pub async fn finish(&self) {
        self.tasks.close();
        let limit = self.app.limits.shutdown_timeout;
        if tokio::time::timeout(limit, self.tasks.wait()).await.is_err() {
            tracing::warn!(
                connections = self.tasks.len(),
                "abandoning connections that do not end"
            );
            self.abandon.cancel();
            self.tasks.wait().await;
        }
    }
}
