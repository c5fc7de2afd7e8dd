//! Syncs a store with a server: `handle(now, Event) -> Effects`.

mod status;

pub use status::{Link, SyncStatus};
