//! `itinerary`: the published, numbered versions of a visit. The server writes it.

use std::collections::BTreeMap;

use automerge::AutoCommit;
use autosurgeon::{Hydrate, Reconcile};
use serde::{Deserialize, Serialize};

use super::fields::put;
use super::maps::write_changed;
use super::{Access, Directory, Key, Kind, Maker, Moment, Role, Slot, members, write};
use crate::ids::{DocumentId, GroupId, PlaceId, SlotId, UnitId, UniversityId};
use crate::limits::{ITINERARY_BYTES_MAX, ITINERARY_VERSIONS_COUNT_MAX};
use crate::refusal::Refusal;

/// What has been published of one visit.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Itinerary {
    /// The visit that it publishes.
    pub visit: DocumentId,
    /// The round that the visit belongs to.
    pub pilot: DocumentId,
    /// The group that comes.
    pub group: GroupId,
    /// The unit that hosts.
    pub unit: UnitId,
    /// The universities of the round, whose coordinators read it; none where older programs published.
    #[autosurgeon(with = "super::maps", missing = "BTreeMap::new")]
    #[serde(default)]
    pub universities: BTreeMap<UniversityId, bool>,
    /// What the visit is called in the newest version.
    pub title: String,
    /// The newest versions, whole, by their numbers from 1: at the most
    /// [`ITINERARY_VERSIONS_COUNT_MAX`] and [`ITINERARY_BYTES_MAX`], and always the newest.
    #[autosurgeon(with = "super::maps")]
    pub versions: BTreeMap<u32, Version>,
}

/// One published version. It never changes; a correction is a new version.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Version {
    /// When it was published.
    pub published: Moment,
    /// What the visit was called; nothing in versions of older programs.
    #[autosurgeon(missing = "String::new")]
    #[serde(default)]
    pub title: String,
    /// Whether the whole visit is cancelled.
    pub cancelled: bool,
    /// Why, if somebody said so; older programs asked nobody.
    #[autosurgeon(missing = "String::new")]
    #[serde(default)]
    pub reason: String,
    /// The slots as they were.
    #[autosurgeon(with = "super::maps")]
    pub slots: BTreeMap<SlotId, Slot>,
    /// The places of these slots as they were; none in versions of older programs, which look in the directory.
    #[autosurgeon(with = "super::maps", missing = "BTreeMap::new")]
    #[serde(default)]
    pub places: BTreeMap<PlaceId, PublishedPlace>,
}

/// A place as it was when it was published.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct PublishedPlace {
    /// Its name.
    pub name: String,
    /// Its street address.
    pub address: String,
}

impl PublishedPlace {
    /// The places of slots as the directory has them.
    #[must_use]
    pub fn of(slots: &BTreeMap<SlotId, Slot>, directory: &Directory) -> BTreeMap<PlaceId, Self> {
        let used = slots.values().filter_map(|slot| slot.place.as_ref());
        let published = |id: &PlaceId| {
            let place = directory.places.get(id)?;
            let (name, address) = (place.name.clone(), place.address.clone());
            Some((id.clone(), Self { name, address }))
        };
        used.filter_map(published).collect()
    }
}

impl Version {
    /// Whether another version says the same to those who read it.
    fn says_the_same(&self, other: &Self) -> bool {
        // Another spelling that nobody can see is no change.
        let respelled =
            |version: &Self| version.slots.values().map(Slot::respelled).collect::<Vec<_>>();
        self.slots.keys().eq(other.slots.keys())
            && respelled(self) == respelled(other)
            && self.places == other.places
            && (self.cancelled, &self.reason) == (other.cancelled, &other.reason)
    }

    /// How many bytes it takes as JSON.
    fn bytes(&self) -> usize {
        serde_json::to_string(self).map_or(usize::MAX, |json| json.len())
    }
}

impl Itinerary {
    /// The id of a visit's itinerary, whether or not it has been published.
    #[must_use]
    pub fn id_of(visit: DocumentId) -> DocumentId {
        DocumentId::from_name("itinerary", &visit.to_string())
    }

