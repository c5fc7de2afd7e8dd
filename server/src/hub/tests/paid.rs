//! Work is paid for by whoever causes it, in units that follow how much it is.

use samsynk_core::domain::{Command, NoteEdit};
use samsynk_core::ids::AccountId;

use super::super::port::SessionId;
use super::*;

const NOTE: DocumentId = DocumentId([9; 16]);

/// What something costs a session; and that it costs nobody else anything.
fn cost(town: &mut Town, session: SessionId, work: impl FnOnce(&mut Town)) -> u64 {
    town.charged.clear();
    work(town);
    let mine = town.charged.remove(&session).unwrap_or(0);
    assert_eq!(town.charged.values().sum::<u64>(), 0, "others pay for it: {:?}", town.charged);
    mine
}

fn note(town: &mut Town, owner: SessionId, readers: &[AccountId]) {
    let create = NoteEdit::Create { owner: town.account_of(owner), title: "Note".to_owned() };
    town.edit(owner, NOTE, &Edit::Note(create));
    for account in readers {
        town.edit(owner, NOTE, &Edit::Note(NoteEdit::Share { account: *account }));
    }
    town.sync(owner, NOTE);
}

fn titled(town: &mut Town, owner: SessionId, title: &str) -> u64 {
    let edit = Edit::Note(NoteEdit::SetTitle { title: title.to_owned() });
    cost(town, owner, |town| town.edit_and_sync(owner, NOTE, &edit))
}

#[test]
fn whoever_shares_a_note_pays_for_each_home_that_names_it() {
    let costs = [5, 50].map(|count| {
        let mut town = Town::new();
        let owner = town.person("Cilla", "student");
        let readers: Vec<AccountId> = (0..count).map(|_| town.account("Bo", "student")).collect();
        note(&mut town, owner, &readers);
        titled(&mut town, owner, "Another")
    });
    // A home takes some tens of microseconds.
    assert!(costs[1] > costs[0] + 45 * 40, "{costs:?}");
}

#[test]
fn whoever_publishes_pays_for_what_is_read_and_written() {
    let costs = [1, 72].map(|slots| {
        let mut town = Town::new();
        let lead = town.person("Lead", "lead");
        let aino = town.person("Aino", "staff@kista");
        plan(&mut town, lead, aino, None);
        for n in 1..slots {
            let id = format!("slot-{n}").parse().unwrap();
            let slot = Box::new(slot(&format!("Slot {n}")));
            town.edit(aino, VISIT, &visit(VisitEdit::AddSlot { id, slot }));
        }
        town.sync(aino, VISIT);
        let publish = serde_json::to_string(&Command::PublishVisit { visit: VISIT }).unwrap();
        let id = samsynk_core::ids::CommandId([1; 16]);
        let command = samsynk_core::wire::Frame::Command { id, command: publish };
        cost(&mut town, aino, |town| town.send(aino, &command))
    });
    assert!(costs[0] > 500, "a plan is read, an itinerary made, homes rewritten: {costs:?}");
    assert!(costs[1] > costs[0] + 71 * 10, "more of a plan is more work: {costs:?}");
}

#[test]
fn history_that_is_given_back_costs_what_changes_cost() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    town.sync(lead, VISIT);
    let backup = town.backup("backup.db");
    let made = cost(&mut town, aino, |town| {
        for n in 0..50 {
            town.edit(aino, VISIT, &set_room(&format!("Room {n}")));
        }
        town.send_next(aino, VISIT);
    });
    town.sync(aino, VISIT);
    town.sync(lead, VISIT);
    let kept = super::give_back::Kept::of(&mut town, lead);
    let mut town = town.restore(&backup);
    let lead = kept.back(&mut town);
    let given = kept.given(VISIT);
    let back = cost(&mut town, lead, |town| town.send(lead, &given));
    assert!(back * 3 > made, "given back {back}, made {made}");
    // What is wrong is found by its seal, before it is walked.
    let samsynk_core::wire::Frame::GiveBack { document, epoch, data, .. } = given else { panic!() };
    let seal = samsynk_core::wire::Seal([7; 32]);
    let wrong = samsynk_core::wire::Frame::GiveBack { document, epoch, seal, data };
    let refused = cost(&mut town, lead, |town| town.send(lead, &wrong));
    assert!(refused * 10 < back, "{refused}");
}
