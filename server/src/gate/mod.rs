//! What a change passes before it is accepted, in this order:
//!
//! ```text
//!   bytes     a bounded walk over all of the message, before Automerge parses it
//!   parts     the changes in it
//!   content   may this account write the document as it is
//!   order     what is new, whether it follows on what is known
//!   author    whether its actors belong to who sends it
//!   room      whether the document stays within what everyone can load
//!   apply     into the document, with
//!   places    whether operations apply to what is there and was seen
//!   kept      whether the document, with them applied, can tell the changes again
//!   meanwhile whether it removes what others have edited since, or edits what others have removed
//!   content   may it write the document after that; is it valid
//! ```
//!
//! `content` is asked twice. A change that is refused is answered, never queued. What was accepted once and lost in a restore passes without
//! `author` and the policy of `content`, under the server's own `seal`.

pub mod apply;
pub mod author;
pub mod bytes;
pub mod content;
pub mod kept;
pub mod meanwhile;
pub mod order;
pub mod parts;
pub mod places;
pub mod room;
pub mod seal;
