//! The first frames of a session: who speaks, in which version.

use samsynk_core::wire::{Frame, PeerId, PeerMetadata, negotiate};

use super::Hub;
use super::batch::Batch;
use super::port::{Identity, SessionId};
use super::session::Joined;
use crate::store::{StoreError, accounts};

/// Close code and reason for a device that has been revoked.
pub(super) const REVOKED: (u16, &str) = (4401, "revoked");

impl Hub {
    pub(super) fn opened(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        identity: Identity,
    ) -> Result<(), StoreError> {
        self.sessions.insert(session, identity);
        // It may have been revoked after the connection was authenticated.
        if !accounts::device_is_live(batch.tx, identity.device)? {
            self.end(batch, session, None, REVOKED);
        }
        Ok(())
    }

    pub(super) fn join(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        sender: PeerId,
        versions: &[String],
    ) {
        let Some(version) = negotiate(versions) else {
            return self.end(batch, session, Some("no common version"), (1002, "no-version"));
        };
        self.end_older(batch, session, &sender);
        if let Some(joining) = self.sessions.get_mut(session) {
            joining.joined = Some(Joined { peer: sender.clone(), version });
        }
        let metadata = PeerMetadata {
            storage_id: Some(self.peer.as_str().to_owned()),
            is_ephemeral: Some(false),
            // A device whose clock is far off says so.
            time: u64::try_from(batch.now.millis()).ok(),
        };
        batch.send(
            session,
            Frame::Peer { sender: self.peer.clone(), target: sender, version, metadata },
        );
    }

    /// A client that comes back before its old connection was seen to break has the same name.
    fn end_older(&mut self, batch: &mut Batch<'_>, session: SessionId, sender: &PeerId) {
        let Some(account) = self.sessions.get(session).map(|s| s.identity.account) else { return };
        let same = |id: &SessionId| {
            let joined = self.sessions.get(*id).and_then(|other| other.joined.as_ref());
            *id != session && joined.is_some_and(|joined| joined.peer == *sender)
        };
        let older: Vec<SessionId> = self.sessions.of_account(account).filter(same).collect();
        for id in older {
            self.end(batch, id, None, (4409, "replaced"));
        }
    }
}
