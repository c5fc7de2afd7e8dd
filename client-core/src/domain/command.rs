//! Decisions: what the server executes exactly once, on the newest plan that it has.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Document, Itinerary, Mode, Moment, Projection, Version, Visit, check_text};
use crate::ids::DocumentId;
use crate::refusal::Refusal;

/// A decision. Devices may give it offline; it waits there until the edits before it are saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Publishes the plan as the next version of its itinerary.
    PublishVisit {
        /// Which plan.
        visit: DocumentId,
    },
    /// Cancels the whole visit and publishes that.
    CancelVisit {
        /// Which plan.
        visit: DocumentId,
    },
    /// Moves every slot to a link, and publishes that.
    MoveToRemote {
        /// Which plan.
        visit: DocumentId,
        /// Where to meet instead.
        link: String,
    },
}

/// The documents that a command reads and writes; all or nothing.
pub trait Documents {
    /// A document as it is now, or `None` where there is none.
    ///
    /// # Errors
    ///
    /// What the storage says.
    fn read(&mut self, id: DocumentId) -> Result<Option<Projection>, Refusal>;

    /// Gives a document this content; creates it where there is none.
    ///
    /// # Errors
    ///
    /// What the storage says.
    fn write(&mut self, id: DocumentId, content: &Document) -> Result<(), Refusal>;
}

impl Command {
    /// The document that it decides on; who may write that may give the command.
    #[must_use]
    pub fn document(&self) -> DocumentId {
        match self {
            Self::PublishVisit { visit }
            | Self::CancelVisit { visit }
            | Self::MoveToRemote { visit, .. } => *visit,
        }
    }

    /// Its name, for the audit and the language files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::PublishVisit { .. } => "publish-visit",
            Self::CancelVisit { .. } => "cancel-visit",
            Self::MoveToRemote { .. } => "move-to-remote",
        }
    }

    /// Executes it.
    ///
    /// # Errors
    ///
    /// `no-such-document`, `conflicts-unresolved`, `visit-cancelled`, `nothing-to-publish`,
    /// `nothing-changed`, `field-empty`, `group-not-hosted`, `host-without-card`, or what the storage says. The caller then undoes writes.
    pub fn execute(&self, now: Moment, documents: &mut dyn Documents) -> Result<(), Refusal> {
        let id = self.document();
        let mut visit = open_visit(id, documents)?;
        match self {
            Self::PublishVisit { .. } => {}
            Self::CancelVisit { .. } => {
                visit.cancelled = true;
                documents.write(id, &Document::Visit(visit.clone()))?;
            }
            Self::MoveToRemote { link, .. } => {
                move_to(&mut visit, link)?;
                documents.write(id, &Document::Visit(visit.clone()))?;
            }
        }
        publish(id, &visit, now, documents)
    }
}

fn open_visit(id: DocumentId, documents: &mut dyn Documents) -> Result<Visit, Refusal> {
    let projection = documents.read(id)?.ok_or_else(|| Refusal::new("no-such-document"))?;
    let Document::Visit(visit) = projection.content? else {
        return Err(Refusal::new("wrong-kind").with("kind", "visit"));
    };
    if !projection.conflicts.is_empty() {
        let count = projection.conflicts.len();
        return Err(Refusal::new("conflicts-unresolved").with("count", count));
    }
    if visit.cancelled {
        return Err(Refusal::new("visit-cancelled"));
    }
    Ok(visit)
}

fn move_to(visit: &mut Visit, link: &str) -> Result<(), Refusal> {
    if link.trim().is_empty() {
        return Err(Refusal::new("field-empty").with("field", "link"));
    }
    check_text("link", link)?;
    for slot in visit.slots.values_mut() {
        slot.mode = Mode::Remote;
        link.clone_into(&mut slot.link);
    }
    Ok(())
}

fn publish(
    id: DocumentId,
    visit: &Visit,
    now: Moment,
    documents: &mut dyn Documents,
) -> Result<(), Refusal> {
    if visit.slots.is_empty() {
        return Err(Refusal::new("nothing-to-publish"));
    }
    check_group(visit, documents)?;
    check_hosts(visit, documents)?;
    let published = Itinerary::id_of(id);
    let mut itinerary = match documents.read(published)? {
        Some(Projection { content: Ok(Document::Itinerary(itinerary)), .. }) => itinerary,
        Some(_) => return Err(Refusal::new("wrong-kind").with("kind", "itinerary")),
        None => unpublished(id, visit),
    };
    let version =
        Version { published: now, cancelled: visit.cancelled, slots: visit.slots.clone() };
    let number = match itinerary.latest() {
        Some((_, latest))
            if latest.slots == version.slots && latest.cancelled == version.cancelled =>
        {
            return Err(Refusal::new("nothing-changed"));
        }
        Some((number, _)) => number + 1,
        None => 1,
    };
    itinerary.title.clone_from(&visit.title);
    itinerary.versions.insert(number, version);
    documents.write(published, &Document::Itinerary(itinerary))
}

/// An itinerary opens itself to a group: it must be one that this unit hosts.
fn check_group(visit: &Visit, documents: &mut dyn Documents) -> Result<(), Refusal> {
    let pilot = documents.read(visit.pilot)?.map(|projection| projection.content);
    let group = match &pilot {
        Some(Ok(Document::Pilot(pilot))) => pilot.groups.get(&visit.group),
        _ => None,
    };
    if group.is_some_and(|group| group.unit == visit.unit) {
        return Ok(());
    }
    Err(Refusal::new("group-not-hosted").with("group", &visit.group))
}

/// An itinerary opens its hosts' cards to the group: nothing but cards may pass for a host.
fn check_hosts(visit: &Visit, documents: &mut dyn Documents) -> Result<(), Refusal> {
    let cards: BTreeSet<_> = visit.slots.values().flat_map(|slot| slot.hosts.keys()).collect();
    for card in cards {
        let content = documents.read(*card)?.map(|projection| projection.content);
        if !matches!(content, Some(Ok(Document::Card(_)))) {
            return Err(Refusal::new("host-without-card"));
        }
    }
    Ok(())
}

fn unpublished(id: DocumentId, visit: &Visit) -> Itinerary {
    Itinerary {
        visit: id,
        pilot: visit.pilot,
        group: visit.group.clone(),
        unit: visit.unit.clone(),
        title: visit.title.clone(),
        versions: BTreeMap::new(),
    }
}
