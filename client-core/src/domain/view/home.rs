//! The first screen: what the account may open.

use serde::{Deserialize, Serialize};

use super::{Library, Moment, SaveState, itinerary, plan};
use crate::domain::changes::changes;
use crate::domain::checks::Calendar;
use crate::domain::swedish::compare;
use crate::domain::{Day, Document, Home, Role};
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
    /// What there is of each kind, the kind that the person works with most first; a kind of which there is nothing is not
    /// listed.
    pub sections: Vec<HomeSection>,
    /// Notes.
    pub notes: Vec<HomeItem>,
    /// How many documents the account may open that have not arrived; none where not even the list of them has.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub arriving: Option<usize>,
    /// The itinerary to open at once: where everything has arrived, and it is all there is.
    pub opens: Option<DocumentId>,
    /// Documents that this version of the program cannot read.
    pub unreadable: Vec<Unreadable>,
}

/// The documents of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HomeSection {
    /// Which kind.
    pub kind: HomeKind,
    /// The documents, the first day first.
    pub items: Vec<HomeItem>,
}

/// A kind of document that the first screen lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum HomeKind {
    /// Published itineraries.
    Itinerary,
    /// Working plans.
    Plan,
    /// Rounds of visits.
    Pilot,
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
    /// The newest published version of an itinerary or a plan, where there is one and it is here.
    pub version: Option<u32>,
    /// Changes of an itinerary that the person has not seen, or of a plan that are not published.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub changes: usize,
    /// What a plan's checks find.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub findings: usize,
    /// Fields with concurrent values.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub conflicts: usize,
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
    let calendar = plan::calendar(library);
    let is_note = |document: &Document| matches!(document, Document::Note(_));
    let mut notes: Vec<HomeItem> = items(library, &calendar, is_note);
    in_order(&mut notes);
    let mut view = HomeView {
        account,
        name: library.name_of(account),
        roles: library.subject.roles().map(ToString::to_string).collect(),
        sections: sections(library, &calendar),
        notes,
        arriving: arriving(library),
        opens: None,
        unreadable: unreadable(library),
    };
    let is_all = view.notes.is_empty() && view.unreadable.is_empty();
    if let ([only], true, Some(0)) = (view.sections.as_slice(), is_all, view.arriving)
        && let (HomeKind::Itinerary, [item]) = (only.kind, only.items.as_slice())
    {
        view.opens = Some(item.document);
    }
    view
}

fn sections(library: &Library, calendar: &Calendar<'_>) -> Vec<HomeSection> {
    let of_kind = |kind: &HomeKind| {
        let is_one = |document: &Document| HomeKind::of(document) == Some(*kind);
        let mut items = items(library, calendar, is_one);
        in_order(&mut items);
        HomeSection { kind: *kind, items }
    };
    let sections = kinds(library).iter().map(of_kind).collect::<Vec<_>>();
    sections.into_iter().filter(|section| !section.items.is_empty()).collect()
}

/// The kinds in the order in which a person works with them: who follows rounds begins with these, who plans with plans, who
/// takes part with itineraries.
fn kinds(library: &Library) -> [HomeKind; 3] {
    let has = |wanted: fn(&Role) -> bool| library.subject.roles().any(wanted);
    if has(|role| matches!(role, Role::Lead | Role::Coordinator(_))) {
        [HomeKind::Pilot, HomeKind::Plan, HomeKind::Itinerary]
    } else if has(|role| matches!(role, Role::Staff(_))) {
        [HomeKind::Plan, HomeKind::Itinerary, HomeKind::Pilot]
    } else {
        [HomeKind::Itinerary, HomeKind::Plan, HomeKind::Pilot]
    }
}

impl HomeKind {
    fn of(document: &Document) -> Option<Self> {
        match document {
            Document::Itinerary(_) => Some(Self::Itinerary),
            Document::Visit(_) => Some(Self::Plan),
            Document::Pilot(_) => Some(Self::Pilot),
            _ => None,
        }
    }
}

fn items(
    library: &Library,
    calendar: &Calendar<'_>,
    wanted: impl Fn(&Document) -> bool,
) -> Vec<HomeItem> {
    let wanted = library.readable().filter(|(_, document, _)| wanted(document));
    wanted.filter_map(|(id, ..)| item(library, calendar, id)).collect()
}

fn in_order(items: &mut [HomeItem]) {
    items.sort_by(|a, b| a.from.cmp(&b.from).then_with(|| compare(&a.title, &b.title)));
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

fn item(library: &Library, calendar: &Calendar<'_>, id: DocumentId) -> Option<HomeItem> {
    let (held, document) = library.held(id).ok()?;
    let item = HomeItem {
        document: id,
        title: document.title(),
        unit: None,
        from: None,
        until: None,
        saved: held.saved,
        as_of: held.as_of,
        version: None,
        changes: 0,
        findings: 0,
        conflicts: held.projection.conflicts.len(),
        cancelled: false,
    };
    Some(match document {
        Document::Itinerary(published) => {
            let latest = published.latest();
            let days = latest.into_iter().flat_map(|(_, version)| version.slots.values());
            let (from, until) = span(days.map(|slot| slot.date));
            HomeItem {
                unit: Some(library.unit_name(&published.unit)),
                from,
                until,
                version: latest.map(|(number, _)| number),
                changes: itinerary::unseen(library, id, published)
                    .map_or(0, |(seen, latest)| changes(seen, latest).len()),
                cancelled: latest.is_some_and(|(_, version)| version.cancelled),
                ..item
            }
        }
        Document::Visit(visit) => {
            let (from, until) = span(visit.slots.values().map(|slot| slot.date));
            let standing = plan::standing(library, calendar, id, visit);
            HomeItem {
                unit: Some(library.unit_name(&visit.unit)),
                from,
                until,
                version: standing.version,
                changes: standing.changes,
                findings: standing.findings,
                cancelled: visit.cancelled,
                ..item
            }
        }
        Document::Pilot(pilot) => {
            HomeItem { from: Some(pilot.from), until: Some(pilot.until), ..item }
        }
        _ => item,
    })
}

fn span(days: impl Iterator<Item = Day> + Clone) -> (Option<Day>, Option<Day>) {
    (days.clone().min(), days.max())
}
