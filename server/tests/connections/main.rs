//! Stories of clients and a real listener. The test itself plays the hub, but in `frames`, where there is a whole server.

#![allow(clippy::unwrap_used, reason = "a test stops where it goes wrong")]

mod frames;
mod http;
mod sessions;
mod support;
mod town;
