//! How many files and sockets the process may have open.

use crate::limits::OTHER_FILES_MAX;
use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the soft limit to the hard one, as is usual for servers: the soft one is low for the sake of old
/// programs that use `select`. Gives the number of connections that there is room for, at most `wanted`.
pub(super) fn room_for_connections(wanted: usize) -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => limit = raised,
            Err(error) => tracing::warn!(%error, "cannot raise the limit of open files"),
        }
    }
    let files =
        limit.current.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    let room = files.saturating_sub(OTHER_FILES_MAX).max(1).min(wanted);
    if room < wanted {
        tracing::warn!(
            connections = room,
            wanted,
            "the limit of open files (ulimit -Hn, LimitNOFILE) leaves room for fewer connections"
        );
    }
    room
}
