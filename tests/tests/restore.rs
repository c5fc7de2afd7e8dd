//! A server that was restored from a backup has, when its devices have come back, all that it had lost; and none of
//! what was erased.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use std::path::PathBuf;

use samsynk_core::domain::view::{View, ViewData};
use samsynk_core::domain::{Card, Command, Edit, Itinerary, NoteEdit, SlotField, VisitEdit};
use samsynk_core::ids::{DocumentId, SlotId};
use samsynk_tests::{TestDevice, Town};

const NOTE: DocumentId = DocumentId([0x4e; 16]);

fn visit() -> DocumentId {
    DocumentId::from_name("visit", "host-2021-farsta")
}

fn plan() -> View {
    View::Plan { visit: visit() }
}

fn set(slot: &SlotId, field: SlotField) -> Edit {
    Edit::Visit(VisitEdit::SetSlot { id: slot.clone(), set: field })
}

/// What the first slot of the plan says, once it is there: its id, room and what to bring.
async fn first_slot(device: &TestDevice) -> (SlotId, String, String) {
    device.until(plan(), slot_in).await
}

fn slot_in(data: &ViewData) -> Option<(SlotId, String, String)> {
    let ViewData::Plan(plan) = data else { return None };
    let slot = plan.days.first()?.slots.first()?;
    Some((slot.id.clone(), slot.slot.room.clone(), slot.slot.bring.clone()))
}

/// Waits until the first slot has this room and is to bring this.
async fn shows(device: &TestDevice, room: &'static str, bring: &'static str) {
    let found = move |data: &ViewData| {
        let (_, r, b) = slot_in(data)?;
        (r == room && b == bring).then_some(())
    };
    device.until(plan(), found).await;
}

async fn published(device: &TestDevice, version: u32) {
    let itinerary = View::Itinerary { itinerary: Itinerary::id_of(visit()) };
    let found = move |data: &ViewData| match data {
        ViewData::Itinerary(itinerary) => (itinerary.version == version).then_some(()),
        _ => None,
    };
    device.until(itinerary, found).await;
}

fn titles_of_notes(device: &TestDevice) -> Vec<String> {
    match device.view(&View::Home) {
        ViewData::Home(home) => home.notes.into_iter().map(|note| note.title).collect(),
        other => panic!("{other:?}"),
    }
}

async fn backup(town: &Town) -> PathBuf {
    let file = town.data().join("../backup.db");
    town.samsynk(&["backup", &file.to_string_lossy()]).await;
    file
}

async fn restore(town: &mut Town, backup: &std::path::Path) {
    town.kill().await;
    town.samsynk(&["restore", &backup.to_string_lossy()]).await;
    town.serve().await;
}

/// Loses two edits that build on each other, a published version and a note; the first device that comes back is
/// the one at this place.
async fn everything_comes_back(first: usize) {
    let mut town = Town::start().await;
    let anna = TestDevice::of(&town, "staff-farsta").await;
    let bo = TestDevice::of(&town, "staff-farsta-2").await;
    let student = TestDevice::of(&town, "student-farsta").await;
    for device in [&anna, &bo, &student] {
        device.settled().await;
    }
    let (slot, ..) = first_slot(&anna).await;
    let backup = backup(&town).await;

    anna.edit(visit(), set(&slot, SlotField::Room("Rum Eken".to_owned()))).unwrap();
    shows(&bo, "Rum Eken", "Legitimation").await;
    bo.edit(visit(), set(&slot, SlotField::Bring("Penna".to_owned()))).unwrap();
    shows(&anna, "Rum Eken", "Penna").await;
    anna.command(Command::PublishVisit { visit: visit() }).unwrap();
    published(&student, 2).await;
    let owner = town.account("staff-farsta-2");
    let create = Edit::Note(NoteEdit::Create { owner, title: "Kom ihåg".to_owned() });
    bo.edit(NOTE, create).unwrap();
    let mut devices = [anna, bo, student];
    for device in &devices {
        device.settled().await;
        device.online(false);
    }
    // Made while the server is away, on top of what it is about to lose.
    devices[0].edit(visit(), set(&slot, SlotField::Room("Rum Asken".to_owned()))).unwrap();

    restore(&mut town, &backup).await;
    devices.rotate_left(first);
    for device in &devices {
        device.online(true);
        device.settled().await;
    }
    devices.rotate_right(first);
    let [anna, bo, student] = &devices;
    for device in [anna, bo] {
        shows(device, "Rum Asken", "Penna").await;
    }
    for device in [anna, bo, student] {
        published(device, 2).await;
        device.settled().await;
        assert_eq!(device.status().set_aside, 0);
    }
    assert_eq!(titles_of_notes(bo), ["Kom ihåg"]);
    town.samsynk(&["check"]).await;

    // The server has it too: a new device gets all of it.
    let fresh = TestDevice::of(&town, "staff-farsta-2").await;
    fresh.settled().await;
    shows(&fresh, "Rum Asken", "Penna").await;
    published(&fresh, 2).await;
    assert_eq!(titles_of_notes(&fresh), ["Kom ihåg"]);
}

#[tokio::test]
async fn everything_comes_back_when_the_writer_returns_first() {
    everything_comes_back(0).await;
}

#[tokio::test]
async fn everything_comes_back_when_a_colleague_returns_first() {
    everything_comes_back(1).await;
}

#[tokio::test]
async fn everything_comes_back_when_a_reader_returns_first() {
    everything_comes_back(2).await;
}

#[tokio::test]
async fn who_was_erased_does_not_come_back_from_a_backup_or_a_phone() {
    let mut town = Town::start().await;
    let gone = town.account("staff-farsta");
    let phone = TestDevice::of(&town, "staff-farsta").await;
    let colleague = TestDevice::of(&town, "staff-farsta-2").await;
    phone.settled().await;
    colleague.settled().await;
    let card = Card::id_of(gone);
    let holds = move |data: &ViewData| match data {
        ViewData::Device(device) => {
            device.documents.iter().any(|held| held.document == card && !held.kind.is_empty())
        }
        _ => false,
    };
    colleague.until(View::Device, move |data| holds(data).then_some(())).await;
    let backup = backup(&town).await;
    for device in [&phone, &colleague] {
        device.online(false);
    }
    town.samsynk(&["erase", &gone.to_string()]).await;

    restore(&mut town, &backup).await;
    for device in [&phone, &colleague] {
        device.online(true);
    }
    let purged = move |data: &ViewData| (!holds(data)).then_some(());
    colleague.until(View::Device, purged).await;
    let signed_out = |data: &ViewData| match data {
        ViewData::Status(status) => status.problem.as_ref().map(|problem| problem.code.clone()),
        _ => None,
    };
    assert_eq!(phone.until(View::Status, signed_out).await, "account-erased");
    colleague.settled().await;
    town.samsynk(&["check"]).await;
    let listed = town.samsynk(&["account", "list"]).await;
    assert!(!listed.contains(&gone.to_string()), "{listed}");

    let fresh = TestDevice::of(&town, "staff-farsta-2").await;
    fresh.settled().await;
    assert!(!holds(&fresh.view(&View::Device)));
}