    /// Adds a version, and drops the oldest beyond what an itinerary may hold.
    ///
    /// # Errors
    ///
    /// `nothing-changed`; `document-too-large` where the version alone exceeds [`ITINERARY_BYTES_MAX`].
    pub fn publish(&mut self, version: Version) -> Result<(), Refusal> {
        let same_title = self.title == version.title;
        if same_title && self.latest().is_some_and(|(_, latest)| latest.says_the_same(&version)) {
            return Err(Refusal::new("nothing-changed"));
        }
        if version.bytes() > ITINERARY_BYTES_MAX {
            return Err(Refusal::new("document-too-large").with("max", ITINERARY_BYTES_MAX));
        }
        self.title.clone_from(&version.title);
        let number = self.latest().map_or(1, |(number, _)| number + 1);
        self.versions.insert(number, version);
        self.drop_superfluous();
        Ok(())
    }

    /// Drops the oldest versions beyond what an itinerary may hold: an older program may have kept more.
    pub fn drop_superfluous(&mut self) {
        let mut bytes = 0;
        let kept = self.versions.values().rev().take(ITINERARY_VERSIONS_COUNT_MAX);
        let kept = kept.take_while(|version| {
            bytes += version.bytes();
            bytes <= ITINERARY_BYTES_MAX
        });
        let superfluous = self.versions.len() - kept.count().max(1);
        for _ in 0..superfluous {
            self.versions.pop_first();
        }
    }

    /// The version that a person has seen who acknowledged this number; the oldest where that is no longer kept, and
    /// none before they have acknowledged any.
    #[must_use]
    pub fn seen(&self, acknowledged: u32) -> Option<&Version> {
        if acknowledged == 0 {
            return None;
        }
        self.versions.range(acknowledged..).next().map(|(_, version)| version)
    }

    /// A version that is kept, with a title: that of the newest where an older program published it.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<Version> {
        let mut version = self.versions.get(&number)?.clone();
        if version.title.is_empty() {
            version.title.clone_from(&self.title);
        }
        Some(version)
    }

    /// The number of the newest version, and it as [`Itinerary::version`] tells it.
    #[must_use]
    pub fn newest(&self) -> Option<(u32, Version)> {
        let (number, _) = self.latest()?;
        Some((number, self.version(number)?))
    }

    /// The newest version and its number.
    #[must_use]
    pub fn latest(&self) -> Option<(u32, &Version)> {
        self.versions.last_key_value().map(|(number, version)| (*number, version))
    }
}

impl Kind for Itinerary {
    const NAME: &'static str = "itinerary";
    const SCHEMA: u32 = 1;
    const MAKER: Maker = Maker::Server;
    const FIXED: &'static [&'static str] = &["visit", "pilot", "group", "unit"];

    fn title(&self) -> String {
        self.title.clone()
    }

    fn access(&self, _: DocumentId) -> Access {
        let group = Key::Group(self.pilot, self.group.clone());
        let roles = [Role::Lead, Role::Staff(self.unit.clone())].into_iter();
        let coordinators = members(&self.universities).cloned().map(Role::Coordinator);
        let readers = roles.chain(coordinators).map(Key::Role).chain([group.clone()]);
        // Of the newest version alone: hosts work under threat, and who is no longer one is shown to nobody.
        let slots = self.latest().into_iter().flat_map(|(_, version)| version.slots.values());
        let cards = slots.flat_map(|slot| members(&slot.hosts));
        Access {
            readers: readers.collect(),
            shares: cards.map(|card| (*card, group.clone())).collect(),
            ..Access::default()
        }
    }

    fn check(&self, _: Option<&Self>) -> Result<(), Refusal> {
        Ok(())
    }

    fn write_over(&self, before: &Self, doc: &mut AutoCommit) -> Result<(), Refusal> {
        let fixed = |itinerary: &Self| {
            let Self { visit, pilot, group, unit, universities, .. } = itinerary;
            (*visit, *pilot, group.clone(), unit.clone(), universities.clone())
        };
        if fixed(self) != fixed(before) {
            return write(self, doc);
        }
        if self.title != before.title {
            put(doc, &[], "title", self.title.as_str())?;
        }
        write_changed(doc, "versions", &before.versions, &self.versions)
    }
}
