//! Finds out whether the server still hears this device. A browser tells nothing of a network that has gone silent, nor
//! of the pings below its own WebSocket, so the engine sends [`Frame::Ping`](crate::wire::Frame) and expects a pong.
//!
//! Frames arrive in order: a pong proves that everything sent before its ping has reached the server.

use crate::domain::Moment;

/// How long the server may say nothing after a ping, in milliseconds. People are told within 5 s that nothing leaves
/// this device; a server with much to do repeats its last pong every 2 s.
pub(super) const PONG_MILLIS_MAX: i64 = 4_000;

/// The longest that [`PONG_MILLIS_MAX`] grows to, in milliseconds: on a slow link one large message from the server
/// may hold up a pong for as long.
const PATIENCE_MILLIS_MAX: i64 = 30_000;

/// The slowest uplink that is waited for, in bytes a second: what is sent delays the ping behind it.
const UPLINK_BYTES_PER_SECOND_MIN: i64 = 8_000;

/// How long a quiet connection is trusted, in milliseconds, while somebody looks at the screen.
const FOREGROUND_QUIET_MILLIS_MAX: i64 = 15_000;

/// How long a quiet connection is trusted, in milliseconds, while nobody looks.
const QUIET_MILLIS_MAX: i64 = 5 * 60_000;

/// What is known of one connection's life.
#[derive(Debug, Default)]
pub(super) struct Liveness {
    heard: Option<Moment>,
    /// The number of the last ping.
    pings: u64,
    /// The last ping that the server answered; none until it has shown that it answers pings.
    answered: Option<u64>,
    /// Since when a ping has been unanswered.
    waiting_since: Option<Moment>,
    /// The bytes sent since then.
    bytes: usize,
    /// Whether this turn sends what should be followed by a ping.
    wanted: bool,
}

impl Liveness {
    pub(super) fn hear(&mut self, now: Moment) {
        self.heard = Some(now);
    }

    pub(super) fn heard(&self) -> Option<Moment> {
        self.heard
    }

    /// Has a ping follow what this turn sends. Returns its number.
    pub(super) fn want_ping(&mut self) -> u64 {
        self.wanted = true;
        self.pings + 1
    }

    /// Returns the number of the ping to send at the end of this turn, if one is wanted.
    pub(super) fn take_ping(&mut self, now: Moment, sent_bytes: usize) -> Option<u64> {
        if self.waiting_since.is_some() || self.wanted {
            self.bytes = self.bytes.saturating_add(sent_bytes);
        }
        if !std::mem::take(&mut self.wanted) {
            return None;
        }
        self.pings += 1;
        self.waiting_since.get_or_insert(now);
        Some(self.pings)
    }

    /// Takes in a pong. Returns whether it proves more than was known.
    pub(super) fn take_pong(&mut self, count: u64) -> bool {
        let count = count.min(self.pings);
        let more = self.answered.is_none_or(|known| known < count);
        self.answered = self.answered.max(Some(count));
        if count == self.pings {
            self.waiting_since = None;
            self.bytes = 0;
        }
        more
    }

    /// Returns whether everything up to this ping has reached the server.
    pub(super) fn has_arrived(&self, ping: u64) -> bool {
        self.answered.is_some_and(|answered| answered >= ping)
    }

    /// Returns whether the server answers pings at all.
    pub(super) fn answers(&self) -> bool {
        self.answered.is_some()
    }

    /// Returns when the connection counts as dead unless something is heard before. `deaths` counts the connections
    /// in a row that ended so: each doubles the patience.
    pub(super) fn pong_due(&self, deaths: u32) -> Option<Moment> {
        let since = self.waiting_since.filter(|_| self.answers())?;
        let transfer = i64::try_from(self.bytes).unwrap_or(i64::MAX / 1_000).saturating_mul(1_000);
        let wait = patience_millis(deaths).saturating_add(transfer / UPLINK_BYTES_PER_SECOND_MIN);
        Some(later(self.heard.map_or(since, |heard| heard.max(since)), wait))
    }

    /// Returns when a quiet connection is to be asked for a sign of life.
    pub(super) fn quiet_until(&self, foreground: bool) -> Option<Moment> {
        if self.waiting_since.is_some() && self.answers() {
            return None;
        }
        let quiet = if foreground { FOREGROUND_QUIET_MILLIS_MAX } else { QUIET_MILLIS_MAX };
        self.heard.map(|heard| later(heard, quiet))
    }

    /// Moves into the past what a clock that was set back has left in the future.
    pub(super) fn mind_clock(&mut self, now: Moment) {
        self.heard = self.heard.map(|heard| heard.min(now));
        self.waiting_since = self.waiting_since.map(|since| since.min(now));
    }
}

fn patience_millis(deaths: u32) -> i64 {
    PONG_MILLIS_MAX.saturating_mul(1 << deaths.min(8)).min(PATIENCE_MILLIS_MAX)
}

pub(super) fn later(moment: Moment, millis: i64) -> Moment {
    Moment::from_millis(moment.millis().saturating_add(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Moment {
        Moment::from_millis(millis)
    }

    #[test]
    fn a_large_upload_and_earlier_deaths_are_waited_for_longer() {
        let mut live = Liveness::default();
        assert_eq!(live.want_ping(), 1);
        assert_eq!(live.take_ping(at(0), 100), Some(1));
        assert_eq!(live.pong_due(0), None, "a server that has never answered is not judged by it");
        assert!(live.take_pong(1) && live.has_arrived(1));

        assert_eq!(live.want_ping(), 2);
        assert_eq!(live.take_ping(at(1_000), 80_000), Some(2));
        assert!(!live.has_arrived(2));
        assert_eq!(live.pong_due(0), Some(at(15_000)));
        assert_eq!(live.pong_due(1), Some(at(19_000)));
        assert_eq!(live.pong_due(50), Some(at(41_000)));
        // A repeated pong says that the server is there, and nothing of what has arrived.
        live.hear(at(3_000));
        assert!(!live.take_pong(1) && !live.has_arrived(2));
        assert_eq!(live.pong_due(0), Some(at(17_000)));
        // One that was never asked for proves no more than the last that was.
        assert!(live.take_pong(u64::MAX) && !live.has_arrived(3));
        assert_eq!(live.pong_due(0), None);
    }
}
