//! The allocation against an enumeration of everything it could have been.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

mod allocator;
mod enumerate;
mod instance;
mod instances;
mod market;
mod properties;
mod reasons;
mod stability;
mod theory;
mod told;
