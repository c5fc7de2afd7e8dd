//! The staff's screen: the working plan, what to look at, what is not published.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::itinerary::{change_views, hosts, shown, title_change};
use super::{ChangeView, HeldDocuments, Host, Library, Moment, SaveState};
use crate::domain::PublishedPlace;
use crate::domain::changes::changes;
use crate::domain::checks::{Calendar, Finding, Surroundings, check};
use crate::domain::swedish::compare;
use crate::domain::{
    Command, Conflict, Day, Document, Itinerary, Pilot, Slot, SlotField, Version, Visit, members,
    tidy_line,
};
use crate::ids::{AccountId, CommandId, DocumentId, SlotId};
use crate::policy;
use crate::refusal::Refusal;

/// A working plan as one account sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// Its id.
    pub visit: DocumentId,
    /// What it is called.
    pub title: String,
    /// The hosting unit's name.
    pub unit: String,
    /// The group's title, where the round is here.
    pub group: String,
    /// The round's first day, where the round is here.
    pub from: Option<Day>,
    /// The round's last day, where the round is here.
    pub until: Option<Day>,
    /// How many students are in the group, where the round is here.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub members: Option<usize>,
    /// Whether it has been cancelled as a whole.
    pub cancelled: bool,
    /// Why, if somebody said so.
    pub cancelled_because: String,
    /// How far its edits have come.
    pub saved: SaveState,
    /// When it was last known to be what the server has.
    pub as_of: Option<Moment>,
    /// Why the account may not edit it; none if it may.
    pub read_only: Option<Refusal>,
    /// Why it cannot be published now; none if it can.
    pub not_publishable: Option<Refusal>,
    /// The command on it that waits for the server.
    pub waiting: Option<Waiting>,
    /// The newest published version, where there is one.
    pub published: Option<Published>,
    /// What publishing would change.
    pub changes: Vec<ChangeView>,
    /// What to look at.
    pub findings: Vec<Finding>,
    /// Fields with concurrent values.
    pub conflicts: Vec<ConflictView>,
    /// The days.
    pub days: Vec<PlanDay>,
    /// Places to choose from.
    pub places: Vec<Choice>,
    /// Hosts to choose from.
    pub hosts: Vec<Choice>,
}

/// A command that waits for the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// Its id, to take it back.
    pub id: CommandId,
    /// Its name.
    pub command: String,
    /// Whether it can no longer be taken back, because the server may have executed it.
    pub sent: bool,
}

/// The newest published version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// Its itinerary.
    pub itinerary: DocumentId,
    /// Its number.
    pub version: u32,
    /// When it was published.
    pub at: Moment,
}

/// One day of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PlanDay {
    /// Which day.
    pub date: Day,
    /// Its slots in the order of time.
    pub slots: Vec<PlanSlot>,
}

/// One slot of a plan: its fields as stored, and names for its ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PlanSlot {
    /// Its id.
    pub id: SlotId,
    /// Its fields.
    pub slot: Slot,
    /// The place's name.
    pub place_name: String,
    /// Who hosts.
    pub hosts: Vec<Host>,
}

/// A field with concurrent values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConflictView {
    /// The slot; none for a field of the visit.
    pub slot: Option<SlotId>,
    /// The field.
    pub field: String,
    /// Its values, the one that shows first.
    pub values: Vec<ValueView>,
}

/// One of the concurrent values of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ValueView {
    /// The value as people know it.
    pub shown: String,
    /// The edit that settles the conflict with this value.
    pub settle: Option<SlotField>,
    /// Who gave it.
    pub author: AccountId,
    /// That person's name, where it is here.
    pub author_name: Option<String>,
    /// Whether the person asking gave it.
    pub mine: bool,
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// The id to put into an edit.
    pub id: String,
    /// What people see.
    pub name: String,
}

