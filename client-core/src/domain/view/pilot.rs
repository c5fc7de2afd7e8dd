//! A round of visits and its groups.

use serde::{Deserialize, Serialize};

use super::{Library, Moment, SaveState};
use crate::domain::swedish::compare;
use crate::domain::{Day, Document, Group, members};
use crate::ids::{DocumentId, GroupId};
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
    /// The names that this account may see.
    pub names: Vec<String>,
    /// The plan of its visit, where this account may open it.
    pub visit: Option<DocumentId>,
}

pub(super) fn view(library: &Library, id: DocumentId) -> Result<PilotView, Refusal> {
    let (held, document) = library.held(id)?;
    let Document::Pilot(pilot) = document else {
        return Err(Refusal::new("wrong-kind").with("kind", "pilot"));
    };
    let universities = pilot.universities.keys().map(|university| {
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
        names: names(library, content),
        visit: visit_of(library, id, group),
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

fn names(library: &Library, group: &Group) -> Vec<String> {
    let known = members(&group.members).filter_map(|account| library.name_of(*account));
    let mut names: Vec<String> = known.collect();
    names.sort_by(|a, b| compare(a, b));
    names
}

fn visit_of(library: &Library, pilot: DocumentId, group: &GroupId) -> Option<DocumentId> {
    library.readable().find_map(|(id, document, _)| match document {
        Document::Visit(visit) if visit.pilot == pilot && visit.group == *group => Some(id),
        _ => None,
    })
}
