//! The first screen: what the account may open.

use serde::{Deserialize, Serialize};

use super::{Library, Moment, SaveState, itinerary};
use crate::domain::swedish::compare;
use crate::domain::{Day, Document, Home};
use crate::ids::{AccountId, DocumentId};
use crate::refusal::Refusal;

/// What the account may open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HomeView {
    /// Whose home it is.
    pub account: AccountId,
    /// The person's name, where it is here.
    pub name: Option<String>,
    /// The account's roles, as `staff@farsta`.
    pub roles: Vec<String>,
    /// Published itineraries, the first day first.
    pub itineraries: Vec<HomeItem>,
    /// Working plans, the first day first.
    pub plans: Vec<HomeItem>,
    /// Rounds of visits.
    pub pilots: Vec<HomeItem>,
    /// Notes.
    pub notes: Vec<HomeItem>,
    /// Documents that the account may open and that have not arrived.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub arriving: usize,
    /// The itinerary to open at once: where everything has arrived, and it is all there is.
    pub opens: Option<DocumentId>,
    /// Documents that this version of the program cannot read.
    pub unreadable: Vec<Unreadable>,
}

/// One document to open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HomeItem {
    /// Its id.
    pub document: DocumentId,
    /// Its title.
    pub title: String,
    /// The hosting unit's name, where it has one.
    pub unit: Option<String>,
    /// Its first day, where it has one.
    pub from: Option<Day>,
    /// Its last day, where it has one.
    pub until: Option<Day>,
    /// How far its edits have come.
    pub saved: SaveState,
    /// When it was last known to be what the server has.
    pub as_of: Option<Moment>,
    /// How much wants to be looked at: unseen changes of an itinerary, conflicts of a plan.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub attention: usize,
    /// Whether it has been cancelled.
    pub cancelled: bool,
}

/// A document that is kept as it is until the program is updated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Unreadable {
    /// Its id.
    pub document: DocumentId,
    /// Why it cannot be read.
    pub refusal: Refusal,
}

pub(super) fn view(library: &Library) -> HomeView {
    let account = library.subject.account;
    let mut view = HomeView {
        account,
        name: library.name_of(account),
        roles: library.subject.roles().map(ToString::to_string).collect(),
        itineraries: Vec::new(),
        plans: Vec::new(),
        pilots: Vec::new(),
        notes: Vec::new(),
        arriving: arriving(library).unwrap_or_default(),
        opens: None,
        unreadable: unreadable(library),
    };
    for (id, document, _) in library.readable() {
        match document {
            Document::Itinerary(_) => view.itineraries.extend(item(library, id)),
            Document::Visit(_) => view.plans.extend(item(library, id)),
            Document::Pilot(_) => view.pilots.extend(item(library, id)),
            Document::Note(_) => view.notes.extend(item(library, id)),
            _ => {}
        }
    }
    for list in [&mut view.itineraries, &mut view.plans, &mut view.pilots, &mut view.notes] {
        list.sort_by(|a, b| a.from.cmp(&b.from).then_with(|| compare(&a.title, &b.title)));
    }
    let others = view.plans.len() + view.pilots.len() + view.notes.len() + view.unreadable.len();
    if let ([only], 0, Some(0)) = (view.itineraries.as_slice(), others, arriving(library)) {
        view.opens = Some(only.document);
    }
    view
}

/// How many documents are on their way; `None` where not even the list of them has arrived.
fn arriving(library: &Library) -> Option<usize> {
    match library.held(Home::id_of(library.subject.account)) {
        Ok((_, Document::Home(home))) => {
            Some(home.documents.keys().filter(|id| !library.documents.contains_key(id)).count())
        }
        _ => None,
    }
}

fn unreadable(library: &Library) -> Vec<Unreadable> {
    let failed = library.documents.iter().filter_map(|(id, held)| {
        let refusal = held.projection.content.as_ref().err()?;
        Some(Unreadable { document: *id, refusal: refusal.clone() })
    });
    // A note from an unmodified client has no kind; nothing is wrong with it.
    failed.filter(|unreadable| unreadable.refusal.code != "no-kind").collect()
}

fn item(library: &Library, id: DocumentId) -> Option<HomeItem> {
    let (held, document) = library.held(id).ok()?;
    let (unit, from, until, cancelled) = match document {
        Document::Itinerary(published) => {
            let latest = published.latest().map(|(_, version)| version);
            let days = latest.into_iter().flat_map(|version| version.slots.values());
            let (from, until) = span(days.map(|slot| slot.date));
            (Some(&published.unit), from, until, latest.is_some_and(|version| version.cancelled))
        }
        Document::Visit(visit) => {
            let (from, until) = span(visit.slots.values().map(|slot| slot.date));
            (Some(&visit.unit), from, until, visit.cancelled)
        }
        Document::Pilot(pilot) => (None, Some(pilot.from), Some(pilot.until), false),
        _ => (None, None, None, false),
    };
    let attention = match document {
        Document::Itinerary(_) => itinerary::view(library, id).map_or(0, |v| v.changes.len()),
        _ => held.projection.conflicts.len(),
    };
    Some(HomeItem {
        document: id,
        title: document.title(),
        unit: unit.map(|unit| library.unit_name(unit)),
        from,
        until,
        saved: held.saved,
        as_of: held.as_of,
        attention,
        cancelled,
    })
}

fn span(days: impl Iterator<Item = Day> + Clone) -> (Option<Day>, Option<Day>) {
    (days.clone().min(), days.max())
}
