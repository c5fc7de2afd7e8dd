//! The server of samsynk.
//!
//! ```text
//!   commands          what people and scripts type
//!     import          files → accounts and documents
//!   net ─ routes      sockets, TLS, HTTP, sessions
//!   hub               drain · apply · commit · send; knows sessions only by their ids
//!     gate            what a change passes before it is accepted
//!   admin             what operators and routes ask of the hub
//!   accounts          tokens, invitations, who is who
//!   store             SQLite
//!   limits            every bound of the above
//! ```

pub mod accounts;
pub mod admin;
pub mod commands;
pub mod gate;
pub mod hub;
pub mod import;
pub mod limits;
pub mod net;
pub mod routes;
pub mod store;
pub mod text_file;
