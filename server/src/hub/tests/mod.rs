//! Stories of a town: a hub on a real store, driven frame by frame.

mod access;
mod admin;
mod bounds;
mod commands;
mod endless;
mod epochs;
mod failure;
mod finality;
mod flood;
mod gate;
mod give_back;
mod loads;
mod meanwhile;
mod memory;
mod paid;
mod precise;
mod quota;
mod standing;
mod sync;
mod town;
mod traces;

use samsynk_core::domain::{Day, Edit, Mode, PilotEdit, Slot, SlotField, VisitEdit};
use samsynk_core::ids::{AccountId, DocumentId};
use town::Town;

use super::port::SessionId;

const PILOT: DocumentId = DocumentId([1; 16]);
const VISIT: DocumentId = DocumentId([2; 16]);

fn slot(title: &str) -> Slot {
    Slot {
        title: title.to_owned(),
        date: "2021-12-13".parse().unwrap(),
        start: "09:00".parse().unwrap(),
        end: "10:00".parse().unwrap(),
        mode: Mode::Person,
        place: None,
        room: String::new(),
        link: String::new(),
        hosts: std::collections::BTreeMap::new(),
        audience: String::new(),
        preparation: String::new(),
        bring: String::new(),
        cancelled: false,
    }
}

fn visit(edit: VisitEdit) -> Edit {
    Edit::Visit(edit)
}

fn set_title(title: &str) -> Edit {
    visit(VisitEdit::SetTitle { title: title.to_owned() })
}

fn set_room(room: &str) -> Edit {
    let set = SlotField::Room(room.to_owned());
    visit(VisitEdit::SetSlot { id: "welcome".parse().unwrap(), set })
}

/// A lead makes a round with one group, a member of staff a plan with one slot.
fn plan(town: &mut Town, lead: SessionId, staff: SessionId, member: Option<AccountId>) {
    let day: Day = "2021-12-13".parse().unwrap();
    let create = PilotEdit::Create {
        title: "Pilot".to_owned(),
        from: day,
        until: day,
        units: vec!["kista".parse().unwrap()],
        universities: vec!["su".parse().unwrap()],
    };
    town.edit(lead, PILOT, &Edit::Pilot(create));
    let group = "g1".parse::<samsynk_core::ids::GroupId>().unwrap();
    let unit: samsynk_core::ids::UnitId = "kista".parse().unwrap();
    let add = PilotEdit::AddGroup {
        group: group.clone(),
        title: "Group 1".to_owned(),
        unit: unit.clone(),
    };
    town.edit(lead, PILOT, &Edit::Pilot(add));
    if let Some(account) = member {
        let add = PilotEdit::AddMember { group: group.clone(), account };
        town.edit(lead, PILOT, &Edit::Pilot(add));
    }
    town.sync(lead, PILOT);
    let create = VisitEdit::Create { pilot: PILOT, group, unit, title: "Visit".to_owned() };
    town.edit(staff, VISIT, &visit(create));
    let add =
        VisitEdit::AddSlot { id: "welcome".parse().unwrap(), slot: Box::new(slot("Welcome")) };
    town.edit(staff, VISIT, &visit(add));
    town.sync(staff, VISIT);
    for session in [lead, staff] {
        town.heard(session);
    }
}
