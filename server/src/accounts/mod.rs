//! Accounts: secrets for devices, invitations, and who a token stands for.
//!
//! ```text
//!   secret         tokens and invitations: random, kept only as a hash
//!   enrolment      invitation → device and token
//!   authenticator  token → identity, beside the hub
//! ```

mod authenticator;
pub mod enrolment;
mod secret;

pub use authenticator::Authenticator;
pub use secret::{Random, Secret, SystemRandom, hash};
