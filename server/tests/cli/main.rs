//! The program as scripts and people run it.

#![allow(clippy::unwrap_used, reason = "a test may stop where something is wrong")]

mod accounts;
mod certificates;
mod imports;
mod lost;
mod servers;
mod support;
mod upkeep;
