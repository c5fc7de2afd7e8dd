//! A file's shape → an instance, or every fault with its place.

use std::collections::{HashMap, HashSet};

use serde_json::Number;

use super::fault::{Fault, Faults};
use super::file::{
    DistrictFile, Entries, InstanceFile, PinFile, SupervisorFile, TeamFile, TopicFile,
};
use super::{
    CAPACITY_MAX, Choice, DISTRICT_DEPTH_MAX, District, ENTRIES_MAX, ID_BYTES_MAX, Instance,
    PREFERENCES_MAX, REASON_BYTES_MAX, SEED_DIGITS_MAX, Supervisor, TEAM_SIZE_MAX, Team, Topic,
};
use crate::domain::comparable;
use crate::refusal::Refusal;

/// Positions of ids in the sorted lists.
struct Names {
    teams: HashMap<String, usize>,
    topics: HashMap<String, usize>,
    supervisors: HashMap<String, usize>,
    districts: HashMap<String, usize>,
}

pub(super) fn instance(mut file: InstanceFile, digest: String) -> Result<Instance, Vec<Fault>> {
    let mut faults = Faults::default();
    let names = Names {
        teams: sorted(&mut file.teams, "teams", &mut faults),
        topics: sorted(&mut file.topics, "topics", &mut faults),
        supervisors: sorted(&mut file.supervisors, "supervisors", &mut faults),
        districts: sorted(&mut file.districts, "districts", &mut faults),
    };
    sorted(&mut file.pins, "pins", &mut faults);
    // Places of what follows name ids.
    faults.none()?;
    let mut reader = Reader { names: &names, faults: Faults::default() };
    let districts = reader.all(file.districts, Reader::district);
    let supervisors = reader.all(file.supervisors, Reader::supervisor);
    let topics = reader.all(file.topics, Reader::topic);
    let teams = reader.all(file.teams, Reader::team);
    let seed = reader.seed(&file.seed);
    let pins = reader.pins(file.pins, teams.len());
    let mut faults = reader.faults;
    circles(&districts, &mut faults);
    // What follows looks things up that a fault above may have left out.
    faults.none()?;

    let instance = Instance { teams, topics, supervisors, districts, pins, seed, digest };
    let mut faults = Faults::default();
    pins_acceptable(&instance, &mut faults);
    pins_fit(&instance, &mut faults);
    faults.none()?;
    Ok(instance)
}

/// Sorts entries by id; tells which id stands where, and of ids that are there twice or are none.
fn sorted<T>(entries: &mut Entries<T>, kind: &str, faults: &mut Faults) -> HashMap<String, usize> {
    if entries.0.len() > ENTRIES_MAX {
        faults.add(kind, Refusal::new("too-many").with("max", ENTRIES_MAX));
        entries.0.clear();
    }
    for (entry, (id, _)) in (1..).zip(&entries.0) {
        if id.is_empty() || id.len() > ID_BYTES_MAX || id.chars().any(char::is_control) {
            let refusal = Refusal::new("not-an-id").with("max", ID_BYTES_MAX);
            faults.add(kind, refusal.with("entry", entry.to_string()));
        } else if !is_plain(id) {
            let refusal = Refusal::new("id-not-plain").with("entry", entry.to_string());
            faults.add(kind, refusal);
        }
    }
    entries.0.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut names = HashMap::with_capacity(entries.0.len());
    for (position, (id, _)) in entries.0.iter().enumerate() {
        if names.insert(id.clone(), position).is_some() {
            faults.add(format_args!("{kind}.{id}"), Refusal::new("duplicate-key"));
        }
    }
    names
}

/// Whether an id looks like no other: letters are composed, all can be seen, and words are parted by single spaces.
fn is_plain(id: &str) -> bool {
    let is_mark = |letter: char| matches!(letter, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe0f}');
    comparable(id) == id && !id.contains(is_mark)
}

struct Reader<'a> {
    names: &'a Names,
    faults: Faults,
}

