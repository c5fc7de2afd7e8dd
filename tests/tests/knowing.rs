//! Nobody learns from a running server whether there is what they have no right to: neither by its answers, byte for byte,
//! nor by the time that these take.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use automerge::AutoCommit;
use automerge::sync::{ChunkList, Message, MessageVersion};
use automerge::transaction::Transactable as _;
use samsynk_core::domain::{Card, Command, actor_of};
use samsynk_core::ids::{AccountId, CommandId, DocumentId};
use samsynk_core::wire::{CatalogueEntry, Frame, Seal, Version};
use samsynk_tests::forge::message;
use samsynk_tests::{Answer, Raw, Town, token};

const VERSIONS: [Version; 2] = [Version::One, Version::Samsynk1];

/// How often each question is put when time is compared.
const ROUNDS: usize = 15;

/// A document of each sort that is not for who asks: another's, an erased person's, and one that never was.
type Sorts = [DocumentId; 3];

struct Scene {
    town: Town,
    nosy: AccountId,
    token: String,
    /// Cards, whose ids follow from accounts.
    cards: Sorts,
    /// Large documents under ids that their makers chose.
    large: Sorts,
}

impl Scene {
    async fn set() -> Self {
        let town = Town::start().await;
        let [there, gone] = ["staff-farsta", "staff-farsta-2"].map(|person| town.account(person));
        let large = [1, 2, 3].map(|n| DocumentId([n; 16]));
        for (account, id) in [(there, large[0]), (gone, large[1])] {
            let mut raw = Raw::join(&town, account, Version::Samsynk1).await;
            raw.sync(id, creating(account, 400_000)).await;
            raw.until(|frame| matches!(frame, Frame::Receipt { .. }).then_some(())).await;
        }
        town.samsynk(&["erase", &gone.to_string()]).await;
        let cards = [there, gone, AccountId([9; 16])].map(Card::id_of);
        let nosy = town.samsynk(&["account", "add"]).await.parse().unwrap();
        let token = token(&town, nosy).await;
        Self { town, nosy, token, cards, large }
    }

    async fn join(&self, version: Version) -> Raw {
        Raw::join_with(&self.town, &self.token, version).await
    }
}

/// A message with a new document of an account, of so many bytes that do not compress.
fn creating(account: AccountId, bytes: usize) -> Vec<u8> {
    let mut doc = AutoCommit::new().with_actor(actor_of(account, [1; 16]));
    let mut state = 1_u32;
    let noise = (0..bytes).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    doc.put(automerge::ROOT, "noise", noise.collect::<Vec<u8>>()).unwrap();
    let changes = ChunkList::from(doc.save_after(&[]));
    message_of(doc.get_heads(), changes)
}

fn message_of(heads: Vec<automerge::ChangeHash>, changes: ChunkList) -> Vec<u8> {
    let (need, have, flags) = (Vec::new(), Vec::new(), None);
    Message { heads, need, have, changes, flags, version: MessageVersion::V1 }.encode()
}

/// Says that its sender has something of a document.
fn boast() -> Vec<u8> {
    message_of(vec![automerge::ChangeHash([5; 32])], ChunkList::empty())
}

/// A question about a document, as frames.
type Question = fn(&Raw, DocumentId) -> Frame;

fn sync(raw: &Raw, document: DocumentId, data: Vec<u8>) -> Frame {
    let (sender, target) = (raw.peer.clone(), raw.server.clone());
    Frame::Sync { document, sender, target, data, seal: None }
}

const QUESTIONS: [(&str, Question); 8] = [
    ("a request", |raw, document| {
        let (sender, target) = (raw.peer.clone(), raw.server.clone());
        Frame::Request { document, sender, target, data: message(0x42, &[]) }
    }),
    ("made-up heads", |raw, document| sync(raw, document, boast())),
    ("changes of somebody", |raw, document| sync(raw, document, creating(AccountId([3; 16]), 100))),
    ("no message", |raw, document| sync(raw, document, vec![0x42, 0xff])),
    ("a catalogue", |_, document| Frame::CatalogueDigest {
        entries: vec![CatalogueEntry { document, epoch: 0, digest: [4; 8] }],
    }),
    ("a seal", |_, document| Frame::GiveBack {
        document,
        epoch: 0,
        seal: Seal([6; 32]),
        data: boast(),
    }),
    ("a command", |_, document| {
        let command = serde_json::to_string(&Command::PublishVisit { visit: document }).unwrap();
        Frame::Command { id: CommandId([8; 16]), command }
    }),
    ("a word to the others", |raw, document| {
        let (sender, target) = (raw.peer.clone(), raw.server.clone());
        let session = "s".to_owned();
        Frame::Ephemeral { document, sender, target, session, count: 1, data: vec![1] }
    }),
];

