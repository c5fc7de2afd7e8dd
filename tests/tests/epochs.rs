//! A document that an operator has begun anew: devices take the new one and make again what they had not sent.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use samsynk_core::domain::view::{PlanView, View, ViewData};
use samsynk_core::domain::{Edit, Slot, SlotField, VisitEdit};
use samsynk_core::ids::{DocumentId, SlotId};
use samsynk_tests::{TestDevice, Town};

fn visit() -> DocumentId {
    DocumentId::from_name("visit", "host-2021-farsta")
}

fn plan() -> View {
    View::Plan { visit: visit() }
}

fn set(slot: &SlotId, field: SlotField) -> Edit {
    Edit::Visit(VisitEdit::SetSlot { id: slot.clone(), set: field })
}

fn slots(plan: &PlanView) -> Vec<(SlotId, Slot)> {
    let slots = plan.days.iter().flat_map(|day| &day.slots);
    slots.map(|s| (s.id.clone(), s.slot.clone())).collect()
}

/// Waits until the plan is as expected, and gives what was found in it.
async fn in_plan<T: Send + 'static>(
    device: &TestDevice,
    find: impl Fn(&PlanView) -> Option<T> + Send + Sync + 'static,
) -> T {
    let find = move |data: &ViewData| match data {
        ViewData::Plan(plan) => find(plan),
        _ => None,
    };
    device.until(plan(), find).await
}

/// How many bytes of the plan a device keeps.
async fn bytes_of_plan(device: &TestDevice) -> u64 {
    let find = |data: &ViewData| match data {
        ViewData::Device(device) => {
            device.documents.iter().find(|held| held.document == visit()).map(|held| held.bytes)
        }
        _ => None,
    };
    device.until(View::Device, find).await
}

#[tokio::test]
async fn a_device_that_was_away_takes_the_new_document_and_makes_its_edits_again() {
    let town = Town::start().await;
    let anna = TestDevice::of(&town, "staff-farsta").await;
    let mut bo = TestDevice::of(&town, "staff-farsta-2").await;
    anna.settled().await;
    bo.settled().await;
    let (first, second) = in_plan(&bo, |plan| {
        let mut slots = slots(plan).into_iter().map(|(id, _)| id);
        slots.next().zip(slots.next())
    })
    .await;
    // History that nobody wants to keep.
    for n in 0..50 {
        let room = SlotField::Room(format!("Hemligt rum {n}"));
        anna.edit(visit(), set(&first, room)).unwrap();
    }
    anna.edit(visit(), set(&first, SlotField::Room("Storstugan".to_owned()))).unwrap();
    anna.settled().await;
    let is_first = first.clone();
    in_plan(&bo, move |plan| {
        slots(plan).iter().find(|(id, s)| *id == is_first && s.room == "Storstugan").map(drop)
    })
    .await;
    bo.settled().await;

    // Away, Bo changes one slot that stays and one that is taken out meanwhile.
    bo.online(false);
    bo.edit(visit(), set(&first, SlotField::Bring("Penna".to_owned()))).unwrap();
    bo.edit(visit(), set(&second, SlotField::Bring("Skor".to_owned()))).unwrap();
    bo.switch_off().await;
    anna.edit(visit(), Edit::Visit(VisitEdit::RemoveSlot { id: second.clone() })).unwrap();
    anna.settled().await;
    let before = bytes_of_plan(&anna).await;
    town.samsynk(&["forget-history", &visit().to_string()]).await;
    bo.switch_on();
    bo.online(true);

    let is_first = first.clone();
    for device in [&anna, &bo] {
        let wanted = is_first.clone();
        in_plan(device, move |plan| {
            let kept = |(id, s): &&(SlotId, Slot)| *id == wanted && s.bring == "Penna";
            slots(plan).iter().find(kept).map(|(_, s)| assert_eq!(s.room, "Storstugan"))
        })
        .await;
        device.settled().await;
    }
    assert!(bytes_of_plan(&anna).await < before, "the old history is gone from the device");
    let aside = match bo.view(&View::SetAside) {
        ViewData::SetAside(aside) => aside.items,
        other => panic!("{other:?}"),
    };
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!(aside[0].edit, set(&second, SlotField::Bring("Skor".to_owned())));
    assert_eq!(aside[0].refusal.code, "no-such-item");
    assert_eq!(anna.status().set_aside, 0);
    town.samsynk(&["check"]).await;
}
