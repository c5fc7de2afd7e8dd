//! Reads an instance and checks everything that the specification says of one.

use std::collections::BTreeMap;

use super::fault::{Unreadable, path};
use super::fields::{Fields, by_id, field, list, number, text, tie_groups, wrong};
use super::instance::{Choice, Fitness, Instance, Kind, Quota, Team, Topic};
use super::json::Json;
use super::order::lottery;

const TEAM_PERSONS_MAX: i128 = 20;
const CAPACITY_TEAMS_MAX: i128 = 1_000_000;
const DISTRICTS_DEEP_MAX: usize = 8;
const REASON_BYTES_MAX: usize = 1_000;
const SEED_DIGITS_MAX: usize = 128;

/// An id's index in its sorted kind.
type Index<'a> = BTreeMap<&'a str, usize>;
/// An id and what the file says of it.
type Entries<'a> = Vec<(&'a str, &'a Json)>;
/// The place of each team in a supervisor's list; none when indifferent.
type Places = Option<BTreeMap<usize, i64>>;

/// The instance in these bytes.
///
/// # Errors
/// The first thing found that the specification does not allow.
pub(super) fn read(bytes: &[u8]) -> Result<Instance, Unreadable> {
    let file = Json::read("instance", bytes)?;
    let allowed = ["teams", "topics", "supervisors", "districts", "pins", "seed"];
    let top = Fields::of(&file, "", &allowed)?;
    let seed = read_seed(top.text("seed")?)?;
    let nothing = Json::Object(Vec::new());
    let sections = Sections {
        teams: by_id(top.need("teams")?, "teams")?,
        topics: by_id(top.need("topics")?, "topics")?,
        supervisors: by_id(top.need("supervisors")?, "supervisors")?,
        districts: by_id(top.get("districts").unwrap_or(&nothing), "districts")?,
        pins: by_id(top.get("pins").unwrap_or(&nothing), "pins")?,
    };
    sections.instance(seed)
}

fn read_seed(seed: &str) -> Result<String, Unreadable> {
    let allowed = (1..=SEED_DIGITS_MAX).contains(&seed.len());
    if !allowed || !seed.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        let expected = format!("1 to {SEED_DIGITS_MAX} hexadecimal digits");
        return Err(wrong("bad-seed", "seed", expected));
    }
    Ok(seed.to_ascii_lowercase())
}

struct Sections<'a> {
    teams: Entries<'a>,
    topics: Entries<'a>,
    supervisors: Entries<'a>,
    districts: Entries<'a>,
    pins: Entries<'a>,
}

