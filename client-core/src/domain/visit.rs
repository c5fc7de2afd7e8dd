//! `visit`: the working plan of one group's days with a unit.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{AutoCommit, ReadDoc as _};
use autosurgeon::{Hydrate, Reconcile};
use serde::{Deserialize, Serialize};

use super::{
    Access, Clock, Day, Editable, Key, Kind, Maker, Members, Role, Version, complete_link, fields,
    members, tidy, tidy_line,
};
use crate::ids::{DocumentId, GroupId, PlaceId, SlotId, UnitId};
use crate::limits::{SLOT_HOSTS_MAX, SLOTS_COUNT_MAX};
use crate::refusal::Refusal;

/// The working plan of one group's visit.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Visit {
    /// The round that it belongs to.
    pub pilot: DocumentId,
    /// The group that comes.
    pub group: GroupId,
    /// The unit that hosts.
    pub unit: UnitId,
    /// What it is called.
    pub title: String,
    /// Whether it has been cancelled as a whole; only the server sets this.
    pub cancelled: bool,
    /// The planned meetings.
    #[autosurgeon(with = "super::maps")]
    pub slots: BTreeMap<SlotId, Slot>,
}

/// One planned meeting.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
    pub room: String,
    /// Where, when they meet remotely.
    pub link: String,
    /// The cards of those who host.
    #[autosurgeon(with = "super::maps")]
    #[cfg_attr(feature = "typescript", ts(type = "Record<string, boolean>"))]
    pub hosts: Members<DocumentId>,
    /// Who takes part beside the group.
    pub audience: String,
    /// What to do before.
    pub preparation: String,
    /// What to bring.
    pub bring: String,
    /// Whether it will not take place; it stays visible.
    pub cancelled: bool,
}

impl Slot {
    /// Returns the slot with its texts in one spelling and its link completed.
    ///
    /// # Errors
    ///
    /// As [`complete_link`].
    pub(super) fn tidied(&self) -> Result<Self, Refusal> {
        Ok(Self { link: complete_link(&self.link)?, ..self.respelled() })
    }

    /// Returns the slot with its texts and sets in one spelling: what differs from another only in that does not differ.
    pub(super) fn respelled(&self) -> Self {
        Self {
            hosts: members(&self.hosts).map(|card| (*card, true)).collect(),
            title: tidy_line(&self.title),
            room: tidy_line(&self.room),
            link: tidy_line(&self.link),
            audience: tidy(&self.audience),
            preparation: tidy(&self.preparation),
            bring: tidy(&self.bring),
            ..self.clone()
        }
    }

    /// Gives each field that has its value of `now` the value of `then`.
    fn go_back(&mut self, now: &Self, then: &Self) {
        *self = self.respelled();
        follow(&mut self.title, &now.title, &then.title);
        follow(&mut self.date, &now.date, &then.date);
        follow(&mut self.start, &now.start, &then.start);
        follow(&mut self.end, &now.end, &then.end);
        follow(&mut self.mode, &now.mode, &then.mode);
        follow(&mut self.place, &now.place, &then.place);
        follow(&mut self.room, &now.room, &then.room);
        follow(&mut self.link, &now.link, &then.link);
        follow(&mut self.hosts, &now.hosts, &then.hosts);
        follow(&mut self.audience, &now.audience, &then.audience);
        follow(&mut self.preparation, &now.preparation, &then.preparation);
        follow(&mut self.bring, &now.bring, &then.bring);
        follow(&mut self.cancelled, &now.cancelled, &then.cancelled);
    }
}

fn follow<T: Clone + PartialEq>(field: &mut T, now: &T, then: &T) {
    if field == now {
        field.clone_from(then);
    }
}

/// How people meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// At a place.
    Person,
    /// By a link.
    Remote,
    /// Both.
    Hybrid,
}

impl Mode {
    /// Whether people are at the place.
    #[must_use]
    pub fn at_place(self) -> bool {
        matches!(self, Self::Person | Self::Hybrid)
    }

    /// Whether people meet by a link.
    #[must_use]
    pub fn by_link(self) -> bool {
        matches!(self, Self::Remote | Self::Hybrid)
    }

    /// Its name in JSON and in the language files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Remote => "remote",
            Self::Hybrid => "hybrid",
        }
    }

    fn from_stored(text: &str) -> Option<Self> {
        [Self::Person, Self::Remote, Self::Hybrid].into_iter().find(|mode| mode.stored() == text)
    }

    fn stored(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Remote => "Remote",
            Self::Hybrid => "Hybrid",
        }
    }
}

