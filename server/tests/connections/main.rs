//! Stories of clients and a real listener. The test itself plays the hub.

#![allow(clippy::unwrap_used, reason = "a test stops where it goes wrong")]

mod http;
mod sessions;
mod support;
