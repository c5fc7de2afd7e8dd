//! Files → accounts and documents. A name leads to the same account or document each time, so that importing twice finds
//! the same.

use std::collections::{BTreeMap, BTreeSet};

use samsynk_core::domain::{
    Card, Command, Directory, Document, Group, Pilot, Place, Slot, Unit, University, Visit,
    complete_link, tidy, tidy_line,
};
use samsynk_core::ids::{AccountId, DocumentId};

use super::format::{self, File, Name};
use crate::accounts::Random;
use crate::admin::{Import, NewAccount};

/// What is there before an import.
#[derive(Debug, Clone, Default)]
pub struct Existing {
    /// The directory.
    pub directory: Directory,
    /// All documents, also those that are erased.
    pub documents: BTreeSet<DocumentId>,
    /// The accounts of the names that were imported before.
    pub names: BTreeMap<String, AccountId>,
    /// The accounts that are there and not erased.
    pub accounts: BTreeSet<AccountId>,
}

impl Existing {
    /// The account that a name was imported as, if it was and is not erased.
    #[must_use]
    pub fn known(&self, name: &str) -> Option<AccountId> {
        // Programs before this one made ids of names. Those accounts keep them.
        let older = || Some(AccountId::from_name("account", name));
        let older = || older().filter(|older| self.accounts.contains(older));
        self.names.get(name).copied().or_else(older)
    }

    /// The account of a person in a file: the one that the name had before, or a new one that nobody can guess.
    fn account_of(&self, name: &Name, random: &mut dyn Random) -> AccountId {
        self.known(name.as_str()).unwrap_or_else(|| AccountId(random.id()))
    }
}

/// The accounts of the people in files.
type People = BTreeMap<Name, AccountId>;

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

pub(super) fn build(files: Vec<File>, existing: &Existing, random: &mut dyn Random) -> Plan {
    let mut plan = Plan::default();
    let mut directory = existing.directory.clone();
    let (mut pilots, mut visits) = (Vec::new(), Vec::new());
    let names = files.iter().flat_map(|file| file.people.keys());
    let people: People =
        names.map(|name| (name.clone(), existing.account_of(name, random))).collect();
    for file in files {
        directory.units.extend(file.units.into_iter().map(|(id, it)| (id, unit(it))));
        let universities = file.universities.into_iter();
        directory.universities.extend(universities.map(|(id, it)| (id, university(it))));
        directory.places.extend(file.places.into_iter().map(|(id, it)| (id, place(&it))));
        for (id, it) in file.people {
            plan.import.accounts.push(new_account(people[&id], &id, &it));
        }
        for (id, it) in file.pilots {
            pilots.push((pilot_id(id.as_str()), Document::Pilot(pilot(it, &people))));
        }
        for (id, it) in file.visits {
            let id = visit_id(id.as_str());
            if it.publish && !existing.documents.contains(&id) {
                plan.import.commands.push(Command::PublishVisit { visit: id });
            }
            visits.push((id, Document::Visit(visit(it, &people))));
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
    let documents = &mut plan.import.documents;
    if directory != existing.directory {
        documents.push((Directory::id(), Document::Directory(directory)));
    }
    // Each after what it refers to.
    documents.extend(pilots.into_iter().chain(visits));
    plan
}

fn unit(format::Unit { name, from, until, successor }: format::Unit) -> Unit {
    Unit { name: tidy_line(&name), from, until, successor }
}

fn university(format::University { name, .. }: format::University) -> University {
    University { name: tidy_line(&name) }
}

fn place(it: &format::Place) -> Place {
    Place {
        name: tidy_line(&it.name),
        address: tidy_line(&it.address),
        latitude: it.latitude,
        longitude: it.longitude,
        opens: it.opens,
        closes: it.closes,
    }
}

fn new_account(id: AccountId, named: &Name, it: &format::Person) -> NewAccount {
    NewAccount {
        id,
        university: it.university.clone().or_else(|| it.coordinates().cloned()),
        name: tidy_line(&it.name),
        function: tidy_line(&it.function),
        roles: it.roles.iter().map(ToString::to_string).collect(),
        contact: tidy(&it.contact),
        needs: tidy(&it.needs),
        protected: it.protected,
        shown: it.shown,
        named: Some(named.as_str().to_owned()),
    }
}

fn pilot(it: format::Pilot, people: &People) -> Pilot {
    let group = |it: format::Group| Group {
        title: tidy_line(&it.title),
        unit: it.unit,
        members: it.members.iter().map(|name| (people[name], true)).collect(),
    };
    Pilot {
        title: tidy_line(&it.title),
        from: it.from,
        until: it.until,
        units: it.units.into_iter().map(|id| (id, true)).collect(),
        universities: it.universities.into_iter().map(|id| (id, true)).collect(),
        groups: it.groups.into_iter().map(|(id, it)| (id, group(it))).collect(),
    }
}

fn visit(it: format::Visit, people: &People) -> Visit {
    Visit {
        pilot: pilot_id(it.pilot.as_str()),
        group: it.group,
        unit: it.unit,
        title: tidy_line(&it.title),
        cancelled: false,
        slots: it
            .slots
            .into_iter()
            .map(|(id, it)| (id, slot(it, people)))
            .collect::<BTreeMap<_, _>>(),
    }
}

fn slot(it: format::Slot, people: &People) -> Slot {
    let card = |name: &Name| (Card::id_of(people[name]), true);
    Slot {
        title: tidy_line(&it.title),
        date: it.date,
        start: it.start,
        end: it.end,
        mode: it.mode,
        place: it.place,
        room: tidy_line(&it.room),
        // It has been looked at.
        link: complete_link(&it.link).unwrap_or_default(),
        hosts: it.hosts.iter().map(card).collect(),
        audience: tidy(&it.audience),
        preparation: tidy(&it.preparation),
        bring: tidy(&it.bring),
        cancelled: false,
    }
}
