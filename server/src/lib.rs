//! The server of samsynk.
