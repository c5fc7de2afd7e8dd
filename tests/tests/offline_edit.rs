//! An edit made offline reaches the second phone, and nothing is lost on the way.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use samsynk_core::domain::view::{ChangeView, ItineraryView, PlanView, SaveState, View, ViewData};
use samsynk_core::domain::{Command, DiaryEdit, Edit, Moment, SlotField, VisitEdit};
use samsynk_core::ids::{DocumentId, SlotId};
use samsynk_tests::{TestDevice, Town};

fn visit() -> DocumentId {
    DocumentId::from_name("visit", "host-2021-farsta")
}

fn plan() -> View {
    View::Plan { visit: visit() }
}

fn itinerary() -> View {
    View::Itinerary { itinerary: samsynk_core::domain::Itinerary::id_of(visit()) }
}

fn set(slot: &SlotId, field: SlotField) -> Edit {
    Edit::Visit(VisitEdit::SetSlot { id: slot.clone(), set: field })
}

fn of_plan<T>(data: &ViewData, find: impl Fn(&PlanView) -> Option<T>) -> Option<T> {
    match data {
        ViewData::Plan(plan) => find(plan),
        _ => None,
    }
}

fn of_itinerary<T>(data: &ViewData, find: impl Fn(&ItineraryView) -> Option<T>) -> Option<T> {
    match data {
        ViewData::Itinerary(itinerary) => find(itinerary),
        _ => None,
    }
}

fn room(plan: &PlanView, slot: &SlotId) -> Option<String> {
    let slots = plan.days.iter().flat_map(|day| &day.slots);
    slots.filter(|s| s.id == *slot).map(|s| s.slot.room.clone()).next()
}

/// Waits until the plan has arrived, and gives its first slot with the room that it has.
async fn first_slot(device: &TestDevice) -> (SlotId, String) {
    device.settled().await;
    let first = |plan: &PlanView| {
        let slot = plan.days.first()?.slots.first()?;
        Some((slot.id.clone(), slot.slot.room.clone()))
    };
    device.until(plan(), move |data| of_plan(data, first)).await
}

async fn saved_with_room(device: &TestDevice, slot: &SlotId, expected: &'static str) {
    let slot = slot.clone();
    device
        .until(plan(), move |data| {
            of_plan(data, |plan| {
                let there = room(plan, &slot)? == expected && plan.saved == SaveState::Saved;
                there.then_some(())
            })
        })
        .await;
}

#[tokio::test]
async fn an_edit_made_offline_reaches_the_students_phone() {
    let town = Town::start().await;
    let mut staff = TestDevice::of(&town, "staff-farsta").await;
    let student = TestDevice::of(&town, "student-farsta").await;
    let version = |data: &ViewData| of_itinerary(data, |itinerary| Some(itinerary.version));
    assert_eq!(student.until(itinerary(), version).await, 1);
    let (slot, before) = first_slot(&staff).await;
    acknowledge(&student, 1).await;

    // Out of coverage, staff move a slot, publish, and the phone kills the app.
    staff.online(false);
    staff.edit(visit(), set(&slot, SlotField::Room("Rum Eken".to_owned()))).unwrap();
    staff.command(Command::PublishVisit { visit: visit() }).unwrap();
    staff.switch_off().await;
    staff.switch_on();
    let here = match staff.view(&plan()) {
        ViewData::Plan(plan) => {
            let waiting = plan.waiting.as_ref().map(|waiting| waiting.command.clone());
            (room(&plan, &slot), plan.saved, waiting)
        }
        other => panic!("{other:?}"),
    };
    let waiting = Some("publish-visit".to_owned());
    assert_eq!(here, (Some("Rum Eken".to_owned()), SaveState::Device, waiting));

    // Back online: saved, published, and the student sees exactly that.
    staff.online(true);
    saved_with_room(&staff, &slot, "Rum Eken").await;
    let told: Vec<ChangeView> = student
        .until(itinerary(), |data| {
            of_itinerary(data, |i| (i.version == 2).then(|| i.changes.clone()))
        })
        .await;
    let told: Vec<_> =
        told.iter().map(|c| (&c.slot, c.field.as_deref(), &*c.before, &*c.after)).collect();
    assert_eq!(told, [(&Some(slot.clone()), Some("room"), &*before, "Rum Eken")]);

    acknowledge(&student, 2).await;
    let nothing = |data: &ViewData| of_itinerary(data, |i| i.changes.is_empty().then_some(()));
    student.until(itinerary(), nothing).await;
    for device in [&staff, &student] {
        device.settled().await;
        let status = device.status();
        assert_eq!((status.set_aside, status.problem, status.refused), (0, None, Vec::new()));
    }
}

