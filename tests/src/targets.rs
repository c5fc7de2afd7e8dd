//! Everything that is parsed from outside, each as a function over bytes which must return: what `make fuzz` calls with
//! whatever it can think of, and `tests/targets.rs` with what is kept.

use std::str::FromStr;

use automerge::{AutoCommit, ROOT, ReadDoc as _};
use samsynk_core::domain::{Command, Document, Edit};
use samsynk_core::ids::{AccountId, DeviceId, DocumentId, UnitId};
use samsynk_core::transport::{ServerUrl, Token};
use samsynk_core::wire::untrusted::{self, guarded};
use samsynk_core::wire::{Frame, walk};
use samsynk_server::accounts::SystemRandom;
use samsynk_server::import::{self, Existing, Source};
use samsynk_server::net::credentials::{origin, token};
use samsynk_server::net::{Exposure, handshake};

use crate::forge::{self, VERSIONS, message, repaired};
use crate::gate::pass;

/// A function over bytes.
pub type Target = fn(&[u8]);

/// All of them, by the names of their folders.
pub const TARGETS: [(&str, Target); 9] = [
    ("frame", frame),
    ("sync", sync),
    ("saved", saved),
    ("names", names),
    ("headers", headers),
    ("requests", requests),
    ("import", import),
    ("accepted", accepted),
    ("written", written),
];

/// A frame: what is read is written, and then read the same.
///
/// # Panics
///
/// It is not; so below.
pub fn frame(data: &[u8]) {
    if let Ok(frame) = Frame::decode(data) {
        assert_eq!(Frame::decode(&frame.encode()), Ok(frame));
    }
}

/// A sync message with checksums set right, through the gate into a new document: what is accepted can be saved,
/// loaded and read.
pub fn sync(data: &[u8]) {
    let data = repaired(data);
    let walked = walk::sync_message(&data);
    if walked.is_ok() {
        untrusted::message(&data).expect("what the walk accepts, Automerge parses");
    }
    let mut doc = AutoCommit::new();
    if let Ok(applied) = pass(&mut doc, &data)
        && !applied.is_empty()
    {
        let (mut loaded, walked) = untrusted::document(&doc.save()).expect("it was accepted");
        assert_eq!(loaded.get_heads(), doc.get_heads());
        assert_eq!(walked.changes, applied.len());
        reads_alike(&mut loaded);
    }
}

/// Chunks as they are stored, with checksums set right: what the walk accepts, Automerge loads or refuses. As a message
/// they go through the gate as well.
pub fn saved(data: &[u8]) {
    let data = repaired(data);
    if walk::saved(&data).is_err() {
        return;
    }
    let loaded = guarded(|| AutoCommit::load(&data));
    if let Ok(Ok(mut doc)) = loaded
        && pass(&mut AutoCommit::new(), &message(VERSIONS[1], &[data])).is_ok()
    {
        reads_alike(&mut doc);
    }
}

/// A document is the one that its changes make, and no reader fails over it.
///
/// # Panics
///
/// It is not, or one does.
pub fn reads_alike(doc: &mut AutoCommit) {
    let mut made = AutoCommit::new();
    made.apply_changes(doc.get_changes(&[])).expect("its own changes");
    assert_eq!(made.get_heads(), doc.get_heads());
    // Changes that know nothing of each other may stand in any order; operations may not.
    let [made, saved] = [made.save_nocompress(), doc.save_nocompress()].map(|saved| {
        forge::Document::opened(&saved).map(|document| (document.actors, document.operations))
    });
    assert_eq!(made, saved);
    doc.hydrate(ROOT, None).expect("all of it");
    if let Ok(document) = Document::of(doc) {
        let _ = document.check(None);
    }
}

fn round_trip<T: FromStr + ToString>(text: &str) {
    if let Ok(value) = T::from_str(text) {
        let written = value.to_string();
        let again = T::from_str(&written).map(|value| value.to_string());
        assert_eq!(again.ok(), Some(written));
    }
}

/// Names in texts: ids, addresses, tokens.
pub fn names(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    round_trip::<DocumentId>(text);
    round_trip::<AccountId>(text);
    round_trip::<DeviceId>(text);
    round_trip::<UnitId>(text);
    round_trip::<ServerUrl>(text);
    let _ = text.parse::<Token>();
}

/// The head of a request: credentials, origin, WebSocket handshake.
pub fn headers(data: &[u8]) {
    let mut headers = http::HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = http::HeaderName::from_bytes(&line[..colon]);
        let value = http::HeaderValue::from_bytes(&line[colon + 1..]);
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    for exposure in [Exposure::Tls, Exposure::Loopback] {
        let known = Some("https://samsynk.example");
        let _ = (token(&headers, exposure, known), origin(&headers, exposure, known));
    }
    let _ = handshake::answer(&headers);
}

/// Commands and edits as JSON.
pub fn requests(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(command) = serde_json::from_str::<Command>(text) {
        let again = serde_json::to_string(&command).expect("it was JSON");
        assert_eq!(serde_json::from_str::<Command>(&again).ok(), Some(command));
    }
    if let Ok(edit) = serde_json::from_str::<Edit>(text) {
        let again = serde_json::to_string(&edit).expect("it was JSON");
        assert_eq!(serde_json::from_str::<Edit>(&again).ok(), Some(edit));
    }
}

/// A file to import.
pub fn import(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = import::read(&[Source { name: "file", text }], &Existing::default(), &mut SystemRandom);
}

/// A sync message that a server and a device take in, and live with.
pub fn accepted(data: &[u8]) {
    crate::accepted::bytes(data);
}

/// Instructions to write a document of any kind, with which a server and a device live.
pub fn written(data: &[u8]) {
    crate::accepted::instructions(data);
}
