//! A restored server gets back what it has lost, and nothing else.

use automerge::sync::{ChunkList, Message, MessageFlags, MessageVersion};
use automerge::{AutoCommit, ChangeHash};
use samsynk_core::domain::{Command, Document, Home, Itinerary};
use samsynk_core::ids::DocumentId;
use samsynk_core::wire::{CatalogueEntry, Frame, Heads, Seal};

use super::super::port::{Identity, SessionId};
use super::*;
use crate::admin::{AdminReply, AdminRequest, beside};
use crate::store::{StoreError, documents, journal};

/// What a phone holds while it is switched off.
pub(super) struct Kept {
    pub identity: Identity,
    pub documents: std::collections::BTreeMap<DocumentId, AutoCommit>,
    pub seals: std::collections::BTreeMap<DocumentId, (Heads, Seal)>,
    epochs: std::collections::BTreeMap<DocumentId, u32>,
}

impl Kept {
    pub(super) fn of(town: &mut Town, session: SessionId) -> Self {
        let (seals, epochs) =
            (town.phone(session).seals.clone(), town.phone(session).epochs.clone());
        let (identity, documents) = town.disconnect(session);
        Self { identity, documents, seals, epochs }
    }

    pub(super) fn back(&self, town: &mut Town) -> SessionId {
        let session = town.connect(self.identity, "samsynk-1", self.documents.clone());
        town.phone(session).seals.clone_from(&self.seals);
        town.phone(session).epochs.clone_from(&self.epochs);
        session
    }

    /// What this phone gives back of a document.
    pub(super) fn given(&self, document: DocumentId) -> Frame {
        let (heads, seal) = self.seals[&document].clone();
        let mut doc = self.documents[&document].clone();
        match give_back(document, seal, heads.as_slice(), &mut doc) {
            Frame::GiveBack { data, .. } => {
                let epoch = self.epochs.get(&document).copied().unwrap_or(0);
                Frame::GiveBack { document, epoch, seal, data }
            }
            other => other,
        }
    }
}

/// The heads with all that they build on, under a seal.
pub(super) fn give_back(
    document: DocumentId,
    seal: Seal,
    heads: &[ChangeHash],
    doc: &mut AutoCommit,
) -> Frame {
    let message = Message {
        heads: heads.to_vec(),
        need: Vec::new(),
        have: Vec::new(),
        changes: ChunkList::from(doc.fork_at(heads).unwrap().save()),
        flags: Some(MessageFlags::new()),
        version: MessageVersion::V2,
    };
    Frame::GiveBack { document, epoch: 0, seal, data: message.encode() }
}

/// A lead and two of the staff, who know of each other's edits in a plan that the backup does not have.
struct Story {
    town: Town,
    lead: Kept,
    aino: Kept,
    bo: Kept,
    /// The plan's heads before the server lost it.
    heads: Heads,
}

/// The backup is older than the plan.
fn lost_plan() -> Story {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let bo = town.person("Bo", "staff@kista");
    let backup = town.backup("backup.db");
    plan(&mut town, lead, aino, None);
    lose(town, [lead, aino, bo], &backup)
}

/// The backup is older than the newest edits in the plan.
fn lost_edits() -> Story {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let bo = town.person("Bo", "staff@kista");
    plan(&mut town, lead, aino, None);
    let backup = town.backup("backup.db");
    lose(town, [lead, aino, bo], &backup)
}

fn lose(mut town: Town, [lead, aino, bo]: [SessionId; 3], backup: &std::path::Path) -> Story {
    for session in [lead, aino, bo] {
        town.catalogue(session);
    }
    // A chain: each edit builds on the other's.
    town.edit_and_sync(aino, VISIT, &set_title("By Aino"));
    town.edit_and_sync(bo, VISIT, &set_room("By Bo"));
    town.command(aino, 1, &Command::PublishVisit { visit: VISIT }).unwrap();
    let heads = town.phone(aino).heads(VISIT);
    let [lead, aino, bo] = [lead, aino, bo].map(|session| Kept::of(&mut town, session));
    let town = town.restore(backup);
    Story { town, lead, aino, bo, heads }
}

pub(super) fn heads_of(town: &mut Town, id: DocumentId) -> Option<Heads> {
    let stored = town.store.read::<_, StoreError>(|tx| documents::get(tx, id)).unwrap();
    stored.map(|stored| stored.heads)
}

fn refusal_of(town: &mut Town, session: SessionId) -> String {
    let heard = town.heard(session);
    let [Frame::Rejected { hashes, refusal, .. }] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!(hashes.len(), 0);
    refusal.code.clone()
}

pub(super) fn check(town: &Town) {
    assert_eq!(beside::check(town.store.file()), AdminReply::Checked { problems: Vec::new() });
}

