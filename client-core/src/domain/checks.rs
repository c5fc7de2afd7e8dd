//! What is wrong with a plan while it is being made. Nothing here stops an edit: people planning
//! offline must be able to write down what they know, and see what it clashes with.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use super::{Directory, Pilot, Slot, Visit, complete_link, members, tidy};
use crate::ids::{DocumentId, SlotId};
use crate::limits::GROUP_MEMBERS_MAX;

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

/// What a check may look at beside the plan itself.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The round, where this device has it.
    pub pilot: Option<&'a Pilot>,
    /// The directory, where this device has it.
    pub directory: Option<&'a Directory>,
    /// Other plans that this account may read.
    pub others: &'a [(DocumentId, &'a Visit)],
}

/// All findings of a plan, in the order of its slots.
#[must_use]
pub fn check(visit: &Visit, around: Surroundings<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = group_size(visit, around.pilot).into_iter().collect();
    for (id, slot) in &visit.slots {
        if slot.cancelled {
            continue;
        }
        findings.extend(alone(id, slot, around));
        findings.extend(clashes_within(visit, id, slot, around.directory));
        for (_, other) in around.others {
            findings.extend(clashes_between(visit, (id, slot), other));
        }
    }
    findings.sort();
    findings.dedup();
    findings
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

fn overlap(a: &Slot, b: &Slot) -> bool {
    !a.cancelled && !b.cancelled && a.date == b.date && a.start < b.end && b.start < a.end
}

fn same_room(a: &Slot, b: &Slot) -> bool {
    a.mode.at_place()
        && b.mode.at_place()
        && a.place.is_some()
        && (&a.place, a.room.trim()) == (&b.place, b.room.trim())
}

fn shared_host(a: &Slot, b: &Slot) -> bool {
    members(&a.hosts).any(|card| b.hosts.get(card) == Some(&true))
}

/// What a slot does to others of the same visit.
fn clashes_within(
    visit: &Visit,
    id: &SlotId,
    slot: &Slot,
    directory: Option<&Directory>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (other_id, other) in visit.slots.iter().filter(|(other, _)| *other != id) {
        let params = [("other", other.title.clone())];
        if overlap(slot, other) {
            findings.push(finding(Some(id), "group-double-booked", &params));
            if shared_host(slot, other) {
                findings.push(finding(Some(id), "host-double-booked", &params));
            }
        } else if slot.end <= other.start && is_next(visit, slot, other_id) {
            findings.extend(travel(other_id, slot, other, directory));
        }
    }
    findings
}

/// Whether nothing else of the day lies between two slots.
fn is_next(visit: &Visit, slot: &Slot, next: &SlotId) -> bool {
    let after = visit.slots.iter().filter(|(_, other)| {
        !other.cancelled
            && other.mode.at_place()
            && other.date == slot.date
            && other.start >= slot.end
    });
    after.min_by_key(|(id, other)| (other.start, *id)).is_some_and(|(id, _)| id == next)
}

fn travel(id: &SlotId, from: &Slot, to: &Slot, directory: Option<&Directory>) -> Option<Finding> {
    if !from.mode.at_place() || from.place == to.place {
        return None;
    }
    let places = &directory?.places;
    let needed = places.get(from.place.as_ref()?)?.travel_minutes(places.get(to.place.as_ref()?)?);
    let has = to.start.minutes() - from.end.minutes();
    (has < needed).then(|| {
        let params = [("minutes", has.to_string()), ("needed", needed.to_string())];
        finding(Some(id), "travel-too-short", &params)
    })
}

/// What a slot does to slots of another visit.
fn clashes_between(visit: &Visit, (id, slot): (&SlotId, &Slot), other: &Visit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for clash in other.slots.values().filter(|clash| !other.cancelled && overlap(slot, clash)) {
        let params = [("other", format!("{}: {}", other.title, clash.title))];
        if shared_host(slot, clash) {
            findings.push(finding(Some(id), "host-double-booked", &params));
        }
        if same_room(slot, clash) {
            findings.push(finding(Some(id), "place-double-booked", &params));
        }
        if (visit.pilot, &visit.group) == (other.pilot, &other.group) {
            findings.push(finding(Some(id), "group-double-booked", &params));
        }
    }
    findings
}