pub(super) fn view(library: &Library, id: DocumentId) -> Result<PlanView, Refusal> {
    let (held, document) = library.held(id)?;
    let Document::Visit(visit) = document else {
        return Err(Refusal::new("wrong-kind").with("kind", "visit"));
    };
    let pilot = pilot(library, visit);
    let group = pilot.and_then(|pilot| pilot.groups.get(&visit.group));
    let itinerary = itinerary(library, id);
    let latest = itinerary.and_then(Itinerary::latest);
    let may_edit = policy::may_edit(&library.subject, id, document);
    let waiting = library.waiting.iter().find(|waiting| waiting.command.document() == id);
    let changes = unpublished(library, visit, itinerary);
    Ok(PlanView {
        visit: id,
        title: visit.title.clone(),
        unit: library.unit_name(&visit.unit),
        group: group.map_or_else(|| visit.group.to_string(), |group| group.title.clone()),
        from: pilot.map(|pilot| pilot.from),
        until: pilot.map(|pilot| pilot.until),
        members: group.map(|group| members(&group.members).count()),
        cancelled: visit.cancelled,
        cancelled_because: latest.map(|(_, version)| version.reason.clone()).unwrap_or_default(),
        saved: held.saved,
        as_of: held.as_of,
        not_publishable: not_publishable(library, id),
        read_only: may_edit.err(),
        waiting: waiting.map(|waiting| Waiting {
            id: waiting.id,
            command: waiting.command.name().to_owned(),
            sent: waiting.sent,
        }),
        published: latest.map(|(version, content)| Published {
            itinerary: Itinerary::id_of(id),
            version,
            at: content.published,
        }),
        changes,
        findings: findings(library, id, visit),
        conflicts: library.conflicts(id).iter().map(|c| conflict_view(library, c)).collect(),
        days: days(library, visit),
        places: places(library),
        hosts: hosts_of_unit(library, visit),
    })
}

/// How a plan stands, in numbers.
pub(super) struct Standing {
    /// The newest published version, where there is one.
    pub(super) version: Option<u32>,
    /// How much publishing would change.
    pub(super) changes: usize,
    /// How much there is to look at.
    pub(super) findings: usize,
}

pub(super) fn standing(
    library: &Library,
    calendar: &Calendar<'_>,
    id: DocumentId,
    visit: &Visit,
) -> Standing {
    let newest = itinerary(library, id).and_then(Itinerary::newest);
    let version = newest.as_ref().map(|(number, _)| *number);
    if visit.cancelled {
        return Standing { version, changes: 0, findings: 0 };
    }
    Standing {
        version,
        changes: newest.map_or(0, |(_, latest)| {
            let next = next(library, visit, &latest);
            changes(&latest, &next).len()
                + usize::from(title_change(&latest.title, &next.title).is_some())
        }),
        findings: check(id, visit, surroundings(library, visit, calendar)).len()
            + hidden_hosts(library, visit).len(),
    }
}

fn pilot<'a>(library: &'a Library, visit: &Visit) -> Option<&'a Pilot> {
    match library.held(visit.pilot) {
        Ok((_, Document::Pilot(pilot))) => Some(pilot),
        _ => None,
    }
}

fn itinerary(library: &Library, visit: DocumentId) -> Option<&Itinerary> {
    match library.held(Itinerary::id_of(visit)) {
        Ok((_, Document::Itinerary(itinerary))) => Some(itinerary),
        _ => None,
    }
}

fn unpublished(library: &Library, visit: &Visit, itinerary: Option<&Itinerary>) -> Vec<ChangeView> {
    let Some((_, latest)) = itinerary.and_then(Itinerary::newest) else { return Vec::new() };
    change_views(library, &latest, &next(library, visit, &latest))
}

/// The version that publishing would make.
fn next(library: &Library, visit: &Visit, latest: &Version) -> Version {
    let (title, slots) = (tidy_line(&visit.title), visit.slots.clone());
    let places = library.directory().map(|directory| PublishedPlace::of(&slots, directory));
    let Version { published, cancelled, ref reason, .. } = *latest;
    let (reason, places) = (reason.clone(), places.unwrap_or_default());
    Version { published, title, cancelled, reason, slots, places }
}

/// Why publishing would be refused, as the server would say.
fn not_publishable(library: &Library, id: DocumentId) -> Option<Refusal> {
    let command = Command::PublishVisit { visit: id };
    command.check(&library.subject, &mut HeldDocuments(library)).err()
}