impl Reader<'_> {
    fn all<T, U>(&mut self, entries: Entries<T>, each: fn(&mut Self, String, T) -> U) -> Vec<U> {
        entries.0.into_iter().map(|(id, entry)| each(self, id, entry)).collect()
    }

    fn district(&mut self, id: String, file: DistrictFile) -> District {
        let at = format!("districts.{id}");
        let (lower, capacity) = self.bounds(&at, file.lower.as_ref(), &file.capacity);
        let within = file.district.and_then(|name| self.reference(&at, "district", &name));
        District { id, lower, capacity, within }
    }

    fn supervisor(&mut self, id: String, file: SupervisorFile) -> Supervisor {
        let at = format!("supervisors.{id}");
        let (lower, capacity) = self.bounds(&at, file.lower.as_ref(), &file.capacity);
        let district = match file.district {
            Some(name) => self.reference(&at, "district", &name),
            None if self.names.districts.is_empty() => None,
            None => {
                self.faults.add(format_args!("{at}.district"), Refusal::new("missing-district"));
                None
            }
        };
        let mut places = self.tie_groups(&at, "team", &file.preferences);
        places.sort_unstable();
        let places = (!file.preferences.is_empty()).then_some(places);
        Supervisor { id, district, lower, capacity, places }
    }

    fn topic(&mut self, id: String, file: TopicFile) -> Topic {
        let at = format!("topics.{id}");
        let (lower, capacity) = self.bounds(&at, file.lower.as_ref(), &file.capacity);
        let supervisor = self.reference(&at, "supervisor", &file.supervisor).unwrap_or_default();
        let team_size = file.team_size.and_then(|sizes| self.team_size(&at, &sizes));
        Topic { id, supervisor, lower, capacity, team_size }
    }

    /// The smallest and the largest team.
    fn team_size(&mut self, at: &str, sizes: &[Number]) -> Option<(u32, u32)> {
        let at = format!("{at}.team_size");
        let [least, most] = sizes else {
            self.faults.add(at, Refusal::new("not-two-sizes"));
            return None;
        };
        let least = self.number(&at, "size-out-of-range", least, 1..=TEAM_SIZE_MAX);
        Some((least, self.number(&at, "size-out-of-range", most, least..=TEAM_SIZE_MAX)))
    }

    fn team(&mut self, id: String, file: TeamFile) -> Team {
        let at = format!("teams.{id}");
        let size = file.size.map_or(1, |size| {
            self.number(&format!("{at}.size"), "size-out-of-range", &size, 1..=TEAM_SIZE_MAX)
        });
        let ranked = self.tie_groups(&at, "topic", &file.preferences);
        if ranked.len() > PREFERENCES_MAX {
            let refusal = Refusal::new("too-many").with("max", PREFERENCES_MAX);
            self.faults.add(format_args!("{at}.preferences"), refusal);
        }
        let choice = |&(topic, group)| Choice { topic, rank: group + 1 };
        Team { id, size, preferences: ranked.iter().map(choice).collect() }
    }

    /// Positions with the number of their tie group.
    fn tie_groups(&mut self, at: &str, what: &str, groups: &[Vec<String>]) -> Vec<(usize, u32)> {
        let mut ranked = Vec::new();
        let mut seen = HashSet::new();
        for (group, names) in (0_u32..).zip(groups) {
            if names.is_empty() {
                let at = format!("{at}.preferences[{group}]");
                self.faults.add(at, Refusal::new("empty-tie-group"));
            }
            for (position, name) in names.iter().enumerate() {
                let field = format!("preferences[{group}][{position}]");
                let Some(found) = self.reference_in(at, &field, what, name) else { continue };
                if seen.insert(found) {
                    ranked.push((found, group));
                } else {
                    let refusal = Refusal::new("duplicate-rank").with("id", name);
                    self.faults.add(format_args!("{at}.{field}"), refusal);
                }
            }
        }
        ranked
    }

    fn reference(&mut self, at: &str, what: &str, name: &str) -> Option<usize> {
        self.reference_in(at, what, what, name)
    }

    fn reference_in(&mut self, at: &str, field: &str, what: &str, name: &str) -> Option<usize> {
        let (names, unknown) = match what {
            "team" => (&self.names.teams, "unknown-team"),
            "topic" => (&self.names.topics, "unknown-topic"),
            "supervisor" => (&self.names.supervisors, "unknown-supervisor"),
            _ => (&self.names.districts, "unknown-district"),
        };
        let found = names.get(name).copied();
        if found.is_none() {
            // An id that is too long to be one is not repeated either.
            let shown: String = name.chars().take(ID_BYTES_MAX).collect();
            self.faults.add(format_args!("{at}.{field}"), Refusal::new(unknown).with("id", shown));
        }
        found
    }

    /// Lower quota and capacity.
    fn bounds(&mut self, at: &str, lower: Option<&Number>, capacity: &Number) -> (u32, u32) {
        let range = 1..=CAPACITY_MAX;
        let capacity =
            self.number(&format!("{at}.capacity"), "capacity-out-of-range", capacity, range);
        let lower = lower.map_or(0, |lower| {
            self.number(&format!("{at}.lower"), "lower-quota-out-of-range", lower, 0..=capacity)
        });
        (lower, capacity)
    }

    /// A whole number in a range; the range's start, and a fault, if it is none.
    fn number(
        &mut self,
        at: &str,
        code: &str,
        number: &Number,
        range: std::ops::RangeInclusive<u32>,
    ) -> u32 {
        let whole = number.as_u64().and_then(|number| u32::try_from(number).ok());
        if let Some(number) = whole.filter(|number| range.contains(number)) {
            return number;
        }
        let refusal = Refusal::new(code).with("min", range.start()).with("max", range.end());
        self.faults.add(at, refusal);
        *range.start()
    }

    fn seed(&mut self, seed: &str) -> String {
        let is_hex = seed.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex || !(1..=SEED_DIGITS_MAX).contains(&seed.len()) {
            self.faults.add("seed", Refusal::new("not-a-seed").with("max", SEED_DIGITS_MAX));
        }
        seed.to_ascii_lowercase()
    }

    fn pins(&mut self, entries: Entries<PinFile>, teams: usize) -> Vec<Option<usize>> {
        let mut pins = vec![None; teams];
        for (team, file) in entries.0 {
            if file.reason.len() > REASON_BYTES_MAX {
                let refusal = Refusal::new("text-too-long").with("max", REASON_BYTES_MAX);
                self.faults.add(format_args!("pins.{team}.reason"), refusal);
            }
            let topic = self.reference(&format!("pins.{team}"), "topic", &file.topic);
            if let Some(team) = self.reference_in("pins", &team, "team", &team) {
                pins[team] = topic;
            }
        }
        pins
    }
}

