//! Writes what the fuzzer starts from into `fuzz/seeds`: small honest examples of everything that is parsed.
//!
//! `cargo run -p samsynk-tests --example seeds`

use std::error::Error;
use std::fs;
use std::path::Path;

use automerge::marks::{ExpandMark, Mark};
use automerge::sync::{State, SyncDoc as _};
use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, AutoCommit, ObjType, ROOT, ScalarValue};
use samsynk_core::domain::{Command, Edit, NoteEdit, VisitEdit};
use samsynk_core::ids::{AccountId, CommandId, DocumentId};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::{CatalogueEntry, Frame, Heads, PeerId, PeerMetadata};
use samsynk_tests::forge::{VERSIONS, message};

fn main() -> Result<(), Box<dyn Error>> {
    let mut doc = document()?;
    let mut other = doc.fork().with_actor(ActorId::from([2; 16]));
    other.put(ROOT, "title", "Another plan")?;
    other.commit();
    doc.put(ROOT, "title", "A plan")?;
    doc.merge(&mut other)?;
    doc.delete(ROOT, "flag")?;
    doc.commit();

    keep("saved", "document", &doc.save())?;
    keep("saved", "plain-document", &doc.save_nocompress())?;
    keep("saved", "changes", &doc.save_after(&[]))?;
    let mut changes = doc.get_changes(&[]);
    for (n, change) in changes.iter_mut().enumerate().take(3) {
        keep("saved", &format!("change-{n}"), change.raw_bytes())?;
    }
    let largest = changes.iter_mut().max_by_key(|change| change.len()).ok_or("no change")?;
    keep("saved", "compressed-change", &largest.bytes())?;

    let raw: Vec<Vec<u8>> = changes.iter().map(|change| change.raw_bytes().to_vec()).collect();
    for (version, name) in VERSIONS.into_iter().zip(["first", "second"]) {
        keep("sync", &format!("{name}-changes"), &message(version, &raw))?;
        keep("sync", &format!("{name}-document"), &message(version, &[doc.save()]))?;
        keep("sync", &format!("{name}-nothing"), &message(version, &[]))?;
    }
    let (mut here, mut there) = (State::new(), State::new());
    for round in 0..3 {
        if let Some(message) = doc.sync().generate_sync_message(&mut here) {
            keep("sync", &format!("there-{round}"), &message.clone().encode())?;
            other.sync().receive_sync_message(&mut there, message)?;
        }
        if let Some(message) = other.sync().generate_sync_message(&mut there) {
            keep("sync", &format!("back-{round}"), &message.clone().encode())?;
            doc.sync().receive_sync_message(&mut here, message)?;
        }
    }
    frames(Heads::new(doc.get_heads()))?;
    texts()
}

/// A document with one of everything.
fn document() -> Result<AutoCommit, Box<dyn Error>> {
    let mut doc = AutoCommit::new().with_actor(ActorId::from([1; 32]));
    doc.put(ROOT, "title", "Plan")?;
    doc.put(ROOT, "flag", true)?;
    doc.put(ROOT, "when", ScalarValue::Timestamp(1_638_000_000_000))?;
    doc.put(ROOT, "bytes", vec![1, 2, 3])?;
    doc.put(ROOT, "half", 0.5)?;
    doc.put(ROOT, "count", ScalarValue::counter(3))?;
    doc.commit_with(CommitOptions::default().with_time(1_600_000_000).with_message("first"));
    doc.increment(ROOT, "count", 2)?;
    let days = doc.put_object(ROOT, "days", ObjType::List)?;
    for day in 0..4 {
        let map = doc.insert_object(&days, day, ObjType::Map)?;
        doc.put(&map, "room", 10 + day as i64)?;
    }
    doc.delete(&days, 1)?;
    doc.commit();
    let text = doc.put_object(ROOT, "text", ObjType::Text)?;
    doc.splice_text(&text, 0, 0, &"Vi ses i entrén. ".repeat(20))?;
    doc.splice_text(&text, 3, 4, "syns")?;
    doc.mark(&text, Mark::new("strong".into(), true, 2, 9), ExpandMark::Both)?;
    doc.commit();
    Ok(doc)
}

fn frames(heads: Heads) -> Result<(), Box<dyn Error>> {
    let (sender, target) = (PeerId::new("peer-a")?, PeerId::new("peer-b")?);
    let document = DocumentId([7; 16]);
    let metadata = PeerMetadata::default();
    let versions = vec!["1".to_owned(), "samsynk-1".to_owned()];
    let frames = [
        Frame::Join { sender: sender.clone(), versions, metadata },
        Frame::Sync {
            document,
            sender: sender.clone(),
            target: target.clone(),
            data: vec![0x42],
            seal: None,
        },
        Frame::DocUnavailable { document, sender: sender.clone(), target },
        Frame::Leave { sender },
        Frame::CatalogueDigest {
            entries: vec![CatalogueEntry { document, epoch: 1, digest: heads.digest() }],
        },
        Frame::CatalogueAnswer { entries: vec![(document, 1)] },
        Frame::Rejected {
            document,
            hashes: heads.as_slice().to_vec(),
            refusal: Refusal::new("not-writer").with("kind", "note"),
        },
        Frame::Receipt { document, heads },
        Frame::Withdrawn { document, epoch: 1, reason: "erased".to_owned() },
        Frame::Command { id: CommandId([3; 16]), command: "{}".to_owned() },
        Frame::Outcome { id: CommandId([3; 16]), result: Ok(4) },
        Frame::Ping { count: 1 },
        Frame::Pong { count: 1 },
    ];
    for frame in frames {
        keep("frame", frame.kind(), &frame.encode())?;
    }
    Ok(())
}

fn texts() -> Result<(), Box<dyn Error>> {
    keep("names", "document", DocumentId([7; 16]).to_string().as_bytes())?;
    keep("names", "account", AccountId([7; 16]).to_string().as_bytes())?;
    keep("names", "unit", b"rinkeby-kista")?;
    keep("names", "url", b"wss://[::1]:8443/sync")?;
    keep("headers", "bearer", b"authorization:Bearer abc\nhost:localhost")?;
    keep("headers", "basic", b"authorization:Basic eDp0b2tlbg==\nhost:x\norigin:https://x")?;
    keep("headers", "cookie", b"cookie:a=b; __Host-samsynk=t\nsec-fetch-site:same-origin")?;
    let upgrade = b"connection:Upgrade\nupgrade:websocket\nsec-websocket-version:13\n\
        sec-websocket-key:dGhlIHNhbXBsZSBub25jZQ==";
    keep("headers", "upgrade", upgrade)?;
    let owner = AccountId([7; 16]);
    let edits = [
        ("note", Edit::Note(NoteEdit::Create { owner, title: "Note".to_owned() })),
        ("visit", Edit::Visit(VisitEdit::SetTitle { title: "Plan".to_owned() })),
    ];
    for (name, edit) in edits {
        keep("requests", name, serde_json::to_string(&edit)?.as_bytes())?;
    }
    let command = Command::PublishVisit { visit: DocumentId([7; 16]) };
    keep("requests", "publish", serde_json::to_string(&command)?.as_bytes())?;
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/demo/town.json");
    keep("import", "town", &fs::read(demo)?)
}

fn keep(target: &str, name: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join(name), bytes)?)
}
