//! The server of samsynk.

pub mod admin;
pub mod hub;
pub mod net;
pub mod routes;
