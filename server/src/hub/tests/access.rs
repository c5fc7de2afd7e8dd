use std::collections::BTreeMap;

use samsynk_core::domain::{Card, CardEdit, Command, Document, Home, Itinerary, Key, Profile};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Frame;

use super::super::port::{Identity, SessionId};
use super::town::stranger;
use super::*;
use crate::admin::{AdminReply, AdminRequest};
use crate::store::StoreError;

pub(super) fn home(town: &mut Town, session: SessionId) -> Home {
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
    assert!(matches!(heard[..], [Frame::DocUnavailable { .. }]));
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
    assert!(matches!(heard[..], [Frame::DocUnavailable { .. }]));

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
fn a_device_that_was_unused_for_half_a_year_needs_a_new_invitation() {
    use crate::admin::access::AccessRequest;
    use crate::limits::{DAY_MILLIS, DEVICE_UNUSED_DAYS_MAX};

    let mut town = Town::new();
    let aino = town.person("Aino", "staff@kista");
    let identity = town.phone(aino).identity;
    let mut seen = |days: i64| {
        let sql = "UPDATE devices SET seen = ? WHERE id = ?";
        let values = rusqlite::params![-days * DAY_MILLIS, identity.device.0];
        town.store.write::<_, StoreError>(|tx| Ok(tx.execute(sql, values).map(drop)?)).unwrap();
        let session = SessionId(50);
        let events = vec![super::super::Event::Opened { session, identity }];
        let now = samsynk_core::domain::Moment::from_millis(1);
        let opened = town.hub.handle(&mut town.store, now, &mut town.random, events);
        let ask = AccessRequest::Overview { account: None };
        let asked = town.admin(AdminRequest::Access { by: identity, ask });
        (opened.sends.len(), matches!(asked, AdminReply::Refused(r) if r.code == "token-expired"))
    };
    assert_eq!(seen(DEVICE_UNUSED_DAYS_MAX - 1), (0, false));
    assert_eq!(seen(DEVICE_UNUSED_DAYS_MAX + 1), (1, true), "put out, and answered nothing");
}

#[test]
fn whose_an_invitation_is_cannot_be_asked() {
    use crate::admin::access::{AccessRequest, InvitationId};

    let mut town = Town::new();
    let aino = town.person("Aino", "staff@kista");
    let by = town.phone(aino).identity;
    let other = town.account("Bo", "staff@kista");
    town.admin(AdminRequest::Invite { account: other, days: None });
    let listed = town.admin(AdminRequest::InvitationList { account: Some(other) });
    let AdminReply::Invitations { invitations } = listed else { panic!("{listed:?}") };
    for invitation in [invitations[0].invitation, InvitationId([9; 16])] {
        let ask = AccessRequest::Withdraw { invitation };
        let AdminReply::Refused(refusal) = town.admin(AdminRequest::Access { by, ask }) else {
            panic!()
        };
        assert_eq!(refusal.code, "no-such-invitation");
    }
}

#[test]
fn an_invitation_works_once_and_for_a_while() {
    let mut town = Town::new();
    let account = town.account("Aino", "staff@kista");
    let AdminReply::Invited { invitation, .. } =
        town.admin(AdminRequest::Invite { account, days: None })
    else {
        panic!()
    };
    let redeem = |invitation: &str| AdminRequest::Redeem {
        nonce: None,
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

#[test]
fn a_group_opens_only_to_students_of_the_rounds_universities() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let coordinator = town.person("Cora", "coordinator@su");
    plan(&mut town, lead, aino, None);
    town.command(aino, 1, &Command::PublishVisit { visit: VISIT }).unwrap();
    town.catalogue(coordinator);
    let itinerary = Itinerary::id_of(VISIT);
    assert!(home(&mut town, coordinator).documents.contains_key(&itinerary), "it is her round");

    // The coordinator takes in somebody who supervises there, and somebody of another university.
    let [supervisor, stranger] = [("supervisor", "su"), ("student", "kau")].map(|(role, at)| {
        let (roles, university) = (vec![role.to_owned()], Some(at.parse().unwrap()));
        let add = AdminRequest::AccountAdd { name: None, roles, university };
        let AdminReply::Account { account } = town.admin(add) else { panic!() };
        let identity = town.enrol(account);
        town.connect(identity, "samsynk-1", BTreeMap::new())
    });
    for session in [supervisor, stranger] {
        let account = town.account_of(session);
        let add = PilotEdit::AddMember { group: "g1".parse().unwrap(), account };
        town.edit_and_sync(coordinator, PILOT, &Edit::Pilot(add));
        assert!(!home(&mut town, session).documents.contains_key(&itinerary));
        town.sync(session, itinerary);
        assert!(town.phone(session).read(itinerary).is_none());
    }

    // Who becomes a student of the university gains it with the role, and loses it with the role.
    let account = town.account_of(supervisor);
    let role = || "student".to_owned();
    town.admin(AdminRequest::RoleAdd { account, role: role() });
    assert!(home(&mut town, supervisor).documents.contains_key(&itinerary));
    town.admin(AdminRequest::RoleRemove { account, role: role() });
    assert!(!home(&mut town, supervisor).documents.contains_key(&itinerary));
    assert_eq!(checked(&mut town), Vec::<String>::new());
}

pub(super) fn checked(town: &mut Town) -> Vec<String> {
    match crate::admin::beside::check(town.store.file()) {
        AdminReply::Checked { problems } => problems,
        other => panic!("{other:?}"),
    }
}

/// Aino's plan with a host, published by Aino; the answer.
fn publish_with(town: &mut Town, aino: SessionId, host: DocumentId) -> Result<u64, Refusal> {
    let add = VisitEdit::AddHost { id: "welcome".parse().unwrap(), card: host };
    town.edit_and_sync(aino, VISIT, &Edit::Visit(add));
    town.command(aino, 1, &Command::PublishVisit { visit: VISIT })
}

#[test]
fn publishing_opens_the_card_of_a_host_who_agrees_and_of_nobody_else() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let bo = town.person("Bo", "staff@kista");
    let far = town.person("Far", "staff@farsta");
    let cilla = town.person("Cilla", "student");
    let member = town.account_of(cilla);
    plan(&mut town, lead, aino, Some(member));
    let (card, hidden) = (Card::id_of(town.account_of(bo)), Card::id_of(town.account_of(far)));

    // A colleague of another unit, whose card Aino may not read, is as one who does not exist.
    let code = |result: Result<u64, Refusal>| result.map_err(|refusal| refusal.code);
    let unknown = || Err("host-without-card".to_owned());
    assert_eq!(code(publish_with(&mut town, aino, hidden)), unknown());
    let remove = |card| VisitEdit::RemoveHost { id: "welcome".parse().unwrap(), card };
    town.edit_and_sync(aino, VISIT, &Edit::Visit(remove(hidden)));
    assert_eq!(code(publish_with(&mut town, aino, DocumentId([77; 16]))), unknown());
    town.edit_and_sync(aino, VISIT, &Edit::Visit(remove(DocumentId([77; 16]))));
    publish_with(&mut town, aino, card).unwrap();
    let reads = |town: &mut Town| home(town, cilla).documents.contains_key(&card);
    assert!(reads(&mut town));

    // Bo does not want to be seen any longer: at once, and whatever is published.
    town.catalogue(bo);
    town.catalogue(lead);
    let show = |shown| Edit::Card(CardEdit::SetShown { shown });
    town.edit_and_sync(bo, card, &show(false));
    assert!(!reads(&mut town));
    assert_eq!(checked(&mut town), Vec::<String>::new());
    town.edit_and_sync(aino, VISIT, &set_room("B"));
    let again = town.command(aino, 2, &Command::PublishVisit { visit: VISIT });
    assert_eq!(code(again), Err("host-not-agreed".to_owned()));
    // Nobody else agrees for Bo.
    town.heard(lead);
    town.edit_and_sync(lead, card, &show(true));
    let heard = town.heard(lead);
    let refused = |frame: &Frame| matches!(frame, Frame::Rejected { refusal, .. } if refusal.code == "consent-not-yours");
    assert!(heard.iter().any(refused), "{heard:?}");
    assert!(!reads(&mut town));
    town.edit_and_sync(bo, card, &show(true));
    assert!(reads(&mut town));
}

#[test]
fn what_a_command_is_about_is_not_said_to_who_may_not_read_it() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let cilla = town.person("Cilla", "student");
    plan(&mut town, lead, aino, None);
    let profile = Profile::id_of(town.account_of(lead));
    for (number, visit) in [(1, VISIT), (2, profile), (3, DocumentId([77; 16]))] {
        let outcome = town.command(cilla, number, &Command::PublishVisit { visit });
        assert_eq!(outcome, Err(Refusal::new("no-such-document")));
    }
}

