//! Messages that have begun to arrive and have not ended.
//!
//! A WebSocket message may come in fragments, between which anything may pass: the library keeps what has come of it for
//! as long as the socket lives. So the bytes of unfinished messages are counted as they are read, against a budget of
//! the account and one of all together, and each message has a deadline.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use samsynk_core::ids::AccountId;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::limits::{ACCOUNT_UNFINISHED_BYTES_MAX, UNFINISHED_BYTES_MAX};

/// The bytes of messages, of one kind of payer, that have not ended.
#[derive(Debug, Default)]
pub struct Budgets {
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_account: HashMap<AccountId, usize>,
}

impl Budgets {
    /// Takes so many more bytes for an account. False where there is no room for them.
    fn take(&self, account: AccountId, bytes: usize) -> bool {
        let mut taken = self.lock();
        let mine = taken.by_account.get(&account).copied().unwrap_or(0) + bytes;
        let all = taken.all + bytes;
        if mine > ACCOUNT_UNFINISHED_BYTES_MAX || all > UNFINISHED_BYTES_MAX {
            return false;
        }
        taken.all = all;
        taken.by_account.insert(account, mine);
        true
    }

    fn give_back(&self, account: AccountId, bytes: usize) {
        let mut taken = self.lock();
        taken.all -= bytes;
        if let Some(mine) = taken.by_account.get_mut(&account) {
            *mine -= bytes;
            if *mine == 0 {
                taken.by_account.remove(&account);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The message that one session is in the middle of, if it is.
#[derive(Debug)]
pub struct Unfinished {
    budgets: Arc<Budgets>,
    account: AccountId,
    begun: Instant,
    /// Whether the session has ended: what still arrives is thrown away.
    over: AtomicBool,
    bytes: AtomicUsize,
    /// Since when, in milliseconds since the session began.
    since_ms: AtomicU64,
}

impl Unfinished {
    /// A session of an account, which has sent nothing yet.
    #[must_use]
    pub fn new(budgets: Arc<Budgets>, account: AccountId) -> Arc<Self> {
        let (bytes, since_ms) = (AtomicUsize::new(0), AtomicU64::new(0));
        let (begun, over) = (Instant::now(), AtomicBool::new(false));
        Arc::new(Self { budgets, account, begun, over, bytes, since_ms })
    }

    /// Notes that so many bytes have arrived.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::QuotaExceeded`] where there is no room for them.
    fn arrived(&self, bytes: usize) -> io::Result<()> {
        if bytes == 0 || self.over.load(Ordering::Relaxed) {
            return Ok(());
        }
        if !self.budgets.take(self.account, bytes) {
            metrics::counter!("samsynk_unfinished_messages_dropped_total").increment(1);
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        if self.bytes.fetch_add(bytes, Ordering::Relaxed) == 0 {
            self.since_ms.store(self.elapsed_ms(), Ordering::Relaxed);
        }
        Ok(())
    }

    /// Notes that a message has arrived whole.
    pub fn finished(&self) {
        let bytes = self.bytes.swap(0, Ordering::Relaxed);
        self.budgets.give_back(self.account, bytes);
    }

    /// Notes that the session has ended.
    pub fn over(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.finished();
    }

    /// Notes that a control frame with so long a payload has arrived, perhaps between two fragments.
    pub fn passed(&self, payload_bytes: usize) {
        let frame = payload_bytes + CONTROL_HEAD_BYTES;
        let before = self.bytes.load(Ordering::Relaxed);
        let passed = frame.min(before);
        self.bytes.fetch_sub(passed, Ordering::Relaxed);
        self.budgets.give_back(self.account, passed);
    }

    /// For how long a message has been arriving; none where no message is.
    #[must_use]
    pub fn lasts(&self) -> Option<Duration> {
        let since_ms = self.since_ms.load(Ordering::Relaxed);
        (self.bytes.load(Ordering::Relaxed) > 0)
            .then(|| Duration::from_millis(self.elapsed_ms().saturating_sub(since_ms)))
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.finished();
    }
}

/// The head of a client's control frame, in bytes: two of flags and length, four of its mask (RFC 6455, section 5.2).
const CONTROL_HEAD_BYTES: usize = 6;

/// A stream whose bytes are counted as those of an unfinished message.
#[derive(Debug)]
pub struct Counted<S> {
    stream: S,
    unfinished: Arc<Unfinished>,
}

impl<S> Counted<S> {
    /// Counts what is read from a stream.
    pub fn new(stream: S, unfinished: Arc<Unfinished>) -> Self {
        Self { stream, unfinished }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        std::task::ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        Poll::Ready(self.unfinished.arrived(buffer.filled().len() - before))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: AccountId = AccountId([1; 16]);
    const BO: AccountId = AccountId([2; 16]);

    #[test]
    fn bytes_are_bounded_by_account_and_in_all_and_come_back() {
        let budgets = Arc::new(Budgets::default());
        let first = Unfinished::new(budgets.clone(), ANNA);
        first.arrived(ACCOUNT_UNFINISHED_BYTES_MAX).unwrap();
        let second = Unfinished::new(budgets.clone(), ANNA);
        assert_eq!(second.arrived(1).unwrap_err().kind(), io::ErrorKind::QuotaExceeded);
        Unfinished::new(budgets.clone(), BO).arrived(1).unwrap();

        first.finished();
        assert_eq!(first.lasts(), None);
        second.arrived(1_000).unwrap();
        second.passed(4);
        assert!(second.lasts().is_some(), "a pong ends no message");
        drop((first, second));
        assert_eq!(budgets.lock().all, 0);
        assert!(budgets.lock().by_account.is_empty());
    }
}
