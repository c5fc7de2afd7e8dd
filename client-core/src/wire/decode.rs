//! Bytes to frames. Nothing here panics, and nothing is allocated before its limit is checked.

use std::collections::BTreeMap;

use automerge::ChangeHash;

use super::fields::{Fields, invalid, items, text};
use super::frame::{CatalogueEntry, Frame, RemoteHeads};
use super::heads::hash_from_text;
use super::key::Key;
use super::{Heads, PeerId, PeerMetadata, Seal, Version, WireError, negotiate};
use crate::ids::{CommandId, DocumentId};
use crate::limits::{
    CATALOGUE_ENTRIES_MAX, COMMAND_BYTES_MAX, FRAME_BYTES_MAX, HEADS_COUNT_MAX,
    OVERSIZED_FRAME_BYTES_MAX, PEER_ID_BYTES_MAX, REJECTED_HASHES_MAX, STORAGE_IDS_COUNT_MAX,
    VERSIONS_COUNT_MAX, WIRE_NAME_BYTES_MAX,
};
use crate::refusal::Refusal;

impl Frame {
    /// Reads one binary message.
    ///
    /// Unknown keys are passed over, and an unknown type gives [`Frame::Unknown`].
    ///
    /// # Errors
    /// When the message is too large, is not one CBOR map, or lacks or misuses a key of its type.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        if bytes.len() > FRAME_BYTES_MAX {
            return Err(WireError::TooLarge { bytes: bytes.len() });
        }
        Self::decode_fields(bytes)
    }

    /// Reads a message that is larger than a frame may be: whose it is and of which document, without its data.
    ///
    /// # Errors
    /// As [`Frame::decode`]; `TooLarge` also where it is no sync message.
    pub fn decode_oversized(bytes: &[u8]) -> Result<Self, WireError> {
        let too_large = WireError::TooLarge { bytes: bytes.len() };
        if bytes.len() > OVERSIZED_FRAME_BYTES_MAX {
            return Err(too_large);
        }
        match Self::decode_fields(bytes) {
            Ok(
                Self::Sync { document, sender, target, .. }
                | Self::Request { document, sender, target, .. },
            ) => Ok(Self::Sync { document, sender, target, data: Vec::new(), seal: None }),
            _ => Err(too_large),
        }
    }

    fn decode_fields(bytes: &[u8]) -> Result<Self, WireError> {
        let fields = Fields::of_message(bytes)?;
        let kind = required(fields.text(Key::Type, WIRE_NAME_BYTES_MAX)?, Key::Type)?;
        match classic(kind, &fields)? {
            Some(frame) => Ok(frame),
            None => {
                Ok(samsynk(kind, &fields)?
                    .unwrap_or_else(|| Self::Unknown { kind: kind.to_owned() }))
            }
        }
    }
}

/// The frames of version `"1"`.
fn classic(kind: &str, fields: &Fields<'_>) -> Result<Option<Frame>, WireError> {
    Ok(Some(match kind {
        "join" => Frame::Join {
            sender: sender(fields)?,
            versions: versions(fields)?,
            metadata: metadata(fields)?,
        },
        "peer" => Frame::Peer {
            sender: sender(fields)?,
            target: target(fields)?,
            version: selected_version(fields)?,
            metadata: metadata(fields)?,
        },
        "leave" => Frame::Leave { sender: sender(fields)? },
        "request" => Frame::Request {
            document: document(fields)?,
            sender: sender(fields)?,
            target: target(fields)?,
            data: data(fields)?,
        },
        "sync" => Frame::Sync {
            document: document(fields)?,
            sender: sender(fields)?,
            target: target(fields)?,
            data: data(fields)?,
            seal: seal(fields)?,
        },
        "doc-unavailable" => Frame::DocUnavailable {
            document: document(fields)?,
            sender: sender(fields)?,
            target: target(fields)?,
        },
        "ephemeral" => Frame::Ephemeral {
            document: document(fields)?,
            sender: sender(fields)?,
            target: target(fields)?,
            session: owned(fields, Key::SessionId, PEER_ID_BYTES_MAX)?,
            count: number(fields, Key::Count)?,
            data: data(fields)?,
        },
        "error" => Frame::Error {
            message: fields.text(Key::Message, COMMAND_BYTES_MAX)?.unwrap_or_default().to_owned(),
            sender: peer(fields, Key::SenderId)?,
            target: peer(fields, Key::TargetId)?,
        },
        "remote-subscription-change" => Frame::RemoteSubscriptionChange {
            sender: sender(fields)?,
            target: target(fields)?,
            add: storage_ids(fields, Key::Add)?,
            remove: storage_ids(fields, Key::Remove)?,
        },
        "remote-heads-changed" => Frame::RemoteHeadsChanged {
            document: document(fields)?,
            sender: sender(fields)?,
            target: target(fields)?,
            heads: remote_heads(fields)?,
        },
        _ => return Ok(None),
    }))
}