/// What staff can change in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum VisitEdit {
    /// A new plan.
    Create {
        /// The round that it belongs to.
        pilot: DocumentId,
        /// The group that comes.
        group: GroupId,
        /// The unit that hosts.
        unit: UnitId,
        /// What it is called.
        title: String,
    },
    /// Another title.
    SetTitle {
        /// What it is called.
        title: String,
    },
    /// A new slot.
    AddSlot {
        /// The new slot's id.
        id: SlotId,
        /// What it holds.
        slot: Box<Slot>,
    },
    /// One field of a slot gets a value.
    SetSlot {
        /// Which slot.
        id: SlotId,
        /// The field and its new value.
        set: SlotField,
    },
    /// A host joins a slot.
    AddHost {
        /// Which slot.
        id: SlotId,
        /// The host's card.
        card: DocumentId,
    },
    /// A host leaves a slot.
    RemoveHost {
        /// Which slot.
        id: SlotId,
        /// The host's card.
        card: DocumentId,
    },
    /// A slot that was planned by mistake goes away. To tell students that something will not
    /// take place, set `cancelled` instead.
    RemoveSlot {
        /// Which slot.
        id: SlotId,
    },
}

/// A field of a slot with a value for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "field", content = "value", rename_all = "kebab-case")]
pub enum SlotField {
    /// What happens.
    Title(String),
    /// On which day.
    Date(Day),
    /// From when.
    Start(Clock),
    /// Until when.
    End(Clock),
    /// How people meet.
    Mode(Mode),
    /// Where, when they meet in person.
    Place(Option<PlaceId>),
    /// The room at the place.
    Room(String),
    /// Where, when they meet remotely.
    Link(String),
    /// Who takes part beside the group.
    Audience(String),
    /// What to do before.
    Preparation(String),
    /// What to bring.
    Bring(String),
    /// Whether it will not take place.
    Cancelled(bool),
}

impl SlotField {
    /// The field and value that a conflict shows as text.
    #[must_use]
    pub fn parse(field: &str, stored: &str) -> Option<Self> {
        let text = stored.to_owned();
        Some(match field {
            "title" => Self::Title(text),
            "date" => Self::Date(stored.parse().ok()?),
            "start" => Self::Start(stored.parse().ok()?),
            "end" => Self::End(stored.parse().ok()?),
            "mode" => Self::Mode(Mode::from_stored(stored)?),
            "place" if stored.is_empty() => Self::Place(None),
            "place" => Self::Place(Some(stored.parse().ok()?)),
            "room" => Self::Room(text),
            "link" => Self::Link(text),
            "audience" => Self::Audience(text),
            "preparation" => Self::Preparation(text),
            "bring" => Self::Bring(text),
            "cancelled" => Self::Cancelled(stored == "true"),
            _ => return None,
        })
    }

    /// The same field with the value that a slot has in it.
    pub(super) fn now(&self, slot: &Slot) -> Self {
        match self {
            Self::Title(_) => Self::Title(slot.title.clone()),
            Self::Date(_) => Self::Date(slot.date),
            Self::Start(_) => Self::Start(slot.start),
            Self::End(_) => Self::End(slot.end),
            Self::Mode(_) => Self::Mode(slot.mode),
            Self::Place(_) => Self::Place(slot.place.clone()),
            Self::Room(_) => Self::Room(slot.room.clone()),
            Self::Link(_) => Self::Link(slot.link.clone()),
            Self::Audience(_) => Self::Audience(slot.audience.clone()),
            Self::Preparation(_) => Self::Preparation(slot.preparation.clone()),
            Self::Bring(_) => Self::Bring(slot.bring.clone()),
            Self::Cancelled(_) => Self::Cancelled(slot.cancelled),
        }
    }

    /// The value as text, as it stands in JSON; empty for none.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Title(text)
            | Self::Room(text)
            | Self::Link(text)
            | Self::Audience(text)
            | Self::Preparation(text)
            | Self::Bring(text) => text.clone(),
            Self::Date(day) => day.to_string(),
            Self::Start(clock) | Self::End(clock) => clock.to_string(),
            Self::Mode(mode) => mode.name().to_owned(),
            Self::Place(place) => place.as_ref().map(ToString::to_string).unwrap_or_default(),
            Self::Cancelled(cancelled) => cancelled.to_string(),
        }
    }

    fn put(&self, doc: &mut AutoCommit, path: &[&str]) -> Result<(), Refusal> {
        match self {
            Self::Title(text) => fields::put_title(doc, path, "title", text),
            Self::Date(day) => fields::put(doc, path, "date", day.to_string()),
            Self::Start(clock) => fields::put(doc, path, "start", clock.to_string()),
            Self::End(clock) => fields::put(doc, path, "end", clock.to_string()),
            Self::Mode(mode) => fields::put(doc, path, "mode", mode.stored()),
            Self::Place(place) => fields::put_optional(doc, path, "place", place.as_ref()),
            Self::Room(text) => fields::put_text(doc, path, "room", text),
            Self::Link(text) => fields::put_link(doc, path, "link", text),
            Self::Audience(text) => fields::put_text(doc, path, "audience", text),
            Self::Preparation(text) => fields::put_text(doc, path, "preparation", text),
            Self::Bring(text) => fields::put_text(doc, path, "bring", text),
            Self::Cancelled(cancelled) => fields::put(doc, path, "cancelled", *cancelled),
        }
    }
}

