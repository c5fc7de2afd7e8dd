//! A device's half of the wire, frame by frame, on a real store: what it does when the other side
//! is not as it hopes.

#![cfg(feature = "device")]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

mod desk;

use std::sync::{Arc, Mutex};

use automerge::AutoCommit;
use automerge::sync::Message;
use automerge::transaction::Transactable as _;
use desk::{ANNA, Desk, NOTE, NOW};
use samsynk_core::domain::view::{About, Link, Missing, Presence, RefusedCommand, View, ViewData};
use samsynk_core::domain::{
    Card, Command, Document, Edit, Home, Key, Mode, Moment, NoteEdit, Slot, SlotField, Visit,
    VisitEdit, actor_of,
};
use samsynk_core::engine::{EndReason, Event, Identity};
use samsynk_core::ids::{AccountId, DeviceId, DocumentId};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::{Frame, Version};

/// A colleague who hosts.
const TESTA: AccountId = AccountId([4; 16]);

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

fn titles(desk: &mut Desk) -> Vec<String> {
    match desk.client.view(&View::Home) {
        ViewData::Home(home) => home.notes.into_iter().map(|note| note.title).collect(),
        other => panic!("{other:?}"),
    }
}

fn unsent(desk: &mut Desk) -> Vec<(String, Edit)> {
    match desk.client.view(&View::Unsent) {
        ViewData::Unsent(unsent) => unsent.items.into_iter().map(|u| (u.title, u.edit)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_revoked_device_forgets_what_came_from_the_server_and_keeps_what_was_never_sent() {
    let mut desk = Desk::enrolled();
    desk.is_at_home();
    let theirs = DocumentId([7; 16]);
    let from_server = Edit::Note(NoteEdit::Create { owner: ANNA, title: "Hemligt".to_owned() });
    let mut doc = AutoCommit::new().with_actor(actor_of(ANNA, [99; 16]));
    from_server.apply(theirs, &mut doc).unwrap();
    doc.commit();
    desk.receives(theirs, &mut doc);
    desk.happens(Event::Disconnected);
    desk.edits(NoteEdit::Create { owner: ANNA, title: "Min".to_owned() });
    desk.edits(NoteEdit::SetTitle { title: "Min egen".to_owned() });
    assert_eq!(titles(&mut desk).len(), 2);

    let effects = desk.happens(Event::Ended(EndReason::Revoked));
    assert_eq!((effects.wake_at, effects.connect), (None, false), "no point in trying again");
    // Also after the app was opened again.
    for _ in 0..2 {
        assert_eq!(desk.problem().as_deref(), Some("device-revoked"));
        assert!(!desk.happens(Event::Start).connect);
        assert_eq!(titles(&mut desk), Vec::<String>::new());
        let kept = unsent(&mut desk);
        assert_eq!(kept.len(), 2);
        assert!(kept.iter().all(|(title, _)| title == "Min egen"), "{kept:?}");
        assert_eq!(desk.client.status().on_device, 2);
        desk = desk.restarts();
    }
    assert!(!desk.holds("Hemligt"), "nothing of it is in the store's files");

    // A new link for the same account: the edits are made again on what the server has.
    let again = Identity { account: ANNA, device: DeviceId([3; 16]) };
    assert!(desk.client.enrol(Moment::from_millis(NOW), again).unwrap().connect);
    assert_eq!(desk.problem(), None);
    desk.happens(Event::Connected);
    desk.hears_peer();
    desk.hears(&Frame::CatalogueAnswer { entries: Vec::new() });
    let (sender, target) = (desk::label("server"), desk::label("device"));
    desk.hears(&Frame::DocUnavailable { document: NOTE, sender, target });
    assert_eq!(unsent(&mut desk).len(), 2, "they wait for the home, which says what is allowed");
    desk.home_arrives();
    assert_eq!(titles(&mut desk), ["Min egen"]);
    assert_eq!(desk.aside(), []);
    assert_eq!(desk.client.status().on_device + desk.client.status().sent, 2);
}

#[test]
fn on_an_erased_account_edits_are_set_aside_to_be_read() {
    let mut desk = Desk::enrolled();
    desk.is_at_home();
    desk.happens(Event::Disconnected);
    desk.edits(NoteEdit::Create { owner: ANNA, title: "Min".to_owned() });
    desk.happens(Event::Ended(EndReason::Erased));
    let mut desk = desk.restarts();
    assert_eq!(desk.problem().as_deref(), Some("account-erased"));
    let aside: Vec<String> = desk.aside().into_iter().map(|(_, code)| code).collect();
    assert_eq!(aside, ["account-erased"]);
    assert_eq!((unsent(&mut desk).len(), titles(&mut desk).len()), (0, 0));
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
    let told = desk.happens(Event::Wake).wake_at.expect("it watches the attempt");
    let waiting = desk.client.handle(told, Event::Wake).wake_at.expect("it waits on");
    assert_eq!(
        desk.client.status().link,
        Link::Offline,
        "nobody is told for long that it connects"
    );
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

/// A meeting that begins at noon, hosted by whoever has this card.
fn lunch() -> Slot {
    Slot {
        title: "Lunch".to_owned(),
        date: "2021-12-14".parse().unwrap(),
        start: "12:00".parse().unwrap(),
        end: "13:00".parse().unwrap(),
        mode: Mode::Person,
        place: None,
        room: String::new(),
        link: String::new(),
        hosts: std::collections::BTreeMap::from([(Card::id_of(TESTA), true)]),
        audience: String::new(),
        preparation: String::new(),
        bring: String::new(),
        cancelled: false,
    }
}

/// A device of staff at Farsta that has a plan, with nothing to exchange.
fn desk_with_a_plan() -> Desk {
    let mut desk = Desk::enrolled();
    desk.joins(Version::Samsynk1, NOW);
    desk.hears(&Frame::CatalogueAnswer { entries: Vec::new() });
    let actor = || actor_of(AccountId([0; 16]), [7; 16]);
    let mut home = Home::new(ANNA);
    home.keys.insert(Key::Role("staff@farsta".parse().unwrap()), true);
    let mut home = Document::Home(home).create(actor()).unwrap();
    let visit = Visit {
        pilot: DocumentId([8; 16]),
        group: "g1".parse().unwrap(),
        unit: "farsta".parse().unwrap(),
        title: "Plan".to_owned(),
        cancelled: false,
        slots: std::collections::BTreeMap::from([("lunch".parse().unwrap(), lunch())]),
    };
    let mut plan = Document::Visit(visit).create(actor()).unwrap();
    home.commit();
    plan.commit();
    desk.receives(Home::id_of(ANNA), &mut home);
    desk.receives(NOTE, &mut plan);
    desk
}

/// Has a desk edit its plan, and the server refuse that.
fn is_refused_an_edit(desk: &mut Desk) {
    let edit = Edit::Visit(VisitEdit::SetTitle { title: "Ny".to_owned() });
    let (_, effects) = desk.client.edit(Moment::from_millis(NOW), NOTE, edit).unwrap();
    let sent = effects.frames.iter().find_map(|frame| match Frame::decode(frame).unwrap() {
        Frame::Sync { data, .. } => Some(Message::decode(&data).unwrap().heads),
        _ => None,
    });
    let hashes = sent.expect("the edit goes out");
    desk.hears(&Frame::Rejected { document: NOTE, hashes, refusal: Refusal::new("not-writer") });
    assert_eq!(desk.client.status().set_aside, 1);
}

#[test]
fn a_command_is_taken_back_with_edits_before_it_but_not_once_the_server_may_have_executed_it() {
    let publish = Command::PublishVisit { visit: NOTE };
    let mut desk = desk_with_a_plan();
    let (id, effects) = desk.client.command(Moment::from_millis(NOW), publish.clone()).unwrap();
    let frames = effects.frames.iter().map(|frame| Frame::decode(frame).unwrap());
    assert!(frames.into_iter().any(|frame| matches!(frame, Frame::Command { .. })));
    is_refused_an_edit(&mut desk);
    assert_eq!((desk.client.status().waiting, desk.client.status().refused), (1, Vec::new()));
    desk.hears(&Frame::Outcome { id, result: Ok(1) });
    assert_eq!((desk.client.status().waiting, desk.client.status().refused), (0, Vec::new()));

    // Given while an edit before it is not saved, it has not gone out.
    let mut desk = desk_with_a_plan();
    let edit = Edit::Visit(VisitEdit::SetTitle { title: "Först".to_owned() });
    desk.client.edit(Moment::from_millis(NOW), NOTE, edit).unwrap();
    desk.client.command(Moment::from_millis(NOW), publish).unwrap();
    is_refused_an_edit(&mut desk);
    let status = desk.client.status();
    let refusals: Vec<Refusal> = status.refused.into_iter().map(|r| r.refusal).collect();
    assert_eq!((status.waiting, refusals), (0, vec![Refusal::new("edits-refused")]));
}

#[test]
fn a_refused_command_is_told_after_a_restart_until_somebody_has_seen_it() {
    let now = Moment::from_millis(NOW);
    let mut desk = desk_with_a_plan();
    let (id, _) = desk.client.command(now, Command::PublishVisit { visit: NOTE }).unwrap();
    desk.hears(&Frame::Outcome { id, result: Err(Refusal::new("nothing-to-publish")) });
    let told = |desk: &Desk| {
        let status = desk.client.status();
        (status.waiting, status.refused)
    };
    let refused = RefusedCommand {
        id,
        command: "publish-visit".to_owned(),
        document: NOTE,
        refusal: Refusal::new("nothing-to-publish"),
    };
    assert_eq!(told(&desk), (0, vec![refused.clone()]));

    // Neither a restart nor an edit makes it forget.
    let mut desk = desk.restarts();
    let edit = Edit::Visit(VisitEdit::SetTitle { title: "Ny".to_owned() });
    desk.client.edit(now, NOTE, edit).unwrap();
    assert_eq!(told(&desk), (0, vec![refused]));

    desk.client.acknowledge(now, id).unwrap();
    assert_eq!(told(&desk), (0, Vec::new()));
    assert_eq!(told(&desk.restarts()), (0, Vec::new()));
}

#[test]
fn of_several_refused_commands_each_is_told() {
    let now = Moment::from_millis(NOW);
    let mut desk = desk_with_a_plan();
    let reason = String::new();
    let commands =
        [Command::PublishVisit { visit: NOTE }, Command::CancelVisit { visit: NOTE, reason }];
    let ids = commands.map(|command| desk.client.command(now, command).unwrap().0);
    for id in ids {
        desk.hears(&Frame::Outcome { id, result: Err(Refusal::new("nothing-to-publish")) });
    }
    let told = |desk: &Desk| {
        let refused = desk.client.status().refused;
        refused.into_iter().map(|refused| refused.id).collect::<Vec<_>>()
    };
    assert_eq!(told(&desk), [ids[1], ids[0]]);
    desk.client.acknowledge(now, ids[1]).unwrap();
    assert_eq!(told(&desk), [ids[0]]);
}

#[test]
fn a_document_nested_deeper_than_any_stack_is_shown_like_any_other() {
    let mut desk = desk_with_a_plan();
    let plan = View::Plan { visit: NOTE };
    let before = desk.client.view(&plan);
    assert!(matches!(before, ViewData::Plan(_)), "{before:?}");

    // A colleague, or the server itself, means harm.
    let visit = Visit {
        pilot: DocumentId([4; 16]),
        group: "g1".parse().unwrap(),
        unit: "farsta".parse().unwrap(),
        title: "Plan".to_owned(),
        cancelled: false,
        slots: std::collections::BTreeMap::new(),
    };
    let deep = DocumentId([8; 16]);
    let mut doc = Document::Visit(visit).create(actor_of(AccountId([0; 16]), [6; 16])).unwrap();
    let mut map = automerge::ROOT;
    for _ in 0..9_000 {
        map = doc.put_object(&map, "in", automerge::ObjType::Map).unwrap();
    }
    doc.commit();
    desk.receives(deep, &mut doc);

    let mut desk = desk.restarts();
    let shown = desk.client.view(&View::Plan { visit: deep });
    assert!(matches!(shown, ViewData::Plan(_)), "{shown:?}");
    let edit = Edit::Visit(VisitEdit::SetTitle { title: "Ny".to_owned() });
    desk.client.edit(Moment::from_millis(NOW), deep, edit).unwrap();
    assert_eq!(desk.client.view(&plan), before);
}

#[test]
fn a_device_begins_anew_when_the_server_takes_a_document_to_be_here_that_is_not() {
    let mut desk = desk_with_a_plan();
    desk.hears(&Frame::Withdrawn {
        document: NOTE,
        epoch: 0,
        reason: "no-longer-yours".to_owned(),
    });
    let mut plan = AutoCommit::new();
    plan.put(automerge::ROOT, "kind", "visit").unwrap();
    plan.commit();
    desk.is_greeted(NOTE, &mut plan, samsynk_core::wire::Seal([3; 32]));
    assert_eq!(desk.client.status().link, Link::Offline, "it begins anew with what is here");
}

/// What the screen of the plan says while there is nothing to show.
fn presence_of_plan(desk: &mut Desk) -> Option<Presence> {
    match desk.client.view(&View::Plan { visit: NOTE }) {
        ViewData::Missing(Missing { presence, .. }) => Some(presence),
        _ => None,
    }
}

#[test]
fn a_screen_goes_when_its_document_is_withdrawn_and_says_so_until_it_is_back() {
    let mut desk = desk_with_a_plan();
    let shown = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&shown);
    let watch = desk.client.watch(View::Plan { visit: NOTE }, move |data| {
        let missing = match data {
            ViewData::Missing(missing) => Some(missing.presence),
            _ => None,
        };
        seen.lock().unwrap().push(missing);
    });
    let withdrawn =
        |reason: &str| Frame::Withdrawn { document: NOTE, epoch: 0, reason: reason.to_owned() };
    desk.hears(&withdrawn("no-longer-yours"));
    assert_eq!(*shown.lock().unwrap(), [None, Some(Presence::Withdrawn)]);
    drop(watch);

    let mut desk = desk.restarts();
    assert_eq!(presence_of_plan(&mut desk), Some(Presence::Withdrawn));
    let mut again = desk_with_a_plan();
    again.hears(&withdrawn("erased"));
    assert_eq!(presence_of_plan(&mut again), Some(Presence::NotThere), "nothing of it stays");
}

fn set_aside(desk: &mut Desk) -> Vec<(About, Option<Refusal>)> {
    match desk.client.view(&View::SetAside) {
        ViewData::SetAside(aside) => {
            aside.items.into_iter().rev().map(|item| (item.about, item.hopeless)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_edit_that_was_set_aside_names_slot_day_host_and_both_values_when_its_plan_is_gone() {
    let mut desk = desk_with_a_plan();
    let card = Card {
        account: TESTA,
        unit: "farsta".parse().unwrap(),
        name: "Testa".to_owned(),
        function: String::new(),
        shown: true,
    };
    let mut card = Document::Card(card).create(actor_of(AccountId([0; 16]), [7; 16])).unwrap();
    card.commit();
    desk.receives(Card::id_of(TESTA), &mut card);
    let lunch = || "lunch".parse().unwrap();
    let later = SlotField::Start("12:30".parse().unwrap());
    for edit in [
        VisitEdit::SetSlot { id: lunch(), set: later },
        VisitEdit::RemoveHost { id: lunch(), card: Card::id_of(TESTA) },
    ] {
        desk.client.edit(Moment::from_millis(NOW), NOTE, Edit::Visit(edit)).unwrap();
    }
    let reason = "no-longer-yours".to_owned();
    desk.hears(&Frame::Withdrawn { document: NOTE, epoch: 0, reason: reason.clone() });
    desk.hears(&Frame::Withdrawn { document: Card::id_of(TESTA), epoch: 0, reason });

    let mut desk = desk.restarts();
    let of_lunch = |before: &str, after: &str, start: &str| About {
        slot: "Lunch".to_owned(),
        date: Some("2021-12-14".parse().unwrap()),
        start: Some(start.parse().unwrap()),
        before: before.to_owned(),
        after: after.to_owned(),
    };
    let gone = Some(Refusal::new("not-on-this-device"));
    let expected = [
        (of_lunch("12:00", "12:30", "12:00"), gone.clone()),
        (of_lunch("Testa", "", "12:30"), gone),
    ];
    assert_eq!(set_aside(&mut desk), expected);
}

#[test]
fn an_edit_is_offered_again_only_where_it_may_succeed() {
    let mut desk = desk_with_a_plan();
    is_refused_an_edit(&mut desk);
    assert_eq!(set_aside(&mut desk)[0].1, None, "the plan is here, and may be edited again");

    // Somebody cancels the visit.
    let actor = || actor_of(AccountId([0; 16]), [8; 16]);
    let mut cancelled = Document::Visit(Visit {
        pilot: DocumentId([8; 16]),
        group: "g1".parse().unwrap(),
        unit: "farsta".parse().unwrap(),
        title: "Plan".to_owned(),
        cancelled: true,
        slots: std::collections::BTreeMap::new(),
    })
    .create(actor())
    .unwrap();
    cancelled.commit();
    desk.hears(&Frame::CatalogueAnswer { entries: vec![(NOTE, 1)] });
    desk.exchanges(NOTE, &mut cancelled, None);
    let over = Refusal::new("visit-cancelled");
    assert_eq!(set_aside(&mut desk)[0].1.as_ref(), Some(&over));
    let edit = Edit::Visit(VisitEdit::SetTitle { title: "Ny".to_owned() });
    assert_eq!(desk.client.edit(Moment::from_millis(NOW), NOTE, edit).unwrap_err(), over);
}