fn findings(library: &Library, id: DocumentId, visit: &Visit) -> Vec<Finding> {
    let days: BTreeSet<Day> = visit.slots.values().map(|slot| slot.date).collect();
    // Only plans of the same days can clash.
    let meets = |other: &Visit| other.slots.values().any(|slot| days.contains(&slot.date));
    let calendar = Calendar::of(plans(library).filter(|(_, other)| meets(other)));
    let mut findings = check(id, visit, surroundings(library, visit, &calendar));
    findings.extend(hidden_hosts(library, visit));
    findings.sort();
    findings
}

/// What all plans need at which time.
pub(super) fn calendar(library: &Library) -> Calendar<'_> {
    Calendar::of(plans(library))
}

fn plans(library: &Library) -> impl Iterator<Item = (DocumentId, &Visit)> {
    library.readable().filter_map(|(id, document, _)| match document {
        Document::Visit(visit) => Some((id, visit)),
        _ => None,
    })
}

fn surroundings<'a>(
    library: &'a Library,
    visit: &Visit,
    calendar: &'a Calendar<'a>,
) -> Surroundings<'a> {
    Surroundings { pilot: pilot(library, visit), directory: library.directory(), calendar }
}

/// The slots with a host who bars publishing, as an erased one does: only here is it known which slots these are.
fn hidden_hosts(library: &Library, visit: &Visit) -> Vec<Finding> {
    let is_hidden = |host: &DocumentId| {
        library.card(*host).is_none_or(|card| card.unit != visit.unit || !card.shown)
    };
    let hidden = visit.slots.iter().filter(|(_, slot)| members(&slot.hosts).any(is_hidden));
    let finding = |(id, _): (&SlotId, &Slot)| Finding {
        slot: Some(id.clone()),
        code: "host-hidden".to_owned(),
        params: BTreeMap::new(),
    };
    hidden.map(finding).collect()
}

fn conflict_view(library: &Library, conflict: &Conflict) -> ConflictView {
    let (slot, field) = match conflict.path.as_slice() {
        [slots, slot, field] if slots == "slots" => (slot.parse().ok(), field.clone()),
        path => (None, path.last().cloned().unwrap_or_default()),
    };
    let values = conflict.values.iter().map(|value| ValueView {
        shown: shown(library, &field, &value.value),
        settle: SlotField::parse(&field, &value.value),
        author: value.author,
        author_name: library.name_of(value.author),
        mine: value.author == library.subject.account,
    });
    let values = values.collect();
    ConflictView { slot, field, values }
}

fn days(library: &Library, visit: &Visit) -> Vec<PlanDay> {
    let mut days: BTreeMap<Day, Vec<PlanSlot>> = BTreeMap::new();
    for (id, slot) in &visit.slots {
        let place = slot.place.as_ref();
        days.entry(slot.date).or_default().push(PlanSlot {
            id: id.clone(),
            slot: slot.clone(),
            place_name: place.map(|place| library.place_name(place)).unwrap_or_default(),
            hosts: hosts(library, slot),
        });
    }
    days.into_iter()
        .map(|(date, mut slots)| {
            slots.sort_by(|a, b| {
                (a.slot.start, a.slot.end, &a.id).cmp(&(b.slot.start, b.slot.end, &b.id))
            });
            PlanDay { date, slots }
        })
        .collect()
}

fn places(library: &Library) -> Vec<Choice> {
    let places = library.directory().into_iter().flat_map(|directory| &directory.places);
    let mut choices: Vec<Choice> =
        places.map(|(id, place)| Choice { id: id.to_string(), name: place.name.clone() }).collect();
    choices.sort_by(|a, b| compare(&a.name, &b.name));
    choices
}

fn hosts_of_unit(library: &Library, visit: &Visit) -> Vec<Choice> {
    let cards = library.cards().filter(|(_, card)| card.unit == visit.unit);
    let mut choices: Vec<Choice> =
        cards.map(|(id, card)| Choice { id: id.to_string(), name: card.name.clone() }).collect();
    choices.sort_by(|a, b| compare(&a.name, &b.name));
    choices
}