async fn acknowledge(student: &TestDevice, version: u32) {
    let id = samsynk_core::domain::Itinerary::id_of(visit());
    let diary = student
        .until(itinerary(), |data| of_itinerary(data, |itinerary| Some(itinerary.diary)))
        .await;
    student
        .until(View::Device, move |data| match data {
            ViewData::Device(device) => device
                .documents
                .iter()
                .any(|d| d.document == diary && d.kind == "diary")
                .then_some(()),
            _ => None,
        })
        .await;
    // Nothing of a visit is shown before secrecy is confirmed.
    for edit in [
        DiaryEdit::ConfirmSecrecy { itinerary: id, at: Moment::from_millis(0) },
        DiaryEdit::Acknowledge { itinerary: id, version },
    ] {
        student.edit(diary, Edit::Diary(edit)).unwrap();
    }
}

#[tokio::test]
async fn two_staff_see_one_conflict_with_both_authors_and_settle_it() {
    let town = Town::start().await;
    let anna = TestDevice::of(&town, "staff-farsta").await;
    let bo = TestDevice::of(&town, "staff-farsta-2").await;
    let (slot, _) = first_slot(&anna).await;
    first_slot(&bo).await;

    anna.online(false);
    bo.online(false);
    anna.edit(visit(), set(&slot, SlotField::Room("Rum A".to_owned()))).unwrap();
    bo.edit(visit(), set(&slot, SlotField::Room("Rum B".to_owned()))).unwrap();
    anna.online(true);
    bo.online(true);

    let both = |data: &ViewData| {
        of_plan(data, |plan| {
            let [conflict] = plan.conflicts.as_slice() else { return None };
            let mut values: Vec<_> =
                conflict.values.iter().map(|v| (v.shown.clone(), v.author)).collect();
            values.sort();
            Some((conflict.slot.clone(), conflict.field.clone(), values))
        })
    };
    let values = vec![
        ("Rum A".to_owned(), town.account("staff-farsta")),
        ("Rum B".to_owned(), town.account("staff-farsta-2")),
    ];
    let expected = (Some(slot.clone()), "room".to_owned(), values);
    assert_eq!(anna.until(plan(), both).await, expected);
    assert_eq!(bo.until(plan(), both).await, expected);

    anna.edit(visit(), set(&slot, SlotField::Room("Rum B".to_owned()))).unwrap();
    let settled = |data: &ViewData| of_plan(data, |p| p.conflicts.is_empty().then_some(()));
    bo.until(plan(), settled).await;
    saved_with_room(&bo, &slot, "Rum B").await;
    saved_with_room(&anna, &slot, "Rum B").await;
}

#[tokio::test]
async fn what_was_receipted_survives_a_power_cut_of_the_server() {
    let mut town = Town::start().await;
    let staff = TestDevice::of(&town, "staff-farsta").await;
    let (slot, _) = first_slot(&staff).await;
    staff.edit(visit(), set(&slot, SlotField::Bring("Legitimation".to_owned()))).unwrap();
    let saved =
        |data: &ViewData| of_plan(data, |plan| (plan.saved == SaveState::Saved).then_some(()));
    staff.until(plan(), saved).await;

    town.kill().await;
    town.serve().await;
    town.samsynk(&["check"]).await;
    let colleague = TestDevice::of(&town, "staff-farsta-2").await;
    let wanted = slot.clone();
    let brought = move |data: &ViewData| {
        of_plan(data, |plan| {
            let slots = plan.days.iter().flat_map(|day| &day.slots);
            slots.filter(|s| s.id == wanted).map(|s| s.slot.bring.clone()).next()
        })
    };
    assert_eq!(colleague.until(plan(), brought).await, "Legitimation");
}
