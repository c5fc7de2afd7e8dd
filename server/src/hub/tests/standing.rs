//! Who has no right to a document cannot tell whether there is one, was one, or never has been.

use automerge::sync::{ChunkList, Message, MessageVersion};
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ChangeHash, ROOT};
use samsynk_core::domain::{Card, Command, Diary, Document, NoteEdit, actor_of};
use samsynk_core::ids::CommandId;
use samsynk_core::wire::{CatalogueEntry, Frame, Seal};

use super::*;
use crate::admin::{AdminReply, AdminRequest};
use crate::hub::Event;

const SECRET: DocumentId = DocumentId([7; 16]);
const GONE: DocumentId = DocumentId([8; 16]);

/// A town with documents that are not for the last of its people: one of each sort that is not theirs, was erased, and never
/// was, with ids that are derived and such as people make up.
struct Scene {
    town: Town,
    nosy: super::super::port::Identity,
    derived: [DocumentId; 3],
    random: [DocumentId; 3],
}

fn scene() -> Scene {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let bo = town.person("Bo", "staff@kista");
    plan(&mut town, lead, aino, None);
    let (aino_is, bo_is) = (town.account_of(aino), town.account_of(bo));
    for (session, owner, id) in [(aino, aino_is, SECRET), (bo, bo_is, GONE)] {
        let create = NoteEdit::Create { owner, title: "Diary of a host".to_owned() };
        town.edit_and_sync(session, id, &Edit::Note(create));
    }
    assert_eq!(town.admin(AdminRequest::Erase { account: bo_is }), AdminReply::Done);
    let nosy = town.account("Nosy", "student");
    let nosy = town.enrol(nosy);
    let never = AccountId([99; 16]);
    let derived = [Card::id_of(aino_is), Card::id_of(bo_is), Card::id_of(never)];
    Scene { town, nosy, derived, random: [SECRET, GONE, DocumentId([9; 16])] }
}

/// Every way of asking for a document.
fn questions(document: DocumentId, identity: super::super::port::Identity) -> Vec<Frame> {
    let (sender, target) = (town::peer(SessionId(0)), town::peer(SessionId(0)));
    let sync = |data: Vec<u8>| Frame::Sync {
        document,
        sender: sender.clone(),
        target: target.clone(),
        data,
        seal: None,
    };
    let says = |heads: Vec<ChangeHash>, changes: ChunkList| {
        let (need, have, flags) = (Vec::new(), Vec::new(), None);
        Message { heads, need, have, changes, flags, version: MessageVersion::V1 }.encode()
    };
    let made_up = vec![ChangeHash([5; 32])];
    let of_another = change(actor_of(AccountId([3; 16]), [1; 16]));
    let own = change(actor_of(identity.account, [1; 16]));
    let command = Command::PublishVisit { visit: document };
    let command = serde_json::to_string(&command).unwrap();
    vec![
        Frame::Request {
            document,
            sender: sender.clone(),
            target: target.clone(),
            data: says(Vec::new(), ChunkList::empty()),
        },
        sync(says(made_up.clone(), ChunkList::empty())),
        sync(says(made_up, of_another.clone())),
        sync(says(Vec::new(), of_another)),
        sync(says(Vec::new(), own)),
        sync(vec![0x42, 0xff, 0xff]),
        sync(Vec::new()),
        Frame::CatalogueDigest {
            entries: vec![CatalogueEntry { document, epoch: 0, digest: [4; 8] }],
        },
        Frame::GiveBack {
            document,
            epoch: 0,
            seal: Seal([6; 32]),
            data: says(vec![ChangeHash([5; 32])], ChunkList::empty()),
        },
        Frame::Command { id: CommandId(document.0), command },
        Frame::Ephemeral {
            document,
            sender,
            target,
            session: "s".to_owned(),
            count: 1,
            data: vec![1],
        },
    ]
}

fn change(actor: automerge::ActorId) -> ChunkList {
    let mut doc = AutoCommit::new().with_actor(actor);
    doc.put(ROOT, "k", true).unwrap();
    ChunkList::from(doc.save_after(&[]))
}

