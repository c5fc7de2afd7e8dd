//! What files say together: every reference leads somewhere, every number can be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use samsynk_core::domain::{Clock, Directory, Role};
use samsynk_core::ids::{PlaceId, UnitId, UniversityId};
use samsynk_core::limits::{GROUP_MEMBERS_MAX, SLOTS_COUNT_MAX};
use samsynk_core::refusal::Refusal;

use super::format::{File, Group, Name, Person, Pilot, Slot, Visit};
use super::problem::{Place, Problem};
use super::successors::in_cycles;

/// All problems of files that are read together.
pub(super) fn check(files: &[(&str, File)], existing: &Directory) -> Vec<Problem> {
    let known = Known::of(files, existing);
    let mut problems = duplicates(files);
    for (name, file) in files {
        let mut checker = Checker { file: name, known: &known, problems: &mut problems };
        checker.directory(file);
        file.people.iter().for_each(|(id, person)| checker.person(id, person));
        file.pilots.iter().for_each(|(id, pilot)| checker.pilot(id, pilot));
        file.visits.iter().for_each(|(id, visit)| checker.visit(id, visit));
    }
    problems
}

/// Everything that may be referred to.
struct Known<'a> {
    units: BTreeSet<&'a UnitId>,
    /// Units that would take over from themselves, by way of others.
    in_cycles: BTreeSet<&'a UnitId>,
    universities: BTreeSet<&'a UniversityId>,
    places: BTreeSet<&'a PlaceId>,
    people: BTreeMap<&'a Name, &'a Person>,
    pilots: BTreeMap<&'a Name, &'a Pilot>,
}

impl<'a> Known<'a> {
    fn of(files: &'a [(&str, File)], existing: &'a Directory) -> Self {
        let files = || files.iter().map(|(_, file)| file);
        let before = existing.units.iter().map(|(id, unit)| (id, unit.successor.as_ref()));
        let now = files().flat_map(|file| file.units.iter());
        let now = now.map(|(id, unit)| (id, unit.successor.as_ref()));
        Self {
            in_cycles: in_cycles(&before.chain(now).collect()),
            units: existing.units.keys().chain(files().flat_map(|f| f.units.keys())).collect(),
            universities: existing
                .universities
                .keys()
                .chain(files().flat_map(|f| f.universities.keys()))
                .collect(),
            places: existing.places.keys().chain(files().flat_map(|f| f.places.keys())).collect(),
            people: files().flat_map(|f| f.people.iter()).collect(),
            pilots: files().flat_map(|f| f.pilots.iter()).collect(),
        }
    }
}

/// Ids that two files both give to something.
fn duplicates(files: &[(&str, File)]) -> Vec<Problem> {
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, file) in files {
        for place in ids(file) {
            if let Some(other) = first.get(place.pointer.as_str()) {
                let reason = Refusal::new("duplicate-id").with("other", other);
                problems.push(Problem { file: (*name).to_owned(), place, reason });
            } else {
                first.insert(place.pointer, name);
            }
        }
    }
    problems
}

fn ids(file: &File) -> Vec<Place> {
    fn under<'a, K: Display + 'a>(
        part: &'a str,
        ids: impl Iterator<Item = &'a K> + 'a,
    ) -> impl Iterator<Item = Place> + 'a {
        ids.map(move |id| Place::at(&[&part, id]))
    }
    under("units", file.units.keys())
        .chain(under("universities", file.universities.keys()))
        .chain(under("places", file.places.keys()))
        .chain(under("people", file.people.keys()))
        .chain(under("pilots", file.pilots.keys()))
        .chain(under("visits", file.visits.keys()))
        .collect()
}

struct Checker<'a> {
    file: &'a str,
    known: &'a Known<'a>,
    problems: &'a mut Vec<Problem>,
}