#[test]
fn a_reader_gives_back_what_others_wrote_and_what_only_the_server_writes() {
    let Story { mut town, lead, aino, bo, heads } = lost_edits();
    let session = bo.back(&mut town);
    let itinerary = Itinerary::id_of(VISIT);
    assert_eq!(heads_of(&mut town, itinerary), None);
    for id in [VISIT, itinerary] {
        town.send(session, &bo.given(id));
        let expected = bo.seals[&id].0.clone();
        let heard = town.heard(session);
        let receipt = Frame::Receipt { document: id, heads: expected.clone() };
        assert!(heard.contains(&receipt), "{heard:?}");
        assert_eq!(heads_of(&mut town, id), Some(expected));
    }
    assert_eq!(heads_of(&mut town, VISIT), Some(heads));
    let stored = town.store.read::<_, StoreError>(|tx| documents::get(tx, itinerary)).unwrap();
    assert_eq!(stored.unwrap().creator, AccountId([0; 16]), "the server's own again");
    let lines = town.store.read::<_, StoreError>(|tx| journal::audited(tx, "given-back")).unwrap();
    assert_eq!(lines, 2);

    // Everyone goes on from there.
    let writer = aino.back(&mut town);
    town.edit_and_sync(writer, VISIT, &set_title("And on"));
    let reader = lead.back(&mut town);
    town.catalogue(reader);
    town.sync(reader, VISIT);
    let heads = town.phone(writer).heads(VISIT);
    for session in [writer, reader] {
        assert_eq!(town.phone(session).heads(VISIT), heads);
    }
    let Some(Document::Itinerary(itinerary)) = town.phone(reader).read(itinerary) else {
        panic!("its people may read it again")
    };
    assert_eq!(itinerary.versions.len(), 1);
    check(&town);
}

#[test]
fn what_is_given_twice_or_is_there_already_changes_nothing() {
    let Story { mut town, aino, bo, heads, .. } = lost_edits();
    for kept in [&aino, &bo, &aino] {
        let session = kept.back(&mut town);
        town.send(session, &kept.given(VISIT));
        assert!(matches!(town.heard(session).last(), Some(Frame::Receipt { .. })));
        assert_eq!(heads_of(&mut town, VISIT), Some(heads.clone()));
        town.disconnect(session);
    }
    let lines = town.store.read::<_, StoreError>(|tx| journal::audited(tx, "given-back")).unwrap();
    assert_eq!(lines, 1);
    check(&town);
}

#[test]
fn a_document_that_was_lost_is_named_and_its_maker_found_again() {
    let Story { mut town, aino, bo, .. } = lost_plan();
    let session = bo.back(&mut town);
    let entry = CatalogueEntry { document: VISIT, epoch: 0, digest: [7; 8] };
    town.send(session, &Frame::CatalogueDigest { entries: vec![entry] });
    let asked = town.heard(session);
    let [Frame::CatalogueAnswer { entries }] = &asked[..] else { panic!("{asked:?}") };
    assert!(entries.contains(&(VISIT, 0)));
    for id in [VISIT, PILOT] {
        town.send(session, &bo.given(id));
    }
    let stored = town.store.read::<_, StoreError>(|tx| documents::get(tx, VISIT)).unwrap().unwrap();
    assert_eq!(stored.creator, aino.identity.account, "not whoever brought it");
    assert_eq!((stored.kind.as_str(), stored.epoch), ("visit", 0));
    check(&town);
}

#[test]
fn a_home_that_comes_back_says_what_is_readable_now() {
    let Story { mut town, aino, .. } = lost_plan();
    let account = aino.identity.account;
    let role = "staff@kista".to_owned();
    town.admin(AdminRequest::RoleRemove { account, role });
    let session = aino.back(&mut town);
    town.catalogue(session);
    town.heard(session);
    let home = Home::id_of(account);
    town.send(session, &aino.given(home));
    // What it lists and the server does not know yet is not taken from the device.
    let heard = town.heard(session);
    assert!(!heard.iter().any(|frame| matches!(frame, Frame::Withdrawn { .. })), "{heard:?}");
    town.sync(session, home);
    let Some(Document::Home(home)) = town.phone(session).read(home) else { panic!() };
    assert!(!home.documents.contains_key(&VISIT));
    assert!(!home.keys.keys().any(|key| key.to_string() == "staff@kista"));
    check(&town);
}