impl Visit {
    /// The keys of those who read and write the plans of a unit.
    pub(super) fn planners(unit: &UnitId) -> BTreeSet<Key> {
        BTreeSet::from([Key::Role(Role::Staff(unit.clone())), Key::Role(Role::Lead)])
    }

    /// Goes back from the newest version to an earlier one. What differs from the newest is not published, perhaps a
    /// colleague's, and stays.
    pub(super) fn go_back(&mut self, latest: &Version, earlier: &Version) {
        follow(&mut self.title, &latest.title, &earlier.title);
        self.cancelled = earlier.cancelled;
        let is_published = |id: &SlotId, slot: &Slot| {
            latest.slots.get(id).is_some_and(|published| published.respelled() == slot.respelled())
        };
        self.slots.retain(|id, slot| earlier.slots.contains_key(id) || !is_published(id, slot));
        for (id, then) in &earlier.slots {
            match (self.slots.get_mut(id), latest.slots.get(id)) {
                (Some(slot), Some(now)) => slot.go_back(now, then),
                (None, None) => drop(self.slots.insert(id.clone(), then.clone())),
                _ => {}
            }
        }
    }
}

impl Kind for Visit {
    const NAME: &'static str = "visit";
    const SCHEMA: u32 = 1;
    const MAKER: Maker = Maker::Writer;
    const FIXED: &'static [&'static str] = &["pilot", "group", "unit", "cancelled"];

    fn title(&self) -> String {
        self.title.clone()
    }

    fn access(&self, _: DocumentId) -> Access {
        let staff = Self::planners(&self.unit);
        Access { readers: staff.clone(), writers: staff, ..Access::default() }
    }

    fn check(&self, before: Option<&Self>) -> Result<(), Refusal> {
        let slots = before.map(|before| before.slots.len());
        fields::bounded("slots", SLOTS_COUNT_MAX, self.slots.len(), slots)
            .map_err(|_| Refusal::new("too-many-slots").with("max", SLOTS_COUNT_MAX))?;
        let same = |b: &Self| b.pilot == self.pilot && b.group == self.group && b.unit == self.unit;
        super::unchanged("unit", before.is_none_or(same))?;
        super::unchanged("cancelled", self.cancelled == before.is_some_and(|b| b.cancelled))?;
        self.slots.iter().try_for_each(|(id, slot)| {
            let before = before.and_then(|before| before.slots.get(id));
            let hosts = before.map(|before| before.hosts.len());
            fields::bounded("hosts", SLOT_HOSTS_MAX, slot.hosts.len(), hosts)
        })
    }
}

impl Editable for Visit {
    type Edit = VisitEdit;

    fn create(edit: &VisitEdit) -> Option<Self> {
        let VisitEdit::Create { pilot, group, unit, title } = edit else { return None };
        Some(Self {
            pilot: *pilot,
            group: group.clone(),
            unit: unit.clone(),
            title: tidy_line(title),
            cancelled: false,
            slots: BTreeMap::new(),
        })
    }

    fn apply(edit: &VisitEdit, _: DocumentId, doc: &mut AutoCommit) -> Result<(), Refusal> {
        if is_cancelled(doc) {
            return Err(Refusal::new("visit-cancelled"));
        }
        match edit {
            VisitEdit::Create { .. } => Err(Refusal::new("already-exists")),
            VisitEdit::SetTitle { title } => fields::put_title(doc, &[], "title", title),
            VisitEdit::AddSlot { id, slot } => {
                let slots = fields::map_at(doc, &["slots"])?;
                if doc.length(&slots) >= SLOTS_COUNT_MAX {
                    return Err(Refusal::new("too-many-slots").with("max", SLOTS_COUNT_MAX));
                }
                fields::put_new(doc, &["slots"], id.as_str(), &slot.tidied()?)
            }
            VisitEdit::SetSlot { id, set } => set.put(doc, &["slots", id.as_str()]),
            VisitEdit::AddHost { id, card } => {
                fields::put(doc, &["slots", id.as_str(), "hosts"], &card.to_string(), true)
            }
            VisitEdit::RemoveHost { id, card } => {
                fields::remove(doc, &["slots", id.as_str(), "hosts"], &card.to_string())
            }
            VisitEdit::RemoveSlot { id } => fields::remove(doc, &["slots"], id.as_str()),
        }
    }
}

fn is_cancelled(doc: &AutoCommit) -> bool {
    let stored = doc.get(automerge::ROOT, "cancelled").ok().flatten();
    stored.is_some_and(|(value, _)| value.as_bool() == Some(true))
}
