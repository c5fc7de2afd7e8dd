//! The allocation against an enumeration of everything it could have been.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

mod allocator;
mod conformance;
mod enumerate;
mod instance;
mod instances;
mod literature;
mod market;
mod properties;
mod published;
mod reasons;
mod stability;
mod theory;
mod told;
