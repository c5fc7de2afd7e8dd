//! The allocation against an enumeration of everything it could have been.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

mod enumerate;
mod instance;
mod instances;
mod market;
mod stability;
mod theory;
