//! A device's half of the wire, frame by frame, on a real store: what it does when the other side
//! is not as it hopes.

#![cfg(feature = "device")]

mod desk;

use std::sync::{Arc, Mutex};

use automerge::AutoCommit;
use automerge::transaction::Transactable as _;
use desk::{ANNA, Desk, NOTE, NOW};
use samsynk_core::domain::view::{Link, View, ViewData};
use samsynk_core::domain::{Document, Edit, Home, Key, Moment, NoteEdit, actor_of};
use samsynk_core::engine::{Event, Identity};
use samsynk_core::ids::{AccountId, DeviceId};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::{Frame, Version};

#[test]
fn a_clock_that_is_off_by_years_is_reported_and_sync_goes_on() {
    let mut desk = Desk::enrolled();
    let year = 365 * 24 * 60 * 60 * 1_000;
    desk.joins(Version::Samsynk1, NOW - 3 * year);
    let problem = Refusal::new("clock-off").with("days", 3 * 365);
    assert_eq!(desk.client.status().problem, Some(problem));
    assert!(matches!(desk.sent.as_slice(), [Frame::CatalogueDigest { .. }]));

    let mut right = Desk::enrolled();
    right.joins(Version::Samsynk1, NOW - 60_000);
    assert_eq!(right.problem(), None);
}

#[test]
fn a_server_without_receipts_is_not_trusted_with_edits() {
    let mut desk = Desk::enrolled();
    let effects = desk.joins(Version::One, NOW);
    assert!(effects.disconnect);
    assert_eq!(desk.problem().as_deref(), Some("update-needed"));
}

#[test]
fn a_device_that_is_signed_out_keeps_everything_and_stays_quiet() {
    let mut desk = Desk::enrolled();
    let create = Edit::Note(NoteEdit::Create { owner: ANNA, title: "Kvar".to_owned() });
    desk.client.edit(Moment::from_millis(NOW), NOTE, create).unwrap();
    assert_eq!(desk.happens(Event::Unauthorised).wake_at, None, "no point in trying again");
    assert_eq!(desk.problem().as_deref(), Some("signed-out"));
    assert!(!desk.happens(Event::Online).connect);
    let titles = match desk.client.view(&View::Home) {
        ViewData::Home(home) => home.notes.into_iter().map(|note| note.title).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(titles, ["Kvar"]);

    // A new link for the same account goes on where it stopped; another account is not let in.
    let again = Identity { account: ANNA, device: DeviceId([3; 16]) };
    assert!(desk.client.enrol(Moment::from_millis(NOW), again).unwrap().connect);
    assert_eq!(desk.client.status().on_device, 1);
    let other = Identity { account: AccountId([8; 16]), device: DeviceId([4; 16]) };
    let refused = desk.client.enrol(Moment::from_millis(NOW), other).unwrap_err();
    assert_eq!(refused.code, "other-account");
}

#[test]
fn a_document_of_a_newer_program_is_kept_shown_as_such_and_not_edited() {
    let mut desk = Desk::enrolled();
    desk.joins(Version::Samsynk1, NOW);
    desk.hears(&Frame::CatalogueAnswer { entries: Vec::new() });
    let mut future = AutoCommit::new().with_actor(actor_of(ANNA, [7; 16]));
    future.put(automerge::ROOT, "kind", "note").unwrap();
    future.put(automerge::ROOT, "schema", 7_u64).unwrap();
    future.commit();
    desk.receives(NOTE, &mut future);

    let refusal = Refusal::new("schema-from-the-future").with("schema", 7).with("known", 1);
    match desk.client.view(&View::Home) {
        ViewData::Home(home) => {
            let unreadable: Vec<_> =
                home.unreadable.into_iter().map(|u| (u.document, u.refusal)).collect();
            assert_eq!(unreadable, [(NOTE, refusal.clone())]);
        }
        other => panic!("{other:?}"),
    }
    let edit = Edit::Note(NoteEdit::SetTitle { title: "Nej".to_owned() });
    let refused = desk.client.edit(Moment::from_millis(NOW), NOTE, edit).unwrap_err();
    assert_eq!(refused, refusal);
    assert_eq!(desk.client.status().link, Link::Synced, "nothing else is held up");
}

#[test]
fn what_opens_only_with_the_accounts_keys_opens_when_its_home_has_arrived() {
    let mut desk = Desk::enrolled();
    desk.joins(Version::Samsynk1, NOW);
    desk.hears(&Frame::CatalogueAnswer { entries: Vec::new() });
    let mut home = Home::new(ANNA);
    home.keys.insert(Key::Role("lead".parse().unwrap()), true);
    let mut doc = Document::Home(home).create(actor_of(AccountId([0; 16]), [7; 16])).unwrap();
    doc.commit();
    desk.receives(Home::id_of(ANNA), &mut doc);
    match desk.client.view(&View::Home) {
        ViewData::Home(home) => assert_eq!(home.roles, ["lead"]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn asking_the_server_anew_shows_until_it_has_answered() {
    let mut desk = Desk::enrolled();
    desk.joins(Version::Samsynk1, NOW);
    desk.hears(&Frame::CatalogueAnswer { entries: Vec::new() });
    let shown = Arc::new(Mutex::new(Vec::new()));
    let seen = shown.clone();
    let _watch = desk.client.watch(View::Status, move |data| match data {
        ViewData::Status(status) => seen.lock().unwrap().push(status.link),
        other => panic!("{other:?}"),
    });
    desk.happens(Event::Online);
    desk.hears(&Frame::CatalogueAnswer { entries: Vec::new() });
    assert_eq!(*shown.lock().unwrap(), [Link::Synced, Link::Syncing, Link::Synced]);
}

#[test]
fn an_attempt_that_hangs_is_given_up_and_made_again() {
    let mut desk = Desk::enrolled();
    let waiting = desk.happens(Event::Wake).wake_at.expect("it watches the attempt");
    let late = Moment::from_millis(waiting.millis() + 1);
    let given_up = desk.client.handle(late, Event::Wake);
    assert!(given_up.disconnect && !given_up.connect);
    let again = given_up.wake_at.expect("it tries again");
    assert!(again.millis() - late.millis() <= 60_000);
    assert!(desk.client.handle(again, Event::Wake).connect);
}

#[test]
fn bytes_that_are_no_frame_end_the_connection_and_nothing_else() {
    let mut desk = Desk::enrolled();
    desk.joins(Version::Samsynk1, NOW);
    let effects = desk.happens(Event::Received(vec![vec![0xff; 100]]));
    assert!(effects.disconnect && effects.frames.is_empty());
    assert!(effects.wake_at.is_some());
    assert_eq!(desk.client.status().link, Link::Offline);
}