/// What is heard of a question, with the document's id put out, and what it cost.
fn answer(
    town: &mut Town,
    session: SessionId,
    document: DocumentId,
    frame: &Frame,
) -> (Vec<Vec<u8>>, u64) {
    let before = town.cost;
    town.send(session, frame);
    town.later();
    let asked = town.cost - before;
    let phone = town.phone(session);
    let heard = std::mem::take(&mut phone.heard).into_iter();
    let mut said: Vec<Vec<u8>> = heard.map(|frame| anonymous(frame, document).encode()).collect();
    if let Some((mut doc, state)) = phone.documents.remove(&document) {
        said.push(format!("{:?} {:?}", doc.get_heads(), state.their_heads).into());
        said.push(format!("{:?} {:?}", state.their_need, state.their_have).into());
    }
    (said, asked)
}

fn anonymous(frame: Frame, id: DocumentId) -> Frame {
    let document = DocumentId([0; 16]);
    match frame {
        // To whom it is said is another session each time.
        Frame::DocUnavailable { sender, .. } => {
            Frame::DocUnavailable { document, target: sender.clone(), sender }
        }
        Frame::Error { message, .. } => Frame::Error { message, sender: None, target: None },
        Frame::Rejected { hashes, refusal, .. } => Frame::Rejected { document, hashes, refusal },
        Frame::Withdrawn { epoch, reason, .. } => Frame::Withdrawn { document, epoch, reason },
        Frame::Receipt { heads, .. } => Frame::Receipt { document, heads },
        Frame::Outcome { result, .. } => Frame::Outcome { id: CommandId([0; 16]), result },
        Frame::CatalogueAnswer { entries } => {
            let hide = |(entry, epoch)| (if entry == id { document } else { entry }, epoch);
            let mut entries: Vec<_> = entries.into_iter().map(hide).collect();
            entries.sort_unstable();
            Frame::CatalogueAnswer { entries }
        }
        other => other,
    }
}

#[test]
fn what_is_not_theirs_what_was_erased_and_what_never_was_are_one_answer_at_one_price() {
    for version in ["1", "samsynk-1"] {
        let Scene { mut town, nosy, derived, random } = scene();
        let kinds = questions(SECRET, nosy).len();
        for (ids, is_random) in [(derived, false), (random, true)] {
            for kind in 0..kinds {
                // Only a change of one's own makes a document, and its id may be taken.
                if is_random && kind == 4 {
                    continue;
                }
                let answers = ids.map(|id| {
                    let session = town.connect(nosy, version, Default::default());
                    let frame = &questions(id, nosy)[kind];
                    let answer = answer(&mut town, session, id, frame);
                    town.disconnect(session);
                    answer
                });
                let name = format!("{version}, {kind}, made up: {is_random}");
                assert_eq!(answers[0], answers[2], "{name}: not theirs and never there");
                assert_eq!(answers[1], answers[2], "{name}: erased and never there");
            }
        }
    }
}

#[test]
fn the_id_of_what_is_not_theirs_cannot_be_taken_and_tells_no_more() {
    let Scene { mut town, nosy, random, .. } = scene();
    let before = super::give_back::heads_of(&mut town, SECRET);
    for (id, code) in random.into_iter().zip([Some("id-reserved"), Some("id-reserved"), None]) {
        let session = town.connect(nosy, "samsynk-1", Default::default());
        let frame = &questions(id, nosy)[4];
        town.send(session, frame);
        let refused = town.heard(session).iter().find_map(|frame| match frame {
            Frame::Rejected { refusal, hashes, .. } => {
                assert_eq!(hashes.len(), 1);
                Some(refusal.code.clone())
            }
            _ => None,
        });
        assert_eq!(refused.as_deref(), code);
        assert!(!matches!(town.phone(session).read(id), Some(Document::Note(_))));
    }
    assert_eq!(super::give_back::heads_of(&mut town, SECRET), before);
}

