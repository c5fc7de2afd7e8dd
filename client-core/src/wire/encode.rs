//! Frames to bytes, each key in the place where the JavaScript peers have it.

use super::frame::{CatalogueEntry, Frame, RemoteHeads};
use super::heads::hash_to_text;
use super::key::Key;
use super::writer::Writer;
use super::{Heads, PeerId, PeerMetadata};
use crate::ids::DocumentId;
use crate::refusal::Refusal;

/// Room for the keys and ids of a frame, beside its data.
const ENVELOPE_BYTES: usize = 256;

impl Frame {
    /// The frame as one binary message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Writer::message(ENVELOPE_BYTES + self.data_len(), |to| {
            to.text(Key::Type, self.kind());
            self.write_classic(to);
        })
    }

    fn data_len(&self) -> usize {
        match self {
            Self::Request { data, .. }
            | Self::Sync { data, .. }
            | Self::Ephemeral { data, .. }
            | Self::GiveBack { data, .. } => data.len(),
            Self::Command { command, .. } => command.len(),
            _ => 0,
        }
    }

    fn write_classic(&self, to: &mut Writer) {
        match self {
            Self::Join { sender, versions, metadata } => {
                to.text(Key::SenderId, sender.as_str());
                put_metadata(to, metadata);
                to.list(Key::SupportedVersions, versions.iter());
            }
            Self::Peer { sender, target, version, metadata } => {
                to.text(Key::SenderId, sender.as_str());
                put_metadata(to, metadata);
                to.text(Key::SelectedVersion, version.as_str());
                to.text(Key::TargetId, target.as_str());
            }
            Self::Leave { sender } => to.text(Key::SenderId, sender.as_str()),
            Self::Request { document, sender, target, data } => {
                put_peers(to, sender, target);
                put_document(to, *document);
                to.bytes(Key::Data, data);
            }
            Self::Sync { document, sender, target, data, seal } => {
                put_peers(to, sender, target);
                put_document(to, *document);
                to.bytes(Key::Data, data);
                if let Some(seal) = seal {
                    to.bytes(Key::Seal, &seal.0);
                }
            }
            Self::DocUnavailable { document, sender, target } => {
                put_peers(to, sender, target);
                put_document(to, *document);
            }
            Self::Ephemeral { document, sender, target, session, count, data } => {
                put_peers(to, sender, target);
                to.number(Key::Count, *count);
                to.text(Key::SessionId, session);
                put_document(to, *document);
                to.bytes(Key::Data, data);
            }
            Self::Error { message, sender, target } => {
                to.text_if(Key::SenderId, sender.as_ref().map(PeerId::as_str));
                to.text(Key::Message, message);
                to.text_if(Key::TargetId, target.as_ref().map(PeerId::as_str));
            }
            Self::RemoteSubscriptionChange { sender, target, add, remove } => {
                put_peers(to, sender, target);
                to.list(Key::Add, add.iter());
                to.list(Key::Remove, remove.iter());
            }
            Self::RemoteHeadsChanged { document, sender, target, heads } => {
                put_peers(to, sender, target);
                put_document(to, *document);
                to.nested(Key::NewHeads.name(), |to| {
                    heads.iter().for_each(|(storage, heads)| put_remote(to, storage, heads));
                });
            }
            _ => self.write_samsynk(to),
        }
    }

    fn write_samsynk(&self, to: &mut Writer) {
        match self {
            Self::CatalogueDigest { entries } => {
                to.bytes(Key::Entries, &entries.iter().flat_map(entry_bytes).collect::<Vec<_>>());
            }
            Self::CatalogueAnswer { entries } => {
                let packed = entries.iter().flat_map(|(id, epoch)| id_and_epoch(*id, *epoch));
                to.bytes(Key::Entries, &packed.collect::<Vec<_>>());
            }
            Self::Receipt { document, heads } => {
                put_document(to, *document);
                put_heads(to, heads);
            }
            Self::Rejected { document, hashes, refusal } => {
                put_document(to, *document);
                let packed = hashes.iter().flat_map(|hash| hash.0);
                to.bytes(Key::Hashes, &packed.collect::<Vec<_>>());
                put_refusal(to, refusal);
            }
            Self::GiveBack { document, epoch, seal, data } => {
                put_document(to, *document);
                to.number(Key::Epoch, u64::from(*epoch));
                to.bytes(Key::Seal, &seal.0);
                to.bytes(Key::Data, data);
            }
            Self::Withdrawn { document, epoch, reason } => {
                put_document(to, *document);
                to.number(Key::Epoch, u64::from(*epoch));
                to.text(Key::Reason, reason);
            }
            Self::Command { id, command } => {
                to.text(Key::Id, &id.to_string());
                to.text(Key::Command, command);
            }
            Self::Outcome { id, result } => {
                to.text(Key::Id, &id.to_string());
                to.flag(Key::Ok, result.is_ok());
                match result {
                    Ok(receipt) => to.number(Key::Receipt, *receipt),
                    Err(refusal) => put_refusal(to, refusal),
                }
            }
            Self::Ping { count } | Self::Pong { count } => to.number(Key::Count, *count),
            // The type alone; `write_classic` has the others.
            _ => {}
        }
    }
}

fn put_peers(to: &mut Writer, sender: &PeerId, target: &PeerId) {
    to.text(Key::SenderId, sender.as_str());
    to.text(Key::TargetId, target.as_str());
}

fn put_document(to: &mut Writer, document: DocumentId) {
    to.text(Key::DocumentId, &document.to_string());
}

fn put_metadata(to: &mut Writer, metadata: &PeerMetadata) {
    to.nested(Key::PeerMetadata.name(), |to| {
        to.text_if(Key::StorageId, metadata.storage_id.as_deref());
        if let Some(is_ephemeral) = metadata.is_ephemeral {
            to.flag(Key::IsEphemeral, is_ephemeral);
        }
        if let Some(time) = metadata.time {
            to.number(Key::Timestamp, time);
        }
    });
}

fn put_remote(to: &mut Writer, storage: &str, remote: &RemoteHeads) {
    to.nested(storage, |to| {
        put_heads(to, &remote.heads);
        to.number(Key::Timestamp, remote.timestamp);
    });
}

fn put_heads(to: &mut Writer, heads: &Heads) {
    to.list(Key::Heads, heads.as_slice().iter().map(hash_to_text));
}

fn put_refusal(to: &mut Writer, refusal: &Refusal) {
    to.text(Key::Code, &refusal.code);
    let params = serde_json::to_string(&refusal.params);
    to.text(Key::Params, &params.expect("a map of texts is always JSON"));
}

fn entry_bytes(entry: &CatalogueEntry) -> impl Iterator<Item = u8> + use<> {
    id_and_epoch(entry.document, entry.epoch).chain(entry.digest)
}

fn id_and_epoch(document: DocumentId, epoch: u32) -> impl Iterator<Item = u8> {
    document.0.into_iter().chain(epoch.to_be_bytes())
}
