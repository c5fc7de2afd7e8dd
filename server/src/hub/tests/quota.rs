//! What one account may use and have kept.

use std::time::Duration;

use automerge::sync::State;
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ROOT};
use samsynk_core::domain::NoteEdit;
use samsynk_core::wire::Frame;

use super::super::port::SessionId;
use super::*;
use crate::net::limits::Limits;

/// Puts bytes that do not compress into a phone's document, as one change.
fn fill(town: &mut Town, session: SessionId, id: DocumentId, bytes: usize) {
    let mut noise = vec![0; bytes];
    crate::accounts::Random::fill(&mut town.random, &mut noise);
    let phone = town.phone(session);
    let (doc, _) = phone.documents.entry(id).or_insert_with(|| (AutoCommit::new(), State::new()));
    doc.put(ROOT, "noise", noise).unwrap();
    doc.commit();
}

/// How often a phone was told that its account has no room.
fn refusals(town: &mut Town, session: SessionId) -> usize {
    let full = |frame: &Frame| matches!(frame, Frame::Rejected { refusal, .. } if refusal.code == "quota-exceeded");
    town.heard(session).into_iter().filter(full).count()
}

#[test]
fn an_account_that_has_filled_its_room_is_told_so_and_others_go_on() {
    let mut town = Town::new();
    town.hub = town.hub.with_account_bytes_max(100_000);
    let cilla = town.person("Cilla", "student");
    let bo = town.person("Bo", "student");
    let note = |n: u8| DocumentId([n; 16]);
    for n in 1..=3 {
        fill(&mut town, cilla, note(n), 30_000);
        town.sync(cilla, note(n));
    }
    assert_eq!(refusals(&mut town, cilla), 0, "90 of 100 kB");
    fill(&mut town, cilla, note(4), 30_000);
    town.sync(cilla, note(4));
    let heard = town.heard(cilla);
    let Some(Frame::Rejected { refusal, .. }) = heard.last() else { panic!("{heard:?}") };
    assert_eq!(refusal.code, "quota-exceeded");
    let said = |name: &str| refusal.params.get(name).map(String::as_str);
    assert_eq!((said("documents"), said("documentsMax")), (Some("3"), Some("20000")));
    assert_eq!((said("mib"), said("mibMax")), (Some("1"), Some("0")));

    fill(&mut town, bo, note(5), 30_000);
    town.sync(bo, note(5));
    assert_eq!(refusals(&mut town, bo), 0);
    // Erasing makes room: here a note of somebody else's does not.
    let account = town.account_of(bo);
    town.admin(crate::admin::AdminRequest::Erase { account });
    town.sync(cilla, note(4));
    assert_eq!(refusals(&mut town, cilla), 1);
}

#[test]
fn of_what_an_account_may_have_kept_only_a_part_is_for_the_phones_of_others() {
    let mut town = Town::new();
    town.hub = town.hub.with_account_bytes_max(1_600_000);
    let cilla = town.person("Cilla", "student");
    let (owner, reader) = (town.account_of(cilla), town.account("Bo", "student"));
    for (n, code) in [(1, None), (2, None), (3, None), (4, Some("quota-exceeded"))] {
        let id = DocumentId([n; 16]);
        let create = NoteEdit::Create { owner, title: "Note".to_owned() };
        town.edit(cilla, id, &Edit::Note(create));
        town.edit(cilla, id, &Edit::Note(NoteEdit::Share { account: reader }));
        fill(&mut town, cilla, id, 30_000);
        town.sync(cilla, id);
        let said = town.heard(cilla).into_iter().find_map(|frame| match frame {
            Frame::Rejected { refusal, .. } => Some(refusal.code),
            _ => None,
        });
        assert_eq!(said.as_deref(), code, "note {n} of 100 kB");
    }
    fill(&mut town, cilla, DocumentId([5; 16]), 30_000);
    town.sync(cilla, DocumentId([5; 16]));
    assert_eq!(refusals(&mut town, cilla), 0, "it is for nobody else");
}

#[test]
fn three_months_of_edits_made_offline_are_taken_without_a_pause() {
    let mut town = Town::new();
    let phone = town.person("Cilla", "student");
    let before = town.cost;
    for n in 0..200_u32 {
        let mut id = [3; 16];
        id[..4].copy_from_slice(&n.to_be_bytes());
        let (doc, _) = town.phone(phone).documents.entry(DocumentId(id)).or_default();
        for edit in 0..50 {
            doc.put(ROOT, format!("field {}", edit % 10), edit).unwrap();
            doc.commit();
        }
        town.sync(phone, DocumentId(id));
    }
    assert!(town.heard(phone).iter().all(|frame| matches!(frame, Frame::Receipt { .. })));
    let burst = Limits::default().allowances.device.burst;
    let cost = Duration::from_micros(town.cost - before);
    assert!(cost < burst / 4, "{cost:?} of {burst:?}");
    assert!(cost > Duration::from_millis(50), "{cost:?}: 10,000 changes are not free");
}
