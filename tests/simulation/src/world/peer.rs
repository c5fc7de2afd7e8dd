//! A client of automerge-repo's own protocol, version "1": Automerge's sync state and nothing of ours.

use std::collections::BTreeMap;

use automerge::sync::{Message, State, SyncDoc as _};
use automerge::transaction::Transactable as _;
use automerge::{ActorId, AutoCommit};
use samsynk_core::ids::DocumentId;
use samsynk_core::wire::{Frame, PeerId, PeerMetadata};
use samsynk_server::hub::port::SessionId;

use super::World;
use super::link::Holder;
use super::server::Dialed;
use super::words::describe;
use crate::dice::Dice;
use crate::town::DeviceImage;
use crate::violation::{Checked, Violation};

/// One such client. It keeps its documents while it is offline, and nothing when it stops.
#[derive(Debug)]
pub(super) struct Peer {
    pub name: &'static str,
    pub account: samsynk_core::ids::AccountId,
    pub token: String,
    pub link: Option<SessionId>,
    pub joined: bool,
    /// Whether the server has told it to stop.
    pub refused: bool,
    pub documents: BTreeMap<DocumentId, (AutoCommit, State)>,
    /// Whether it means harm: it speaks `samsynk-1` then.
    pub hostile: bool,
    pub random: Dice,
}

impl Peer {
    pub(super) fn new(image: &DeviceImage, random: Dice) -> Self {
        Self {
            name: image.name,
            account: image.identity.account,
            token: image.token.clone(),
            link: None,
            joined: false,
            refused: false,
            documents: BTreeMap::new(),
            hostile: false,
            random,
        }
    }

    /// Its connection is gone. Of what it remembers of each sync only what both sides have is kept.
    pub(super) fn lost(&mut self) {
        self.link = None;
        self.joined = false;
        for (_, state) in self.documents.values_mut() {
            *state = State::decode(&state.encode()).unwrap_or_default();
        }
    }

    pub(super) fn label(&self) -> PeerId {
        PeerId::new(self.name).expect("short")
    }

    /// Takes in what the server sends to somebody who means harm: everything, as far as it goes.
    fn overhears(&mut self, message: &[u8]) -> Vec<Frame> {
        match Frame::decode(message) {
            Ok(Frame::Peer { .. }) => {
                self.joined = true;
                return vec![Frame::CatalogueDigest { entries: Vec::new() }];
            }
            Ok(Frame::CatalogueAnswer { entries }) => {
                for (id, _) in entries {
                    if !self.documents.contains_key(&id) {
                        let blank = self.blank();
                        self.documents.insert(id, (blank, State::new()));
                    }
                }
            }
            Ok(Frame::Sync { document, data, .. }) => {
                let message = Message::decode(&data).ok();
                if let Some((doc, state)) = self.documents.get_mut(&document)
                    && message.is_none_or(|m| doc.sync().receive_sync_message(state, m).is_err())
                {
                    self.documents.remove(&document);
                }
            }
            Ok(Frame::Rejected { document, .. }) if self.documents.contains_key(&document) => {
                let blank = self.blank();
                self.documents.insert(document, (blank, State::new()));
            }
            Ok(Frame::Withdrawn { document, .. } | Frame::DocUnavailable { document, .. }) => {
                self.documents.remove(&document);
            }
            _ => {}
        }
        self.says()
    }

    /// Writes something into a document of its own.
    pub(super) fn write(&mut self, dice: &mut Dice) {
        let ids: Vec<DocumentId> = self.documents.keys().copied().collect();
        let id = match dice.pick(&ids) {
            Some(id) if ids.len() > 2 || dice.percent(60) => *id,
            _ => {
                let mut bytes = [0; 16];
                self.random.fill(&mut bytes);
                DocumentId::from_random(bytes)
            }
        };
        let mut actor = [0; 16];
        self.random.fill(&mut actor);
        let (doc, _) = self
            .documents
            .entry(id)
            .or_insert_with(|| (AutoCommit::new().with_actor(ActorId::from(actor)), State::new()));
        let number = i64::try_from(dice.below(1_000)).expect("small");
        doc.put(automerge::ROOT, "number", number).expect("the root is a map");
        doc.commit();
    }

    /// What it has to say about its documents.
    pub(super) fn says(&mut self) -> Vec<Frame> {
        let sender = self.label();
        let target = PeerId::new("server").expect("short");
        if !self.joined {
            return Vec::new();
        }
        let mut frames = Vec::new();
        for (id, (doc, state)) in &mut self.documents {
            if let Some(message) = doc.sync().generate_sync_message(state) {
                let (sender, target) = (sender.clone(), target.clone());
                frames.push(Frame::Sync {
                    document: *id,
                    sender,
                    target,
                    data: message.encode(),
                    seal: None,
                });
            }
        }
        frames
    }
}

impl World {
    /// A peer connects and joins.
    pub(super) fn peer_dials(&mut self, index: usize, reachable: bool) -> Checked {
        if self.peers[index].link.is_some() || self.peers[index].refused {
            return Ok(());
        }
        match self.dial(Holder::Peer(index), reachable)? {
            Dialed::Connected(session) => {
                let peer = &mut self.peers[index];
                peer.link = Some(session);
                let version = if peer.hostile { "samsynk-1" } else { "1" };
                let versions = vec![version.to_owned()];
                let metadata = PeerMetadata::default();
                let join = Frame::Join { sender: peer.label(), versions, metadata };
                self.peer_sends(index, &[join]);
            }
            Dialed::Unreachable => {}
            Dialed::Unauthorised => self.peers[index].refused = true,
        }
        Ok(())
    }

    pub(super) fn peer_speaks(&mut self, index: usize) {
        let frames = self.peers[index].says();
        self.peer_sends(index, &frames);
    }

    pub(super) fn peer_sends(&mut self, index: usize, frames: &[Frame]) {
        let (name, link) = (self.peers[index].name, self.peers[index].link);
        for frame in frames {
            let message = frame.encode();
            self.note(format_args!("  {name} sends {}", describe(&message)));
            if let Some(link) = link.and_then(|link| self.links.get_mut(&link)) {
                link.send_up(message);
            }
        }
    }

    /// The server's message arrives at a peer.
    pub(super) fn peer_hears(&mut self, index: usize, message: &[u8]) -> Checked {
        let peer = &mut self.peers[index];
        if peer.hostile {
            let frames = peer.overhears(message);
            self.peer_sends(index, &frames);
            return Ok(());
        }
        let wrong = |what: &str| Violation(format!("{} was sent {what}", peer.name));
        match Frame::decode(message).map_err(|_| wrong("no frame"))? {
            Frame::Peer { .. } => peer.joined = true,
            Frame::Sync { document, data, .. } => {
                let message = Message::decode(&data).map_err(|_| wrong("no sync message"))?;
                let Some((doc, state)) = peer.documents.get_mut(&document) else {
                    return Err(wrong("a document that it does not know"));
                };
                let received = doc.sync().receive_sync_message(state, message);
                received.map_err(|_| wrong("changes that do not fit"))?;
            }
            // A document that has begun anew is not for clients that know nothing of epochs.
            Frame::DocUnavailable { .. } | Frame::Error { .. } => {}
            other => return Err(wrong(other.kind())),
        }
        self.peer_speaks(index);
        Ok(())
    }
}
