//! Accounts: secrets for devices, invitations, and who a token stands for.
//!
//! ```text
//!   secret         tokens and invitations: random, kept only as a hash
//!   enrolment      invitation → device and token
//!   links          what enrols a device, to be opened or scanned
//!   authenticator  token → identity, beside the hub
//! ```

mod authenticator;
pub mod enrolment;
pub mod links;
mod secret;

pub use authenticator::Authenticator;
pub use secret::{Random, Secret, SystemRandom, hash};