/// The frames that version `"samsynk-1"` adds.
fn samsynk(kind: &str, fields: &Fields<'_>) -> Result<Option<Frame>, WireError> {
    Ok(Some(match kind {
        "catalogue-digest" => Frame::CatalogueDigest {
            entries: packed(fields, Key::Entries, CATALOGUE_ENTRIES_MAX, catalogue_entry)?,
        },
        "catalogue-answer" => Frame::CatalogueAnswer {
            entries: packed(fields, Key::Entries, CATALOGUE_ENTRIES_MAX, document_and_epoch)?,
        },
        "receipt" => Frame::Receipt { document: document(fields)?, heads: heads(fields)? },
        "rejected" => Frame::Rejected {
            document: document(fields)?,
            hashes: packed(fields, Key::Hashes, REJECTED_HASHES_MAX, |hash| ChangeHash(*hash))?,
            refusal: refusal(fields)?,
        },
        "give-back" => Frame::GiveBack {
            document: document(fields)?,
            epoch: epoch(fields)?,
            seal: required(seal(fields)?, Key::Seal)?,
            data: data(fields)?,
        },
        "withdrawn" => Frame::Withdrawn {
            document: document(fields)?,
            epoch: epoch(fields)?,
            reason: owned(fields, Key::Reason, WIRE_NAME_BYTES_MAX)?,
        },
        "command" => Frame::Command {
            id: command_id(fields)?,
            command: owned(fields, Key::Command, COMMAND_BYTES_MAX)?,
        },
        "outcome" => Frame::Outcome { id: command_id(fields)?, result: outcome(fields)? },
        "ping" => Frame::Ping { count: number(fields, Key::Count)? },
        "pong" => Frame::Pong { count: number(fields, Key::Count)? },
        _ => return Ok(None),
    }))
}

fn required<T>(value: Option<T>, key: Key) -> Result<T, WireError> {
    value.ok_or(WireError::Missing { key: key.name() })
}

fn owned(fields: &Fields<'_>, key: Key, max: usize) -> Result<String, WireError> {
    required(fields.text(key, max)?, key).map(str::to_owned)
}

fn number(fields: &Fields<'_>, key: Key) -> Result<u64, WireError> {
    required(fields.number(key)?, key)
}

fn peer(fields: &Fields<'_>, key: Key) -> Result<Option<PeerId>, WireError> {
    fields.text(key, PEER_ID_BYTES_MAX)?.map(PeerId::new).transpose()
}

fn sender(fields: &Fields<'_>) -> Result<PeerId, WireError> {
    required(peer(fields, Key::SenderId)?, Key::SenderId)
}

fn target(fields: &Fields<'_>) -> Result<PeerId, WireError> {
    required(peer(fields, Key::TargetId)?, Key::TargetId)
}

fn document(fields: &Fields<'_>) -> Result<DocumentId, WireError> {
    // The text is short or `parse` refuses it before decoding.
    let text = required(fields.text(Key::DocumentId, WIRE_NAME_BYTES_MAX)?, Key::DocumentId)?;
    text.parse().map_err(|_| invalid(Key::DocumentId))
}

fn command_id(fields: &Fields<'_>) -> Result<CommandId, WireError> {
    let text = required(fields.text(Key::Id, WIRE_NAME_BYTES_MAX)?, Key::Id)?;
    text.parse().map_err(|_| invalid(Key::Id))
}

fn data(fields: &Fields<'_>) -> Result<Vec<u8>, WireError> {
    required(fields.bytes(Key::Data)?, Key::Data).map(<[u8]>::to_vec)
}

fn epoch(fields: &Fields<'_>) -> Result<u32, WireError> {
    number(fields, Key::Epoch)?.try_into().map_err(|_| invalid(Key::Epoch))
}

fn seal(fields: &Fields<'_>) -> Result<Option<Seal>, WireError> {
    let Some(bytes) = fields.bytes(Key::Seal)? else { return Ok(None) };
    bytes.try_into().map(|bytes| Some(Seal(bytes))).map_err(|_| invalid(Key::Seal))
}

fn versions(fields: &Fields<'_>) -> Result<Vec<String>, WireError> {
    let key = Key::SupportedVersions;
    let versions = fields.list(key, VERSIONS_COUNT_MAX, |item| {
        text(item, key, WIRE_NAME_BYTES_MAX).map(str::to_owned)
    })?;
    Ok(versions.unwrap_or_else(|| vec![Version::One.as_str().to_owned()]))
}

fn selected_version(fields: &Fields<'_>) -> Result<Version, WireError> {
    let key = Key::SelectedVersion;
    match fields.text(key, WIRE_NAME_BYTES_MAX)? {
        None => Ok(Version::One),
        Some(version) => negotiate(&[version.to_owned()]).ok_or(invalid(key)),
    }
}

