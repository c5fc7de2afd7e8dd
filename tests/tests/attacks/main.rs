//! What clients send who mean harm, to a running server: each is answered with a reason, costs little, and disturbs
//! nobody.

#![allow(clippy::unwrap_used, reason = "a test stops where it goes wrong")]

mod honest;
mod meanings;
mod messages;
mod nesting;
mod scene;
mod stored;
