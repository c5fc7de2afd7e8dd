//! Decisions: what the server executes exactly once, on the newest plan that it has.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Directory, Document, Itinerary, Mode, Moment, Pilot, Projection, PublishedPlace, Slot, Subject,
    Version, Visit, check_text, complete_link, members, tidy, tidy_line,
};
use crate::ids::{DocumentId, PlaceId, SlotId};
use crate::policy;
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
        /// Why, as the students read it; nothing from older programs.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[cfg_attr(feature = "typescript", ts(optional, as = "Option<String>"))]
        reason: String,
    },
    /// Has a cancelled visit take place after all, with the plan as it is, and publishes that.
    ReinstateVisit {
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
    /// Goes back to what an earlier version said, and publishes that as the next one: so a cancelled visit takes place
    /// after all, and what was moved is where it was.
    RestoreVersion {
        /// Which plan.
        visit: DocumentId,
        /// The number of the version.
        version: u32,
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

    /// A document as it is now, if this giver may read it. What is not theirs is as what is not there, and takes no longer.
    ///
    /// # Errors
    ///
    /// What the storage says.
    fn read_for(&mut self, giver: Giver<'_>, id: DocumentId) -> Result<Option<Document>, Refusal> {
        let content = self.read(id)?.and_then(|projection| projection.content.ok());
        Ok(content.filter(|document| giver.may_read(id, document)))
    }

    /// Gives a document this content; creates it where there is none.
    ///
    /// # Errors
    ///
    /// What the storage says.
    fn write(&mut self, id: DocumentId, content: &Document) -> Result<(), Refusal>;
}

/// Whoever gives a command.
#[derive(Debug, Clone, Copy)]
pub enum Giver<'a> {
    /// A person, by an account.
    Account(&'a Subject),
    /// An operator of the server's program, who may read everything.
    Operator,
}

impl Giver<'_> {
    /// Whether they may read a document.
    #[must_use]
    pub fn may_read(&self, id: DocumentId, document: &Document) -> bool {
        match self {
            Self::Account(subject) => policy::may_read(subject, id, document).is_ok(),
            Self::Operator => true,
        }
    }
}

/// Documents as a command would leave them, of which nothing is kept.
struct Rehearsal<'a> {
    documents: &'a mut dyn Documents,
    written: BTreeMap<DocumentId, Document>,
}

impl Documents for Rehearsal<'_> {
    fn read(&mut self, id: DocumentId) -> Result<Option<Projection>, Refusal> {
        match self.written.get(&id) {
            Some(written) => {
                Ok(Some(Projection { content: Ok(written.clone()), conflicts: Vec::new() }))
            }
            None => self.documents.read(id),
        }
    }

    fn write(&mut self, id: DocumentId, content: &Document) -> Result<(), Refusal> {
        self.written.insert(id, content.clone());
        Ok(())
    }
}

impl Command {
    /// The document that it decides on; who may write that may give the command.
    #[must_use]
    pub fn document(&self) -> DocumentId {
        match self {
            Self::PublishVisit { visit }
            | Self::CancelVisit { visit, .. }
            | Self::ReinstateVisit { visit }
            | Self::MoveToRemote { visit, .. }
            | Self::RestoreVersion { visit, .. } => *visit,
        }
    }

