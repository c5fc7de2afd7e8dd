//! What the server refuses or withdraws is never lost: it is shown, with the reason.

use samsynk_core::domain::view::{SetAsideView, View, ViewData};
use samsynk_core::domain::{Edit, PilotEdit, SlotField, VisitEdit};
use samsynk_core::ids::DocumentId;
use samsynk_tests::{TestDevice, Town};

fn pilot() -> DocumentId {
    DocumentId::from_name("pilot", "host-2021")
}

fn visit() -> DocumentId {
    DocumentId::from_name("visit", "host-2021-farsta")
}

/// Waits until a document is on the device.
async fn arrived(device: &TestDevice, document: DocumentId) {
    device.settled().await;
    device.until(View::Device, move |data| held(data, document).then_some(())).await;
}

fn held(data: &ViewData, document: DocumentId) -> bool {
    match data {
        ViewData::Device(device) => {
            device.documents.iter().any(|d| d.document == document && !d.kind.is_empty())
        }
        _ => false,
    }
}

/// Waits until as many edits are set aside, and gives them.
async fn set_aside(device: &TestDevice, count: usize) -> SetAsideView {
    device
        .until(View::SetAside, move |data| match data {
            ViewData::SetAside(aside) if aside.items.len() == count => Some(aside.clone()),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn a_plan_that_is_withdrawn_leaves_the_device_and_its_edits_are_shown() {
    let town = Town::start().await;
    let staff = TestDevice::of(&town, "staff-farsta").await;
    arrived(&staff, visit()).await;
    staff.online(false);
    let edit = Edit::Visit(VisitEdit::SetTitle { title: "Vi i Farsta".to_owned() });
    staff.edit(visit(), edit.clone()).unwrap();

    let account = town.account("staff-farsta").to_string();
    town.samsynk(&["account", "role", "remove", &account, "staff@farsta"]).await;
    staff.online(true);
    let aside = set_aside(&staff, 1).await;
    assert_eq!((aside.items[0].document, &aside.items[0].edit), (visit(), &edit));
    assert_eq!(aside.items[0].refusal.code, "no-longer-yours");
    assert!(!held(&staff.view(&View::Device), visit()), "purged");
    let again = staff.edit(visit(), edit).unwrap_err();
    assert_eq!(again.code, "not-on-this-device");
}

#[tokio::test]
async fn refused_edits_are_set_aside_and_the_device_agrees_with_the_server() {
    let town = Town::start().await;
    let roles = ["--role", "coordinator@stockholms-universitet", "--role", "staff@farsta"];
    let added = town.samsynk(&[&["account", "add"], &roles[..]].concat()).await;
    let device = TestDevice::of_account(&town, added.parse().unwrap()).await;
    arrived(&device, pilot()).await;
    arrived(&device, visit()).await;
    device.online(false);
    let rename = Edit::Pilot(PilotEdit::SetTitle { title: "Min omgång".to_owned() });
    device.edit(pilot(), rename.clone()).unwrap();
    let slot = first_slot(&device);
    let set = SlotField::Bring("Penna".to_owned());
    device.edit(visit(), Edit::Visit(VisitEdit::SetSlot { id: slot, set })).unwrap();

    // Still staff, so the round can be read, but no longer changed.
    town.samsynk(&["account", "role", "remove", &added, roles[1]]).await;
    device.online(true);
    let aside = set_aside(&device, 1).await;
    assert_eq!((aside.items[0].document, &aside.items[0].edit), (pilot(), &rename));
    assert_eq!(aside.items[0].refusal.code, "not-writer");
    let title = |data: &ViewData| match data {
        ViewData::Pilot(pilot) if pilot.title != "Min omgång" => Some(pilot.read_only.clone()),
        _ => None,
    };
    let read_only = device.until(View::Pilot { pilot: pilot() }, title).await;
    assert_eq!(read_only.map(|refusal| refusal.code).as_deref(), Some("not-writer"));

    // What was allowed is saved, and nothing else is pending.
    device.settled().await;
    assert_eq!(device.status().set_aside, 1);
}

#[tokio::test]
async fn who_removes_a_slot_that_a_colleague_has_edited_meanwhile_is_told_and_so_is_who_edits_a_removed_one()
 {
    let town = Town::start().await;
    let (one, two) = (
        TestDevice::of(&town, "staff-farsta").await,
        TestDevice::of(&town, "staff-farsta-2").await,
    );
    for device in [&one, &two] {
        arrived(device, visit()).await;
    }
    let slot = first_slot(&one);
    let set = |bring: &str| {
        let set = SlotField::Bring(bring.to_owned());
        Edit::Visit(VisitEdit::SetSlot { id: slot.clone(), set })
    };
    let remove = Edit::Visit(VisitEdit::RemoveSlot { id: slot.clone() });

    // A colleague edits it, while somebody without a network removes it.
    one.online(false);
    one.edit(visit(), remove.clone()).unwrap();
    two.edit(visit(), set("Penna")).unwrap();
    two.settled().await;
    one.online(true);
    let aside = set_aside(&one, 1).await;
    let item = &aside.items[0];
    assert_eq!((&item.edit, item.refusal.code.as_str()), (&remove, "edited-meanwhile"));
    assert_ne!(item.about.slot, "", "the slot is named");
    one.settled().await;
    assert_eq!(first_slot(&one), slot);

    // Whoever knows of the edit may remove it; what is written then is set aside.
    two.online(false);
    two.edit(visit(), set("Penna och block")).unwrap();
    two.edit(visit(), set("Dator")).unwrap();
    one.edit(visit(), remove).unwrap();
    one.settled().await;
    two.online(true);
    let aside = set_aside(&two, 2).await;
    let edits: Vec<&Edit> = aside.items.iter().rev().map(|item| &item.edit).collect();
    assert_eq!(edits, [&set("Penna och block"), &set("Dator")]);
    assert!(aside.items.iter().all(|item| item.refusal.code == "no-such-item"));
    two.settled().await;
    assert!([&one, &two].iter().all(|device| first_slot(device) != slot));
    assert_eq!((one.status().set_aside, two.status().set_aside), (1, 2));
}

fn first_slot(device: &TestDevice) -> samsynk_core::ids::SlotId {
    match device.view(&View::Plan { visit: visit() }) {
        ViewData::Plan(plan) => plan.days[0].slots[0].id.clone(),
        other => panic!("{other:?}"),
    }
}
