//! A round of visits and its groups.

use serde::{Deserialize, Serialize};

use super::{Library, Moment, SaveState};
use crate::domain::swedish::compare;
use crate::domain::{Day, Document, Group, Pilot, Profile, Visit, members};
use crate::ids::{DocumentId, GroupId, UnitId};
use crate::limits::GROUP_MEMBERS_MAX;
use crate::policy;
use crate::refusal::Refusal;

/// A round of visits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PilotView {
    /// Its id.
    pub pilot: DocumentId,
    /// What it is called.
    pub title: String,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
    /// The universities' names.
    pub universities: Vec<String>,
    /// Its groups.
    pub groups: Vec<GroupView>,
    /// How far its edits have come.
    pub saved: SaveState,
    /// When it was last known to be what the server has.
    pub as_of: Option<Moment>,
    /// Why the account may not edit it; none if it may.
    pub read_only: Option<Refusal>,
}

/// One group of students.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct GroupView {
    /// Its id.
    pub group: GroupId,
    /// What it is called.
    pub title: String,
    /// The hosting unit's name.
    pub unit: String,
    /// How many students are in it.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub members: usize,
    /// How many may be.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub members_max: usize,
    /// Those of them whose profiles this account may read, by name.
    pub people: Vec<Person>,
    /// How far the plan of its visit has come.
    pub plan: PlanState,
}

/// A student as leads and coordinators see them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The name, or the alias under protected identity.
    pub name: String,
    /// What the person needs to take part.
    pub needs: String,
    /// Whether the person's identity is protected.
    pub protected: bool,
}

/// How far a plan has come, as far as this account may know; never a guess.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum PlanState {
    /// There is none.
    None,
    /// It has not been published.
    Draft {
        /// The plan.
        visit: DocumentId,
    },
    /// It has been published.
    Published {
        /// The plan, where this account may open it.
        visit: Option<DocumentId>,
        /// What is published.
        itinerary: DocumentId,
        /// The newest version.
        version: u32,
        /// When that was published.
        at: Moment,
    },
    /// The whole visit is cancelled.
    Cancelled {
        /// The plan, where this account may open it.
        visit: Option<DocumentId>,
        /// What is published, where something is.
        itinerary: Option<DocumentId>,
    },
    /// Nothing is published that this account may open, and it would see that.
    Unpublished,
    /// Plans or itineraries of the account that have not arrived: it may be one of them.
    OnItsWay,
    /// Neither plan nor itinerary is open to this account.
    NotYours,
}

pub(super) fn view(library: &Library, id: DocumentId) -> Result<PilotView, Refusal> {
    let (held, document) = library.held(id)?;
    let Document::Pilot(pilot) = document else {
        return Err(Refusal::new("wrong-kind").with("kind", "pilot"));
    };
    let universities = members(&pilot.universities).map(|university| {
        let known = library.directory().and_then(|d| d.universities.get(university));
        known.map_or_else(|| university.to_string(), |university| university.name.clone())
    });
    let mut universities: Vec<String> = universities.collect();
    universities.sort_by(|a, b| compare(a, b));
    let groups = pilot.groups.iter().map(|(group, content)| GroupView {
        group: group.clone(),
        title: content.title.clone(),
        unit: library.unit_name(&content.unit),
        members: members(&content.members).count(),
        members_max: GROUP_MEMBERS_MAX,
        people: people(library, content),
        plan: plan_state(library, (id, pilot), (group, &content.unit)),
    });
    let mut groups: Vec<GroupView> = groups.collect();
    groups.sort_by(|a, b| compare(&a.title, &b.title).then_with(|| a.group.cmp(&b.group)));
    Ok(PilotView {
        pilot: id,
        title: pilot.title.clone(),
        from: pilot.from,
        until: pilot.until,
        universities,
        groups,
        saved: held.saved,
        as_of: held.as_of,
        read_only: policy::may_edit(&library.subject, id, document).err(),
    })
}

fn people(library: &Library, group: &Group) -> Vec<Person> {
    let known = members(&group.members).filter_map(|account| {
        match library.held(Profile::id_of(*account)) {
            Ok((_, Document::Profile(profile))) => Some(Person {
                name: profile.name.clone(),
                needs: profile.needs.clone(),
                protected: profile.protected,
            }),
            _ => None,
        }
    });
    let mut people: Vec<Person> = known.collect();
    people.sort_by(|a, b| compare(&a.name, &b.name));
    people
}

fn plan_state(
    library: &Library,
    (pilot, round): (DocumentId, &Pilot),
    (group, unit): (&GroupId, &UnitId),
) -> PlanState {
    let plan = library.readable().find_map(|(id, document, _)| match document {
        Document::Visit(visit) if visit.pilot == pilot && visit.group == *group => {
            Some((id, visit.cancelled))
        }
        _ => None,
    });
    let published = library.readable().find_map(|(id, document, _)| match document {
        Document::Itinerary(known) if known.pilot == pilot && known.group == *group => {
            known.latest().map(|latest| (id, latest))
        }
        _ => None,
    });
    let (visit, itinerary) = (plan.map(|(id, _)| id), published.map(|(id, _)| id));
    let holds = |keys| library.subject.holds_any(&keys);
    match (plan, published) {
        (Some((_, true)), _) => PlanState::Cancelled { visit, itinerary },
        (_, Some((_, (_, version)))) if version.cancelled => {
            PlanState::Cancelled { visit, itinerary }
        }
        (_, Some((itinerary, (version, content)))) => {
            PlanState::Published { visit, itinerary, version, at: content.published }
        }
        (Some((visit, false)), None) => PlanState::Draft { visit },
        (None, None) if holds(Visit::planners(unit)) => match library.expects("visit") {
            true => PlanState::OnItsWay,
            false => PlanState::None,
        },
        (None, None) if holds(round.owners()) => match library.expects("itinerary") {
            true => PlanState::OnItsWay,
            false => PlanState::Unpublished,
        },
        (None, None) => PlanState::NotYours,
    }
}