/// What is said of a document in answer to a question, with its id put out.
async fn answers(
    scene: &Scene,
    version: Version,
    document: DocumentId,
    ask: Question,
) -> Vec<Vec<u8>> {
    let mut raw = scene.join(version).await;
    let question = ask(&raw, document);
    raw.send(&question).await;
    // Answered after it, in both versions: nobody has ever had that.
    let last = DocumentId([0x70; 16]);
    raw.send(&QUESTIONS[0].1(&raw, last)).await;
    let mut said = Vec::new();
    loop {
        match raw.next().await {
            Answer::Frame(Frame::DocUnavailable { document, .. }) if document == last => {
                return said;
            }
            Answer::Frame(frame) => said.push(without_id(frame, document, &raw).encode()),
            closed @ Answer::Closed(_) => panic!("{closed:?}"),
        }
    }
}

fn without_id(frame: Frame, id: DocumentId, raw: &Raw) -> Frame {
    let (document, sender, target) = (DocumentId([0; 16]), raw.server.clone(), raw.server.clone());
    match frame {
        Frame::DocUnavailable { .. } => Frame::DocUnavailable { document, sender, target },
        Frame::Sync { data, seal, .. } => Frame::Sync { document, sender, target, data, seal },
        Frame::Error { message, .. } => Frame::Error { message, sender: None, target: None },
        Frame::Rejected { hashes, refusal, .. } => Frame::Rejected { document, hashes, refusal },
        Frame::Withdrawn { epoch, reason, .. } => Frame::Withdrawn { document, epoch, reason },
        Frame::CatalogueAnswer { entries } => {
            // What is this account's own is named as well.
            let about = entries.into_iter().filter(|(entry, _)| *entry == id);
            Frame::CatalogueAnswer { entries: about.map(|(_, epoch)| (document, epoch)).collect() }
        }
        other => other,
    }
}

#[tokio::test]
async fn what_is_not_theirs_was_erased_or_never_was_are_answered_byte_for_byte_alike() {
    let scene = Scene::set().await;
    for version in VERSIONS {
        for (what, ask) in QUESTIONS {
            for (sorts, of) in [(scene.cards, "a card"), (scene.large, "a note")] {
                let mut said = Vec::new();
                for document in sorts {
                    said.push(answers(&scene, version, document, ask).await);
                }
                let name = format!("{what} about {of} in version {}", version.as_str());
                assert_eq!(said[0], said[2], "{name}: another's, and none");
                assert_eq!(said[1], said[2], "{name}: erased, and none");
            }
        }
    }
    // The server lives, and what was asked about is as it was.
    let mut there = scene.town.document(scene.large[0]);
    assert_ne!(scene.nosy, AccountId([0; 16]));
    assert!(!there.get_changes(&[]).is_empty());
}

#[tokio::test]
async fn nor_does_the_time_of_an_answer_tell_them_apart() {
    let scene = Scene::set().await;
    // A document of 400 kB takes the server tens of milliseconds to load.
    for version in VERSIONS {
        for (what, ask) in [QUESTIONS[1], QUESTIONS[3], QUESTIONS[6]] {
            if version == Version::One && what == "a command" {
                continue;
            }
            let mut took: BTreeMap<usize, Vec<Duration>> = BTreeMap::new();
            for _ in 0..ROUNDS {
                // One after the other, so that what else the machine does happens to all of them.
                for (sort, document) in scene.large.into_iter().enumerate() {
                    let mut raw = scene.join(version).await;
                    let question = ask(&raw, document);
                    let asked = Instant::now();
                    raw.send(&question).await;
                    let answer = raw.next().await;
                    assert!(matches!(answer, Answer::Frame(_)), "{answer:?}");
                    took.entry(sort).or_default().push(asked.elapsed());
                }
            }
            let median = |sort: usize| {
                let mut took = took[&sort].clone();
                took.sort_unstable();
                took[took.len() / 2]
            };
            let none = median(2);
            for (sort, of) in [(0, "another's"), (1, "erased")] {
                let took = median(sort);
                let alike = |a: Duration, b: Duration| a < b * 3 + Duration::from_millis(1);
                assert!(
                    alike(took, none) && alike(none, took),
                    "{what} about {of} in version {}: {took:?}, and {none:?} about none",
                    version.as_str()
                );
            }
        }
    }
}