/// No district lies in itself, nor too deep.
fn circles(districts: &[District], faults: &mut Faults) {
    for district in districts {
        let around = std::iter::successors(Some(district), |d| Some(&districts[d.within?]));
        if around.take(DISTRICT_DEPTH_MAX + 1).count() > DISTRICT_DEPTH_MAX {
            let refusal = Refusal::new("district-cycle").with("max", DISTRICT_DEPTH_MAX);
            faults.add(format_args!("districts.{}.district", district.id), refusal);
        }
    }
}

fn pins_acceptable(instance: &Instance, faults: &mut Faults) {
    for (at, (pin, team)) in instance.pins.iter().zip(&instance.teams).enumerate() {
        let Some(pin) = *pin else { continue };
        let topic = &instance.topics[pin];
        let why = if team.rank(pin).is_none() {
            "pin-not-ranked"
        } else if !team.fits(topic) {
            "pin-team-size"
        } else if instance.supervisors[topic.supervisor].place(at).is_none() {
            "pin-not-ranked-by-supervisor"
        } else {
            continue;
        };
        let refusal = Refusal::new(why).with("topic", &topic.id);
        faults.add(format_args!("pins.{}", team.id), refusal);
    }
}

/// The pinned teams fit into all capacities.
fn pins_fit(instance: &Instance, faults: &mut Faults) {
    let mut topics = vec![0; instance.topics.len()];
    let mut supervisors = vec![0; instance.supervisors.len()];
    let mut districts = vec![0; instance.districts.len()];
    for &topic in instance.pins.iter().flatten() {
        let supervisor = instance.topics[topic].supervisor;
        topics[topic] += 1;
        supervisors[supervisor] += 1;
        let mut district = instance.supervisors[supervisor].district;
        while let Some(at) = district {
            districts[at] += 1;
            district = instance.districts[at].within;
        }
    }
    let mut check = |kind: &str, id: &str, pinned: u32, capacity: u32| {
        if pinned > capacity {
            let refusal = Refusal::new("pins-over-capacity").with("pinned", pinned);
            faults.add(format_args!("{kind}.{id}"), refusal.with("capacity", capacity));
        }
    };
    for (topic, pinned) in instance.topics.iter().zip(topics) {
        check("topics", &topic.id, pinned, topic.capacity);
    }
    for (supervisor, pinned) in instance.supervisors.iter().zip(supervisors) {
        check("supervisors", &supervisor.id, pinned, supervisor.capacity);
    }
    for (district, pinned) in instance.districts.iter().zip(districts) {
        check("districts", &district.id, pinned, district.capacity);
    }
}
