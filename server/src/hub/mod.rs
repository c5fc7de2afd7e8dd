//! The hub: drain, apply, commit, send.

pub mod port;
