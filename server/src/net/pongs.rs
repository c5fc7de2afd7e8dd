//! Answers a client's pings beside the hub: a pong says that the server is there, however much it has to do.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// How long a client that pings hears nothing at most, while its frames wait for the hub or for what it may use: half of
/// the 4 s after which it takes the connection for dead.
const REPEAT_INTERVAL: Duration = Duration::from_secs(2);

/// The pongs of one session. However fast pings come, one pong waits to be written: that of the last.
#[derive(Debug, Default)]
pub(super) struct Pongs {
    /// The last ping's number.
    count: AtomicU64,
    due: Notify,
    has_pinged: AtomicBool,
}

impl Pongs {
    /// Answers a ping.
    pub(super) fn answer(&self, count: u64) {
        self.count.store(count, Ordering::Relaxed);
        self.has_pinged.store(true, Ordering::Relaxed);
        self.due.notify_one();
    }

    /// Returns the number to put into the next pong, once there is one to send. Dropping the future loses none.
    pub(super) async fn next(&self) -> u64 {
        self.due.notified().await;
        self.count.load(Ordering::Relaxed)
    }

    /// Waits for something, and repeats the last pong meanwhile to a client that has ever pinged.
    ///
    /// The work is boxed, so that a session takes room for it only while there is some.
    pub(super) async fn repeat_during<T>(&self, mut work: Pin<Box<impl Future<Output = T>>>) -> T {
        loop {
            if let Ok(done) = timeout(REPEAT_INTERVAL, &mut work).await {
                return done;
            }
            if self.has_pinged.load(Ordering::Relaxed) {
                self.due.notify_one();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_waits_for_the_hub_still_hears_of_the_server() {
        let pongs = Pongs::default();
        let slow = || Box::pin(tokio::time::sleep(Duration::from_secs(5)));
        pongs.repeat_during(slow()).await;
        assert!(
            timeout(Duration::from_secs(9), pongs.next()).await.is_err(),
            "it has never pinged"
        );

        pongs.answer(6);
        pongs.answer(7);
        assert_eq!(pongs.next().await, 7);
        let heard = async { [pongs.next().await, pongs.next().await] };
        let (heard, ()) = tokio::join!(heard, pongs.repeat_during(slow()));
        assert_eq!(heard, [7, 7]);
        assert!(
            timeout(Duration::from_secs(9), pongs.next()).await.is_err(),
            "nothing waits any more"
        );
    }
}
