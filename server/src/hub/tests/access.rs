use samsynk_core::domain::{Document, Home, Itinerary, Key};
use samsynk_core::wire::Frame;

use super::super::port::SessionId;
use super::town::stranger;
use super::*;
use crate::admin::{AdminReply, AdminRequest};

fn home(town: &mut Town, session: SessionId) -> Home {
    let id = Home::id_of(town.account_of(session));
    town.sync(session, id);
    match town.phone(session).read(id) {
        Some(Document::Home(home)) => home,
        other => panic!("{other:?}"),
    }
}

fn kinds(home: &Home) -> Vec<&str> {
    let mut kinds: Vec<_> = home.documents.values().map(|entry| entry.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds
}

#[test]
fn an_account_comes_with_its_documents() {
    let mut town = Town::new();
    let aino = town.person("Aino", "staff@kista");
    let home = home(&mut town, aino);
    assert_eq!(kinds(&home), ["card", "diary", "profile"]);
    let account = town.account_of(aino);
    let keys: Vec<String> = home.keys.keys().map(Key::to_string).collect();
    assert_eq!(keys, ["all".to_owned(), format!("account:{account}"), "staff@kista".to_owned()]);
    let bo = town.person("Bo", "staff@kista");
    assert_eq!(kinds(&self::home(&mut town, bo)), ["card", "card", "diary", "profile"]);
}

#[test]
fn who_loses_a_role_loses_what_it_opened() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    let account = town.account_of(aino);
    let role = "staff@kista".to_owned();
    assert_eq!(town.admin(AdminRequest::RoleRemove { account, role }), AdminReply::Done);
    let withdrawn = |document| {
        let reason = "no-longer-yours".to_owned();
        Frame::Withdrawn { document, epoch: 0, reason }
    };
    assert_eq!(town.heard(aino), [withdrawn(PILOT), withdrawn(VISIT)]);
    assert_eq!(kinds(&home(&mut town, aino)), ["card", "diary", "profile"]);

    // What it edits from memory is not taken.
    town.sync(aino, VISIT);
    let heard = town.heard(aino);
    assert!(matches!(heard[..], [Frame::Withdrawn { .. }, Frame::DocUnavailable { .. }]));
}

#[test]
fn a_member_of_a_group_gets_its_itinerary_and_not_the_plan() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let cilla = town.person("Cilla", "student");
    let member = town.account_of(cilla);
    plan(&mut town, lead, aino, Some(member));
    town.catalogue(cilla);
    town.sync(cilla, Home::id_of(member));
    town.heard(cilla);
    let command = samsynk_core::domain::Command::PublishVisit { visit: VISIT };
    town.command(aino, 1, &command).unwrap();
    let itinerary = Itinerary::id_of(VISIT);
    let entries = vec![(itinerary, 0)];
    assert_eq!(town.heard(cilla), [Frame::CatalogueAnswer { entries }]);
    assert!(matches!(town.phone(cilla).read(itinerary), Some(Document::Itinerary(_))));
    assert_eq!(kinds(&home(&mut town, cilla)), ["diary", "itinerary", "profile"]);

    town.sync(cilla, VISIT);
    assert!(town.phone(cilla).read(VISIT).is_none());
    let heard = town.heard(cilla);
    assert!(matches!(heard[..], [Frame::Withdrawn { .. }, Frame::DocUnavailable { .. }]));

    // A student who joins later gets it as well.
    let david = town.person("David", "student");
    town.catalogue(david);
    let account = town.account_of(david);
    let add = PilotEdit::AddMember { group: "g1".parse().unwrap(), account };
    town.edit_and_sync(lead, PILOT, &Edit::Pilot(add));
    assert!(matches!(town.phone(david).read(itinerary), Some(Document::Itinerary(_))));
    let problems = crate::admin::beside::check(town.store.file());
    assert_eq!(problems, AdminReply::Checked { problems: Vec::new() });
}

#[test]
fn a_revoked_device_is_put_out_and_stays_out() {
    let mut town = Town::new();
    let aino = town.person("Aino", "staff@kista");
    let identity = town.phone(aino).identity;
    let device = identity.device;
    assert_eq!(town.admin(AdminRequest::DeviceRevoke { device }), AdminReply::Done);
    assert_eq!(town.phone(aino).closed, Some("revoked"));
    let session = SessionId(99);
    let event = super::super::Event::Opened { session, identity: stranger() };
    let effects = town.hub.handle(
        &mut town.store,
        samsynk_core::domain::Moment::from_millis(0),
        &mut town.random,
        vec![event],
    );
    assert!(matches!(
        effects.sends[..],
        [(SessionId(99), super::super::port::ToSession::Close { reason: "revoked", .. })]
    ));
}

#[test]
fn an_invitation_works_once_and_for_a_while() {
    let mut town = Town::new();
    let account = town.account("Aino", "staff@kista");
    let AdminReply::Invited { invitation } = town.admin(AdminRequest::Invite { account }) else {
        panic!()
    };
    let redeem = |invitation: &str| AdminRequest::Redeem {
        invitation: invitation.to_owned(),
        label: "phone".to_owned(),
    };
    assert!(matches!(town.admin(redeem(&invitation)), AdminReply::Redeemed { .. }));
    let codes = [(invitation.as_str(), "invitation-used"), ("guess", "invitation-unknown")];
    for (secret, code) in codes {
        let AdminReply::Refused(refusal) = town.admin(redeem(secret)) else { panic!() };
        assert_eq!(refusal.code, code);
    }
}
