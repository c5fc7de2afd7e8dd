//! What a file may say. `docs/import.md` shows it with an example.

use std::fmt;

use samsynk_core::domain::{Clock, Day, Mode, Role};
use samsynk_core::ids::{GroupId, PlaceId, SlotId, UnitId, UniversityId};
use serde::{Deserialize, Deserializer};

use super::named::Named;

/// A readable name that a file gives to a person, a round or a visit; of the same form as a unit's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // A slot's id is a name of the same form.
        match text.parse::<SlotId>() {
            Ok(_) => Ok(Self(text)),
            Err(invalid) => Err(serde::de::Error::custom(format_args!(
                "not a valid name: expected {}",
                invalid.expected
            ))),
        }
    }
}

/// A whole file. Every part may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// Units of the city.
    pub units: Named<UnitId, Unit>,
    /// Universities.
    pub universities: Named<UniversityId, University>,
    /// Places where a slot can be held.
    pub places: Named<PlaceId, Place>,
    /// People with access.
    pub people: Named<Name, Person>,
    /// Rounds of visits.
    pub pilots: Named<Name, Pilot>,
    /// Plans.
    pub visits: Named<Name, Visit>,
}

/// A district administration or another unit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// The first day on which it exists.
    pub from: Option<Day>,
    /// The last day on which it exists.
    pub until: Option<Day>,
    /// The unit that took over.
    pub successor: Option<UnitId>,
}

/// A university.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct University {
    /// Its name.
    pub name: String,
}

/// A place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Its street address.
    pub address: String,
    /// Degrees north, WGS 84.
    pub latitude: f64,
    /// Degrees east, WGS 84.
    pub longitude: f64,
    /// When it opens on weekdays.
    pub opens: Option<Clock>,
    /// When it closes on weekdays.
    pub closes: Option<Clock>,
}

/// A person.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The person's name, or an alias under protected identity.
    pub name: String,
    /// The account's roles.
    pub roles: Vec<Role>,
    /// What a person who hosts does, for the card.
    #[serde(default)]
    pub function: String,
    /// The university whose cohort a student is in.
    pub university: Option<UniversityId>,
    /// How to reach the person.
    #[serde(default)]
    pub contact: String,
    /// What the person needs to take part.
    #[serde(default)]
    pub needs: String,
    /// Whether the person's identity is protected; where a file does not say, it stays as it is.
    pub protected: Option<bool>,
    /// Whether a host agrees to be shown to groups; where a file does not say, a new host does.
    pub shown: Option<bool>,
}

impl Person {
    /// The unit on the person's card: where the first staff role is.
    #[must_use]
    pub fn unit(&self) -> Option<&UnitId> {
        self.roles.iter().find_map(|role| match role {
            Role::Staff(unit) => Some(unit),
            _ => None,
        })
    }

    /// The university that the person co-ordinates.
    #[must_use]
    pub fn coordinates(&self) -> Option<&UniversityId> {
        self.roles.iter().find_map(|role| match role {
            Role::Coordinator(university) => Some(university),
            _ => None,
        })
    }
}

/// A round of visits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pilot {
    /// What it is called.
    pub title: String,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
    /// The units that host.
    pub units: Vec<UnitId>,
    /// The universities whose students take part.
    pub universities: Vec<UniversityId>,
    /// The groups.
    #[serde(default)]
    pub groups: Named<GroupId, Group>,
}

/// A group of students.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// What it is called.
    pub title: String,
    /// The unit that hosts it.
    pub unit: UnitId,
    /// Who is in it.
    #[serde(default)]
    pub members: Vec<Name>,
}

/// A plan.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// The round that it belongs to.
    pub pilot: Name,
    /// The group that comes.
    pub group: GroupId,
    /// The unit that hosts.
    pub unit: UnitId,
    /// What it is called.
    pub title: String,
    /// Whether it is published with the import.
    #[serde(default)]
    pub publish: bool,
    /// The planned meetings.
    #[serde(default)]
    pub slots: Named<SlotId, Slot>,
}

/// A planned meeting.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// What happens.
    pub title: String,
    /// On which day.
    pub date: Day,
    /// From when.
    pub start: Clock,
    /// Until when.
    pub end: Clock,
    /// How people meet.
    pub mode: Mode,
    /// Where, when they meet in person.
    pub place: Option<PlaceId>,
    /// The room at the place.
    #[serde(default)]
    pub room: String,
    /// Where, when they meet remotely.
    #[serde(default)]
    pub link: String,
    /// Who hosts; each has a staff role.
    #[serde(default)]
    pub hosts: Vec<Name>,
    /// Who takes part beside the group.
    #[serde(default)]
    pub audience: String,
    /// What to do before.
    #[serde(default)]
    pub preparation: String,
    /// What to bring.
    #[serde(default)]
    pub bring: String,
}