#[test]
fn access_is_read_again_when_the_rules_have_changed() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let cora = town.account("Cora", "coordinator@kau");
    let identity = town.enrol(cora);
    plan(&mut town, lead, aino, Some(cora));
    town.command(aino, 1, &Command::PublishVisit { visit: VISIT }).unwrap();
    // As an older program left it: whoever is named in a group holds its key.
    let older = "UPDATE grants SET needs = 'all'; DELETE FROM meta WHERE name = 'rules'";
    let left = town.store.write::<_, StoreError>(|tx| Ok(tx.execute_batch(older)?));
    left.unwrap();
    assert_eq!(checked(&mut town).len(), 2, "the round, and nobody's cohort");

    let mut town = town.restart();
    assert_eq!(checked(&mut town), Vec::<String>::new());
    let cora = town.connect(identity, "samsynk-1", BTreeMap::new());
    assert!(!home(&mut town, cora).documents.contains_key(&Itinerary::id_of(VISIT)));
}

#[test]
fn an_invitation_falls_with_the_right_of_whoever_made_it() {
    use crate::admin::access::{AccessRequest, InvitationState};

    /// An invitation that a lead made in the app, after something has happened to the lead, the device or the student.
    fn after(happens: impl Fn(&mut Town, Identity, AccountId)) -> (AdminReply, AdminReply, usize) {
        let mut town = Town::new();
        let lead = town.person("Lead", "lead");
        let by = town.phone(lead).identity;
        let account = town.account("Cilla", "student");
        let ask = AccessRequest::Invite { account: Some(account) };
        let AdminReply::Invited { invitation, .. } = town.admin(AdminRequest::Access { by, ask })
        else {
            panic!()
        };
        happens(&mut town, by, account);
        let peeked = town.admin(AdminRequest::Peek { invitation: invitation.clone() });
        let label = "phone".to_owned();
        let redeemed = town.admin(AdminRequest::Redeem { invitation, nonce: None, label });
        let listed = town.admin(AdminRequest::InvitationList { account: None });
        let AdminReply::Invitations { invitations } = listed else { panic!("{listed:?}") };
        (peeked, redeemed, invitations.len())
    }

    let ends: [fn(&mut Town, Identity, AccountId); 4] = [
        |town, by, _| {
            let role = "lead".to_owned();
            town.admin(AdminRequest::RoleRemove { account: by.account, role });
        },
        |town, by, _| {
            town.admin(AdminRequest::DeviceRevoke { device: by.device });
        },
        |town, by, _| {
            town.admin(AdminRequest::Erase { account: by.account });
        },
        // Nobody but an operator invites another lead.
        |town, _, account| {
            town.admin(AdminRequest::RoleAdd { account, role: "lead".to_owned() });
        },
    ];
    for end in ends {
        let (peeked, redeemed, open) = after(end);
        let is_used = matches!(peeked, AdminReply::Peeked { state: InvitationState::Used, .. });
        assert!(is_used, "{peeked:?}");
        assert_eq!(redeemed, AdminReply::Refused(Refusal::new("invitation-used")));
        assert_eq!(open, 0);
    }
    let (peeked, redeemed, _) = after(|town, by, _| {
        town.admin(AdminRequest::RoleAdd { account: by.account, role: "union".to_owned() });
    });
    assert!(matches!(peeked, AdminReply::Peeked { state: InvitationState::Open, .. }));
    assert!(matches!(redeemed, AdminReply::Redeemed { .. }));
}
