//! `directory`: the units, universities and places that everything else names.

use std::collections::{BTreeMap, BTreeSet};

use autosurgeon::{Hydrate, Reconcile};
use serde::{Deserialize, Serialize};

use super::{Access, Clock, Day, Key, Kind, Maker, fields};
use crate::ids::{DocumentId, PlaceId, UnitId, UniversityId};
use crate::limits::{DIRECTORY_PLACES_MAX, DIRECTORY_UNITS_MAX, DIRECTORY_UNIVERSITIES_MAX};
use crate::refusal::Refusal;

/// What every account may look up.
#[derive(Debug, Clone, Default, PartialEq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Directory {
    /// Units of the city, also those that are no more.
    #[autosurgeon(with = "super::maps")]
    pub units: BTreeMap<UnitId, Unit>,
    /// Universities.
    #[autosurgeon(with = "super::maps")]
    pub universities: BTreeMap<UniversityId, University>,
    /// Places where a slot can be held.
    #[autosurgeon(with = "super::maps")]
    pub places: BTreeMap<PlaceId, Place>,
}

/// A district administration or another unit.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// The first day on which it exists, where known.
    pub from: Option<Day>,
    /// The last day on which it exists, where it has ended.
    pub until: Option<Day>,
    /// The unit that took over.
    pub successor: Option<UnitId>,
}

/// A university.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct University {
    /// Its name.
    pub name: String,
}

/// A place where a slot can be held.
#[derive(Debug, Clone, PartialEq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Its street address.
    pub address: String,
    /// Degrees north, WGS 84.
    pub latitude: f64,
    /// Degrees east, WGS 84.
    pub longitude: f64,
    /// When it opens on weekdays, where it keeps hours.
    pub opens: Option<Clock>,
    /// When it closes on weekdays, where it keeps hours.
    pub closes: Option<Clock>,
}

impl Place {
    /// The shortest time between two places, in minutes, that a plan may allow: the great-circle
    /// distance (haversine formula, mean earth radius 6,371 km) at 20 km/h from door to door, as
    /// by metro with walks, and never under 5.
    #[must_use]
    pub fn travel_minutes(&self, other: &Self) -> u16 {
        let half_chord = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
        let h = half_chord(self.latitude, other.latitude)
            + self.latitude.to_radians().cos()
                * other.latitude.to_radians().cos()
                * half_chord(self.longitude, other.longitude);
        let kilometres = 2.0 * 6_371.0 * h.sqrt().min(1.0).asin();
        let minutes = (kilometres / 20.0 * 60.0).ceil();
        // At most 20,015 km, thus 60,045 minutes: in range.
        (minutes as u16).max(5)
    }
}

impl Directory {
    /// The id of the one directory of a town.
    #[must_use]
    pub fn id() -> DocumentId {
        DocumentId::from_name("directory", "")
    }
}

impl Kind for Directory {
    const NAME: &'static str = "directory";
    const SCHEMA: u32 = 1;
    const MAKER: Maker = Maker::Server;
    const FIXED: &'static [&'static str] = &[];

    fn title(&self) -> String {
        String::new()
    }

    fn access(&self, _: DocumentId) -> Access {
        Access { readers: BTreeSet::from([Key::All]), ..Access::default() }
    }

    fn check(&self, before: Option<&Self>) -> Result<(), Refusal> {
        let units = before.map(|before| before.units.len());
        fields::bounded("units", DIRECTORY_UNITS_MAX, self.units.len(), units)?;
        let (count, universities) = (self.universities.len(), before.map(|b| b.universities.len()));
        fields::bounded("universities", DIRECTORY_UNIVERSITIES_MAX, count, universities)?;
        let places = before.map(|before| before.places.len());
        fields::bounded("places", DIRECTORY_PLACES_MAX, self.places.len(), places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_farsta_to_the_city_hall_takes_half_an_hour() {
        let place = |latitude, longitude| Place {
            name: String::new(),
            address: String::new(),
            latitude,
            longitude,
            opens: None,
            closes: None,
        };
        let (farsta, city_hall) = (place(59.2434, 18.0933), place(59.3275, 18.0546));
        assert_eq!(farsta.travel_minutes(&city_hall), 29);
        assert_eq!(farsta.travel_minutes(&farsta), 5);
    }
}
