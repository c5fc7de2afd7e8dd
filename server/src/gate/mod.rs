//! What a change passes before it is accepted, in this order:
//!
//! ```text
//!   bytes     a bounded walk over all of the message, before Automerge parses it
//!   parts     the changes in it
//!   order     what is new, whether it follows on what is known
//!   author    whether its actors belong to who sends it
//!   content   may this account write this; is the document valid after it
//! ```
//!
//! A change that is refused is answered, never queued.

pub mod author;
pub mod bytes;
pub mod content;
pub mod order;
pub mod parts;