#[test]
fn a_seal_is_good_for_nothing_else() {
    let Story { mut town, aino, bo, .. } = lost_edits();
    let before = heads_of(&mut town, VISIT);
    let session = bo.back(&mut town);
    let (heads, seal) = bo.seals[&VISIT].clone();
    let mut doc = bo.documents[&VISIT].clone();
    let Frame::GiveBack { data, .. } = bo.given(VISIT) else { panic!() };

    // Of another document, of another epoch, of nothing, and bent.
    let wrong =
        |document, epoch, seal| Frame::GiveBack { document, epoch, seal, data: data.clone() };
    let of_pilot = bo.seals[&PILOT].1;
    for frame in [
        wrong(DocumentId([9; 16]), 0, seal),
        wrong(VISIT, 1, seal),
        wrong(VISIT, 0, of_pilot),
        wrong(VISIT, 0, Seal([0; 32])),
    ] {
        town.send(session, &frame);
        assert_eq!(refusal_of(&mut town, session), "seal-wrong");
    }

    // More than was sealed, under the sealed heads and under its own.
    let mut more =
        doc.clone().with_actor(samsynk_core::domain::actor_of(bo.identity.account, [8; 16]));
    set_title("Never accepted").apply(VISIT, &mut more).unwrap();
    more.commit();
    let newest = more.get_heads();
    let Frame::GiveBack { data: longer, .. } = give_back(VISIT, seal, &newest, &mut more) else {
        panic!()
    };
    let mut message = Message::decode(&longer).unwrap();
    message.heads = heads.as_slice().to_vec();
    let hidden = Frame::GiveBack { document: VISIT, epoch: 0, seal, data: message.encode() };
    for frame in [give_back(VISIT, seal, &newest, &mut more), hidden] {
        town.send(session, &frame);
        assert_eq!(refusal_of(&mut town, session), "seal-wrong");
    }

    // Less than that, as single changes, and as no document at all.
    let mut bent = Message::decode(&data).unwrap();
    let singles: Vec<Vec<u8>> =
        doc.get_changes(&[]).iter().map(|change| change.raw_bytes().to_vec()).collect();
    bent.changes = ChunkList::from(singles);
    let frame = Frame::GiveBack { document: VISIT, epoch: 0, seal, data: bent.encode() };
    town.send(session, &frame);
    assert_eq!(refusal_of(&mut town, session), "message-unreadable");
    let data = vec![0x43, 0xff];
    town.send(session, &Frame::GiveBack { document: VISIT, epoch: 0, seal, data });
    assert_eq!(refusal_of(&mut town, session), "message-unreadable");

    assert_eq!(heads_of(&mut town, VISIT), before, "nothing came of any of it");
    let other = aino.back(&mut town);
    town.send(other, &aino.given(VISIT));
    assert_eq!(heads_of(&mut town, VISIT), Some(aino.seals[&VISIT].0.clone()));
    check(&town);
}

#[test]
fn what_was_erased_does_not_come_back_under_a_seal() {
    use samsynk_core::domain::Card;

    let mut town = Town::new();
    let aino = town.person("Aino", "staff@kista");
    let bo = town.person("Bo", "staff@kista");
    let account = town.account_of(aino);
    let card = Card::id_of(account);
    town.catalogue(bo);
    let bo = Kept::of(&mut town, bo);
    assert!(bo.documents.contains_key(&card));
    town.admin(AdminRequest::Erase { account });
    let session = bo.back(&mut town);
    town.send(session, &bo.given(card));
    let reason = "erased".to_owned();
    assert_eq!(town.heard(session), [Frame::Withdrawn { document: card, epoch: 0, reason }]);
    assert_eq!(heads_of(&mut town, card), Some(Heads::default()));
}

#[test]
fn an_unmodified_client_gets_no_seals_and_gives_none_back() {
    let Story { mut town, bo, .. } = lost_edits();
    let before = heads_of(&mut town, VISIT);
    let old = town.connect(bo.identity, "1", Default::default());
    town.sync(old, VISIT);
    assert!(town.phone(old).seals.is_empty());
    town.send(old, &bo.given(VISIT));
    assert_eq!(town.heard(old), []);
    assert_eq!(heads_of(&mut town, VISIT), before);
}

#[test]
fn a_wrong_seal_costs_a_look_and_tells_nothing_of_the_document() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    let student = town.person("Student", "student");
    // As large as a message may be, and never walked: only its heads are.
    let data = [&[0x42, 0][..], &vec![7; 1024 * 1024]].concat();
    let mut said = Vec::new();
    for document in [VISIT, DocumentId([77; 16])] {
        let before = town.cost;
        let given = Frame::GiveBack { document, epoch: 0, seal: Seal([9; 32]), data: data.clone() };
        town.send(student, &given);
        let heard = town.heard(student);
        let [Frame::Rejected { refusal, .. }] = &heard[..] else { panic!("{heard:?}") };
        said.push((refusal.clone(), town.cost - before));
    }
    assert_eq!(said[0], said[1], "whether there is such a document is not said");
    assert_eq!(said[0].0.code, "seal-wrong");
    assert!(said[0].1 < 1_200, "{} units for a mebibyte that was read from a socket", said[0].1);
}