impl Checker<'_> {
    fn found(&mut self, path: &[&dyn Display], reason: Refusal) {
        let place = Place::at(path);
        self.problems.push(Problem { file: self.file.to_owned(), place, reason });
    }

    fn found_unless(&mut self, fine: bool, path: &[&dyn Display], reason: &str) {
        if !fine {
            self.found(path, Refusal::new(reason));
        }
    }

    fn unknown(&mut self, known: bool, path: &[&dyn Display], what: &str, id: &dyn Display) {
        if !known {
            self.found(path, Refusal::new("unknown-reference").with("what", what).with("id", id));
        }
    }

    fn unit(&mut self, unit: &UnitId, path: &[&dyn Display]) {
        self.unknown(self.known.units.contains(unit), path, "unit", unit);
    }

    fn university(&mut self, university: &UniversityId, path: &[&dyn Display]) {
        let known = self.known.universities.contains(university);
        self.unknown(known, path, "university", university);
    }

    fn directory(&mut self, file: &File) {
        for (id, unit) in file.units.iter() {
            let in_order = unit.from.zip(unit.until).is_none_or(|(from, until)| from <= until);
            self.found_unless(in_order, &[&"units", id, &"until"], "dates-reversed");
            if let Some(successor) = &unit.successor {
                self.unit(successor, &[&"units", id, &"successor"]);
                let other = successor != id;
                self.found_unless(other, &[&"units", id, &"successor"], "own-successor");
                let ends = !other || !self.known.in_cycles.contains(id);
                self.found_unless(ends, &[&"units", id, &"successor"], "successor-cycle");
            }
        }
        for (id, place) in file.places.iter() {
            let on_earth = (-90.0..=90.0).contains(&place.latitude);
            self.found_unless(on_earth, &[&"places", id, &"latitude"], "not-a-latitude");
            let on_earth = (-180.0..=180.0).contains(&place.longitude);
            self.found_unless(on_earth, &[&"places", id, &"longitude"], "not-a-longitude");
            let both = place.opens.is_some() == place.closes.is_some();
            self.found_unless(both, &[&"places", id], "opens-without-closes");
            self.times((place.opens, place.closes), &[&"places", id, &"closes"]);
        }
    }

    fn times(&mut self, (start, end): (Option<Clock>, Option<Clock>), path: &[&dyn Display]) {
        let in_order = start.zip(end).is_none_or(|(start, end)| start < end);
        self.found_unless(in_order, path, "times-reversed");
    }

    fn person(&mut self, id: &Name, person: &Person) {
        let named = !person.name.trim().is_empty();
        self.found_unless(named, &[&"people", id, &"name"], "field-empty");
        for (index, role) in person.roles.iter().enumerate() {
            let path: [&dyn Display; 4] = [&"people", id, &"roles", &index];
            match role {
                Role::Staff(unit) => self.unit(unit, &path),
                Role::Coordinator(university) => self.university(university, &path),
                _ => {}
            }
        }
        if let Some(university) = &person.university {
            self.university(university, &[&"people", id, &"university"]);
        }
    }

    fn pilot(&mut self, id: &Name, pilot: &Pilot) {
        let in_order = pilot.from <= pilot.until;
        self.found_unless(in_order, &[&"pilots", id, &"until"], "dates-reversed");
        for (index, unit) in pilot.units.iter().enumerate() {
            self.unit(unit, &[&"pilots", id, &"units", &index]);
        }
        for (index, university) in pilot.universities.iter().enumerate() {
            self.university(university, &[&"pilots", id, &"universities", &index]);
        }
        for (group, content) in pilot.groups.iter() {
            self.group((id, pilot), group, content);
        }
    }

    fn group(&mut self, (id, pilot): (&Name, &Pilot), group: &dyn Display, content: &Group) {
        let base: [&dyn Display; 4] = [&"pilots", id, &"groups", group];
        let below = |field| [base[0], base[1], base[2], base[3], field];
        let hosts = pilot.units.contains(&content.unit);
        self.found_unless(hosts, &below(&"unit"), "unit-not-in-round");
        let count = content.members.len();
        if count > GROUP_MEMBERS_MAX {
            let reason = Refusal::new("group-too-large").with("count", count);
            self.found(&below(&"members"), reason.with("max", GROUP_MEMBERS_MAX));
        }
        for (index, member) in content.members.iter().enumerate() {
            let path = [base[0], base[1], base[2], base[3], &"members", &index];
            let known = self.known.people.get(member).copied();
            self.unknown(known.is_some(), &path, "person", member);
            let student = known.is_none_or(|person| person.roles.contains(&Role::Student));
            self.found_unless(student, &path, "not-a-student");
            // A university that nobody knows is named with the person.
            let university = known.and_then(|person| person.university.as_ref());
            let is_known = university.is_none_or(|its| self.known.universities.contains(its));
            let takes_part = university.is_some_and(|its| pilot.universities.contains(its));
            let fine = takes_part || known.is_none() || !student || !is_known;
            self.found_unless(fine, &path, "not-of-the-universities");
            let once = !content.members[..index].contains(member);
            self.found_unless(once, &path, "stands-twice");
        }
    }

    fn visit(&mut self, id: &Name, visit: &Visit) {
        self.unit(&visit.unit, &[&"visits", id, &"unit"]);
        let pilot = self.known.pilots.get(&visit.pilot).copied();
        self.unknown(pilot.is_some(), &[&"visits", id, &"pilot"], "pilot", &visit.pilot);
        if let Some(pilot) = pilot {
            let group = pilot.groups.get(&visit.group);
            let path: [&dyn Display; 3] = [&"visits", id, &"group"];
            self.unknown(group.is_some(), &path, "group", &visit.group);
            let hosted = group.is_none_or(|group| group.unit == visit.unit);
            self.found_unless(hosted, &[&"visits", id, &"unit"], "unit-not-of-group");
        }
        let empty = visit.publish && visit.slots.is_empty();
        self.found_unless(!empty, &[&"visits", id, &"publish"], "nothing-to-publish");
        if visit.slots.len() > SLOTS_COUNT_MAX {
            let reason = Refusal::new("too-many-slots").with("max", SLOTS_COUNT_MAX);
            self.found(&[&"visits", id, &"slots"], reason);
        }
        for (slot, content) in visit.slots.iter() {
            self.slot((id, slot, &visit.unit), content, pilot);
        }
    }

    fn slot(
        &mut self,
        (visit, slot, unit): (&Name, &dyn Display, &UnitId),
        content: &Slot,
        pilot: Option<&Pilot>,
    ) {
        let below = |field| [&"visits" as &dyn Display, visit, &"slots", slot, field];
        self.times((Some(content.start), Some(content.end)), &below(&"end"));
        let round = pilot.map(|pilot| pilot.from..=pilot.until);
        let in_round = round.is_none_or(|days| days.contains(&content.date));
        self.found_unless(in_round, &below(&"date"), "outside-round");
        if let Some(place) = &content.place {
            self.unknown(self.known.places.contains(place), &below(&"place"), "place", place);
        }
        for (index, host) in content.hosts.iter().enumerate() {
            let path = [&"visits" as &dyn Display, visit, &"slots", slot, &"hosts", &index];
            let known = self.known.people.get(host).copied();
            self.unknown(known.is_some(), &path, "person", host);
            let staff = known.is_none_or(|person| person.unit().is_some());
            self.found_unless(staff, &path, "host-not-staff");
            // A unit that nobody knows is named with the person.
            let of_unit = known
                .and_then(Person::unit)
                .is_none_or(|its| its == unit || !self.known.units.contains(its));
            self.found_unless(of_unit, &path, "host-of-another-unit");
        }
    }
}
