//! What screens show: values computed from documents, never from Automerge or the network.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Card, Command, Conflict, Directory, Document, Documents, Itinerary, Moment, Projection, Subject,
};
use crate::ids::{AccountId, CommandId, DocumentId, PlaceId, UnitId};
use crate::refusal::Refusal;

mod about;
mod device;
mod home;
mod itinerary;
mod pilot;
mod plan;
mod presence;
mod status;
mod versions;

pub use about::About;
pub use device::{DeviceView, HeldDocument, SetAside, SetAsideView, Unsent, UnsentView};
pub use home::{HomeItem, HomeKind, HomeSection, HomeView, Unreadable};
pub use itinerary::{ChangeView, Host, ItineraryDay, ItinerarySlot, ItineraryView, PlaceView};
pub use pilot::{GroupView, Person, PilotView, PlanState};
pub use plan::{Choice, ConflictView, PlanDay, PlanSlot, PlanView, Published, ValueView, Waiting};
pub use presence::{Missing, Presence};
pub use status::{Link, RefusedCommand, SyncStatus};
pub use versions::{PublishedVersion, VersionsView};

/// Asks for one screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "view", rename_all = "kebab-case")]
pub enum View {
    /// What the account may open.
    Home,
    /// A published itinerary, with what changed.
    Itinerary {
        /// Which one.
        itinerary: DocumentId,
    },
    /// A working plan, with findings and conflicts.
    Plan {
        /// Which one.
        visit: DocumentId,
    },
    /// The versions of a plan that were published.
    Versions {
        /// Which plan.
        visit: DocumentId,
    },
    /// A round of visits.
    Pilot {
        /// Which one.
        pilot: DocumentId,
    },
    /// Edits that could not be kept.
    SetAside,
    /// Edits that the server does not have yet.
    Unsent,
    /// What this device holds.
    Device,
    /// How this device stands with its server.
    Status,
}

/// What one screen shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "view", content = "data", rename_all = "kebab-case")]
pub enum ViewData {
    /// For [`View::Home`].
    Home(HomeView),
    /// For [`View::Itinerary`].
    Itinerary(Box<ItineraryView>),
    /// For [`View::Plan`].
    Plan(Box<PlanView>),
    /// For [`View::Versions`].
    Versions(VersionsView),
    /// For [`View::Pilot`].
    Pilot(PilotView),
    /// For [`View::SetAside`].
    SetAside(SetAsideView),
    /// For [`View::Unsent`].
    Unsent(UnsentView),
    /// For [`View::Device`].
    Device(DeviceView),
    /// For [`View::Status`].
    Status(SyncStatus),
    /// The document is not on this device, or this program cannot read it.
    Missing(Missing),
}

/// How far a document's edits have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum SaveState {
    /// Some are only on this device.
    Device,
    /// All have been sent, some without the server's word yet.
    Sent,
    /// The server has all of them on disk.
    Saved,
}

/// A document on this device.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// What it says.
    pub projection: Projection,
    /// How far its edits have come.
    pub saved: SaveState,
    /// When it was last known to be what the server has.
    pub as_of: Option<Moment>,
}

/// All that views are computed from.
#[derive(Debug, Clone)]
pub struct Library {
    /// Whose device it is, with its keys.
    pub subject: Subject,
    /// The documents.
    pub documents: BTreeMap<DocumentId, Held>,
    /// Commands without outcome, oldest first.
    pub waiting: Vec<WaitingCommand>,
    /// Documents that are no longer this account's.
    pub withdrawn: Vec<DocumentId>,
    /// Documents that the server has named and whose content has not arrived.
    pub coming: BTreeSet<DocumentId>,
}

/// A command without outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitingCommand {
    /// Its id, to take it back.
    pub id: CommandId,
    /// The decision.
    pub command: Command,
    /// Whether the server may have executed it.
    pub sent: bool,
}

/// The documents of a device, for [`Command::check`]: it reads them and keeps what a command writes to itself.
pub(crate) struct HeldDocuments<'a>(pub &'a Library);

impl Documents for HeldDocuments<'_> {
    fn read(&mut self, id: DocumentId) -> Result<Option<Projection>, Refusal> {
        Ok(self.0.documents.get(&id).map(|held| held.projection.clone()))
    }

    fn write(&mut self, _: DocumentId, _: &Document) -> Result<(), Refusal> {
        Err(Refusal::new("server-writes-this"))
    }
}

impl Library {
    /// Computes a document's screen. The last four views are not of
    /// documents: the client makes them from its store and engine.
    #[must_use]
    pub fn view(&self, view: &View) -> ViewData {
        let (document, found) = match view {
            View::Home => return ViewData::Home(home::view(self)),
            View::Itinerary { itinerary } => {
                let found = itinerary::view(self, *itinerary);
                (*itinerary, found.map(|v| ViewData::Itinerary(Box::new(v))))
            }
            View::Plan { visit } => {
                (*visit, plan::view(self, *visit).map(|v| ViewData::Plan(Box::new(v))))
            }
            View::Versions { visit } => {
                (Itinerary::id_of(*visit), versions::view(self, *visit).map(ViewData::Versions))
            }
            View::Pilot { pilot } => (*pilot, pilot::view(self, *pilot).map(ViewData::Pilot)),
            View::SetAside | View::Unsent | View::Device | View::Status => {
                return ViewData::Missing(Missing::nothing());
            }
        };
        found.unwrap_or_else(|why| ViewData::Missing(self.missing(document, why)))
    }

    fn held(&self, id: DocumentId) -> Result<(&Held, &Document), Refusal> {
        let held = self.documents.get(&id).ok_or_else(|| Refusal::new("not-on-this-device"))?;
        let document = held.projection.content.as_ref().map_err(Clone::clone)?;
        Ok((held, document))
    }

    fn readable(&self) -> impl Iterator<Item = (DocumentId, &Document, &Held)> {
        self.documents.iter().filter_map(|(id, held)| {
            held.projection.content.as_ref().ok().map(|document| (*id, document, held))
        })
    }

    fn directory(&self) -> Option<&Directory> {
        match self.held(Directory::id()) {
            Ok((_, Document::Directory(directory))) => Some(directory),
            _ => None,
        }
    }

    fn cards(&self) -> impl Iterator<Item = (DocumentId, &Card)> {
        self.readable().filter_map(|(id, document, _)| match document {
            Document::Card(card) => Some((id, card)),
            _ => None,
        })
    }

    fn card(&self, id: DocumentId) -> Option<&Card> {
        match self.held(id) {
            Ok((_, Document::Card(card))) => Some(card),
            _ => None,
        }
    }

    /// The name of an account, where its card or profile is here.
    fn name_of(&self, account: AccountId) -> Option<String> {
        self.readable().find_map(|(_, document, _)| match document {
            Document::Card(card) if card.account == account => Some(card.name.clone()),
            Document::Profile(profile) if profile.account == account => Some(profile.name.clone()),
            _ => None,
        })
    }

    fn unit_name(&self, unit: &UnitId) -> String {
        let known = self.directory().and_then(|directory| directory.units.get(unit));
        known.map_or_else(|| unit.to_string(), |unit| unit.name.clone())
    }

    fn place_name(&self, place: &PlaceId) -> String {
        let known = self.directory().and_then(|directory| directory.places.get(place));
        known.map_or_else(|| place.to_string(), |place| place.name.clone())
    }

    fn conflicts(&self, id: DocumentId) -> &[Conflict] {
        self.documents.get(&id).map_or(&[], |held| &held.projection.conflicts)
    }
}