    /// Its name, for the audit and the language files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::PublishVisit { .. } => "publish-visit",
            Self::CancelVisit { .. } => "cancel-visit",
            Self::ReinstateVisit { .. } => "reinstate-visit",
            Self::MoveToRemote { .. } => "move-to-remote",
            Self::RestoreVersion { .. } => "restore-version",
        }
    }

    /// Checks whether it would be executed if it were given now, without doing it: what a device says before it queues a
    /// command is what the server says later of the same documents.
    ///
    /// # Errors
    ///
    /// As [`policy::may_command`] and [`Command::execute`].
    pub fn check(&self, subject: &Subject, documents: &mut dyn Documents) -> Result<(), Refusal> {
        let id = self.document();
        let projection = documents.read(id)?.ok_or_else(|| Refusal::new("no-such-document"))?;
        policy::may_command(subject, self, &projection.content?)?;
        let mut rehearsal = Rehearsal { documents, written: BTreeMap::new() };
        self.execute(Giver::Account(subject), Moment::from_millis(0), &mut rehearsal)
    }

    /// Executes it.
    ///
    /// # Errors
    ///
    /// `no-such-document`, `conflicts-unresolved`, `visit-cancelled`, `no-such-version`, `nothing-to-publish`,
    /// `nothing-changed`, `field-empty`, `text-too-long`, `personal-number`, `group-not-hosted`, `host-without-card`, `host-of-another-unit`,
    /// `host-not-agreed`, or what the storage says. The caller then undoes writes.
    pub fn execute(
        &self,
        giver: Giver<'_>,
        now: Moment,
        documents: &mut dyn Documents,
    ) -> Result<(), Refusal> {
        let id = self.document();
        let mut visit = settled_visit(id, documents)?;
        let revives = matches!(self, Self::RestoreVersion { .. } | Self::ReinstateVisit { .. });
        if visit.cancelled && !revives {
            return Err(Refusal::new("visit-cancelled"));
        }
        let mut because = String::new();
        match self {
            Self::PublishVisit { .. } => {}
            Self::CancelVisit { reason, .. } => {
                because = cancelled_because(reason)?;
                visit.cancelled = true;
            }
            Self::ReinstateVisit { .. } if visit.cancelled => visit.cancelled = false,
            Self::ReinstateVisit { .. } => return Err(Refusal::new("nothing-changed")),
            Self::MoveToRemote { link, .. } => move_to(&mut visit, link)?,
            Self::RestoreVersion { version, .. } => {
                because = restore(id, &mut visit, *version, documents)?;
            }
        }
        if !matches!(self, Self::PublishVisit { .. }) {
            documents.write(id, &Document::Visit(visit.clone()))?;
        }
        publish(id, (&visit, because), (giver, now), documents)
    }
}

/// The plan, in which nobody has to choose between values.
fn settled_visit(id: DocumentId, documents: &mut dyn Documents) -> Result<Visit, Refusal> {
    let projection = documents.read(id)?.ok_or_else(|| Refusal::new("no-such-document"))?;
    let Document::Visit(visit) = projection.content? else {
        return Err(Refusal::new("wrong-kind").with("kind", "visit"));
    };
    if !projection.conflicts.is_empty() {
        let count = projection.conflicts.len();
        return Err(Refusal::new("conflicts-unresolved").with("count", count));
    }
    Ok(visit)
}

/// What somebody wrote about why, in one spelling.
fn cancelled_because(reason: &str) -> Result<String, Refusal> {
    let reason = tidy(reason);
    check_text("reason", &reason)?;
    Ok(reason)
}

/// Gives a plan the slots of an earlier version. Returns why that was cancelled, if it was.
fn restore(
    id: DocumentId,
    visit: &mut Visit,
    version: u32,
    documents: &mut dyn Documents,
) -> Result<String, Refusal> {
    let published = documents.read(Itinerary::id_of(id))?.map(|projection| projection.content);
    let Some(Ok(Document::Itinerary(itinerary))) = published else {
        return Err(Refusal::new("no-such-version").with("version", version));
    };
    let Some(earlier) = itinerary.versions.get(&version) else {
        return Err(Refusal::new("no-such-version").with("version", version));
    };
    visit.slots.clone_from(&earlier.slots);
    visit.cancelled = earlier.cancelled;
    Ok(earlier.reason.clone())
}

fn move_to(visit: &mut Visit, link: &str) -> Result<(), Refusal> {
    let link = complete_link(link)?;
    if link.is_empty() {
        return Err(Refusal::new("field-empty").with("field", "link"));
    }
    for slot in visit.slots.values_mut() {
        slot.mode = Mode::Remote;
        link.clone_into(&mut slot.link);
    }
    Ok(())
}

