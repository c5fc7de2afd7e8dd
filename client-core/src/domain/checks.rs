//! What is wrong with a plan while it is being made. Nothing here stops an edit: people planning
//! offline must be able to write down what they know, and see what it clashes with.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use super::{Clock, Day, Directory, Pilot, Slot, Visit, complete_link, members, tidy};
use crate::ids::{DocumentId, GroupId, PlaceId, SlotId};
use crate::limits::{
    CLASHES_COUNT_MAX, CLASHES_LOOKED_AT_MAX, FINDINGS_COUNT_MAX, GROUP_MEMBERS_MAX,
};

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Finding {
    /// The slot it is about; none where it is about the whole visit.
    pub slot: Option<SlotId>,
    /// A stable code; the language files hold a sentence for each.
    pub code: String,
    /// What the sentence names.
    pub params: BTreeMap<String, String>,
}

/// What a check may look at.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The round, where this device has it.
    pub pilot: Option<&'a Pilot>,
    /// The directory, where this device has it.
    pub directory: Option<&'a Directory>,
    /// What this plan and others need at which time.
    pub calendar: &'a Calendar<'a>,
}

/// What is found in a plan, in the order of its slots: at the most [`FINDINGS_COUNT_MAX`], of what comes first.
#[must_use]
pub fn check(plan: DocumentId, visit: &Visit, around: Surroundings<'_>) -> Vec<Finding> {
    let mut findings: BTreeSet<Finding> = group_size(visit, around.pilot).into_iter().collect();
    for (id, slot) in visit.slots.iter().filter(|(_, slot)| !slot.cancelled) {
        if findings.len() >= FINDINGS_COUNT_MAX {
            break;
        }
        findings.extend(alone(id, slot, around));
        findings.extend(travel(visit, slot, around.directory));
        for need in Need::of(visit, slot) {
            let clashes = around.calendar.clashes((plan, id), slot, need);
            findings.extend(clashes.filter_map(|busy| clash(plan, id, need, busy)));
        }
    }
    findings.into_iter().take(FINDINGS_COUNT_MAX).collect()
}

fn finding(slot: Option<&SlotId>, code: &str, params: &[(&str, String)]) -> Finding {
    let params = params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Finding { slot: slot.cloned(), code: code.to_owned(), params }
}

fn group_size(visit: &Visit, pilot: Option<&Pilot>) -> Option<Finding> {
    let members = members(&pilot?.groups.get(&visit.group)?.members).count();
    (members > GROUP_MEMBERS_MAX).then(|| {
        let params = [("count", members.to_string()), ("max", GROUP_MEMBERS_MAX.to_string())];
        finding(None, "group-too-large", &params)
    })
}

/// What a slot shows by itself.
fn alone(id: &SlotId, slot: &Slot, around: Surroundings<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if slot.end <= slot.start {
        findings.push(finding(Some(id), "ends-before-it-starts", &[]));
    }
    if members(&slot.hosts).next().is_none() {
        findings.push(finding(Some(id), "no-host", &[]));
    }
    if tidy(&slot.title).is_empty() {
        findings.push(finding(Some(id), "no-title", &[]));
    }
    findings.extend(meeting_point(id, slot));
    if around.pilot.is_some_and(|pilot| slot.date < pilot.from || slot.date > pilot.until) {
        findings.push(finding(Some(id), "outside-round", &[]));
    }
    findings.extend(opening_hours(id, slot, around.directory));
    findings
}

/// Whether people find where to meet.
fn meeting_point(id: &SlotId, slot: &Slot) -> Vec<Finding> {
    let mut findings = Vec::new();
    if slot.mode.at_place() && slot.place.is_none() {
        findings.push(match tidy(&slot.room) {
            room if room.is_empty() => finding(Some(id), "no-place", &[]),
            room => finding(Some(id), "room-without-place", &[("room", room)]),
        });
    }
    if slot.mode.by_link() {
        // Documents of older programs and conflicts may hold what no field takes any more.
        match complete_link(&slot.link) {
            Ok(link) if link.is_empty() => findings.push(finding(Some(id), "no-link", &[])),
            Ok(_) => {}
            Err(_) => findings.push(finding(Some(id), "link-invalid", &[])),
        }
    }
    findings
}

fn opening_hours(id: &SlotId, slot: &Slot, directory: Option<&Directory>) -> Option<Finding> {
    if !slot.mode.at_place() {
        return None;
    }
    let place = directory?.places.get(slot.place.as_ref()?)?;
    let (opens, closes) = (place.opens?, place.closes?);
    let weekend = matches!(slot.date.0.weekday(), Weekday::Saturday | Weekday::Sunday);
    (weekend || slot.start < opens || slot.end > closes).then(|| {
        let params = [("opens", opens.to_string()), ("closes", closes.to_string())];
        finding(Some(id), "outside-opening-hours", &params)
    })
}

