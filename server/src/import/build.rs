//! Files → accounts and documents. A name gives the same id each time, so that importing twice finds the same.

use std::collections::{BTreeMap, BTreeSet};

use samsynk_core::domain::{
    Card, Directory, Document, Group, Pilot, Place, Profile, Role, Slot, Unit, University, Visit,
};
use samsynk_core::ids::{AccountId, DocumentId};
use serde::{Deserialize, Serialize};

use super::format::{self, File, Name};

/// What an import brings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// Accounts and their roles.
    pub accounts: Vec<ImportedAccount>,
    /// Units, universities and places to add to the directory or to bring up to date there.
    pub directory: Directory,
    /// Profiles, cards, rounds and plans, in an order in which each stands after what it refers to.
    pub documents: Vec<(DocumentId, Document)>,
    /// Plans to publish once they are there.
    pub publish: Vec<DocumentId>,
}

/// An account that an import brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedAccount {
    /// Its id.
    pub id: AccountId,
    /// Its roles.
    pub roles: BTreeSet<Role>,
}

/// The account of a person in a file.
#[must_use]
pub fn account_id(name: &str) -> AccountId {
    AccountId::from_name("account", name)
}

/// The document of a round in a file.
#[must_use]
pub fn pilot_id(name: &str) -> DocumentId {
    DocumentId::from_name("pilot", name)
}

/// The document of a plan in a file.
#[must_use]
pub fn visit_id(name: &str) -> DocumentId {
    DocumentId::from_name("visit", name)
}

pub(super) fn build(files: impl Iterator<Item = File>) -> Import {
    let mut import = Import::default();
    for file in files {
        let directory = &mut import.directory;
        directory.units.extend(file.units.into_iter().map(|(id, it)| (id, unit(it))));
        let universities = file.universities.into_iter();
        directory.universities.extend(universities.map(|(id, it)| (id, university(it))));
        directory.places.extend(file.places.into_iter().map(|(id, it)| (id, place(it))));
        for (id, it) in file.people {
            let account = account_id(id.as_str());
            import.documents.extend(own_documents(account, &it));
            let roles = it.roles.into_iter().collect();
            import.accounts.push(ImportedAccount { id: account, roles });
        }
        for (id, it) in file.pilots {
            import.documents.push((pilot_id(id.as_str()), Document::Pilot(pilot(it))));
        }
        for (id, it) in file.visits {
            let id = visit_id(id.as_str());
            if it.publish {
                import.publish.push(id);
            }
            import.documents.push((id, Document::Visit(visit(it))));
        }
    }
    // Across files: people before rounds before plans.
    import.documents.sort_by_key(|(_, document)| match document {
        Document::Pilot(_) => 1,
        Document::Visit(_) => 2,
        _ => 0,
    });
    import
}

fn unit(it: format::Unit) -> Unit {
    Unit { name: it.name, from: it.from, until: it.until, successor: it.successor }
}

fn university(it: format::University) -> University {
    University { name: it.name }
}

fn place(it: format::Place) -> Place {
    Place {
        name: it.name,
        address: it.address,
        latitude: it.latitude,
        longitude: it.longitude,
        opens: it.opens,
        closes: it.closes,
    }
}

/// A person's profile, and the card of one who works at a unit.
fn own_documents(account: AccountId, it: &format::Person) -> Vec<(DocumentId, Document)> {
    let profile = Profile {
        account,
        university: it.university.clone(),
        name: it.name.clone(),
        contact: it.contact.clone(),
        needs: it.needs.clone(),
        protected: it.protected,
    };
    let card = it.unit().map(|unit| Card {
        account,
        unit: unit.clone(),
        name: it.name.clone(),
        function: it.function.clone(),
    });
    let card = card.map(|card| (Card::id_of(account), Document::Card(card)));
    [(Profile::id_of(account), Document::Profile(profile))].into_iter().chain(card).collect()
}

fn pilot(it: format::Pilot) -> Pilot {
    let group = |it: format::Group| Group {
        title: it.title,
        unit: it.unit,
        members: it.members.iter().map(|name| (account_id(name.as_str()), true)).collect(),
    };
    Pilot {
        title: it.title,
        from: it.from,
        until: it.until,
        units: it.units.into_iter().map(|id| (id, true)).collect(),
        universities: it.universities.into_iter().map(|id| (id, true)).collect(),
        groups: it.groups.into_iter().map(|(id, it)| (id, group(it))).collect(),
    }
}

fn visit(it: format::Visit) -> Visit {
    Visit {
        pilot: pilot_id(it.pilot.as_str()),
        group: it.group,
        unit: it.unit,
        title: it.title,
        cancelled: false,
        slots: it.slots.into_iter().map(|(id, it)| (id, slot(it))).collect::<BTreeMap<_, _>>(),
    }
}

fn slot(it: format::Slot) -> Slot {
    let card = |name: &Name| (Card::id_of(account_id(name.as_str())), true);
    Slot {
        title: it.title,
        date: it.date,
        start: it.start,
        end: it.end,
        mode: it.mode,
        place: it.place,
        room: it.room,
        link: it.link,
        hosts: it.hosts.iter().map(card).collect(),
        audience: it.audience,
        preparation: it.preparation,
        bring: it.bring,
        cancelled: false,
    }
}
