//! The format of the literature – students, projects, lecturers – said as an instance of ours.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::instance::{Instance, Preferences, Supervisor, Team, Topic};

/// Each student alone, or groups that are kept together.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Problem {
    Students {
        students: BTreeMap<String, Preferences>,
        projects: BTreeMap<String, Project>,
        lecturers: BTreeMap<String, Lecturer>,
    },
    Groups {
        groups: BTreeMap<String, Group>,
        topics: BTreeMap<String, Room>,
    },
}

#[derive(Debug, Deserialize)]
pub(crate) struct Project {
    lecturer: String,
    lower: usize,
    capacity: usize,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Lecturer {
    lower: usize,
    capacity: usize,
    preferences: Preferences,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Group {
    size: u32,
    preferences: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Room {
    min: u32,
    max: u32,
    teams: usize,
}

/// Larger than any team that there is: a topic for such teams alone goes to nobody, and still counts as a rank of a list.
const NOBODY: (u32, u32) = (20, 20);

impl Problem {
    pub(crate) fn instance(self) -> Instance {
        match self {
            Self::Students { students, projects, lecturers } => {
                let team = |preferences| Team { size: None, preferences };
                let topics = projects.into_iter().map(|(id, it)| (id, it.topic(&lecturers)));
                instance(
                    students.into_iter().map(|(id, list)| (id, team(list))).collect(),
                    topics.collect(),
                    lecturers.into_iter().map(|(id, it)| (id, it.supervisor())).collect(),
                )
            }
            Self::Groups { groups, topics } => instance(
                groups.into_iter().map(|(id, group)| (id, group.team())).collect(),
                topics.iter().map(|(id, room)| (id.clone(), room.topic(id))).collect(),
                topics.iter().map(|(id, room)| (id.clone(), room.supervisor())).collect(),
            ),
        }
    }
}

fn instance(
    teams: BTreeMap<String, Team>,
    topics: BTreeMap<String, Topic>,
    supervisors: BTreeMap<String, Supervisor>,
) -> Instance {
    let (districts, pins) = (BTreeMap::new(), BTreeMap::new());
    Instance { teams, topics, supervisors, districts, pins, seed: "00".to_owned() }
}

impl Project {
    /// A lecturer of capacity 0 has topics for nobody: ours have one seat at least.
    fn topic(self, lecturers: &BTreeMap<String, Lecturer>) -> Topic {
        let is_closed = self.capacity == 0 || lecturers[&self.lecturer].capacity == 0;
        Topic {
            supervisor: self.lecturer,
            lower: Some(self.lower),
            capacity: self.capacity.max(1),
            team_size: is_closed.then_some(NOBODY),
        }
    }
}

impl Lecturer {
    fn supervisor(self) -> Supervisor {
        Supervisor {
            district: None,
            lower: Some(self.lower),
            capacity: self.capacity.max(1),
            preferences: Some(self.preferences),
        }
    }
}

impl Group {
    fn team(self) -> Team {
        let preferences = self.preferences.into_iter().map(|topic| vec![topic]).collect();
        Team { size: Some(self.size), preferences }
    }
}

impl Room {
    /// Each topic has a supervisor of the same id.
    fn topic(&self, id: &str) -> Topic {
        Topic {
            supervisor: id.to_owned(),
            lower: None,
            capacity: self.teams,
            team_size: Some((self.min, self.max)),
        }
    }

    fn supervisor(&self) -> Supervisor {
        Supervisor { district: None, lower: None, capacity: self.teams, preferences: None }
    }
}