fn metadata(fields: &Fields<'_>) -> Result<PeerMetadata, WireError> {
    let Some(mut decoder) = fields.value(Key::PeerMetadata) else {
        return Ok(PeerMetadata::default());
    };
    let inner = Fields::walk(&mut decoder).map_err(inside(Key::PeerMetadata))?;
    Ok(PeerMetadata {
        storage_id: inner.text(Key::StorageId, PEER_ID_BYTES_MAX)?.map(str::to_owned),
        is_ephemeral: inner.flag(Key::IsEphemeral)?,
        time: inner.number(Key::Timestamp)?,
    })
}

fn storage_ids(fields: &Fields<'_>, key: Key) -> Result<Vec<String>, WireError> {
    let ids = fields.list(key, STORAGE_IDS_COUNT_MAX, |item| {
        text(item, key, PEER_ID_BYTES_MAX).map(str::to_owned)
    })?;
    Ok(ids.unwrap_or_default())
}

fn heads(fields: &Fields<'_>) -> Result<Heads, WireError> {
    let hashes = fields.list(Key::Heads, HEADS_COUNT_MAX, |item| {
        let text = item.str().map_err(|_| invalid(Key::Heads))?;
        hash_from_text(text).ok_or(invalid(Key::Heads))
    })?;
    required(hashes, Key::Heads).map(Heads::new)
}

fn remote_heads(fields: &Fields<'_>) -> Result<BTreeMap<String, RemoteHeads>, WireError> {
    let key = Key::NewHeads;
    let mut decoder = required(fields.value(key), key)?;
    let count = decoder.map().map_err(|_| invalid(key))?;
    let mut by_storage = BTreeMap::new();
    let mut heads_count = 0;
    items(&mut decoder, count, |decoder| {
        let storage = text(decoder, key, PEER_ID_BYTES_MAX)?.to_owned();
        let inner = Fields::walk(decoder).map_err(inside(key))?;
        let heads = heads(&inner)?;
        // Each storage counts as one more: many with no heads at all cost as well.
        heads_count += heads.len() + 1;
        if heads_count > HEADS_COUNT_MAX {
            return Err(WireError::OverLimit { key: key.name(), max: HEADS_COUNT_MAX });
        }
        let timestamp = number(&inner, Key::Timestamp)?;
        match by_storage.insert(storage, RemoteHeads { heads, timestamp }) {
            None => Ok(()),
            Some(_) => Err(WireError::Duplicate { key: key.name() }),
        }
    })?;
    Ok(by_storage)
}

/// The whole message is known to be well-formed, so what is malformed inside `key` is of the wrong kind.
fn inside(key: Key) -> impl Fn(WireError) -> WireError {
    move |error| if error == WireError::Malformed { invalid(key) } else { error }
}

fn outcome(fields: &Fields<'_>) -> Result<Result<u64, Refusal>, WireError> {
    if required(fields.flag(Key::Ok)?, Key::Ok)? {
        number(fields, Key::Receipt).map(Ok)
    } else {
        refusal(fields).map(Err)
    }
}

fn refusal(fields: &Fields<'_>) -> Result<Refusal, WireError> {
    let params = match fields.text(Key::Params, COMMAND_BYTES_MAX)? {
        None => BTreeMap::new(),
        Some(json) => serde_json::from_str(json).map_err(|_| invalid(Key::Params))?,
    };
    Ok(Refusal { code: owned(fields, Key::Code, WIRE_NAME_BYTES_MAX)?, params })
}

/// A byte string of items of `N` bytes each, at most `max` of them.
fn packed<T, const N: usize>(
    fields: &Fields<'_>,
    key: Key,
    max: usize,
    item: impl Fn(&[u8; N]) -> T,
) -> Result<Vec<T>, WireError> {
    let bytes = required(fields.bytes(key)?, key)?;
    let (items, rest) = bytes.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(invalid(key));
    }
    if items.len() > max {
        return Err(WireError::OverLimit { key: key.name(), max });
    }
    Ok(items.iter().map(item).collect())
}

fn catalogue_entry(bytes: &[u8; 28]) -> CatalogueEntry {
    let (head, digest) = bytes.split_at(20);
    let (document, epoch) = document_and_epoch(head.try_into().expect("split at 20"));
    CatalogueEntry { document, epoch, digest: digest.try_into().expect("28 - 20 are 8") }
}

fn document_and_epoch(bytes: &[u8; 20]) -> (DocumentId, u32) {
    let (document, epoch) = bytes.split_at(16);
    (
        DocumentId(document.try_into().expect("split at 16")),
        u32::from_be_bytes(epoch.try_into().expect("20 - 16 are 4")),
    )
}