/// The slots as they are published: each with a title, texts in one spelling, links that open.
fn published_slots(visit: &Visit) -> Result<BTreeMap<SlotId, Slot>, Refusal> {
    let tidied = visit.slots.iter().map(|(id, slot)| {
        if tidy(&slot.title).is_empty() {
            return Err(Refusal::new("field-empty").with("field", "title"));
        }
        Ok((id.clone(), slot.tidied()?))
    });
    tidied.collect()
}

fn publish(
    id: DocumentId,
    (visit, reason): (&Visit, String),
    (giver, now): (Giver<'_>, Moment),
    documents: &mut dyn Documents,
) -> Result<(), Refusal> {
    if visit.slots.is_empty() {
        return Err(Refusal::new("nothing-to-publish"));
    }
    let round = round_of(visit, giver, documents)?;
    check_hosts(visit, giver, documents)?;
    let published = Itinerary::id_of(id);
    let mut itinerary = match documents.read(published)? {
        Some(Projection { content: Ok(Document::Itinerary(itinerary)), .. }) => itinerary,
        Some(_) => return Err(Refusal::new("wrong-kind").with("kind", "itinerary")),
        None => unpublished(id, visit),
    };
    let places = published_places(visit, documents)?;
    let (slots, cancelled) = (published_slots(visit)?, visit.cancelled);
    itinerary.universities = round.universities;
    let version = Version { published: now, cancelled, reason, slots, places };
    itinerary.publish(&tidy_line(&visit.title), version)?;
    documents.write(published, &Document::Itinerary(itinerary))
}

/// The places of a plan as the directory has them: a place that moves later does not move a visit that was published.
fn published_places(
    visit: &Visit,
    documents: &mut dyn Documents,
) -> Result<BTreeMap<PlaceId, PublishedPlace>, Refusal> {
    let directory = documents.read(Directory::id())?.map(|projection| projection.content);
    Ok(match directory {
        Some(Ok(Document::Directory(directory))) => PublishedPlace::of(&visit.slots, &directory),
        _ => BTreeMap::new(),
    })
}

/// The round of a visit whose group this unit hosts: an itinerary opens itself to the group, and to the coordinators of the
/// round's universities.
fn round_of(
    visit: &Visit,
    giver: Giver<'_>,
    documents: &mut dyn Documents,
) -> Result<Pilot, Refusal> {
    let hosts = |round: &Pilot| {
        round.groups.get(&visit.group).is_some_and(|group| group.unit == visit.unit)
    };
    match documents.read_for(giver, visit.pilot)? {
        Some(Document::Pilot(round)) if hosts(&round) => Ok(round),
        // A round that the giver may not read is refused as one that is not there.
        _ => Err(Refusal::new("group-not-hosted").with("group", &visit.group)),
    }
}

/// Checks that every host is one whom the giver may show to the group: an itinerary opens its hosts' cards.
fn check_hosts(
    visit: &Visit,
    giver: Giver<'_>,
    documents: &mut dyn Documents,
) -> Result<(), Refusal> {
    let hosts: BTreeSet<_> =
        visit.slots.values().flat_map(|slot| members(&slot.hosts)).copied().collect();
    for id in hosts {
        let refused = |code| Err(Refusal::new(code).with("host", id));
        // Erased, unknown and not the giver's to read are one answer, so that nobody learns who exists.
        match documents.read_for(giver, id)? {
            Some(Document::Card(card)) if card.unit != visit.unit => {
                return refused("host-of-another-unit");
            }
            Some(Document::Card(card)) if !card.shown => return refused("host-not-agreed"),
            Some(Document::Card(_)) => {}
            _ => return refused("host-without-card"),
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
        universities: BTreeMap::new(),
        title: visit.title.clone(),
        versions: BTreeMap::new(),
    }
}
