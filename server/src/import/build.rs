//! Files → accounts and documents. A name gives the same id each time, so that importing twice finds the same.

use std::collections::{BTreeMap, BTreeSet};

use samsynk_core::domain::{
    Card, Command, Directory, Document, Group, Pilot, Place, Profile, Slot, Unit, University, Visit,
};
use samsynk_core::ids::{AccountId, DocumentId};

use super::format::{self, File, Name};
use crate::admin::{Import, NewAccount};

/// What is there before an import.
#[derive(Debug, Clone, Default)]
pub struct Existing {
    /// The directory.
    pub directory: Directory,
    /// All documents, also those that are erased.
    pub documents: BTreeSet<DocumentId>,
}

/// What an import will do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The request to the hub.
    pub import: Import,
    /// People in the files.
    pub people: usize,
    /// Rounds that it brings.
    pub pilots: usize,
    /// Plans that it brings.
    pub visits: usize,
    /// Rounds and plans that are there already, and stay as people have edited them.
    pub kept: usize,
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

pub(super) fn build(files: impl Iterator<Item = File>, existing: &Existing) -> Plan {
    let mut plan = Plan::default();
    let mut directory = existing.directory.clone();
    let (mut profiles, mut pilots, mut visits) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        directory.units.extend(file.units.into_iter().map(|(id, it)| (id, unit(it))));
        let universities = file.universities.into_iter();
        directory.universities.extend(universities.map(|(id, it)| (id, university(it))));
        directory.places.extend(file.places.into_iter().map(|(id, it)| (id, place(it))));
        for (id, it) in file.people {
            let account = account_id(id.as_str());
            profiles.extend(profile(account, &it));
            plan.import.accounts.push(new_account(account, it));
        }
        for (id, it) in file.pilots {
            pilots.push((pilot_id(id.as_str()), Document::Pilot(pilot(it))));
        }
        for (id, it) in file.visits {
            let id = visit_id(id.as_str());
            if it.publish && !existing.documents.contains(&id) {
                plan.import.commands.push(Command::PublishVisit { visit: id });
            }
            visits.push((id, Document::Visit(visit(it))));
        }
    }
    plan.people = plan.import.accounts.len();
    let mut new = |documents: Vec<(DocumentId, Document)>| {
        let (old, new): (Vec<_>, Vec<_>) =
            documents.into_iter().partition(|(id, _)| existing.documents.contains(id));
        plan.kept += old.len();
        new
    };
    let (pilots, visits) = (new(pilots), new(visits));
    (plan.pilots, plan.visits) = (pilots.len(), visits.len());
    profiles.retain(|(id, _)| !existing.documents.contains(id));
    let documents = &mut plan.import.documents;
    if directory != existing.directory {
        documents.push((Directory::id(), Document::Directory(directory)));
    }
    // Each after what it refers to.
    documents.extend(profiles.into_iter().chain(pilots).chain(visits));
    plan
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

fn new_account(id: AccountId, it: format::Person) -> NewAccount {
    NewAccount {
        id,
        name: it.name,
        function: it.function,
        roles: it.roles.iter().map(ToString::to_string).collect(),
        university: it.university,
    }
}

/// The profile of a person of whom a file says more than the account's own profile will hold.
fn profile(account: AccountId, it: &format::Person) -> Option<(DocumentId, Document)> {
    let more = it.protected || !it.contact.is_empty() || !it.needs.is_empty();
    more.then(|| {
        let profile = Profile {
            account,
            university: it.university.clone().or_else(|| it.coordinates().cloned()),
            name: it.name.clone(),
            contact: it.contact.clone(),
            needs: it.needs.clone(),
            protected: it.protected,
        };
        (Profile::id_of(account), Document::Profile(profile))
    })
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
