//! The first frames of a session: who speaks, in which version.

use samsynk_core::wire::{Frame, PeerId, PeerMetadata, negotiate};

use super::Hub;
use super::batch::Batch;
use super::cost;
use super::port::{Identity, SessionId};
use super::session::Joined;
use crate::store::{StoreError, devices};

/// Close code and reason for a device that has been revoked.
pub(super) const REVOKED: (u16, &str) = (4401, "revoked");

/// Close code and reason for a device that was unused for too long.
const EXPIRED: (u16, &str) = (4401, "expired");

impl Hub {
    pub(super) fn opened(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        identity: Identity,
    ) -> Result<(), StoreError> {
        self.sessions.insert(session, identity);
        batch.charge(cost::OPENED_UNITS);
        // It may have been revoked after the connection was authenticated.
        match devices::get(batch.tx, identity.device)? {
            None => self.end(batch, session, None, REVOKED),
            Some(device) if devices::is_unused(device.seen, batch.now) => {
                self.end(batch, session, None, EXPIRED);
            }
            Some(_) => devices::note_seen(batch.tx, identity.device, batch.now)?,
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
        let joined = Joined { peer: sender.clone(), version };
        // A client that comes back before its old connection was seen to break has the same name.
        if let Some(older) = self.sessions.join(session, joined) {
            self.end(batch, older, None, (4409, "replaced"));
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
}
