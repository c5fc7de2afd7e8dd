//! `pilot`: a round of visits, with its hosting units and its groups of students.

use std::collections::{BTreeMap, BTreeSet};

use automerge::AutoCommit;
use autosurgeon::{Hydrate, Reconcile};
use serde::{Deserialize, Serialize};

use super::{
    Access, Day, Editable, Grant, Key, Kind, Maker, Members, Role, fields, members, tidy_line,
};
use crate::ids::{AccountId, DocumentId, GroupId, UnitId, UniversityId};
use crate::limits::{GROUP_MEMBERS_MAX, ROUND_GROUPS_MAX, ROUND_UNITS_MAX, ROUND_UNIVERSITIES_MAX};
use crate::refusal::Refusal;

/// A round of visits.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Pilot {
    /// What it is called.
    pub title: String,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
    /// The units that host.
    #[autosurgeon(with = "super::maps")]
    pub units: Members<UnitId>,
    /// The universities whose students take part.
    #[autosurgeon(with = "super::maps")]
    pub universities: Members<UniversityId>,
    /// The groups.
    #[autosurgeon(with = "super::maps")]
    pub groups: BTreeMap<GroupId, Group>,
}

/// Students who make a visit together, hosted by one unit.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Group {
    /// What it is called.
    pub title: String,
    /// The unit that hosts it.
    pub unit: UnitId,
    /// Who is in it, by account.
    #[autosurgeon(with = "super::maps")]
    pub members: Members<AccountId>,
}

/// What leads and coordinators can change in a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum PilotEdit {
    /// A new round.
    Create {
        /// What it is called.
        title: String,
        /// The first day.
        from: Day,
        /// The last day.
        until: Day,
        /// The units that host.
        units: Vec<UnitId>,
        /// The universities whose students take part.
        universities: Vec<UniversityId>,
    },
    /// Another title.
    SetTitle {
        /// What it is called.
        title: String,
    },
    /// A new group.
    AddGroup {
        /// The new group's id.
        group: GroupId,
        /// What it is called.
        title: String,
        /// The unit that hosts it.
        unit: UnitId,
    },
    /// A student joins a group.
    AddMember {
        /// The group.
        group: GroupId,
        /// The student's account.
        account: AccountId,
    },
    /// A student leaves a group.
    RemoveMember {
        /// The group.
        group: GroupId,
        /// The student's account.
        account: AccountId,
    },
}

impl Pilot {
    /// The keys of accounts that own the round: leads and the universities' coordinators.
    pub(super) fn owners(&self) -> BTreeSet<Key> {
        let coordinators = members(&self.universities).cloned().map(Role::Coordinator);
        coordinators.chain([Role::Lead]).map(Key::Role).collect()
    }

    /// The grants of a group's key to an account: it counts if the account is a student of any of the universities.
    fn grants(&self, account: AccountId, key: Key) -> impl Iterator<Item = Grant> {
        members(&self.universities).map(move |university| Grant {
            account,
            key: key.clone(),
            needs: Key::Cohort(university.clone()),
        })
    }
}

impl Pilot {
    /// Refuses sets that have grown beyond their bounds. Members count also where they are not `true`.
    fn check_counts(&self, before: Option<&Self>) -> Result<(), Refusal> {
        let was = |count: fn(&Self) -> usize| before.map(count);
        let units = was(|pilot| pilot.units.len());
        fields::bounded("units", ROUND_UNITS_MAX, self.units.len(), units)?;
        let universities = was(|pilot| pilot.universities.len());
        let count = self.universities.len();
        fields::bounded("universities", ROUND_UNIVERSITIES_MAX, count, universities)?;
        let groups = was(|pilot| pilot.groups.len());
        fields::bounded("groups", ROUND_GROUPS_MAX, self.groups.len(), groups)?;
        for (id, group) in &self.groups {
            let members = before.and_then(|before| before.groups.get(id)).map(|g| g.members.len());
            fields::bounded("members", GROUP_MEMBERS_MAX, group.members.len(), members)
                .map_err(|_| Refusal::new("group-full").with("max", GROUP_MEMBERS_MAX))?;
        }
        Ok(())
    }
}

impl Kind for Pilot {
    const NAME: &'static str = "pilot";
    const SCHEMA: u32 = 1;
    const MAKER: Maker = Maker::Writer;
    const FIXED: &'static [&'static str] = &["universities"];

    fn title(&self) -> String {
        self.title.clone()
    }

    fn access(&self, id: DocumentId) -> Access {
        let staff = members(&self.units).cloned().map(|unit| Key::Role(Role::Staff(unit)));
        let grants = self.groups.iter().flat_map(|(group, content)| {
            let key = Key::Group(id, group.clone());
            members(&content.members).flat_map(move |account| self.grants(*account, key.clone()))
        });
        Access {
            readers: self.owners().into_iter().chain(staff).collect(),
            writers: self.owners(),
            grants: grants.collect(),
            ..Access::default()
        }
    }

    fn check(&self, before: Option<&Self>) -> Result<(), Refusal> {
        if self.until < self.from {
            return Err(Refusal::new("dates-reversed"));
        }
        super::unchanged(
            "universities",
            before.is_none_or(|b| b.universities == self.universities),
        )?;
        self.check_counts(before)
    }
}

impl Editable for Pilot {
    type Edit = PilotEdit;

    fn create(edit: &PilotEdit) -> Option<Self> {
        let PilotEdit::Create { title, from, until, units, universities } = edit else {
            return None;
        };
        Some(Self {
            title: tidy_line(title),
            from: *from,
            until: *until,
            units: units.iter().map(|unit| (unit.clone(), true)).collect(),
            universities: universities.iter().map(|u| (u.clone(), true)).collect(),
            groups: BTreeMap::new(),
        })
    }

    fn apply(edit: &PilotEdit, _: DocumentId, doc: &mut AutoCommit) -> Result<(), Refusal> {
        match edit {
            PilotEdit::Create { .. } => Err(Refusal::new("already-exists")),
            PilotEdit::SetTitle { title } => fields::put_title(doc, &[], "title", title),
            PilotEdit::AddGroup { group, title, unit } => {
                let new =
                    Group { title: tidy_line(title), unit: unit.clone(), members: BTreeMap::new() };
                fields::put_new(doc, &["groups"], group.as_str(), &new)
            }
            PilotEdit::AddMember { group, account } => {
                let path = ["groups", group.as_str(), "members"];
                let members = fields::map_at(doc, &path)?;
                if automerge::ReadDoc::length(doc, &members) >= GROUP_MEMBERS_MAX {
                    return Err(Refusal::new("group-full").with("max", GROUP_MEMBERS_MAX));
                }
                fields::put(doc, &path, &account.to_string(), true)
            }
            PilotEdit::RemoveMember { group, account } => {
                fields::remove(doc, &["groups", group.as_str(), "members"], &account.to_string())
            }
        }
    }
}
