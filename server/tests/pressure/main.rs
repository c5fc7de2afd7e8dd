//! Clients that read slowly or send much, against a real server: sockets, hub and store.

#![allow(clippy::unwrap_used, reason = "a test stops where it goes wrong")]

mod memory;
mod pace;
mod phone;
mod slow_readers;
mod town;
