//! The walk over untrusted bytes beside Automerge: what honest clients write is accepted, and what is accepted
//! Automerge survives, within bounds of time and memory.

#![allow(clippy::unwrap_used, reason = "a test stops where it goes wrong")]

mod bent;
mod disorder;
mod gate;
mod honest;
mod memory;
