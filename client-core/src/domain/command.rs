//! Decisions: what the server executes exactly once, on the newest plan that it has.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Directory, Document, Itinerary, Mode, Moment, Pilot, Projection, PublishedPlace, Slot, Subject,
    Version, Visit, check_text, complete_link, members, tidy, tidy_line,
};
use crate::ids::{DocumentId, PlaceId, SlotId, UnitId};
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
    /// after all, and what was moved is where it was. What the plan has beyond its newest version stays unpublished.
    RestoreVersion {
        /// Which plan.
        visit: DocumentId,
        /// The number of the version.
        version: u32,
    },
    /// Takes the newest version back: publishes again what the one before it said. The plan keeps its slots and its title,
    /// so that what the version brought is unpublished again.
    UndoVersion {
        /// Which plan.
        visit: DocumentId,
        /// The number of the version that is taken back.
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
            | Self::RestoreVersion { visit, .. }
            | Self::UndoVersion { visit, .. } => *visit,
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
            Self::UndoVersion { .. } => "undo-version",
        }
    }

    /// Returns the command with what somebody typed in one spelling, as it is executed.
    ///
    /// # Errors
    ///
    /// Why the server would not take the words: `field-empty`, `link-invalid`, `text-too-long`, `personal-number`.
    pub fn tidied(self) -> Result<Self, Refusal> {
        Ok(match self {
            Self::CancelVisit { visit, reason } => {
                Self::CancelVisit { visit, reason: cancelled_because(&reason)? }
            }
            Self::MoveToRemote { visit, link } => {
                Self::MoveToRemote { visit, link: meeting_link(&link)? }
            }
            other => other,
        })
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
    /// `no-such-document`, `conflicts-unresolved`, `visit-cancelled`, `no-such-version`, `published-meanwhile`, `nothing-to-publish`,
    /// `nothing-changed`, `field-empty`, `text-too-long`, `personal-number`, `group-not-hosted`, `host-without-card`, `host-of-another-unit`,
    /// `host-not-agreed`, or what the storage says. The caller then undoes writes.
    pub fn execute(
        &self,
        giver: Giver<'_>,
        now: Moment,
        documents: &mut dyn Documents,
    ) -> Result<(), Refusal> {
        let id = self.document();
        if let Self::UndoVersion { version, .. } = self {
            return undo(id, *version, (giver, now), documents);
        }
        let mut visit = settled_visit(id, documents)?;
        let revives = matches!(self, Self::RestoreVersion { .. } | Self::ReinstateVisit { .. });
        if visit.cancelled && !revives {
            return Err(Refusal::new("visit-cancelled"));
        }
        let mut because = String::new();
        match self {
            Self::PublishVisit { .. } => {
                return publish(id, (&visit, because), (giver, now), documents);
            }
            Self::CancelVisit { reason, .. } => {
                because = cancelled_because(reason)?;
                visit.cancelled = true;
            }
            Self::ReinstateVisit { .. } if visit.cancelled => visit.cancelled = false,
            Self::ReinstateVisit { .. } => return Err(Refusal::new("nothing-changed")),
            Self::MoveToRemote { link, .. } => move_to(&mut visit, link)?,
            Self::RestoreVersion { version, .. } | Self::UndoVersion { version, .. } => {
                return restore(id, visit, *version, (giver, now), documents);
            }
        }
        documents.write(id, &Document::Visit(visit.clone()))?;
        publish(id, (&visit, because), (giver, now), documents)
    }
}

/// The plan, in which nobody has to choose between values.
fn settled_visit(id: DocumentId, documents: &mut dyn Documents) -> Result<Visit, Refusal> {
    let (visit, conflicts) = visit(id, documents)?;
    match conflicts {
        0 => Ok(visit),
        count => Err(Refusal::new("conflicts-unresolved").with("count", count)),
    }
}

/// The plan, and how many of its fields have several values.
fn visit(id: DocumentId, documents: &mut dyn Documents) -> Result<(Visit, usize), Refusal> {
    let projection = documents.read(id)?.ok_or_else(|| Refusal::new("no-such-document"))?;
    let Document::Visit(visit) = projection.content? else {
        return Err(Refusal::new("wrong-kind").with("kind", "visit"));
    };
    Ok((visit, projection.conflicts.len()))
}

/// What somebody wrote about why, in one spelling.
fn cancelled_because(reason: &str) -> Result<String, Refusal> {
    let reason = tidy(reason);
    check_text("reason", &reason)?;
    Ok(reason)
}

/// The link to which everything moves.
fn meeting_link(link: &str) -> Result<String, Refusal> {
    let link = complete_link(link)?;
    if link.is_empty() {
        return Err(Refusal::new("field-empty").with("field", "link"));
    }
    Ok(link)
}