impl Sections<'_> {
    fn instance(&self, seed: String) -> Result<Instance, Unreadable> {
        let (quotas, topics) = self.quotas(&seed)?;
        let supervisors = self.supervisor_places()?;
        let teams = self.teams(&seed, &topics, &|topic: usize| {
            let supervisor = topics[topic].quotas[1] - topics.len();
            &supervisors[supervisor]
        })?;
        let ranks = teams.iter().flat_map(|team| team.choices.last()).map(|last| last.rank).max();
        let mut instance = Instance { seed, teams, topics, quotas, ranks: ranks.unwrap_or(0) };
        self.pin(&mut instance)?;
        Ok(instance)
    }

    /// Topics, then supervisors, then districts, each with the index of the quota around it.
    fn quotas(&self, seed: &str) -> Result<(Vec<Quota>, Vec<Topic>), Unreadable> {
        let mut quotas = Vec::new();
        let supervisors_from = self.topics.len();
        let districts_from = supervisors_from + self.supervisors.len();
        let supervisor_index = index(&self.supervisors, supervisors_from);
        let district_index = index(&self.districts, districts_from);
        for (id, topic) in &self.topics {
            let at = path("topics", id);
            let fields = Fields::of(topic, &at, &["supervisor", "lower", "capacity", "team_size"])?;
            let parent = reference(&fields, "supervisor", &supervisor_index)?;
            quotas.push(quota(Kind::Topic, id, &fields, Some(parent))?);
        }
        for (id, supervisor) in &self.supervisors {
            let at = path("supervisors", id);
            let fields =
                Fields::of(supervisor, &at, &["district", "lower", "capacity", "preferences"])?;
            let belongs = !self.districts.is_empty() || fields.get("district").is_some();
            let parent =
                belongs.then(|| reference(&fields, "district", &district_index)).transpose()?;
            quotas.push(quota(Kind::Supervisor, id, &fields, parent)?);
        }
        for (id, district) in &self.districts {
            let at = path("districts", id);
            let fields = Fields::of(district, &at, &["district", "lower", "capacity"])?;
            let lies = fields.get("district").is_some();
            let parent =
                lies.then(|| reference(&fields, "district", &district_index)).transpose()?;
            quotas.push(quota(Kind::District, id, &fields, parent)?);
        }
        check_depth(&quotas[districts_from..], &quotas)?;
        let topics = self.topics(seed, &quotas)?;
        Ok((quotas, topics))
    }

    fn topics(&self, seed: &str, quotas: &[Quota]) -> Result<Vec<Topic>, Unreadable> {
        let drawn = lottery(seed, "topic", self.topics.iter().map(|(id, _)| *id));
        let mut topics = Vec::new();
        for (index, (id, topic)) in self.topics.iter().enumerate() {
            let team_size = field(topic, "team_size");
            let at = format!("topics.{id}.team_size");
            topics.push(Topic {
                id: (*id).to_owned(),
                team_size: team_size.map(|sizes| read_sizes(sizes, &at)).transpose()?,
                quotas: std::iter::successors(Some(index), |&quota| quotas[quota].parent).collect(),
                lottery: drawn[index],
            });
        }
        Ok(topics)
    }

    fn supervisor_places(&self) -> Result<Vec<Places>, Unreadable> {
        let teams = index(&self.teams, 0);
        let mut all = Vec::new();
        for (id, supervisor) in &self.supervisors {
            let groups = match field(supervisor, "preferences") {
                Some(groups) => {
                    let at = format!("supervisors.{id}.preferences");
                    tie_groups(groups, &at, |team| teams.get(team).copied())?
                }
                None => Vec::new(),
            };
            let places = groups.iter().zip(0_i64..).flat_map(|(group, place)| {
                group.iter().map(move |&team| (team, place)).collect::<Vec<_>>()
            });
            let places: BTreeMap<_, _> = places.collect();
            all.push((!groups.is_empty()).then_some(places));
        }
        Ok(all)
    }

    fn teams<'p>(
        &self,
        seed: &str,
        topics: &[Topic],
        places: &impl Fn(usize) -> &'p Places,
    ) -> Result<Vec<Team>, Unreadable> {
        let topic_index = index(&self.topics, 0);
        let drawn = lottery(seed, "team", self.teams.iter().map(|(id, _)| *id));
        let mut teams = Vec::new();
        for (index, (id, team)) in self.teams.iter().enumerate() {
            let at = path("teams", id);
            let fields = Fields::of(team, &at, &["size", "preferences"])?;
            let given = fields.get("size").map(|_| fields.number("size", 1, TEAM_PERSONS_MAX));
            let size = given.transpose()?.unwrap_or(1);
            let preferences = fields.need("preferences")?;
            let groups = tie_groups(preferences, &fields.at("preferences"), |topic| {
                topic_index.get(topic).copied()
            })?;
            let mut choices = Vec::new();
            for (group, rank) in groups.into_iter().zip(1..) {
                for topic in group {
                    let fitness = fitness(size, topics[topic].team_size, places(topic), index);
                    choices.push(Choice { topic, rank, fitness });
                }
            }
            teams.push(Team { id: (*id).to_owned(), choices, pin: None, lottery: drawn[index] });
        }
        Ok(teams)
    }

    /// Reads the pins, which must be acceptable pairs and fit into all capacities.
    fn pin(&self, instance: &mut Instance) -> Result<(), Unreadable> {
        let mut pinned = vec![0_usize; instance.quotas.len()];
        for (id, pin) in &self.pins {
            let at = path("pins", id);
            let fields = Fields::of(pin, &at, &["topic", "reason"])?;
            if let Some(reason) = fields.get("reason")
                && text(reason, &fields.at("reason"))?.len() > REASON_BYTES_MAX
            {
                let expected = format!("at most {REASON_BYTES_MAX} bytes");
                return Err(wrong("too-long", &fields.at("reason"), expected));
            }
            let team = instance.team(id);
            let team = team.ok_or_else(|| wrong("unknown-id", &at, "a team of this file"))?;
            let topic = instance.topic(fields.text("topic")?);
            let topic = topic.ok_or_else(|| wrong("unknown-id", &fields.at("topic"), "a topic"))?;
            if instance.teams[team].pair(topic).is_none() {
                return Err(wrong("pin-unacceptable", &at, "an acceptable pair"));
            }
            instance.teams[team].pin = Some(topic);
            for &quota in &instance.topics[topic].quotas {
                pinned[quota] += 1;
                if pinned[quota] > instance.quotas[quota].capacity {
                    let Quota { kind, id, capacity, .. } = &instance.quotas[quota];
                    let expected = format!("at most {capacity} pinned at {} {id}", kind.name());
                    return Err(wrong("pins-over-capacity", &at, expected));
                }
            }
        }
        Ok(())
    }
}

