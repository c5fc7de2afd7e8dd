//! `itinerary`: the published, numbered versions of a visit. The server writes it.

use std::collections::{BTreeMap, BTreeSet};

use autosurgeon::{Hydrate, Reconcile};
use serde::{Deserialize, Serialize};

use super::{Access, Key, Kind, Maker, Moment, Role, Slot};
use crate::ids::{DocumentId, GroupId, SlotId, UnitId};
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
    /// What the visit is called.
    pub title: String,
    /// Every version, whole, by its number from 1.
    #[autosurgeon(with = "super::maps")]
    pub versions: BTreeMap<u32, Version>,
}

/// One published version. It never changes; a correction is a new version.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Version {
    /// When it was published.
    pub published: Moment,
    /// Whether the whole visit is cancelled.
    pub cancelled: bool,
    /// The slots as they were.
    #[autosurgeon(with = "super::maps")]
    pub slots: BTreeMap<SlotId, Slot>,
}

impl Itinerary {
    /// The id of a visit's itinerary, whether or not it has been published.
    #[must_use]
    pub fn id_of(visit: DocumentId) -> DocumentId {
        DocumentId::from_name("itinerary", &visit.to_string())
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
        let staff = Key::Role(Role::Staff(self.unit.clone()));
        let cards = self.versions.values().flat_map(|version| version.slots.values());
        let cards = cards.flat_map(|slot| slot.hosts.keys());
        Access {
            readers: BTreeSet::from([group.clone(), staff, Key::Role(Role::Lead)]),
            shares: cards.map(|card| (*card, group.clone())).collect(),
            ..Access::default()
        }
    }

    fn check(&self, _: Option<&Self>) -> Result<(), Refusal> {
        Ok(())
    }
}
