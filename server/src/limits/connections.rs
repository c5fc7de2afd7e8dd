//! Every bound on connections, each with its reason. A test may shorten them.

use std::time::Duration;

use samsynk_core::limits::FRAME_BYTES_MAX;

use crate::net::pace::{Allowance, Allowances};

/// The bounds; [`Limits::default`] is what runs in production.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once. An idle session takes some 6 KB without TLS; each takes a file descriptor.
    pub connections_max: usize,
    /// Connections at once from one address; a campus behind one address fits. Not for this machine's own
    /// addresses, where proxies and load tests are.
    pub connections_per_address_max: usize,
    /// Sessions of one account at once: some devices, and scripts beside them. One more is told to come back later, so that
    /// a token that was stolen cannot push its owner out.
    pub account_sessions_max: usize,
    /// For the TLS handshake: two round trips on a bad link.
    pub tls_handshake_timeout: Duration,
    /// For a request's head, and for the pause between two requests.
    pub request_head_timeout: Duration,
    /// For a request's body; those we read are under 4 KiB.
    pub request_body_timeout: Duration,
    /// How long a connection may speak HTTP, against clients that read forever. The app is 1 MB: 4 KB/s.
    pub http_lifetime_max: Duration,
    /// Between two pings, as automerge-repo servers do.
    pub ping_interval: Duration,
    /// Silence after which a pinged client is gone: three pings, since a pong waits behind what fills a slow link.
    pub silence_max: Duration,
    /// For a message to arrive whole, fragments and all: 4 MiB at 70 KB/s.
    pub message_timeout: Duration,
    /// For writing one frame: 4 MiB at 70 KB/s.
    pub write_timeout: Duration,
    /// For the client to answer a close frame.
    pub close_timeout: Duration,
    /// For everything to end at shutdown; service managers kill after 10 s or more.
    pub shutdown_timeout: Duration,
    /// Enrolments one address may try at once: a class that scans its codes together.
    pub enrolments_burst_max: u32,
    /// The time after which one more is allowed.
    pub enrolment_interval: Duration,
    /// What devices, accounts and addresses may use of the hub's thread. An edit costs a tenth of a
    /// millisecond of it, a phone's first sync some tenths of a second, and 10,000 edits of three months offline
    /// a few seconds: none of them ever waits. Bursts are for those who move in with all they have. A device
    /// alone never has more than a quarter for long, and an address leaves the others a quarter.
    pub allowances: Allowances,
    /// How long a frame waits at most for the above. Apps hang up when they have heard nothing for 30 s.
    pub pause_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            connections_per_address_max: 1_000,
            account_sessions_max: ACCOUNT_SESSIONS_MAX,
            tls_handshake_timeout: Duration::from_secs(10),
            request_head_timeout: Duration::from_secs(10),
            request_body_timeout: Duration::from_secs(10),
            http_lifetime_max: Duration::from_secs(300),
            ping_interval: Duration::from_secs(5),
            silence_max: Duration::from_secs(15),
            message_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(60),
            close_timeout: Duration::from_secs(2),
            shutdown_timeout: Duration::from_secs(8),
            enrolments_burst_max: 60,
            enrolment_interval: Duration::from_secs(1),
            allowances: Allowances {
                device: Allowance { percent: 25, burst: Duration::from_secs(10) },
                account: Allowance { percent: 40, burst: Duration::from_secs(15) },
                address: Allowance { percent: 75, burst: Duration::from_secs(120) },
            },
            pause_max: Duration::from_secs(10),
        }
    }
}

/// Connections at once.
pub const CONNECTIONS_MAX: usize = 20_000;

/// Sessions of one account at once, unless the operator says otherwise.
pub const ACCOUNT_SESSIONS_MAX: usize = 20;

/// The read buffer of an HTTP connection, and so the longest request head, in bytes.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;

/// The read buffer of a WebSocket, in bytes, kept while it is idle. A usual edit fits; 4 MiB take 4,096 reads of a
/// microsecond each. The library's default is 128 KiB, which 10,000 idle sockets made 1.3 GB of.
pub const SOCKET_READ_BUFFER_BYTES: usize = 1024;

/// The longest fragment a message is sent in, in bytes. The socket keeps a buffer of the longest
/// it ever sent.
pub const FRAGMENT_BYTES_MAX: usize = 64 * 1024;

/// The most bytes of messages that have begun and not ended, of all sessions of one account: two of the largest, and
/// many small ones. The socket keeps about twice as much.
pub const ACCOUNT_UNFINISHED_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX + 1024 * 1024;

/// The most of all accounts together: some dozens that come back at the same moment with a large document each.
pub const UNFINISHED_BYTES_MAX: usize = 128 * 1024 * 1024;

/// What is read and thrown away after a close frame, in bytes, so that the client sees the frame and not a reset.
pub const DRAIN_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most devices, accounts and addresses of each whose use of the hub is remembered: as many as there may be
/// connections, since only those who have used much lately are.
pub const PACE_KEYS_MAX: usize = 20_000;

/// The most addresses whose attempts are remembered.
pub const RATE_ADDRESSES_MAX: usize = 10_000;