fn index<'a>(entries: &Entries<'a>, from: usize) -> Index<'a> {
    entries.iter().zip(from..).map(|((id, _), index)| (*id, index)).collect()
}

fn reference(fields: &Fields<'_>, name: &str, index: &Index<'_>) -> Result<usize, Unreadable> {
    let known = index.get(fields.text(name)?).copied();
    known.ok_or_else(|| wrong("unknown-id", &fields.at(name), format!("a known {name}")))
}

fn quota(
    kind: Kind,
    id: &str,
    fields: &Fields<'_>,
    parent: Option<usize>,
) -> Result<Quota, Unreadable> {
    let capacity = fields.number("capacity", 1, CAPACITY_TEAMS_MAX)?;
    let lower = fields.get("lower").map(|_| fields.number("lower", 0, capacity)).transpose()?;
    let teams = |number: i128| usize::try_from(number).expect("between 0 and 1,000,000");
    let (lower, capacity) = (teams(lower.unwrap_or(0)), teams(capacity));
    Ok(Quota { kind, id: id.to_owned(), lower, capacity, parent })
}

fn check_depth(districts: &[Quota], quotas: &[Quota]) -> Result<(), Unreadable> {
    for district in districts {
        let around = std::iter::successors(Some(district), |inner| {
            inner.parent.map(|parent| &quotas[parent])
        });
        if around.take(DISTRICTS_DEEP_MAX + 1).count() > DISTRICTS_DEEP_MAX {
            let expected = format!("districts without circles, at most {DISTRICTS_DEEP_MAX} deep");
            return Err(wrong("districts-too-deep", &path("districts", &district.id), expected));
        }
    }
    Ok(())
}

fn read_sizes(sizes: &Json, at: &str) -> Result<(i128, i128), Unreadable> {
    let [smallest, largest] = list(sizes, at)? else {
        return Err(wrong("wrong-type", at, "the smallest and the largest size"));
    };
    let smallest = number(smallest, &format!("{at}[0]"), 0, i128::from(u64::MAX))?;
    let largest = number(largest, &format!("{at}[1]"), smallest, i128::from(u64::MAX))?;
    Ok((smallest, largest))
}

fn fitness(size: i128, sizes: Option<(i128, i128)>, places: &Places, team: usize) -> Fitness {
    if sizes.is_some_and(|(smallest, largest)| size < smallest || size > largest) {
        return Fitness::TeamSize;
    }
    match places {
        None => Fitness::Place(0),
        Some(places) => {
            places.get(&team).map_or(Fitness::NotRanked, |&place| Fitness::Place(place))
        }
    }
}