#[test]
fn who_knew_it_hears_that_it_was_withdrawn_and_not_what_became_of_it() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let bo = town.person("Bo", "staff@kista");
    plan(&mut town, lead, aino, None);
    let (aino_is, bo_is) = (town.account_of(aino), town.account_of(bo));
    let card = Card::id_of(aino_is);
    for session in [aino, bo] {
        town.catalogue(session);
    }
    let bo = super::give_back::Kept::of(&mut town, bo);

    // Bo is away while the role is taken, and Aino is erased later.
    let role = || "staff@kista".to_owned();
    town.admin(AdminRequest::RoleRemove { account: bo_is, role: role() });
    town.admin(AdminRequest::Erase { account: aino_is });
    let session = bo.back(&mut town);
    town.catalogue(session);
    let heard = town.heard(session);
    let withdrawn =
        |document| Frame::Withdrawn { document, epoch: 0, reason: "no-longer-yours".to_owned() };
    for document in [VISIT, PILOT, card] {
        assert!(heard.contains(&withdrawn(document)), "{document}: {heard:?}");
    }
    // Also by its seal, and by what it has of it.
    town.send(session, &bo.given(card));
    assert_eq!(town.heard(session), [withdrawn(card)]);
    town.send(session, &questions(card, bo.identity)[1]);
    let unavailable = matches!(&town.heard(session)[..], [gone, Frame::DocUnavailable { .. }] if *gone == withdrawn(card));
    assert!(unavailable);
    // What Bo never had stays as if it had never been.
    let diary = Diary::id_of(aino_is);
    let entry = CatalogueEntry { document: diary, epoch: 0, digest: [1; 8] };
    town.send(session, &Frame::CatalogueDigest { entries: vec![entry] });
    let heard = town.heard(session);
    let named = heard.iter().any(|frame| matches!(frame, Frame::CatalogueAnswer { entries } if entries.contains(&(diary, 0))));
    assert!(named, "{heard:?}");

    // With the role it comes back, and is withdrawn anew.
    town.admin(AdminRequest::RoleAdd { account: bo_is, role: role() });
    town.catalogue(session);
    assert!(town.phone(session).read(VISIT).is_some());
    town.heard(session);
    town.admin(AdminRequest::RoleRemove { account: bo_is, role: role() });
    assert!(town.heard(session).contains(&withdrawn(VISIT)));
}

#[test]
fn a_withdrawal_and_a_question_in_one_batch_come_to_the_withdrawal() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    let identity = town.phone(aino).identity;
    let account = identity.account;
    let role = "staff@kista".to_owned();
    let request = AdminRequest::RoleRemove { account, role };
    town.tell(vec![
        Event::Admin { ticket: crate::hub::Ticket(1), request },
        Event::Frame { session: aino, frame: questions(VISIT, identity)[1].clone() },
    ]);
    let gone = |frame: &Frame| matches!(frame, Frame::Withdrawn { document: VISIT, .. });
    let heard = town.heard(aino);
    assert!(heard.iter().any(gone), "{heard:?}");
    assert!(!heard.iter().any(|frame| matches!(frame, Frame::Rejected { .. })), "{heard:?}");
}

#[test]
fn who_names_a_document_before_there_is_one_does_not_hear_it_come_about() {
    for version in ["1", "samsynk-1"] {
        let mut town = Town::new();
        let lead = town.person("Lead", "lead");
        let aino = town.person("Aino", "staff@kista");
        let nosy = town.account("Nosy", "student");
        let nosy = town.enrol(nosy);
        plan(&mut town, lead, aino, None);
        let itinerary = samsynk_core::domain::Itinerary::id_of(VISIT);
        let session = town.connect(nosy, version, Default::default());
        town.send(session, &questions(itinerary, nosy)[1]);
        town.later();
        town.heard(session);
        town.phone(session).documents.clear();
        town.command(aino, 1, &Command::PublishVisit { visit: VISIT }).unwrap();
        town.admin(AdminRequest::ForgetHistory { document: itinerary });
        assert_eq!(town.heard(session), [], "{version}");
        assert!(town.phone(session).read(itinerary).is_none(), "{version}");
    }
}

#[test]
fn a_device_that_proves_it_by_a_seal_is_told_although_nobody_remembers() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let bo = town.account("Bo", "student");
    let identity = town.enrol(bo);
    plan(&mut town, lead, aino, None);
    let backup = town.backup("backup.db");
    let role = "staff@kista".to_owned();
    town.admin(AdminRequest::RoleAdd { account: bo, role });
    let session = town.connect(identity, "samsynk-1", Default::default());
    town.catalogue(session);
    assert!(town.phone(session).read(VISIT).is_some());
    let kept = super::give_back::Kept::of(&mut town, session);

    // The backup knows nothing of the role, nor that it is gone.
    let mut town = town.restore(&backup);
    let session = kept.back(&mut town);
    town.send(session, &kept.given(VISIT));
    assert!(matches!(town.heard(session)[..], [Frame::Receipt { document: VISIT, .. }]));
    town.send(session, &questions(VISIT, identity)[1]);
    let heard = town.heard(session);
    assert!(matches!(heard[0], Frame::Withdrawn { document: VISIT, .. }), "{heard:?}");
    super::give_back::check(&town);
}