/// What has been published of a plan.
fn itinerary(id: DocumentId, documents: &mut dyn Documents) -> Result<Option<Itinerary>, Refusal> {
    match documents.read(Itinerary::id_of(id))?.map(|projection| projection.content) {
        Some(Ok(Document::Itinerary(itinerary))) => Ok(Some(itinerary)),
        Some(_) => Err(Refusal::new("wrong-kind").with("kind", "itinerary")),
        None => Ok(None),
    }
}

fn no_such_version(version: u32) -> Refusal {
    Refusal::new("no-such-version").with("version", version)
}

/// Gives a plan what an earlier version said, but for what is not published, and publishes that version as it was.
fn restore(
    id: DocumentId,
    mut visit: Visit,
    version: u32,
    by: (Giver<'_>, Moment),
    documents: &mut dyn Documents,
) -> Result<(), Refusal> {
    let published = itinerary(id, documents)?.ok_or_else(|| no_such_version(version))?;
    let earlier = published.version(version).ok_or_else(|| no_such_version(version))?;
    let latest = published.latest().and_then(|(number, _)| published.version(number));
    let latest = latest.ok_or_else(|| no_such_version(version))?;
    let earlier = without_hidden_hosts(earlier, &visit.unit, by.0, documents)?;
    visit.go_back(&latest, &earlier);
    documents.write(id, &Document::Visit(visit.clone()))?;
    publish_again(id, visit, earlier, by, documents)
}

/// Publishes again what was before the newest version, and leaves the plan as it is.
fn undo(
    id: DocumentId,
    version: u32,
    by: (Giver<'_>, Moment),
    documents: &mut dyn Documents,
) -> Result<(), Refusal> {
    let (mut visit, _) = visit(id, documents)?;
    let published = itinerary(id, documents)?.ok_or_else(|| no_such_version(version))?;
    if published.latest().is_some_and(|(newest, _)| newest > version) {
        return Err(Refusal::new("published-meanwhile").with("version", version));
    }
    let before = version.checked_sub(1).and_then(|before| published.version(before));
    let before = before.ok_or_else(|| no_such_version(version))?;
    if visit.cancelled != before.cancelled {
        visit.cancelled = before.cancelled;
        documents.write(id, &Document::Visit(visit.clone()))?;
    }
    let before = without_hidden_hosts(before, &visit.unit, by.0, documents)?;
    publish_again(id, visit, before, by, documents)
}

/// Publishes an earlier version as the next one.
fn publish_again(
    id: DocumentId,
    visit: Visit,
    earlier: Version,
    by: (Giver<'_>, Moment),
    documents: &mut dyn Documents,
) -> Result<(), Refusal> {
    let Version { title, slots, cancelled, reason, .. } = earlier;
    publish(id, (&Visit { title, slots, cancelled, ..visit }, reason), by, documents)
}

/// Takes out of an earlier version the hosts who may no longer be shown: it could else never be gone back to.
fn without_hidden_hosts(
    mut version: Version,
    unit: &UnitId,
    giver: Giver<'_>,
    documents: &mut dyn Documents,
) -> Result<Version, Refusal> {
    for slot in version.slots.values_mut() {
        let hosts: Vec<DocumentId> = slot.hosts.keys().copied().collect();
        for host in hosts {
            if why_hidden(host, unit, giver, documents)?.is_some() {
                slot.hosts.remove(&host);
            }
        }
    }
    Ok(version)
}

fn move_to(visit: &mut Visit, link: &str) -> Result<(), Refusal> {
    let link = meeting_link(link)?;
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
    let mut itinerary = itinerary(id, documents)?.unwrap_or_else(|| unpublished(id, visit));
    let places = published_places(visit, documents)?;
    let (title, slots) = (tidy_line(&visit.title), published_slots(visit)?);
    let cancelled = visit.cancelled;
    itinerary.universities = round.universities;
    itinerary.publish(Version { published: now, title, cancelled, reason, slots, places })?;
    documents.write(Itinerary::id_of(id), &Document::Itinerary(itinerary))
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
        if let Some(code) = why_hidden(id, &visit.unit, giver, documents)? {
            return Err(Refusal::new(code).with("host", id));
        }
    }
    Ok(())
}

/// Why a host cannot be shown to a group that the unit receives. Erased, unknown and not the giver's to read are one
/// answer, so that nobody learns who exists.
fn why_hidden(
    host: DocumentId,
    unit: &UnitId,
    giver: Giver<'_>,
    documents: &mut dyn Documents,
) -> Result<Option<&'static str>, Refusal> {
    Ok(match documents.read_for(giver, host)? {
        Some(Document::Card(card)) if card.unit != *unit => Some("host-of-another-unit"),
        Some(Document::Card(card)) if !card.shown => Some("host-not-agreed"),
        Some(Document::Card(_)) => None,
        _ => Some("host-without-card"),
    })
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