/// How long people have on the way from a slot to the next, which is what is found about.
fn travel(visit: &Visit, from: &Slot, directory: Option<&Directory>) -> Option<Finding> {
    let (id, to) = next(visit, from)?;
    if !from.mode.at_place() || from.place == to.place {
        return None;
    }
    let places = &directory?.places;
    let needed = places.get(from.place.as_ref()?)?.travel_minutes(places.get(to.place.as_ref()?)?);
    let has = to.start.minutes().checked_sub(from.end.minutes())?;
    (has < needed).then(|| {
        let params = [("minutes", has.to_string()), ("needed", needed.to_string())];
        finding(Some(id), "travel-too-short", &params)
    })
}

/// The next slot of the day at a place.
fn next<'a>(visit: &'a Visit, slot: &Slot) -> Option<(&'a SlotId, &'a Slot)> {
    let after = visit.slots.iter().filter(|(_, other)| {
        !other.cancelled
            && other.mode.at_place()
            && other.date == slot.date
            && other.start >= slot.end
    });
    after.min_by_key(|(id, other)| (other.start, *id)).filter(|(_, next)| *next != slot)
}

/// What only one slot at a time can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need<'a> {
    Host(DocumentId),
    Room(&'a PlaceId, &'a str),
    Group(DocumentId, &'a GroupId),
}

impl<'a> Need<'a> {
    fn of(visit: &'a Visit, slot: &'a Slot) -> impl Iterator<Item = Self> {
        let room = slot.place.as_ref().filter(|_| slot.mode.at_place());
        let hosts = members(&slot.hosts).copied().map(Self::Host);
        hosts
            .chain(room.map(|place| Self::Room(place, slot.room.trim())))
            .chain([Self::Group(visit.pilot, &visit.group)])
    }
}

/// What plans need at which time. Built once, it answers for each plan by looking at little more than what clashes.
#[derive(Debug, Default)]
pub struct Calendar<'a>(BTreeMap<(Day, Need<'a>), Vec<Busy<'a>>>);

/// A slot of a plan that needs something.
#[derive(Debug, Clone, Copy)]
struct Busy<'a> {
    plan: DocumentId,
    visit: &'a Visit,
    id: &'a SlotId,
    slot: &'a Slot,
    /// When this slot and all before it are over.
    until: Clock,
}

impl<'a> Calendar<'a> {
    /// The calendar of plans.
    #[must_use]
    pub fn of(plans: impl IntoIterator<Item = (DocumentId, &'a Visit)>) -> Self {
        let mut days: BTreeMap<(Day, Need<'a>), Vec<Busy<'a>>> = BTreeMap::new();
        for (plan, visit) in plans {
            for (id, slot) in visit.slots.iter().filter(|(_, slot)| !slot.cancelled) {
                for need in Need::of(visit, slot) {
                    let busy = Busy { plan, visit, id, slot, until: slot.end };
                    days.entry((slot.date, need)).or_default().push(busy);
                }
            }
        }
        for busy in days.values_mut() {
            busy.sort_by_key(|busy| (busy.slot.start, busy.plan, busy.id));
            let mut until = None;
            for busy in busy {
                busy.until = until.map_or(busy.until, |until| busy.until.max(until));
                until = Some(busy.until);
            }
        }
        Self(days)
    }

    /// Some of the slots that need something when a slot of a plan does: [`CLASHES_COUNT_MAX`] at the most.
    fn clashes(
        &self,
        (plan, id): (DocumentId, &SlotId),
        slot: &Slot,
        need: Need<'a>,
    ) -> impl Iterator<Item = &Busy<'a>> {
        let busy = self.0.get(&(slot.date, need)).map_or(&[][..], Vec::as_slice);
        let earlier = busy.partition_point(|busy| busy.slot.start < slot.end);
        let near = busy[..earlier].iter().rev().take_while(|busy| busy.until > slot.start);
        let others =
            near.filter(move |busy| (busy.plan, busy.id) != (plan, id)).take(CLASHES_LOOKED_AT_MAX);
        let counts = move |busy: &&Busy<'_>| {
            busy.slot.end > slot.start && (busy.plan == plan || !busy.visit.cancelled)
        };
        others.filter(counts).take(CLASHES_COUNT_MAX)
    }
}

/// What is found where another slot needs the same at the same time. A group may be in one room twice.
fn clash(plan: DocumentId, id: &SlotId, need: Need<'_>, busy: &Busy<'_>) -> Option<Finding> {
    let is_own = busy.plan == plan;
    let title = &busy.slot.title;
    let other = if is_own { title.clone() } else { format!("{}: {title}", busy.visit.title) };
    let params = [("other", other)];
    match need {
        Need::Host(_) => Some(finding(Some(id), "host-double-booked", &params)),
        Need::Room(..) if is_own => None,
        Need::Room(..) => Some(finding(Some(id), "place-double-booked", &params)),
        Need::Group(..) => Some(finding(Some(id), "group-double-booked", &params)),
    }
}
