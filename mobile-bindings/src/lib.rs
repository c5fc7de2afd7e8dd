//! The core as seen from phones and browsers: conversions only, no logic.
//!
//! [`Facade`] is the whole surface, in types that every bridge can carry: text in JSON, bytes,
//! numbers. A bridge adds what its side needs and nothing else: [`wasm`] the browser's files and
//! randomness; UniFFI fits beside it.

mod facade;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use facade::{Facade, FacadeError, Happening};
