//! What all connections of one running server share.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::App;
use super::limits::RATE_ADDRESSES_MAX;
use super::peer::{AddressKey, Places};
use super::rate::Buckets;
use crate::hub::port::SessionId;

/// A running server.
pub struct Running {
    /// What it is made of.
    pub app: App,
    /// Cancelled when it should end.
    pub stop: CancellationToken,
    /// The places for connections.
    pub places: Arc<Places>,
    tasks: TaskTracker,
    abandon: CancellationToken,
    sessions: AtomicU64,
    enrolments: Mutex<Buckets>,
}

impl Running {
    /// A server that starts and ends with `stop`.
    #[must_use]
    pub fn new(app: App, stop: CancellationToken) -> Arc<Self> {
        let limits = &app.limits;
        let places = Places::new(limits.connections_max, limits.connections_per_address_max);
        let enrolments = Buckets::new(
            limits.enrolments_burst_max,
            limits.enrolment_interval,
            RATE_ADDRESSES_MAX,
        );
        Arc::new(Self {
            app,
            stop,
            places,
            tasks: TaskTracker::new(),
            abandon: CancellationToken::new(),
            sessions: AtomicU64::new(1),
            enrolments: Mutex::new(enrolments),
        })
    }

    /// Runs a task that the end of the server waits for.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let abandon = self.abandon.clone();
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
