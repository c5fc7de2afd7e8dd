//! Whether an actor belongs to who sends its changes.

use automerge::ActorId;
use rusqlite::Connection;
use samsynk_core::domain::author_of;
use samsynk_core::ids::AccountId;
use samsynk_core::refusal::Refusal;

use crate::hub::port::Identity;
use crate::store::{StoreError, accounts};

/// The server's own account, which nobody can enrol a device to.
pub const SERVER: AccountId = AccountId([0; 16]);

/// Checks an actor of a new change, and keeps nothing: what is refused leaves no trace. Another device of the same account
/// may pass its changes on.
///
/// # Errors
///
/// `actor-not-yours`; the outer error is the store's.
pub fn check(
    tx: &Connection,
    identity: Identity,
    actor: &ActorId,
) -> Result<Result<(), Refusal>, StoreError> {
    let refused = || Ok(Err(Refusal::new("actor-not-yours")));
    if author_of(actor).is_some_and(|author| author != identity.account) {
        return refused();
    }
    match accounts::actor_account(tx, actor)? {
        Some(owner) if owner != identity.account => refused(),
        _ => Ok(Ok(())),
    }
}
