//! Who may read what, kind by kind, in the words of the design's table. On purpose not by `Document::access`,
//! the hub's index or its caches: those are what is being tested.

use samsynk_core::domain::{Document, Itinerary, Pilot, Profile, Role};
use samsynk_core::ids::{AccountId, DocumentId, GroupId, UnitId};

use super::{Committed, Known};

impl Committed {
    /// Whether an account may read a document, which is there.
    #[must_use]
    pub fn may_read(&self, account: AccountId, id: DocumentId) -> bool {
        let Some(known) = self.documents.get(&id).filter(|known| !known.erased) else {
            return false;
        };
        if !self.roles.contains_key(&account) {
            return false;
        }
        match known.content.as_ref() {
            Ok(document) => self.opens(account, id, document),
            // What an unmodified client made is its maker's alone.
            Err(refusal) => refusal.code == "no-kind" && known.creator == account,
        }
    }

    /// All that an account may read.
    pub fn readable(&self, account: AccountId) -> impl Iterator<Item = (DocumentId, &Known)> {
        let all = self.documents.iter().map(|(id, known)| (*id, known));
        all.filter(move |(id, _)| self.may_read(account, *id))
    }

    fn opens(&self, account: AccountId, id: DocumentId, document: &Document) -> bool {
        let lead = || self.has(account, &Role::Lead);
        let staff = |unit: &UnitId| self.has(account, &Role::Staff(unit.clone()));
        match document {
            Document::Home(home) => home.account == account,
            Document::Directory(_) => true,
            Document::Diary(diary) => diary.account == account,
            Document::Note(note) => {
                note.owner == account || note.shared.get(&account) == Some(&true)
            }
            Document::Visit(visit) => lead() || staff(&visit.unit),
            Document::Profile(profile) => {
                let university = profile.university.clone().map(Role::Coordinator);
                let coordinates = university.is_some_and(|role| self.has(account, &role));
                profile.account == account || lead() || coordinates
            }
            Document::Card(card) => {
                card.account == account
                    || lead()
                    || staff(&card.unit)
                    || (card.shown && self.is_shown_card(account, id))
            }
            Document::Pilot(pilot) => {
                let mut universities = pilot.universities.keys().cloned().map(Role::Coordinator);
                lead()
                    || universities.any(|role| self.has(account, &role))
                    || pilot.units.keys().any(staff)
            }
            Document::Itinerary(itinerary) => {
                let universities = itinerary.universities.keys().cloned();
                let mut coordinators = universities.map(Role::Coordinator);
                lead()
                    || staff(&itinerary.unit)
                    || coordinators.any(|role| self.has(account, &role))
                    || self.is_member(account, itinerary.pilot, &itinerary.group)
            }
        }
    }

    fn has(&self, account: AccountId, role: &Role) -> bool {
        self.roles.get(&account).is_some_and(|roles| roles.contains(role))
    }

    fn is_member(&self, account: AccountId, pilot: DocumentId, group: &GroupId) -> bool {
        match self.documents.get(&pilot).map(|known| known.content.as_ref()) {
            Some(Ok(Document::Pilot(pilot))) => {
                let members = pilot.groups.get(group).map(|group| &group.members);
                let named = members.is_some_and(|members| members.get(&account) == Some(&true));
                named && self.is_student_of(account, pilot)
            }
            _ => false,
        }
    }

    /// Whether an account is a student of a university that takes part in a round.
    fn is_student_of(&self, account: AccountId, round: &Pilot) -> bool {
        let profile = self.documents.get(&Profile::id_of(account)).map(|p| p.content.as_ref());
        let Some(Ok(Document::Profile(profile))) = profile else { return false };
        let university = profile.university.as_ref();
        let takes_part = university.and_then(|university| round.universities.get(university));
        takes_part == Some(&true) && self.has(account, &Role::Student)
    }

    /// Whether the newest published version shows the group of this student who hosts.
    fn is_shown_card(&self, account: AccountId, card: DocumentId) -> bool {
        let contents = self.documents.values().map(|known| known.content.as_ref());
        let mut itineraries = contents.filter_map(|content| match content {
            Ok(Document::Itinerary(itinerary)) => Some(itinerary),
            _ => None,
        });
        itineraries.any(|itinerary| {
            shows(itinerary, card) && self.is_member(account, itinerary.pilot, &itinerary.group)
        })
    }
}

fn shows(itinerary: &Itinerary, card: DocumentId) -> bool {
    let latest = itinerary.versions.last_key_value();
    latest.is_some_and(|(_, version)| version.slots.values().any(|s| s.hosts.contains_key(&card)))
}
