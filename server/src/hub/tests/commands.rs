use samsynk_core::domain::{Command, Document, Itinerary};
use samsynk_core::refusal::Refusal;

use super::*;
use crate::store::{StoreError, journal};

const PUBLISH: Command = Command::PublishVisit { visit: VISIT };

#[test]
fn a_command_given_twice_is_executed_once() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    town.catalogue(lead);
    let receipt = town.command(aino, 1, &PUBLISH).unwrap();
    assert_eq!(town.command(aino, 1, &PUBLISH), Ok(receipt));
    assert_eq!(town.command(aino, 2, &PUBLISH), Err(Refusal::new("nothing-changed")));
    assert_eq!(town.command(aino, 2, &PUBLISH), Err(Refusal::new("nothing-changed")));
    assert_eq!(town.command(lead, 1, &PUBLISH), Err(Refusal::new("command-id-used")));
    // Nor does the outcome of one decision answer another.
    let (cancel, link) = (
        Command::CancelVisit { visit: VISIT, reason: String::new() },
        "https://meet.example/x".to_owned(),
    );
    assert_eq!(town.command(aino, 1, &cancel), Err(Refusal::new("command-id-used")));
    let moved = Command::MoveToRemote { visit: VISIT, link };
    assert_eq!(town.command(aino, 1, &moved), Err(Refusal::new("command-id-used")));

    town.edit_and_sync(aino, VISIT, &set_room("B"));
    assert_eq!(town.command(aino, 3, &PUBLISH), Ok(receipt + 1), "refusals are not kept");
    let Some(Document::Itinerary(itinerary)) = town.phone(lead).read(Itinerary::id_of(VISIT))
    else {
        panic!()
    };
    assert_eq!(itinerary.versions.keys().copied().collect::<Vec<_>>(), [1, 2]);
    let audited = town.store.read::<_, StoreError>(|tx| journal::audited(tx, "publish-visit"));
    assert_eq!(audited.unwrap(), 2);
}

#[test]
fn who_may_not_write_a_plan_may_not_publish_it() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let bo = town.person("Bo", "staff@farsta");
    plan(&mut town, lead, aino, None);
    // Bo, who may not read it, hears the same as of one that is not there.
    assert_eq!(town.command(bo, 1, &PUBLISH), Err(Refusal::new("no-such-document")));
    let nowhere = Command::CancelVisit { visit: DocumentId([8; 16]), reason: String::new() };
    assert_eq!(town.command(bo, 2, &nowhere), Err(Refusal::new("no-such-document")));
    // Aino reads the round without writing it.
    let round = Command::CancelVisit { visit: PILOT, reason: String::new() };
    let refusal = Refusal::new("not-writer").with("kind", "pilot");
    assert_eq!(town.command(aino, 3, &round), Err(refusal));
}

#[test]
fn cancelling_writes_plan_and_itinerary_and_survives_a_restart() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    let receipt = town
        .command(lead, 1, &Command::CancelVisit { visit: VISIT, reason: String::new() })
        .unwrap();
    let Some(Document::Visit(visit)) = town.phone(aino).read(VISIT) else { panic!() };
    assert!(visit.cancelled);
    let (identity, documents) = town.disconnect(lead);

    let mut town = town.restart();
    let lead = town.connect(identity, "samsynk-1", documents);
    assert_eq!(
        town.command(lead, 1, &Command::CancelVisit { visit: VISIT, reason: String::new() }),
        Ok(receipt)
    );
    assert_eq!(town.command(lead, 2, &PUBLISH), Err(Refusal::new("visit-cancelled")));
    assert_eq!(
        crate::admin::beside::check(town.store.file()),
        crate::admin::AdminReply::Checked { problems: Vec::new() }
    );
}
